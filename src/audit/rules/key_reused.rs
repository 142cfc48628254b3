//! `key-reused`: one value in two parts.

use std::collections::HashMap;

use super::examples::WORKER_WITH_TWO_KEYS;
use super::guessable::{self, Flaw};
use super::key_list_malformed::artifact;
use super::keypair_mismatch::public_half;
use super::lists::{self, Holds, List};
use super::{Example, Family, Rule, file, passwords};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::veil;
use crate::formats::place::Place;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "key-reused",
    family: Family::Signing,
    severity: Severity::Warning,
    says: "one value serves as two keys",
    why: "Two ids with one value look like two keys: a rotation from one to the other changes nothing, and \
        whoever has the old one has the new one. A signing key that is a password as well is told to \
        everybody who may connect.",
    fix: "make a key of its own for each purpose: stem-sec keygen",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=k1:<secret a>,k2:<secret a>
STEM_SIGNING_ACTIVE_KEY=k2
",
    )]),
    good: Example(&[WORKER_WITH_TWO_KEYS]),
    check,
};

/// A key where it stands.
struct Used<'s, 'c> {
    subject: &'s Subject<'c>,
    list: usize,
    id: String,
    /// A seed stands for its public half, so that both halves are one key.
    material: Vec<u8>,
    /// The value as such.
    bytes: Vec<u8>,
    text: &'c str,
}

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        let lists: Vec<(&Subject<'_>, List<'_>)> = site
            .subjects
            .iter()
            .flat_map(|subject| {
                lists::of(subject)
                    .into_iter()
                    .map(move |list| (subject, list))
            })
            .collect();
        let used = used(&lists);
        under_two_ids(site, &lists, &used, out);
        in_two_roles(site, &lists, &used, out);
    }
}

/// Every key but those that anybody could have by chance, private ones first.
fn used<'s, 'c>(lists: &[(&'s Subject<'c>, List<'c>)]) -> Vec<Used<'s, 'c>> {
    let mut used = Vec::new();
    for (number, (subject, list)) in lists.iter().enumerate() {
        for entry in list.entries() {
            if matches!(
                guessable::entry(&entry),
                Some(Flaw::Published | Flaw::Placeholder)
            ) {
                continue;
            }
            let Ok(key) = entry.key else { continue };
            if key.bytes.is_empty() {
                continue;
            }
            let half = public_half(&key.bytes).filter(|_| list.holds == Holds::PrivateKeys);
            used.push(Used {
                subject,
                list: number,
                id: key.id.to_owned(),
                material: half.unwrap_or_else(|| key.bytes.to_vec()),
                bytes: key.bytes.to_vec(),
                text: key.value,
            });
        }
    }
    used.sort_by_key(|one| lists[one.list].1.holds == Holds::PublicKeys);
    used
}

fn under_two_ids(
    site: &Site<'_>,
    lists: &[(&Subject<'_>, List<'_>)],
    used: &[Used<'_, '_>],
    out: &mut Vec<Finding>,
) {
    // of each key, the first id that it has
    let mut first: HashMap<&[u8], &Used<'_, '_>> = HashMap::new();
    let mut said: HashMap<(&[u8], &str), Place> = HashMap::new();
    for one in used {
        let known = *first.entry(one.material.as_slice()).or_insert(one);
        let list = &lists[one.list].1;
        if known.id == one.id || lists[known.list].1.holds.is_secret() != list.holds.is_secret() {
            continue;
        }
        let place = list.variable.place;
        if *said.entry((&one.material, &one.id)).or_insert(place) != place {
            continue;
        }
        let message = format!(
            "the keys `{}` and `{}` are the same",
            veil::key_id(&known.id, true),
            veil::key_id(&one.id, true)
        );
        let mut finding = Finding::new(&RULE, place, message)
            .hitting(site, one.subject, one.subject.gets(list.variable))
            .artifact(Held::Artifact(artifact(list.holds)))
            .subject(&list.variable.name)
            .key(&one.id);
        let other = lists[known.list].1.variable;
        if other.place != place {
            finding = finding.related(other.place, "the same key under another id");
        }
        out.push(finding);
    }
}

/// An HMAC secret that is a seed or a password as well, or a seed that is a password.
fn in_two_roles(
    site: &Site<'_>,
    lists: &[(&Subject<'_>, List<'_>)],
    used: &[Used<'_, '_>],
    out: &mut Vec<Finding>,
) {
    let holds = |one: &Used<'_, '_>| lists[one.list].1.holds;
    let secrets = || used.iter().filter(|one| holds(one) == Holds::Secrets);
    for seed in used.iter().filter(|one| holds(one) == Holds::PrivateKeys) {
        let Some(secret) = secrets().find(|one| one.bytes == seed.bytes) else {
            continue;
        };
        let list = lists[seed.list].1.variable;
        let message = "a private key that is a signing secret as well";
        out.push(
            Finding::new(&RULE, list.place, message)
                .hitting(site, seed.subject, seed.subject.gets(list))
                .artifact(Held::Artifact(artifact(Holds::PrivateKeys)))
                .subject(&list.name)
                .key(&seed.id)
                .related(lists[secret.list].1.variable.place, "the signing secret"),
        );
    }
    let is_key = |text: &str| {
        let mut keys = used.iter().filter(|one| holds(one) != Holds::PublicKeys);
        keys.any(|one| one.text == text || one.bytes == text.as_bytes())
    };
    out.extend(passwords::judge(site, &RULE, |text, _| {
        let is_weak = matches!(
            guessable::password(text),
            Some(Flaw::Published | Flaw::Placeholder)
        );
        (!is_weak && is_key(text)).then_some("a password that is a signing key as well")
    }));
}
