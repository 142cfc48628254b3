//! `active-key-unknown`: the key that is to sign is not among those that can.

use super::examples::WORKER_WITH_TWO_KEYS;
use super::{Example, Family, Rule, file, lists};
use crate::audit::case::{Case, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::process::Variable;
use crate::audit::stem::{Failure, Outcome};
use crate::audit::veil;
use crate::formats::key_list::trim;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;

pub(super) static RULE: Rule = Rule {
    id: "active-key-unknown",
    family: Family::Signing,
    severity: Severity::Error,
    says: "STEM_SIGNING_ACTIVE_KEY names a key that is not in the list",
    why: "Stem does not start when its active key is not in STEM_SIGNING_KEYS, or with Ed25519 not in \
        STEM_SIGNING_PRIVATE_KEYS; ids are compared letter by letter, capitals included. If only the \
        public half is missing, it starts and fails at the first task that it is to sign.",
    fix: "name a key of the list, or add the key to the list",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=k1:<secret a>
STEM_SIGNING_ACTIVE_KEY=k2
",
    )]),
    good: Example(&[WORKER_WITH_TWO_KEYS]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let Some((active, list)) = unknown(subject) else {
            continue;
        };
        let (id, _) = subject
            .given(env::SIGNING_ACTIVE_KEY)
            .unwrap_or(("", active));
        let mut message = format!(
            "the active key `{}` is not in {}",
            veil::key_id(id, false),
            list.name
        );
        if let Some(close) = same_but_for_case(subject, &list.name, id) {
            message = format!("{message}, which has `{}`", veil::key_id(&close, true));
        }
        out.push(
            Finding::new(&RULE, active.place, message)
                .hitting(site, subject, subject.gets(active))
                .artifact(Held::Artifact(Artifact::ActiveKeyId))
                .subject(env::SIGNING_ACTIVE_KEY)
                .perhaps_key(id)
                .related(list.place, "the keys"),
        );
    }
}

/// The active key, and the list that it should be in.
fn unknown<'c>(subject: &Subject<'c>) -> Option<(&'c Variable, &'c Variable)> {
    match &subject.signing {
        Outcome::Fails(Failure::UnknownActiveKey { active, list }) => {
            lists::runs_stem(subject).then_some((*active, *list))
        }
        Outcome::On(keys) if keys.algorithm == Signing::Ed25519 => {
            let (id, active) = keys.active?;
            let has_private = keys.signs.is_some();
            let is_lost = has_private && keys.verifies.get(id).is_none();
            (is_lost && lists::runs_stem(subject)).then_some((active, keys.verifies.variable))
        }
        _ => None,
    }
}

fn same_but_for_case(subject: &Subject<'_>, list: &str, id: &str) -> Option<String> {
    let (text, _) = subject.given(list)?;
    crate::formats::key_list::entries(text)
        .filter_map(|entry| lists::id(&entry))
        .find(|known| known.to_lowercase() == trim(id).to_lowercase())
}
