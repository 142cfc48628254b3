//! `weak-certificate`: a certificate in use of a kind that verifiers refuse, or should.

use super::certificates::{self, Task};
use super::{Example, Family, File, Rule};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::mint::x509::Certificate;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "weak-certificate",
    family: Family::Transport,
    severity: Severity::Warning,
    says: "a certificate in use is of a kind that strict verifiers refuse",
    why: "RSA keys under 2048 bits and signatures with SHA-1 or MD5 can be forged, and newer \
        libraries refuse them. Dart's TLS refuses Ed25519 keys. A version 1 certificate has no \
        names and no constraints.",
    fix: "issue one with a P-256 key: stem-sec certs issue",
    bad: Example(&BAD),
    good: Example(&certificates::GOOD),
    check,
};

const BAD: [File; 9] = certificates::example(
    certificates::CLIENT,
    [
        "<ca.crt>\n",
        "<ed25519-server.crt>\n",
        "<ed25519-server.key>\n",
    ],
    certificates::URL,
);

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for used in certificates::uses(case) {
        for (place, one) in used.counting() {
            if let Some(message) = weakness(one, used.task) {
                out.push(used.finding(&RULE, place, message));
            }
        }
    }
}

fn weakness(one: &Certificate, task: Task) -> Option<String> {
    // nobody looks at the signature of a root, nor at its version
    let is_root = task == Task::Trust && one.is_self_issued();
    let key = &one.public_key;
    if key.rsa_bits.is_some_and(|bits| bits < 2048) {
        Some(format!("a key of type {}", key.kind))
    } else if key.kind == "Ed25519" {
        Some("an Ed25519 key, which Dart's TLS refuses".to_owned())
    } else if one.weak_signature && !is_root {
        Some("signed with SHA-1 or MD5".to_owned())
    } else if one.is_version_1 && !is_root {
        Some("a certificate of version 1, without names and constraints".to_owned())
    } else {
        None
    }
}
