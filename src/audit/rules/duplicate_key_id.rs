//! `duplicate-key-id`: one id twice in a list of keys.

use std::collections::HashMap;

use zeroize::Zeroizing;

use super::key_list_malformed::artifact;
use super::{Example, Family, Rule, file, lists};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::veil;
use crate::model::manifest::Severity;
use crate::model::strength::MIN_BYTES;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-key-id",
    family: Family::Signing,
    severity: Severity::Error,
    says: "one id stands twice in a list of keys: Stem takes the last one",
    why: "Of two entries with one id Stem silently takes the last. The other key looks as if it were \
        trusted and is not: messages that were signed with it are refused. A new key needs a new id.",
    fix: "give each key its own id, or remove the entry that is no longer needed",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>,primary:<secret b>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    good: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>,next:<secret b>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        for list in lists::of(subject) {
            let mut known: HashMap<&str, Vec<Zeroizing<Vec<u8>>>> = HashMap::new();
            let mut order = Vec::new();
            for key in list.entries().filter_map(|entry| entry.key.ok()) {
                let all = known.entry(key.id).or_default();
                if all.is_empty() {
                    order.push(key.id);
                }
                all.push(key.bytes);
            }
            for id in order.into_iter().filter(|id| known[id].len() > 1) {
                let variable = list.variable;
                let is_same = known[id].windows(2).all(|pair| pair[0] == pair[1]);
                let shown = veil::key_id(id, known[id].iter().all(|key| key.len() >= MIN_BYTES));
                let (severity, message) = match is_same {
                    true => (
                        Severity::Warning,
                        format!("the key `{shown}` stands in the list more than once"),
                    ),
                    false => (
                        Severity::Error,
                        format!("the id `{shown}` has more than one key: Stem takes the last"),
                    ),
                };
                out.push(
                    Finding::new(&RULE, variable.place, message)
                        .hitting(site, subject, subject.gets(variable))
                        .severity(severity)
                        .artifact(Held::Artifact(artifact(list.holds)))
                        .subject(&variable.name)
                        .key(id),
                );
            }
        }
    }
}
