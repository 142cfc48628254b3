//! The table of harms and targets that the test prints: of how many postures a harm was found.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, TARGETS, Target};
use crate::common;

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
            surplus(&own)
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

fn cell(own: &[&Outcome], target: Target) -> String {
    let here: Vec<_> = own.iter().filter(|one| one.case.target == target).collect();
    if here.is_empty() {
        return "-".to_owned();
    }
    let found = here.iter().filter(|one| one.miss.is_none()).count();
    let mark = if found < here.len() { "!" } else { "" };
    format!("{mark}{found}/{}", here.len())
}

fn surplus(own: &[&Outcome]) -> String {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in own.iter().flat_map(|one| &one.surplus) {
        *count.entry(rule).or_default() += 1;
    }
    let shown = count.iter().map(|(rule, count)| format!("{rule} {count}"));
    shown.collect::<Vec<_>>().join(", ")
}
