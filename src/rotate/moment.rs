//! A plan played from its start: at every moment, which configurations live processes may
//! have. Only what may be side by side is said here; whether it fits is for [`super::prove`].

use super::plan::{Action, Config, Member, Plan, Strategy};

/// Whether a process runs what it had before the present step, or what the step gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// As before the step, or untouched by it.
    Old,
    /// As the step has it.
    New,
}

/// A configuration that processes of a component may have.
#[derive(Clone, Debug)]
pub struct Live {
    /// Which component.
    pub component: usize,
    /// Before or after the change.
    pub phase: Phase,
    /// With what.
    pub config: Config,
}

/// What may be at once.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The step, from 1; 0 is before the first.
    pub step: usize,
    /// Whether the step waits for messages to be gone.
    pub drains: bool,
    /// Who may run, and how.
    pub live: Vec<Live>,
    /// Whether a component's processes run from its beginning to its end.
    pub throughout: Vec<bool>,
}

/// How it all stands between two steps.
#[derive(Clone, Debug)]
pub struct State {
    /// The configuration of each component, also of those that are stopped.
    pub configs: Vec<Config>,
    /// Whether its processes run.
    pub runs: Vec<bool>,
}

impl State {
    /// Before the first step.
    #[must_use]
    pub fn at_start(plan: &Plan) -> State {
        State {
            configs: plan.start.clone(),
            runs: plan.runs.clone(),
        }
    }

    /// What runs between two steps.
    #[must_use]
    pub fn moment(&self, step: usize) -> Moment {
        let live = |component: usize| Live {
            component,
            phase: Phase::Old,
            config: self.configs[component].clone(),
        };
        let running = (0..self.configs.len()).filter(|&component| self.runs[component]);
        Moment {
            step,
            drains: false,
            live: running.map(live).collect(),
            throughout: self.runs.clone(),
        }
    }

    /// Goes through a step, and says what may be at once during it.
    pub fn pass(&mut self, step: usize, action: &Action) -> Moment {
        let mut moment = self.moment(step);
        match action {
            Action::Roll(members) => {
                let added: Vec<Live> = members.iter().filter_map(|it| self.change(it)).collect();
                moment.live.extend(added);
            }
            Action::Start(members) => {
                for member in members {
                    self.runs[member.component] = true;
                    self.change(member);
                    moment.live.push(Live {
                        component: member.component,
                        phase: Phase::New,
                        config: self.configs[member.component].clone(),
                    });
                }
            }
            // they live until they exit
            Action::Stop(members) => {
                for &one in members {
                    self.runs[one] = false;
                    moment.throughout[one] = false;
                }
            }
            Action::Drain => moment.drains = true,
        }
        moment
    }

    /// `None` when nothing is new.
    fn change(&mut self, member: &Member) -> Option<Live> {
        let config = member.change.applied_to(&self.configs[member.component]);
        if config == self.configs[member.component] {
            return None;
        }
        self.configs[member.component] = config.clone();
        Some(Live {
            component: member.component,
            phase: Phase::New,
            config,
        })
    }
}

/// The moments of a plan in their order: before it, and each step. Also how it ends.
#[must_use]
pub fn play(plan: &Plan) -> (Vec<Moment>, State) {
    let mut state = State::at_start(plan);
    let mut moments = vec![state.moment(0)];
    for (number, step) in plan.steps.iter().enumerate() {
        moments.push(state.pass(number + 1, &step.action));
    }
    (moments, state)
}

impl Moment {
    /// Whether these two can be at once: replicas of a component that is recreated are never
    /// old and new side by side.
    #[must_use]
    pub fn side_by_side(plan: &Plan, one: (usize, Phase), other: (usize, Phase)) -> bool {
        let recreated = plan.components[one.0].strategy == Strategy::Recreate;
        !(one.0 == other.0 && one.1 != other.1 && recreated)
    }
}
