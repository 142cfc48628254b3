//! What many schedules of a plan have shown, and the ways to ask for it.

use std::collections::BTreeMap;

use crate::random::Random;
use crate::read;
use crate::schedule::Schedule;
use crate::table::Table;

/// Why a plan is unsafe, in the words of plan files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    Refused,
    NoStart,
    Unprotected,
    Forbidden,
    Incomplete,
}

impl Harm {
    pub const ALL: [Self; 5] = [
        Self::Refused,
        Self::NoStart,
        Self::Unprotected,
        Self::Forbidden,
        Self::Incomplete,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NoStart => "no-start",
            Self::Unprotected => "unprotected",
            Self::Forbidden => "forbidden",
            Self::Incomplete => "incomplete",
        }
    }

    pub fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A kind of harm as it came about first.
#[derive(Clone, Debug)]
pub struct Found {
    /// The number of the first schedule in which it happened.
    pub first: u32,
    /// In how many schedules it happened.
    pub schedules: u32,
    /// What was wrong, with Stem's error text where it has one.
    pub words: String,
    /// What happened until then.
    pub story: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub schedules: u32,
    pub found: BTreeMap<Harm, Found>,
    /// Retries lost by workers that verify only: no plan changes that, and it counts against none.
    /// And what a key had signed that is given up.
    pub listed_losses: u64,
    /// Messages that were taken and done.
    pub done: u64,
}

impl Outcome {
    pub fn is_safe(&self) -> bool {
        self.found.is_empty()
    }

    /// The kinds of harm, in words.
    pub fn words(&self) -> Vec<&'static str> {
        self.found.keys().map(|harm| harm.word()).collect()
    }
}

/// Runs a plan file `schedules` times, each time in another order.
///
/// The error is what is wrong with the file.
pub fn simulate(plan: &str, replicas: usize, schedules: u32, seed: u64) -> Result<Outcome, String> {
    run(plan, replicas, schedules, seed, false)
}

/// Like `simulate`, for a key that has leaked: what it signed is given up.
pub fn simulate_giving_up(
    plan: &str,
    key: &str,
    replicas: usize,
    schedules: u32,
    seed: u64,
) -> Result<Outcome, String> {
    let mut table = Table::new(&read::plan(plan)?);
    table.give_up(key);
    Ok(simulate_table(&table, replicas, schedules, seed, false))
}

/// Like `simulate`, but no further than the first schedule with any harm.
pub fn hunt(plan: &str, replicas: usize, schedules: u32, seed: u64) -> Result<Outcome, String> {
    run(plan, replicas, schedules, seed, true)
}

fn run(
    plan: &str,
    replicas: usize,
    schedules: u32,
    seed: u64,
    until_harm: bool,
) -> Result<Outcome, String> {
    let table = Table::new(&read::plan(plan)?);
    Ok(simulate_table(
        &table, replicas, schedules, seed, until_harm,
    ))
}

pub fn simulate_table(
    table: &Table,
    replicas: usize,
    schedules: u32,
    seed: u64,
    until_harm: bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut schedule = Schedule::new(table, replicas);
    for number in 0..schedules {
        schedule.run(Random::of(seed, number));
        outcome.schedules += 1;
        outcome.listed_losses += u64::from(schedule.losses);
        outcome.done += u64::from(schedule.done);
        if schedule.harms == 0 {
            continue;
        }
        let harms = Harm::ALL.map(|harm| (harm, schedule.harms & harm.bit() != 0));
        for harm in harms
            .iter()
            .filter(|(_, happened)| *happened)
            .map(|(harm, _)| *harm)
        {
            let found = outcome.found.entry(harm).or_insert_with(|| {
                // the same once more, now told
                let (words, story) = schedule.tell(Random::of(seed, number), harm);
                Found {
                    first: number,
                    schedules: 0,
                    words,
                    story,
                }
            });
            found.schedules += 1;
        }
        if until_harm {
            break;
        }
    }
    outcome
}
