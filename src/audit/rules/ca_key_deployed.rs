//! `ca-key-deployed`: the key of a CA within reach of a process.

use super::examples::folders::{self, CA, COMPOSE, CONF, SERVER, SERVER_KEY, WORKER};
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
        COMPOSE,
        WORKER,
        CONF,
        CA,
        SERVER,
        SERVER_KEY,
        file("worker/ca.key", "<ca.key>\n"),
    ]),
    good: Example(&folders::GOOD),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for kept in ownership::secrets(case) {
        if kept.artifact == Artifact::CaKey {
            out.push(kept.finding(&RULE));
        }
    }
}
