//! `signing-private-key-on-verifier`: an Ed25519 private key where it is only verified.

use super::examples::SIGNING_ED25519;
use super::ownership;
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;
use crate::model::ownership::Holding;
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "signing-private-key-on-verifier",
    family: Family::Ownership,
    severity: Severity::Error,
    says: "a private signing key is readable by a process that only verifies",
    why: "Whoever takes over a worker with the private key can sign tasks of its own: the point of \
        Ed25519, that verifiers cannot forge, is gone.",
    fix: "take the private key away from it; the public key is enough to verify",
    bad: Example(&[file("compose.yaml", COMPOSE), file(".env", SIGNING_ED25519)]),
    good: Example(&[
        file("stem-sec.yaml", MANIFEST),
        file(
            "compose.yaml",
            "\
services:
  api:
    image: example/api
    env_file: [common.env, api.env]
  worker:
    image: example/worker
    env_file: [common.env]
",
        ),
        file(
            "common.env",
            "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
STEM_SIGNING_ACTIVE_KEY=primary
",
        ),
        file("api.env", "STEM_SIGNING_PRIVATE_KEYS=primary:<private a>\n"),
    ]),
    check,
};

const COMPOSE: &str = "\
services:
  api:
    image: example/api
    labels: { stem.role: producer }
    env_file: [.env]
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [.env]
";

const MANIFEST: &str = "\
version: 1
posture: { signing: ed25519, transport: tls }
broker: { url: rediss://redis.example.com:6379/0, names: [redis.example.com] }
components:
  api: { role: producer, ca: system }
  worker: { role: worker, retries: lost, ca: system }
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let verifies = [Role::Worker, Role::Cli, Role::Dashboard];
    for kept in ownership::secrets(case) {
        let is_key = kept.artifact == Artifact::SigningPrivateKey;
        let is_verifier = verifies.into_iter().any(|role| kept.subject.is(role));
        if is_key && is_verifier && kept.allowed == Holding::Forbidden {
            out.push(kept.finding(&RULE));
        }
    }
}
