//! `published-key`: a key or password out of Stem's own public samples.

use super::examples::WORKER;
use super::guessable::{self, Flaw};
use super::key_list_malformed::artifact;
use super::lists::{self, Holds};
use super::{Example, Family, Rule, file, passwords};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "published-key",
    family: Family::Signing,
    severity: Severity::Error,
    says: "a key that stands in Stem's public samples",
    why: "The keys in the example folders of Stem's repository are known to everybody: whoever reaches the \
        broker can sign tasks with them. That holds for the sample's public key as well, since its private \
        half is published beside it.",
    fix: "make a key of your own under a new id: stem-sec keygen",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<published sample>
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
            let published = list.flawed().filter(|(_, flaw)| *flaw == Flaw::Published);
            for (entry, _) in published {
                let message = match list.holds {
                    Holds::PublicKeys => {
                        "a public key whose private half stands in Stem's public samples"
                    }
                    Holds::Secrets | Holds::PrivateKeys => RULE.says,
                };
                out.push(
                    Finding::new(&RULE, variable.place, message)
                        .hitting(site, subject, subject.gets(variable))
                        .artifact(Held::Artifact(artifact(list.holds)))
                        .subject(&variable.name)
                        .key(lists::id(&entry).unwrap_or_default()),
                );
            }
        }
    }
    for site in &case.sites {
        out.extend(passwords::judge(site, &RULE, |text, _| {
            let is_published = guessable::password(text) == Some(Flaw::Published);
            is_published.then_some("a password that stands in Stem's public samples")
        }));
    }
}
