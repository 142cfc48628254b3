//! `signing-key-on-broker`: a key that signs, where messages only pass through.

use super::examples::folders::{self, CA, CONF, SERVER, SERVER_KEY, WORKER};
use super::ownership;
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;
use crate::model::ownership::Holding;
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "signing-key-on-broker",
    family: Family::Ownership,
    severity: Severity::Error,
    says: "the broker can read a key that signs",
    why: "The broker stores messages and never looks at signatures. With the key, whoever takes over the \
        broker can sign any task: the signature was to protect against just that.",
    fix: "take it away from the broker; it needs none",
    bad: Example(&[
        file(
            "compose.yaml",
            "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    volumes: [./worker:/tls]
  redis:
    image: redis:7
    command: redis-server /etc/redis.conf
    env_file: [worker.env]
    volumes: [./redis.conf:/etc/redis.conf, ./redis:/tls]
",
        ),
        WORKER,
        CONF,
        CA,
        SERVER,
        SERVER_KEY,
    ]),
    good: Example(&folders::GOOD),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let keys = [Artifact::SigningSecret, Artifact::SigningPrivateKey];
    for kept in ownership::secrets(case) {
        let is_key = keys.contains(&kept.artifact);
        if is_key && kept.allowed == Holding::Forbidden && kept.subject.is(Role::Broker) {
            out.push(kept.finding(&RULE));
        }
    }
}
