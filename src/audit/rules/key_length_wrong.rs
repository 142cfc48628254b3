//! `key-length-wrong`: an Ed25519 key of another length than 32 bytes.

use super::guessable::Flaw;
use super::key_list_malformed::artifact;
use super::lists::{self, Holds};
use super::{Example, Family, Rule, file, guessable};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::formats::key_list::Key;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "key-length-wrong",
    family: Family::Signing,
    severity: Severity::Error,
    says: "an Ed25519 key is not 32 bytes long",
    why: "Stem takes keys of any length, and the first task shows it. With a public key that is not 32 bytes \
        long, verifying fails in a way that neither acknowledges nor dead-letters the message: it comes back \
        every 30 seconds for ever. A private key of 64 bytes, as libsodium and Go write it, signs with \
        another key than the public one says.",
    fix: "take the bare 32 bytes in base64; stem-sec keygen ed25519 makes them",
    bad: Example(&[
        file("stem-sec.yaml", MANIFEST),
        file(
            "worker.env",
            "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<long a>
",
        ),
    ]),
    good: Example(&[
        file("stem-sec.yaml", MANIFEST),
        file(
            "worker.env",
            "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
",
        ),
    ]),
    check,
};

const MANIFEST: &str = "\
version: 1
posture: { signing: ed25519, transport: tls }
broker: { url: rediss://redis.example.com:6379/0, names: [redis.example.com] }
components:
  worker: { role: worker, retries: lost, ca: system }
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let lists = lists::of(subject).into_iter();
        for list in lists.filter(|list| list.holds != Holds::Secrets) {
            let variable = list.variable;
            for entry in list.entries() {
                // that one is said where the value is what is wrong
                if matches!(
                    guessable::entry(&entry),
                    Some(Flaw::Published | Flaw::Placeholder)
                ) {
                    continue;
                }
                let Ok(key) = &entry.key else {
                    continue;
                };
                if key.bytes.len() == LENGTH {
                    continue;
                }
                out.push(
                    Finding::new(&RULE, variable.place, what(key, list.holds))
                        .hitting(site, subject, subject.gets(variable))
                        .artifact(Held::Artifact(artifact(list.holds)))
                        .subject(&variable.name)
                        .perhaps_key(key.id),
                );
            }
        }
    }
}

/// The length of both halves, in bytes.
pub(super) const LENGTH: usize = 32;

fn what(key: &Key<'_>, holds: Holds) -> String {
    let half = match holds {
        Holds::PublicKeys => "public",
        Holds::PrivateKeys | Holds::Secrets => "private",
    };
    let is_hex = key.value.len() == 64 && key.value.bytes().all(|byte| byte.is_ascii_hexdigit());
    let form = match key.bytes.len() {
        48 if is_hex => " (it seems to be hexadecimal)",
        48 if holds == Holds::PrivateKeys => " (the length of PKCS #8 in DER)",
        44 if holds == Holds::PublicKeys => " (the length of a public key in DER)",
        64 if holds == Holds::PrivateKeys => " (the length of libsodium's and Go's private keys)",
        _ => "",
    };
    let length = key.bytes.len();
    format!("an Ed25519 {half} key of {length} bytes instead of 32{form}")
}
