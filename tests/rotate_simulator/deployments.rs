//! From one state of a deployment to another, both at random: the one rollout between them, and
//! the steps that are offered where it is not safe.

use stem_sec::rotate::between::{Joined, Left, Limits, between, steps};
use stem_sec::rotate::{Plan, moment, prove};
use stem_simulator::outcome::simulate;
use stem_simulator::random_plans;

use crate::agreement::{foretold, proven};

#[test]
fn steps_that_are_offered_between_two_states_do_no_harm() {
    let (mut safe, mut offered, mut refused) = (0, 0, 0);
    for seed in 30_000..32_000 {
        let text = random_plans::plan(seed, 2);
        let plan = Plan::parse(text.as_bytes()).expect("a plan");
        let (_, end) = moment::play(&plan);
        let from = Plan {
            steps: Vec::new(),
            goal: Vec::new(),
            ..plan
        };
        if !prove(&from).is_safe() {
            continue;
        }
        let to = Plan {
            start: end.configs,
            runs: end.runs,
            ..from.clone()
        };
        let joined = Joined::new(&from, &to, Left::Nothing);
        let at_once = between(&joined).text();
        assert_eq!(
            proven(&at_once),
            foretold(&at_once),
            "plan {seed}\n{at_once}"
        );
        safe += u32::from(proven(&at_once).is_empty());
        let Some(steps) = steps(&joined, Limits::default()) else {
            refused += 1;
            continue;
        };
        let steps = steps.text();
        assert!(proven(&steps).is_empty(), "plan {seed}\n{steps}");
        let outcome = simulate(&steps, 2, 300, seed).expect("a plan");
        assert!(
            outcome.is_safe(),
            "plan {seed}: {:?}\n{steps}",
            outcome.found
        );
        offered += 1;
    }
    assert!(safe >= 30 && offered >= 1_000, "{safe} {offered} {refused}");
}
