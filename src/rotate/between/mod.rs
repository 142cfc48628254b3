//! From one deployment to another: the one rollout between them, in any order, and steps that
//! lead there safely where that rollout does not.

mod earlier;
mod orders;

#[cfg(test)]
mod tests;

use super::plan::{Action, Change, Component, Config, Goal, Member, Plan, Step, Strategy};

pub use earlier::Left;
pub use orders::{Limits, steps};

/// What a component is called that becomes another one under the same name.
const BECOMES: &str = " (new)";

/// Two deployments in one plan without steps.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The plan. Behind the components of the deployments stand those that only sent what may
    /// be left from before.
    plan: Plan,
    /// How many components the deployments have.
    real: usize,
}

impl Joined {
    /// Both deployments, with what may be left from before the first.
    #[must_use]
    pub fn new(from: &Plan, to: &Plan, left: Left) -> Joined {
        let mut plan = joined(from, to);
        let real = plan.components.len();
        if left == Left::Anything {
            earlier::add(&mut plan);
        }
        Joined { plan, real }
    }

    /// Those that sent what may be left exit before anything else happens.
    fn prefix(&self) -> Vec<Step> {
        let gone: Vec<usize> = (self.real..self.plan.components.len()).collect();
        let step = Step {
            action: Action::Stop(gone),
            say: Some("what was signed earlier is still there".to_owned()),
        };
        let has_some = self.real < self.plan.components.len();
        has_some.then_some(step).into_iter().collect()
    }

    /// Steps without those that only sent what may be left.
    fn bare(&self, steps: Vec<Step>) -> Plan {
        let mut plan = Plan {
            steps,
            ..self.plan.clone()
        };
        plan.components.truncate(self.real);
        plan.start.truncate(self.real);
        plan.runs.truncate(self.real);
        plan.goal.truncate(self.real);
        plan
    }
}

/// Both deployments in one plan without steps: the first is its start, the second its goal.
/// Components are the same by name; one that gets other roles is another component, since
/// what it may do and hold changes when it restarts.
fn joined(from: &Plan, to: &Plan) -> Plan {
    let mut plan = Plan {
        signing: from.signing,
        components: Vec::new(),
        start: Vec::new(),
        runs: Vec::new(),
        goal: Vec::new(),
        steps: Vec::new(),
    };
    for (component, config) in from.components.iter().zip(&from.start) {
        let after = to.component(&component.name);
        let after = after.filter(|&after| to.components[after].roles == component.roles);
        let mut component = component.clone();
        let goal = match after {
            Some(after) => {
                let other = &to.components[after];
                // the careful reading: it may start messages if it may in one of the two
                component.enqueues = match (component.enqueues, other.enqueues) {
                    (Some(one), Some(other)) => Some(one || other),
                    (one, other) => one.or(other),
                };
                if other.strategy != component.strategy {
                    component.strategy = Strategy::Rolling;
                }
                Goal::Runs(whole(&component, &to.start[after]))
            }
            None => Goal::Gone,
        };
        add(&mut plan, component, config.clone(), true, goal);
    }
    for (component, config) in to.components.iter().zip(&to.start) {
        let before = from.component(&component.name);
        let is_same = |before: usize| from.components[before].roles == component.roles;
        if before.is_some_and(is_same) {
            continue;
        }
        let mut component = component.clone();
        if before.is_some() {
            component.name = free(&plan, to, &component.name);
        }
        let goal = Goal::Runs(whole(&component, config));
        add(&mut plan, component, config.clone(), false, goal);
    }
    plan
}

/// A name that nothing else has.
fn free(plan: &Plan, to: &Plan, name: &str) -> String {
    let mut free = format!("{name}{BECOMES}");
    while plan.component(&free).is_some() || to.component(&free).is_some() {
        free.push_str(BECOMES);
    }
    free
}

fn add(plan: &mut Plan, component: Component, mut config: Config, runs: bool, goal: Goal) {
    if !component.is_stem() {
        // it means nothing to it, and is not said of it
        config.signing = plan.signing;
    }
    plan.components.push(component);
    plan.start.push(config);
    plan.runs.push(runs);
    plan.goal.push(goal);
}

/// Every field that means something to the component.
fn whole(component: &Component, config: &Config) -> Change {
    Change::of(config).only(|field| component.uses(field))
}

/// The one rollout that leads from one deployment to the other, in any order.
/// What may be left from before is sent first.
///
/// A step of a plan cannot start some, roll others and stop the rest at once. So what is new
/// starts first, then what changes rolls, and what goes stops last: then everything that could
/// be side by side in any order is side by side in one of the three, and what is signed in
/// one is met in the next. An order in which something new comes later, or something old goes
/// sooner, has no pair that these have not. A broker counts as away in the whole step that
/// starts or stops it, and all those that connect run then.
#[must_use]
pub fn between(joined: &Joined) -> Plan {
    let mut plan = joined.plan.clone();
    let new: Vec<Member> = (0..joined.real)
        .filter(|&component| !plan.runs[component])
        .map(|component| Member {
            component,
            change: Change::default(),
        })
        .collect();
    let changed: Vec<Member> = (0..joined.real)
        .filter_map(|component| Some((component, plan.change(component)?)))
        .map(|(component, change)| Member { component, change })
        .collect();
    let gone: Vec<usize> = (0..joined.real)
        .filter(|&component| plan.goal[component] == Goal::Gone)
        .collect();
    let mut steps = joined.prefix();
    let mut push = |is_empty: bool, action: Action, say: &str| {
        let say = Some(say.to_owned());
        steps.extend((!is_empty).then_some(Step { action, say }));
    };
    push(
        new.is_empty(),
        Action::Start(new),
        "what is new starts, while everything else is as before",
    );
    push(
        changed.is_empty(),
        Action::Roll(changed),
        "everything that changes restarts, in any order",
    );
    push(
        gone.is_empty(),
        Action::Stop(gone),
        "what is gone stops, at the latest",
    );
    plan.steps = steps;
    plan
}

impl Plan {
    /// What a component that runs must change to reach the goal; `None` for nothing.
    fn change(&self, component: usize) -> Option<Change> {
        let Goal::Runs(goal) = self.goal.get(component)? else {
            return None;
        };
        let start = &self.start[component];
        let change = Change::between(start, &goal.applied_to(start));
        (self.runs[component] && !change.is_empty()).then_some(change)
    }
}
