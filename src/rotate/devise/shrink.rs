//! Plans as short as the proof allows: no step and no gate that is not needed.

use crate::rotate::plan::{Action, Member, Plan, Step};
use crate::rotate::prove::prove;
use crate::rotate::verdict::Trouble;

/// The plan without what the proof does not need, the first `fixed` steps untouched.
pub(in crate::rotate) fn shrunk(
    mut plan: Plan,
    fixed: usize,
    is_accepted: impl Fn(&Trouble) -> bool,
) -> Plan {
    while let Some(shorter) = shorter(&plan, fixed, &is_accepted) {
        plan = shorter;
    }
    plan
}

fn shorter(plan: &Plan, fixed: usize, is_accepted: impl Fn(&Trouble) -> bool) -> Option<Plan> {
    let with = |steps: Vec<Step>| Plan {
        steps,
        ..plan.clone()
    };
    let candidates = left_out(&plan.steps, fixed)
        .chain(unpaused(&plan.steps, fixed))
        .chain(merged(&plan.steps, fixed));
    candidates
        .map(with)
        .filter(is_written)
        .find(|candidate| prove(candidate).troubles.iter().all(&is_accepted))
}

/// Whether a plan file can say it: only what runs stops or rolls, and only what does not starts.
/// A pause of which the end stays is none.
fn is_written(plan: &Plan) -> bool {
    let mut runs = plan.runs.clone();
    plan.steps.iter().all(|step| {
        let (members, before, after): (Vec<usize>, bool, bool) = match &step.action {
            Action::Start(members) => (of(members), false, true),
            Action::Roll(members) => (of(members), true, true),
            Action::Stop(stopped) => (stopped.clone(), true, false),
            Action::Drain => return true,
        };
        members.into_iter().all(|member| {
            let was = std::mem::replace(&mut runs[member], after);
            was == before
        })
    })
}

fn of(members: &[Member]) -> Vec<usize> {
    members.iter().map(|member| member.component).collect()
}

/// The steps with one of them left out.
pub(in crate::rotate) fn left_out(
    steps: &[Step],
    fixed: usize,
) -> impl Iterator<Item = Vec<Step>> + '_ {
    (fixed..steps.len()).map(|index| {
        let mut rest = steps.to_vec();
        rest.remove(index);
        rest
    })
}

/// The steps with a pause turned into a rollout.
fn unpaused(steps: &[Step], fixed: usize) -> impl Iterator<Item = Vec<Step>> + '_ {
    (fixed..steps.len()).filter_map(move |stop| {
        let Action::Stop(stopped) = &steps[stop].action else {
            return None;
        };
        let is_its_start = |step: &Step| {
            matches!(&step.action, Action::Start(members)
                if members.iter().map(|member| member.component).eq(stopped.iter().copied()))
        };
        let start = steps
            .iter()
            .position(is_its_start)
            .filter(|start| *start > stop)?;
        let Action::Start(members) = &steps[start].action else {
            return None;
        };
        let mut rest = steps.to_vec();
        rest[start].action = Action::Roll(members.clone());
        rest.remove(stop);
        Some(rest)
    })
}

/// The steps with two of them at once: the gate between them is taken away.
pub(in crate::rotate) fn merged(
    steps: &[Step],
    fixed: usize,
) -> impl Iterator<Item = Vec<Step>> + '_ {
    (fixed + 1..steps.len()).filter_map(|index| {
        let action = match (&steps[index - 1].action, &steps[index].action) {
            (Action::Roll(first), Action::Roll(second)) => Action::Roll(both(first, second)),
            (Action::Start(first), Action::Start(second)) => Action::Start(both(first, second)),
            (Action::Stop(first), Action::Stop(second)) => {
                Action::Stop(first.iter().chain(second).copied().collect())
            }
            _ => return None,
        };
        let mut rest = steps.to_vec();
        let second = rest.remove(index);
        let first = &mut rest[index - 1];
        first.action = action;
        first.say = match (first.say.take(), second.say) {
            (Some(one), Some(other)) => Some(format!("{one}; {other}")),
            (one, other) => one.or(other),
        };
        Some(rest)
    })
}

/// Both parts of each component, the later one on top.
fn both(first: &[Member], second: &[Member]) -> Vec<Member> {
    let mut members = first.to_vec();
    for later in second {
        match members
            .iter_mut()
            .find(|one| one.component == later.component)
        {
            Some(member) => member.change = later.change.clone().or(&member.change),
            None => members.push(later.clone()),
        }
    }
    members.sort_by_key(|member| member.component);
    members
}
