//! `ca-key-deployed`: the key of a CA within reach of a process.

use super::ownership;
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "ca-key-deployed",
    family: Family::Ownership,
    severity: Severity::Error,
    says: "a process can read the CA's private key",
    why: "Who holds the CA's key can issue itself any identity: the broker's, and every client's. It is \
        needed to issue certificates and at no other time.",
    fix: "keep it off every machine that runs something; take it out of the folder that is mounted",
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
",
        ),
        file(
            "worker.env",
            "\
STEM_BROKER_URL=rediss://:<password r>@redis:6379/0
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
        ),
        file(
            "redis.conf",
            "\
port 0
tls-port 6379
tls-cert-file /tls/server.crt
tls-key-file /tls/server.key
tls-auth-clients no
requirepass <password r>
",
        ),
        file(
            "worker/ca.crt",
            "\
<ca.crt>
",
        ),
        file(
            "redis/server.crt",
            "\
<server.crt>
",
        ),
        file(
            "redis/server.key",
            "\
<server.key>
",
        ),
        file(
            "worker/ca.key",
            "\
<ca.key>
",
        ),
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
",
        ),
        file(
            "worker.env",
            "\
STEM_BROKER_URL=rediss://:<password r>@redis:6379/0
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
        ),
        file(
            "redis.conf",
            "\
port 0
tls-port 6379
tls-cert-file /tls/server.crt
tls-key-file /tls/server.key
tls-auth-clients no
requirepass <password r>
",
        ),
        file(
            "worker/ca.crt",
            "\
<ca.crt>
",
        ),
        file(
            "redis/server.crt",
            "\
<server.crt>
",
        ),
        file(
            "redis/server.key",
            "\
<server.key>
",
        ),
    ]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for kept in ownership::secrets(case) {
        if kept.artifact == Artifact::CaKey {
            out.push(kept.finding(&RULE));
        }
    }
}
