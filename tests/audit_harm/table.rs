//! The table of harms and targets that the test prints: of how many postures a harm was found.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, TARGETS, Target};
use crate::common;

/// Errors that rightly come beside the one that is looked for: how the harm's name begins, the
/// rule that speaks too, and why.
const ACCEPTED: [(&str, &str, &str); 18] = [
    ("HMAC secret to redis", "client-key-on-broker", FOLDER),
    ("private key to redis", "client-key-on-broker", FOLDER),
    ("private key to", "secret-on-unrelated-process", FOLDER),
    ("HMAC secret to", "secret-on-unrelated-process", FOLDER),
    ("client key to redis", "signing-key-on-broker", FOLDER),
    ("CA key to", "server-key-outside-broker", FOLDER),
    ("private key to", "secret-in-configmap", CONFIG_MAP),
    ("HMAC secret to", "secret-in-configmap", CONFIG_MAP),
    ("broker password to", "secret-in-configmap", CONFIG_MAP),
    ("client key to", "secret-in-configmap", CONFIG_MAP),
    ("server key to", "secret-in-configmap", CONFIG_MAP),
    ("CA key to", "secret-in-configmap", CONFIG_MAP),
    (
        "worker: a user in the URL",
        "secret-in-configmap",
        CONFIG_MAP,
    ),
    (
        "a key copied into an image",
        "server-key-outside-broker",
        "a worker runs the image",
    ),
    (
        "a secret in an image",
        "signing-private-key-on-verifier",
        "a worker runs the image",
    ),
    (
        "a secret as build argument",
        "signing-private-key-on-verifier",
        "a worker runs the image",
    ),
    (
        "an HMAC secret that nothing reads, at",
        "active-key-missing",
        "a command line without an algorithm reads it",
    ),
    (
        "the broker's client key is another's",
        "certificate-key-mismatch",
        "it took the place of the certificate's own",
    ),
];

const FOLDER: &str = "all of a folder was mounted, with the other secrets in it";
const CONFIG_MAP: &str = "one of the ways is a ConfigMap";

/// What came of one harm in one case.
pub(crate) struct Outcome {
    pub(crate) harm: usize,
    pub(crate) case: Case,
    pub(crate) variant: usize,
    /// Why it counts as missed.
    pub(crate) miss: Option<String>,
    /// Rules of error level that spoke besides the one that should.
    pub(crate) surplus: BTreeSet<String>,
}

/// Prints the table, and below it what was missed.
pub(crate) fn print(names: &[(String, &'static str)], outcomes: &[Outcome]) {
    let width = names
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let heads = TARGETS
        .map(|target| format!("{:>10}", target.name()))
        .concat();
    common::note(&format!("{:width$}  {:31}{heads}  surplus", "harm", "rule"));
    for (number, (name, rule)) in names.iter().enumerate() {
        let own: Vec<&Outcome> = outcomes.iter().filter(|one| one.harm == number).collect();
        let cells = TARGETS
            .map(|target| format!("{:>10}", cell(&own, target)))
            .concat();
        common::note(&format!(
            "{name:width$}  {rule:31}{cells}  {}",
            surplus(name, &own)
        ));
    }
    let found = outcomes.iter().filter(|one| one.miss.is_none()).count();
    common::note(&format!("{found} of {} found", outcomes.len()));
    for one in outcomes {
        if let Some(miss) = &one.miss {
            let (name, rule) = &names[one.harm];
            common::note(&format!(
                "MISSED {name} [{rule}] {} way {}: {miss}",
                one.case, one.variant
            ));
        }
    }
}

/// Errors of other rules that nothing in the list explains.
pub(crate) fn unexplained(names: &[(String, &'static str)], outcomes: &[Outcome]) -> Vec<String> {
    let mut all = Vec::new();
    for one in outcomes {
        let name = &names[one.harm].0;
        let surplus = one.surplus.iter().filter(|rule| !is_accepted(name, rule));
        all.extend(surplus.map(|rule| format!("{name}, {}: {rule}", one.case)));
    }
    all
}

fn is_accepted(name: &str, rule: &str) -> bool {
    let mut accepted = ACCEPTED.iter();
    accepted.any(|(begins, other, _)| name.starts_with(begins) && rule == *other)
}

fn cell(own: &[&Outcome], target: Target) -> String {
    let here: Vec<_> = own.iter().filter(|one| one.case.target == target).collect();
    if here.is_empty() {
        return "-".to_owned();
    }
    let found = here.iter().filter(|one| one.miss.is_none()).count();
    let mark = if found < here.len() { "!" } else { "" };
    format!("{mark}{found}/{}", here.len())
}

/// With a mark where nothing in the list explains it.
fn surplus(name: &str, own: &[&Outcome]) -> String {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in own.iter().flat_map(|one| &one.surplus) {
        *count.entry(rule).or_default() += 1;
    }
    let shown = count
        .iter()
        .map(|(rule, count)| match is_accepted(name, rule) {
            true => format!("{rule} {count}"),
            false => format!("!{rule} {count}"),
        });
    shown.collect::<Vec<_>>().join(", ")
}
