//! Plans whose outcome is known beforehand, each run in a hundred thousand orders.

mod files;
mod signing;
mod transport;

use stem_simulator::outcome::{Outcome, hunt, simulate};

const SCHEDULES: u32 = 100_000;
const REPLICAS: usize = 2;

/// No harm in any order.
fn safe(plan: &str) -> Outcome {
    let outcome = simulate(plan, REPLICAS, SCHEDULES, 1).expect("a plan");
    assert!(outcome.is_safe(), "{:#?}", outcome.found);
    assert_eq!(outcome.schedules, SCHEDULES);
    outcome
}

/// Harm of that kind before all schedules are used up, with words that the operator is to see.
/// A single replica is enough: in a rolling restart it runs beside itself.
fn harmful(plan: &str, kind: &str, words: &str) -> Outcome {
    let seen = |replicas| {
        let outcome = hunt(plan, replicas, SCHEDULES, 1).expect("a plan");
        let found = outcome.found.values().next();
        let found = found.unwrap_or_else(|| panic!("no harm was seen: {plan}"));
        assert_eq!(outcome.words(), [kind], "{found:#?}");
        assert!(found.words.contains(words), "{found:#?}");
        outcome
    };
    let [one, _, _] = [1, REPLICAS, 3].map(seen);
    one
}
