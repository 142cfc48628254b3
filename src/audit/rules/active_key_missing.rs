//! `active-key-missing`: keys to sign with, and no word on which of them signs.

use super::examples::WORKER;
use super::{Example, Family, Rule, file, lists};
use crate::audit::case::{Case, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::process::Variable;
use crate::audit::stem::{Failure, Outcome};
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;

pub(super) static RULE: Rule = Rule {
    id: "active-key-missing",
    family: Family::Signing,
    severity: Severity::Error,
    says: "there are keys, and STEM_SIGNING_ACTIVE_KEY does not say which one signs",
    why: "With STEM_SIGNING_KEYS, Stem does not start without STEM_SIGNING_ACTIVE_KEY: workers and the \
        command line included, since workers sign their retries. With Ed25519 it starts, and fails \
        at the first task that it is to sign.",
    fix: "set STEM_SIGNING_ACTIVE_KEY to the id of the key that the others sign with",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
",
    )]),
    good: Example(&[WORKER]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let Some((list, message)) = lacks(subject).filter(|_| subject.is_complete) else {
            continue;
        };
        let mut finding = Finding::new(&RULE, list.place, message)
            .hitting(site, subject, subject.gets(list))
            .artifact(Held::Artifact(Artifact::ActiveKeyId))
            .subject(env::SIGNING_ACTIVE_KEY);
        if let Some(empty) = subject.process.variable(env::SIGNING_ACTIVE_KEY) {
            finding = finding.related(empty.place, "an empty value counts as none");
        }
        out.push(finding);
    }
}

/// The keys of which none is active.
fn lacks<'c>(subject: &Subject<'c>) -> Option<(&'c Variable, &'static str)> {
    match &subject.signing {
        Outcome::Fails(Failure::NoActiveKey) if lists::runs_stem(subject) => {
            let list = subject.process.variable(env::SIGNING_KEYS)?;
            let message = "there are keys and no STEM_SIGNING_ACTIVE_KEY: Stem does not start";
            Some((list, message))
        }
        Outcome::On(keys) if keys.algorithm == Signing::Ed25519 && subject.enqueues() => {
            let list = keys.signs.as_ref().filter(|_| keys.active.is_none())?;
            let message =
                "there are private keys and no STEM_SIGNING_ACTIVE_KEY: nothing can be signed";
            Some((list.variable, message))
        }
        _ => None,
    }
}
