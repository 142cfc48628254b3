//! `secret-on-unrelated-process`: a secret of Stem at something beside it.

use super::examples::folders::{CA, CONF, SERVER, SERVER_KEY, WORKER};
use super::ownership::{self, Kept};
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::ownership::Holding;
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "secret-on-unrelated-process",
    family: Family::Ownership,
    severity: Severity::Error,
    says: "a process that is no part of Stem can read a secret of it",
    why: "A proxy, an exporter or a database has no use for Stem's keys and passwords. Each process that can \
        read one is one more way to lose it.",
    fix: "give it an env file and folder of its own, without that secret",
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
    volumes: [./redis.conf:/etc/redis.conf, ./redis:/tls]
  nginx:
    image: nginx:1.27
    env_file: [worker.env]
",
        ),
        WORKER,
        CONF,
        CA,
        SERVER,
        SERVER_KEY,
    ]),
    good: Example(&[
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
    volumes: [./redis.conf:/etc/redis.conf, ./redis:/tls]
  nginx:
    image: nginx:1.27
",
        ),
        WORKER,
        CONF,
        CA,
        SERVER,
        SERVER_KEY,
    ]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for kept in ownership::secrets(case) {
        let roles = kept.subject.roles();
        let is_unrelated = roles
            .iter()
            .all(|role| matches!(role, Role::Other | Role::Store));
        let has_own_rule = matches!(kept.artifact, Artifact::CaKey | Artifact::ServerKey);
        if is_unrelated && !has_own_rule && kept.allowed == Holding::Forbidden {
            out.push(match is_told_by_name(&kept) {
                false => kept.finding(&RULE),
                true => kept
                    .finding(&RULE)
                    .fix("give it a user of its own in Redis (ACL), which may read and no more"),
            });
        }
    }
}

/// Exporters and consoles of Redis are told its password under a name of their own: they do
/// something with it, and one that may do less is the better one.
fn is_told_by_name(kept: &Kept<'_, '_>) -> bool {
    let subject = kept.holding.subject.as_str();
    kept.artifact == Artifact::BrokerPassword && env::BROKER_PASSWORDS.contains(&subject)
}
