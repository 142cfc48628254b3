//! One message and one pair of configurations decide: every interleaving, random schedules and the
//! pairwise look agree on what harm a plan can do.

use stem_simulator::outcome::{Harm, hunt, simulate_table};
use stem_simulator::random_plans;
use stem_simulator::table::Table;
use stem_simulator::{exhaustive, pairs, read};

/// More states than this are too many to visit in a test.
const LIMIT: usize = 10_000;

fn table(text: &str) -> Table {
    let plan = read::plan(text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    Table::new(&plan)
}

fn words(harms: u8) -> Vec<&'static str> {
    let there = Harm::ALL.into_iter().filter(|harm| harms & harm.bit() != 0);
    there.map(Harm::word).collect()
}

#[test]
fn about_a_third_of_the_random_plans_is_safe() {
    let plans = (0..1000).map(|seed| table(&random_plans::plan(seed, 2)));
    let safe = plans.filter(|plan| pairs::harms(plan) == 0).count();
    assert!((270..=400).contains(&safe), "{safe} of 1000 plans are safe");
}

#[test]
fn every_interleaving_does_the_harm_that_the_pairs_foretell() {
    let mut compared = [[0; 3]; 2];
    for seed in 0..120 {
        let text = random_plans::plan(seed, 1);
        let table = table(&text);
        if table.members.len() > 4 {
            continue;
        }
        let foretold = words(pairs::harms(&table));
        for (replicas, messages) in [(1, 1), (2, 1), (3, 1), (1, 2), (2, 2), (3, 2)] {
            let Some(harms) = exhaustive::harms(&table, replicas, messages, LIMIT) else {
                continue;
            };
            assert_eq!(words(harms), foretold, "{replicas} × {messages} in\n{text}");
            compared[messages - 1][replicas as usize - 1] += 1;
        }
    }
    assert!(
        compared.iter().flatten().all(|many| *many >= 15),
        "{compared:?}"
    );
}

#[test]
fn random_schedules_do_the_harm_that_the_pairs_foretell() {
    for seed in 0..100 {
        let text = random_plans::plan(seed, 2);
        let table = table(&text);
        let foretold = pairs::harms(&table);
        for replicas in 1..=3 {
            let mut seen = 0;
            for round in 0..50 {
                let outcome = simulate_table(&table, replicas, 2000, round, false);
                seen |= outcome.found.keys().fold(0, |all, harm| all | harm.bit());
                if seen == foretold && foretold != 0 || round == 0 && foretold == 0 {
                    break;
                }
            }
            assert_eq!(
                words(seen),
                words(foretold),
                "{replicas} replicas in\n{text}"
            );
        }
    }
}

#[test]
fn harm_is_told_as_a_story() {
    let mut told = 0;
    for seed in 0..200 {
        let text = random_plans::plan(seed, 2);
        let outcome = hunt(&text, 2, 100, seed).expect("a plan");
        for found in outcome.found.values() {
            assert!(!found.words.is_empty(), "{text}");
            assert_eq!(found.first + 1, outcome.schedules);
            assert_eq!(found.story.last(), Some(&found.words));
            told += 1;
        }
    }
    assert!(told > 80, "{told}");
}
