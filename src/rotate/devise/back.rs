//! The way back from the middle of a plan: what was done is undone in the reverse order, with
//! waits where messages of the new kind must run out first. Proven together with the steps
//! that were gone through, the last of them possibly half.

use crate::rotate::message::is_signing_on;
use crate::rotate::moment::State;
use crate::rotate::plan::{Action, Change, Component, Goal, Member, Plan, Step};
use crate::rotate::prove::prove;
use crate::rotate::verdict::{Kind, Trouble};

use super::draft::Draft;
use super::shrink::shrunk;

/// A plan whose first `step` steps are those of `plan` and whose others lead back to its
/// start; `None` when no way back is safe.
#[must_use]
pub fn back(plan: &Plan, step: usize) -> Option<Plan> {
    let gone = plan.steps.get(..step)?;
    let goal = plan.start.iter().zip(&plan.runs).zip(&plan.components);
    let goal = goal
        .map(|((config, runs), component)| {
            let whole = Change::of(config).only(|field| component.uses(field));
            if *runs { Goal::Runs(whole) } else { Goal::Gone }
        })
        .collect::<Vec<_>>();
    let candidates = [undone(plan, gone), paused(plan, gone)];
    candidates.into_iter().find_map(|tail| {
        let candidate = Plan {
            steps: gone.iter().cloned().chain(tail).collect(),
            goal: goal.clone(),
            ..plan.clone()
        };
        // what the plan itself turned off by then is off on the way back, and no news
        let is_accepted =
            |trouble: &Trouble| trouble.kind() == Kind::Unprotected && trouble.step <= step;
        let verdict = prove(&candidate);
        verdict
            .troubles
            .iter()
            .all(is_accepted)
            .then(|| shrunk(candidate, step, is_accepted))
    })
}

fn said(action: Action, say: &str) -> Step {
    Step {
        action,
        say: Some(say.to_owned()),
    }
}

/// Each step undone, the last first.
fn undone(plan: &Plan, gone: &[Step]) -> Vec<Step> {
    let mut states = vec![State::at_start(plan)];
    for (number, step) in gone.iter().enumerate() {
        let mut state = states[number].clone();
        state.pass(number + 1, &step.action);
        states.push(state);
    }
    let mut configs = states[gone.len()].configs.clone();
    let mut steps = Vec::new();
    for (number, step) in gone.iter().enumerate().rev() {
        let mut to_before = |component: usize| {
            let before = &states[number].configs[component];
            let change = Change::between(&configs[component], before);
            configs[component] = before.clone();
            Member { component, change }
        };
        let action = match &step.action {
            Action::Drain => continue,
            Action::Roll(members) => Action::Roll(
                members
                    .iter()
                    .map(|member| to_before(member.component))
                    .collect(),
            ),
            Action::Stop(members) => {
                Action::Start(members.iter().map(|&one| to_before(one)).collect())
            }
            // what it had before waits for the stop that is undone next
            Action::Start(members) => {
                Action::Stop(members.iter().map(|member| member.component).collect())
            }
        };
        let is_taken = |(component, runs): (&Component, &bool)| *runs && component.verifies();
        let mut running = plan.components.iter().zip(&states[number + 1].runs);
        // where nobody takes messages a wait would have no end
        if running.any(is_taken) {
            let say = "wait until nothing is left that was signed in between";
            steps.push(said(Action::Drain, say));
        }
        steps.push(said(action, &format!("step {} is taken back", number + 1)));
    }
    steps
}

/// Everything stands still, and starts as it was.
fn paused(plan: &Plan, gone: &[Step]) -> Vec<Step> {
    let present = Plan {
        steps: gone.to_vec(),
        ..plan.clone()
    };
    let mut draft = Draft::new(&present);
    let old = |component: &Component| {
        let index = plan.component(&component.name);
        index.map(|index| plan.start[index].clone())
    };
    draft.stop(
        "everybody who sends messages of its own stops",
        Component::is_source,
    );
    if plan.start.iter().any(is_signing_on) {
        draft.drain("wait until the queues are empty: also delayed messages and retries");
    }
    draft.stop(
        "everybody else who connects to the broker stops",
        Component::is_stem,
    );
    draft.roll("what still runs is set back", |component, config| {
        old(component).unwrap_or_else(|| config.clone())
    });
    draft.start("everybody starts as before", |component, config| {
        old(component).unwrap_or_else(|| config.clone())
    });
    draft.steps
}
