//! Names and contents, and what they make of a file.

use super::*;

fn kind(path: &str, text: &str) -> Option<FileKind> {
    let mut marks = Marks::default();
    marks.add(text.as_bytes());
    by_content(names::split(path), false, text.as_bytes(), marks)
}

#[test]
fn names_tell_what_a_file_is() {
    for (path, expected) in [
        ("compose.yaml", FileKind::Compose),
        ("x/docker-compose.prod.yml", FileKind::Compose),
        ("kustomization.yaml", FileKind::Kustomization),
        ("etc/systemd/system/stem-worker@.service", FileKind::Unit),
        ("stem-worker@.service.d/10-env.conf", FileKind::DropIn),
        (".env", FileKind::EnvFile),
        (".env.production", FileKind::EnvFile),
        ("worker.env", FileKind::EnvFile),
        ("host/etc/default/stem", FileKind::EnvFile),
        ("/etc/default/stem", FileKind::EnvFile),
        (".config/environment.d/stem.conf", FileKind::EnvFile),
        ("redis-tls.conf", FileKind::RedisConf),
        ("Dockerfile", FileKind::Dockerfile),
        ("worker.Dockerfile", FileKind::Dockerfile),
        ("stem-sec.yaml", FileKind::Manifest),
    ] {
        assert_eq!(kind(path, ""), Some(expected), "{path}");
    }
    for path in [
        "default/stem",
        "composer.yaml",
        "a.conf",
        "Dockerfiles",
        "b.json",
    ] {
        assert_eq!(kind(path, ""), None, "{path}");
    }
}

#[test]
fn content_tells_where_the_name_does_not() {
    let pod = "apiVersion: v1\nkind: Pod\n";
    assert_eq!(kind("a.yaml", pod), Some(FileKind::Kubernetes));
    assert_eq!(
        kind("a.json", r#"{"kind":"Pod","apiVersion":"v1"}"#),
        Some(FileKind::Kubernetes)
    );
    assert_eq!(kind("-", pod), Some(FileKind::Kubernetes));
    for text in ["A=b\nSTEM_BROKER_URL=x\n", "export STEM_SIGNING_KEYS=x"] {
        assert_eq!(kind("-", text), Some(FileKind::EnvFile));
    }
    assert_eq!(kind("-", "see STEM_BROKER_URL=x"), Some(FileKind::Other));
    assert_eq!(kind("Chart.yaml", "apiVersion: v2\nname: x\n"), None);
    let stack = "# a stack\nservices:\n\n  # one\n  api:\n    image: x\n";
    assert_eq!(kind("stack.yml", stack), Some(FileKind::Compose));
    assert_eq!(
        kind("broker.conf", "port 0\nrequirepass x\n"),
        Some(FileKind::RedisConf)
    );
    assert_eq!(
        kind("README.md", "set STEM_SIGNING_KEYS"),
        Some(FileKind::Other)
    );
}

#[test]
fn services_of_others_are_no_compose_file() {
    assert_eq!(
        kind(".travis.yml", "services:\n  - docker\nimage: x\n"),
        None
    );
    assert_eq!(
        kind(
            "services.yaml",
            "services:\n  _defaults:\n    autowire: true\n"
        ),
        None
    );
    assert_eq!(kind("ssh.service", "<service-group/>"), None);
}

#[test]
fn charts_are_left_to_helm() {
    let template = b"apiVersion: v1\nkind: Secret\nname: {{ .x }}\n";
    let marks = Marks::default();
    let in_chart = |folder, name| by_content((folder, name), true, template, marks);
    assert_eq!(
        in_chart("c/templates", "a.yaml"),
        Some(FileKind::HelmSource)
    );
    assert_eq!(
        in_chart("c", "values-prod.yaml"),
        Some(FileKind::HelmSource)
    );
    assert_eq!(in_chart("c/crds", "a.yaml"), Some(FileKind::Kubernetes));
}

#[test]
fn keys_are_found_whatever_the_name() {
    let text = format!("{0}BEGIN PRIVATE KEY{0}\nMC4CAQAwBQ\n", "-----");
    assert_eq!(kind("README.md", &text), Some(FileKind::KeyMaterial));
    assert_eq!(kind(".env", &text), Some(FileKind::EnvFile));
    let der = [&[0x30, 0x2e, 0x02, 0x01][..], &[0; 44]].concat();
    let of = |der: &[u8]| by_content(("", "x.bin"), false, der, Marks::default());
    assert_eq!(of(&der), Some(FileKind::KeyMaterial));
    assert_eq!(of(&der[..40]), None);
}
