//! References that may fail, and what keeps the audit itself from judging.

use super::{Expected, Harm};
use crate::case::Target;
use crate::project::{Project, Spot};
use crate::set::COMPOSE;

pub(super) fn harms() -> Vec<Harm> {
    let mut harms = optional();
    harms.extend(unreadable());
    harms.extend(suppressions());
    harms
}

fn optional() -> Vec<Harm> {
    vec![
        Harm::new(
            "worker: its variables may be missing",
            "optional-env-file",
            |case| case.target != Target::Dotenv && case.signs(),
            |project| match project.case.target {
                Target::Compose => {
                    let line = "- \"./worker/stem.env\"";
                    project.replace_line(COMPOSE, line, "      - path: ./worker/stem.env");
                    project.insert_after(COMPOSE, "- path:", "        required: false");
                    Expected::near(vec![Spot::line(COMPOSE, "- path:").within(2)], "worker")
                }
                Target::Systemd => {
                    let unit = project.unit("worker");
                    let line = "EnvironmentFile=-/etc/stem/worker/stem.env";
                    project.replace_line(&unit, "EnvironmentFile=/", line);
                    Expected::near(vec![Spot::line(&unit, line)], "worker")
                }
                _ => {
                    let variable = match project.case.signs() {
                        true => project.case.verifying_list(),
                        false => "STEM_TLS_CA_CERT",
                    };
                    let body = crate::set::secret_ref("stem-worker", variable);
                    let kind = if project.case.hmac() {
                        "secretKeyRef"
                    } else {
                        "configMapKeyRef"
                    };
                    let body = body.replace("secretKeyRef", kind);
                    let body = format!("{body}\n                  optional: true");
                    project.set_entry("worker", variable, &body);
                    let marker = format!("- name: {variable}");
                    let path = "deploy/worker/patch.yaml";
                    Expected::near(vec![Spot::line(path, &marker).within(6)], "worker")
                }
            },
        ),
        Harm::new(
            "worker: a source that is not there",
            "reference-missing",
            |case| {
                case.target != Target::Dotenv && (case.signs() || case.target != Target::Kubernetes)
            },
            |project| match project.case.target {
                Target::Compose => {
                    project.remove("deploy/worker/stem.env");
                    let line = "- \"./worker/stem.env\"";
                    Expected::near(vec![Spot::line(COMPOSE, line)], "worker")
                }
                Target::Systemd => {
                    project.remove("deploy/worker/stem.env");
                    let unit = project.unit("worker");
                    Expected::near(vec![Spot::line(&unit, "EnvironmentFile=/")], "worker")
                }
                _ => {
                    let list = project.case.verifying_list();
                    let kind = if project.case.hmac() {
                        "secret"
                    } else {
                        "configmap"
                    };
                    project.remove_line(&format!("deploy/worker/{kind}.yaml"), &format!("{list}:"));
                    let marker = format!("- name: {list}");
                    let path = "deploy/worker/patch.yaml";
                    Expected::near(vec![Spot::line(path, &marker).within(9)], "worker")
                }
            },
        ),
        Harm::new(
            "worker: a file that is not there",
            "reference-missing",
            |case| case.encrypts() && matches!(case.target, Target::Compose | Target::Systemd),
            |project| {
                project.remove("deploy/worker/ca.crt");
                let spots = match project.case.target {
                    Target::Compose => vec![Spot::line(COMPOSE, "source: \"./worker/ca.crt\"")],
                    _ => vec![Spot::line(
                        &project.unit("worker"),
                        "LoadCredential=ca.crt:",
                    )],
                };
                Expected::near(spots, "worker")
            },
        ),
    ]
}

fn unreadable() -> Vec<Harm> {
    vec![
        Harm::new(
            "a file that is no YAML",
            "input-unreadable",
            |case| matches!(case.target, Target::Compose | Target::Kubernetes),
            |project| {
                let path = match project.case.target {
                    Target::Compose => COMPOSE,
                    _ => ["deploy/worker/patch.yaml", "deploy/worker/secret.yaml"]
                        [project.variant.get() % 2],
                };
                project.append(path, "  - [broken: {\n\t}\n");
                Expected::any(vec![Spot::file(path)], "")
            },
        )
        .ways(2),
        Harm::new(
            "a service that nothing knows",
            "role-unknown",
            |case| case.target == Target::Compose,
            |project| {
                project.insert_after(COMPOSE, "services:", "  qqq:\n    image: acme/qqq:1\n    environment:\n      STEM_BROKER_URL: ${STEM_BROKER_URL:?}");
                Expected::near(vec![Spot::line(COMPOSE, "qqq:").within(4)], "qqq")
            },
        ),
    ]
}

fn suppressions() -> Vec<Harm> {
    let manifest = |line: &'static str| {
        move |project: &Project| {
            project.replace_line("stem-sec.yaml", "audit:", line);
            Expected::near(vec![Spot::line("stem-sec.yaml", "audit:")], "")
        }
    };
    vec![
        Harm::new(
            "an exception that meets nothing",
            "suppression-unused",
            |_| true,
            manifest(
                "audit: { fail-on: error, ignore: [ { rule: stray-secret, path: dev/**, reason: \"local only\" } ] }",
            ),
        ),
        Harm::new(
            "an exception whose date is past",
            "suppression-expired",
            |_| true,
            manifest(
                "audit: { fail-on: error, ignore: [ { rule: stray-secret, path: dev/**, reason: \"local only\", until: 2026-01-31 } ] }",
            ),
        ),
    ]
}
