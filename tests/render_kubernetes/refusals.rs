//! What Kubernetes would refuse or misread is refused before; and what restarts a pod.

use stem_sec::model::manifest::{Manifest, PasswordSource};
use stem_sec::model::posture::{Posture, Signing, Transport};
use stem_sec::model::secret::Secret;
use stem_sec::render::RenderError;
use stem_sec::render::holdings::Material;

use super::deployment::{manifest, material, render};

const MTLS: Posture = Posture {
    signing: Signing::Ed25519,
    transport: Transport::Mtls,
};

fn of(components: &[&str]) -> Manifest {
    let lines: Vec<String> = components.iter().map(|line| (*line).to_owned()).collect();
    manifest(MTLS, &lines)
}

#[track_caller]
fn refused(manifest: &Manifest, sentence: &str) {
    let error: RenderError = render(manifest, &material(manifest, "primary")).expect_err("refused");
    assert_eq!(error.to_string(), sentence);
    assert!(error.hint().is_some());
}

#[test]
fn a_unit_is_no_workload() {
    refused(
        &of(&["jobs: { role: worker, service: stem@.service }"]),
        "component `jobs` cannot be called `stem@.service` in Kubernetes",
    );
}

#[test]
fn a_service_s_name_does_not_begin_with_a_digit() {
    let mut manifest = of(&["1a: { role: broker, image: redis }"]);
    manifest.broker.url = "rediss://10.0.0.5".parse_url();
    refused(
        &manifest,
        "component `1a` cannot be called `1a` in Kubernetes",
    );
}

#[test]
fn two_components_are_not_one_workload() {
    refused(
        &of(&[
            "a: { role: worker, service: app }",
            "b: { role: beat, service: app }",
        ]),
        "components `a` and `b` would both be called `app`",
    );
    refused(
        &of(&[
            "a: { role: broker, image: redis }",
            "b: { role: broker, image: redis }",
        ]),
        "components `a` and `b` would both be called `redis`",
    );
}

#[test]
fn a_mount_needs_a_path() {
    for install in ["/", "/a:b", "/etc/../x"] {
        let mut manifest = of(&["a: { role: worker }"]);
        manifest.render.install = Some(install.to_owned());
        let error = render(&manifest, &material(&manifest, "primary")).expect_err("refused");
        assert!(
            error
                .to_string()
                .starts_with("a pod cannot have its files in"),
            "{error}"
        );
    }
}

#[test]
fn user_ids_have_a_bound() {
    refused(
        &of(&["a: { role: worker, uid: 2147483648 }"]),
        "component `a` has the user or group 2147483648, and Kubernetes takes none above 2147483647",
    );
}

trait ParseUrl {
    fn parse_url(&self) -> stem_sec::model::manifest::Url;
}

impl ParseUrl for str {
    fn parse_url(&self) -> stem_sec::model::manifest::Url {
        stem_sec::model::manifest::Url::parse(self).expect("a URL")
    }
}

/// The checksum of the one component's pods.
#[track_caller]
fn checksum(manifest: &Manifest, material: &Material) -> String {
    let rendered = render(manifest, material).expect("files");
    let texts = rendered.files.iter().map(|file| file.content.expose());
    let lines: Vec<&str> = texts
        .flat_map(str::lines)
        .filter(|line| line.contains("checksum/stem"))
        .collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].trim().to_owned()
}

#[test]
fn pods_restart_with_any_change_of_what_they_are_given_and_no_other() {
    let manifest = of(&["a: { role: producer }"]);
    let given = material(&manifest, "primary");
    let before = checksum(&manifest, &given);
    assert_eq!(checksum(&manifest, &given), before);

    let mut other = given.clone();
    other.trusted = Some("another\n".to_owned());
    assert_ne!(checksum(&manifest, &other), before);
    let mut other = given.clone();
    other.pairs.get_mut("a").expect("a pair").key = Secret::new("another".to_owned());
    assert_ne!(checksum(&manifest, &other), before);
    assert_ne!(checksum(&manifest, &material(&manifest, "second")), before);

    let mut other = given.clone();
    let pair = other.pairs["a"].clone();
    other.pairs.insert("somebody-else".to_owned(), pair);
    assert_eq!(checksum(&manifest, &other), before);
}

#[test]
fn a_password_that_somebody_chose_cannot_be_guessed_from_a_checksum() {
    for (signing, role, covered) in [
        (Signing::None, "worker", false),
        (Signing::Ed25519, "worker", false),
        (Signing::Ed25519, "producer", true),
        (Signing::HmacSha256, "worker", true),
        // its own key is hashed with it
        (Signing::None, "broker", true),
    ] {
        let posture = Posture {
            signing,
            transport: Transport::Tls,
        };
        let mut manifest = manifest(posture, &[format!("a: {{ role: {role} }}")]);
        manifest.broker.password = Some(PasswordSource::File("password".to_owned()));
        let one = material(&manifest, "primary");
        let mut two = one.clone();
        two.broker_password = Some(Secret::new("changed".to_owned()));
        let changes = checksum(&manifest, &one) != checksum(&manifest, &two);
        assert_eq!(changes, covered, "{signing} {role}");
        let notes = render(&manifest, &one).expect("files").notes.join("\n");
        assert_eq!(notes.contains("restart by hand: a."), !covered, "{notes}");
        manifest.broker.password = None;
        let changes = checksum(&manifest, &one) != checksum(&manifest, &two);
        assert!(changes, "a minted one is strong");
    }
}

#[test]
fn a_broker_that_no_service_can_be_called_is_said() {
    let mut manifest = of(&["redis: { role: broker, image: redis }"]);
    let said = |manifest: &Manifest| {
        render(manifest, &material(manifest, "primary"))
            .expect("files")
            .notes
            .join("\n")
    };
    assert!(!said(&manifest).contains("Clients look for the broker"));
    manifest.broker.url = "rediss://redis.stem.svc.cluster.local".parse_url();
    assert!(!said(&manifest).contains("Clients look for the broker"));
    manifest.broker.url = "rediss://redis.example.com".parse_url();
    assert!(said(&manifest).contains("Clients look for the broker at `redis.example.com`"));
}
