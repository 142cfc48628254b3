//! `key-list-malformed`: an entry of a list of keys that Stem refuses.

use super::guessable::Flaw;
use super::lists::{self, Holds};
use super::{Example, Family, Rule, file, guessable};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::formats::key_list::{Entry, EntryProblem, trim};
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "key-list-malformed",
    family: Family::Signing,
    severity: Severity::Error,
    says: "Stem refuses an entry of a list of keys, and does not start",
    why: "Each entry is `id:base64`, in either alphabet of base64, padded, without white space inside. Stem \
        stops at any other, and its message holds the whole entry: the secret lands in the log. The \
        command line and the dashboard stop as well, although they never sign. `openssl rand -base64 N` \
        breaks its output into lines from 49 bytes on.",
    fix: "write the entry as `id:base64`; stem-sec keygen makes one",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=k1=<secret a>
STEM_SIGNING_ACTIVE_KEY=k1
",
    )]),
    good: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=k1:<secret a>
STEM_SIGNING_ACTIVE_KEY=k1
",
    )]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        for list in lists::of(subject) {
            let variable = list.variable;
            for (number, entry) in list.entries().enumerate() {
                let Err(problem) = entry.key else {
                    continue;
                };
                // that one is said where the value is what is wrong
                if matches!(
                    guessable::entry(&entry),
                    Some(Flaw::Published | Flaw::Placeholder)
                ) {
                    continue;
                }
                let message = format!("entry {} {}", number + 1, what(problem, &entry));
                let mut finding = Finding::new(&RULE, variable.place, message)
                    .hitting(site, subject, subject.gets(variable))
                    .artifact(Held::Artifact(artifact(list.holds)))
                    .subject(&variable.name);
                if problem == EntryProblem::Base64
                    && let Some(id) = lists::id(&entry)
                {
                    finding = finding.perhaps_key(id);
                }
                out.push(finding);
            }
        }
    }
}

/// What a list holds, in the words of the ownership table.
pub(super) fn artifact(holds: Holds) -> Artifact {
    match holds {
        Holds::Secrets => Artifact::SigningSecret,
        Holds::PublicKeys => Artifact::SigningPublicKey,
        Holds::PrivateKeys => Artifact::SigningPrivateKey,
    }
}

/// What is wrong with an entry, and what it looks like instead.
fn what(problem: EntryProblem, entry: &Entry<'_>) -> &'static str {
    let value = entry.text.split_once(':').map(|(_, value)| trim(value));
    let value = value.unwrap_or(entry.text);
    match problem {
        EntryProblem::Form if entry.text.contains("-----BEGIN") => {
            "is PEM, not `id:base64`: Stem takes the bare key"
        }
        EntryProblem::Form if entry.text.contains(':') => {
            "has more than one `:`: Stem does not start"
        }
        EntryProblem::Form => "is not of the form `id:base64`: Stem does not start",
        EntryProblem::NoId => "has no id before its `:`: Stem does not start",
        EntryProblem::Base64 if value.contains(char::is_whitespace) => {
            "has white space or a line break within its base64: Stem does not start"
        }
        EntryProblem::Base64 if is_unpadded(value) => {
            "is base64 without its padding (`=`): Stem does not start"
        }
        EntryProblem::Base64 => "is not base64 as Stem reads it: Stem does not start",
    }
}

fn is_unpadded(value: &str) -> bool {
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
    value.len() % 4 > 1 && value.bytes().all(in_alphabet)
}
