//! What is listed and what of it is shown.

use super::*;
use crate::audit::holding::Shown;

fn taken(files: &[(&str, &str)]) -> Inventory {
    let texts = files.iter();
    let texts = texts.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    take(&Tree::of_texts(texts.collect()), &Request::default())
}

/// `NAME ROLES` of every process that is shown, and what it holds, a line each.
fn shown(inventory: &Inventory) -> Vec<String> {
    let mut lines = Vec::new();
    let all = inventory.deployments.iter().flat_map(Listed::shown);
    for (process, entry) in all {
        let roles = entry.assigned.roles.iter().map(|role| role.name());
        let roles: Vec<&str> = roles.collect();
        lines.push(format!("{} {}", process.name, roles.join(",")));
        for held in &entry.holdings {
            let value = match &held.shown {
                Shown::Text(text) => text.as_str(),
                Shown::Unknown(_) => "unknown",
                _ => "hidden",
            };
            lines.push(format!("{} {value}", held.artifact.name()));
        }
    }
    lines
}

#[test]
fn of_a_url_whose_password_is_set_nowhere_the_rest_is_shown() {
    let compose = "services:\n  worker:\n    image: x\n    environment:\n      STEM_BROKER_URL: rediss://:${PW}@${HOST:-redis}:6379/0\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: worker}\nspec:\n  containers:\n  - name: a\n    env:\n    - name: PW\n      valueFrom: {secretKeyRef: {name: pw, key: pw}}\n    - name: STEM_BROKER_URL\n      value: rediss://:$(PW)@redis:6379/0\n";
    for (file, text, process) in [
        ("compose.yaml", compose, "worker worker"),
        ("pod.yaml", pod, "pod/worker:a worker"),
    ] {
        assert_eq!(
            shown(&taken(&[(file, text)])),
            [
                process,
                "broker-url rediss://redis:6379/0",
                "broker-password unknown"
            ]
        );
    }
}

#[test]
fn of_a_url_whose_host_is_set_nowhere_nothing_is_known() {
    for url in [
        "rediss://:${PW}@${HOST}/0",
        "${SCHEME}://:p@redis",
        "${URL}",
    ] {
        let text = format!(
            "services:\n  worker:\n    environment: {{STEM_BROKER_URL: '{url}'}}\n    image: x\n"
        );
        let found = shown(&taken(&[("compose.yaml", &text)]));
        assert_eq!(found, ["worker worker", "broker-url unknown"], "{url}");
    }
}

fn pod(name: &str, image: &str, command: &str, secret: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n  - name: a\n    image: {image}\n    command: [{command}]\n    envFrom: [{{secretRef: {{name: {secret}}}}}]\n"
    )
}

#[test]
fn what_runs_stem_is_listed_though_its_secret_is_in_no_file() {
    for (pod, expected) in [
        (
            pod("mail", "acme/mail", "stem, worker", "env"),
            "pod/mail:a worker",
        ),
        (pod("mail", "acme/mail-stem", "run", "env"), "pod/mail:a "),
        (
            pod("stem-mail", "acme/mail", "run", "env"),
            "pod/stem-mail:a ",
        ),
        (pod("mail", "acme/mail", "run", "stem-env"), "pod/mail:a "),
    ] {
        assert_eq!(shown(&taken(&[("pod.yaml", &pod)])), [expected], "{pod}");
    }
    let other = pod("system", "acme/mail", "run", "env");
    assert!(shown(&taken(&[("pod.yaml", &other)])).is_empty());
    let whole = pod("stem-mail", "acme/mail", "run", "env");
    let whole = whole.replace("    envFrom", "    x");
    assert!(shown(&taken(&[("pod.yaml", &whole)])).is_empty());
}
