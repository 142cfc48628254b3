//! The tool's prover against the simulator: on thousands of random plans, on what is published,
//! and on every plan that the tool can produce. Only the text of plan files passes between them.

use std::collections::BTreeSet;

use stem_sec::rotate::{Plan, prove};

use stem_simulator::outcome::{Harm, hunt, simulate};
use stem_simulator::{exhaustive, pairs, random_plans, read, table::Table};

/// The kinds of trouble that the prover finds, in words.
pub(crate) fn proven(text: &str) -> BTreeSet<&'static str> {
    let plan = Plan::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    let verdict = prove(&plan);
    verdict
        .troubles
        .iter()
        .map(|trouble| trouble.kind().name())
        .collect()
}

fn words(harms: u8) -> BTreeSet<&'static str> {
    let there = Harm::ALL.into_iter().filter(|harm| harms & harm.bit() != 0);
    there.map(Harm::word).collect()
}

/// The kinds that the simulator's look at pairs foretells.
pub(crate) fn foretold(text: &str) -> BTreeSet<&'static str> {
    words(pairs::harms(&table(text)))
}

fn table(text: &str) -> Table {
    let plan = read::plan(text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    Table::new(&plan)
}

#[test]
fn the_prover_says_of_thousands_of_random_plans_what_their_pairs_say() {
    for (most, seeds) in [(1, 0..2_000), (2, 2_000..5_000), (4, 5_000..6_000)] {
        for seed in seeds {
            let text = random_plans::plan(seed, most);
            assert_eq!(
                proven(&text),
                words(pairs::harms(&table(&text))),
                "plan {seed}\n{text}"
            );
        }
    }
}

#[test]
fn the_prover_says_of_small_plans_what_all_their_interleavings_say() {
    let mut compared = 0;
    for seed in 10_000..10_150 {
        let text = random_plans::plan(seed, 1);
        let table = table(&text);
        if table.members.len() > 4 {
            continue;
        }
        if let Some(harms) = exhaustive::harms(&table, 2, 1, 10_000) {
            assert_eq!(proven(&text), words(harms), "plan {seed}\n{text}");
            compared += 1;
        }
    }
    assert!(compared >= 40, "only {compared}");
}

#[test]
fn what_the_prover_calls_safe_does_no_harm_and_what_it_calls_unsafe_does() {
    for seed in 20_000..22_000_u64 {
        let text = random_plans::plan(seed, 2);
        let replicas = 1 + usize::try_from(seed % 3).expect("small");
        let said = proven(&text);
        if said.is_empty() {
            let outcome = simulate(&text, replicas, 200, seed).expect("a plan");
            assert!(
                outcome.is_safe(),
                "plan {seed}: {:?}\n{text}",
                outcome.found
            );
        } else {
            let outcome = hunt(&text, replicas, 100_000, seed).expect("a plan");
            let seen: BTreeSet<&str> = outcome.words().into_iter().collect();
            assert!(
                !seen.is_empty() && seen.is_subset(&said),
                "plan {seed}: {said:?}, seen {seen:?}\n{text}"
            );
        }
    }
}

#[test]
fn published_plans_do_in_the_simulator_what_the_prover_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rotate_published");
    let mut unsafe_ones = 0;
    for entry in std::fs::read_dir(folder).expect("the published orders") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let said = proven(&text);
        if said.is_empty() {
            let outcome = simulate(&text, 3, 100_000, 1).expect("a plan");
            assert!(outcome.is_safe(), "{}: {:?}", path.display(), outcome.found);
        } else {
            let outcome = hunt(&text, 2, 100_000, 1).expect("a plan");
            assert!(!outcome.is_safe(), "{}: {said:?}", path.display());
            unsafe_ones += 1;
        }
    }
    assert!(unsafe_ones >= 20, "{unsafe_ones}");
}
