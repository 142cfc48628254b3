//! `weak-secret`: a key or password that can be guessed.

use super::examples::WORKER;
use super::guessable::{self, Flaw};
use super::key_length_wrong::LENGTH;
use super::key_list_malformed::artifact;
use super::lists::{self, Holds};
use super::passwords::{self, Of};
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::model::manifest::Severity;
use crate::model::strength::Weakness;

pub(super) static RULE: Rule = Rule {
    id: "weak-secret",
    family: Family::Signing,
    severity: Severity::Error,
    says: "a secret that can be guessed",
    why: "Stem takes keys of any length and content. Whoever sees one signed message can try guesses against \
        its signature, as many as he likes; 32 random bytes withstand that, words and short keys do not. \
        A password under 12 characters, or made of common words, falls to a list of the usual ones.",
    fix: "make a key of 32 random bytes under a new id: stem-sec keygen",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<short a>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    good: Example(&[WORKER]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        for list in lists::of(subject) {
            let variable = list.variable;
            for (entry, flaw) in list.flawed() {
                let Some(message) = of_key(flaw, list.holds, &entry) else {
                    continue;
                };
                out.push(
                    Finding::new(&RULE, variable.place, message)
                        .hitting(site, subject, subject.gets(variable))
                        .artifact(Held::Artifact(artifact(list.holds)))
                        .subject(&variable.name)
                        .perhaps_key(lists::id(&entry).unwrap_or_default()),
                );
            }
        }
    }
    for site in &case.sites {
        let passwords = passwords::judge(site, &RULE, |text, of| {
            if of == Of::Store {
                return None;
            }
            match guessable::password(text)? {
                Flaw::Weak(Weakness::Short) => Some("a password shorter than 12 characters"),
                Flaw::Weak(_) => Some("a password made of common words"),
                Flaw::Published | Flaw::Placeholder => None,
            }
        });
        let fix = "take a long random password; clients need no password where the broker asks for certificates";
        let warnings = passwords.into_iter();
        out.extend(warnings.map(|finding| finding.severity(Severity::Warning).fix(fix)));
    }
}

/// What speaks against a key; other rules speak of keys without a value and of wrong lengths.
fn of_key(flaw: Flaw, holds: Holds, entry: &crate::formats::key_list::Entry<'_>) -> Option<String> {
    let Flaw::Weak(weakness) = flaw else {
        return None;
    };
    let length = entry.key.as_ref().map_or(0, |key| key.bytes.len());
    match holds {
        Holds::Secrets if weakness == Weakness::Empty => None,
        Holds::Secrets if weakness == Weakness::Short => {
            Some(format!("a signing secret of {length} bytes instead of 32"))
        }
        Holds::Secrets => Some(format!("a signing secret that can be guessed: {weakness}")),
        Holds::PrivateKeys if length == LENGTH => {
            Some(format!("a private key that can be guessed: {weakness}"))
        }
        Holds::PublicKeys if length == LENGTH => Some(format!(
            "a public key that no random private key has: {weakness}"
        )),
        Holds::PrivateKeys | Holds::PublicKeys => None,
    }
}
