//! A plan of rollouts: who there is, what each is configured with, and which steps change
//! it. Values have no secrets in them: a key is an id and a name for its value, a CA, a
//! certificate and a password are names. What a plan does is for [`super::prove`] to say.

mod change;
mod component;
mod config;
mod field;

#[cfg(test)]
mod tests;

use crate::model::posture::Signing;

pub use change::Change;
pub use component::{Component, Strategy};
pub use config::{ClientAuth, Config, Key, Leaf, Ports, Scheme};
pub use field::Field;

/// The version of plan files that this stem-sec reads and writes.
pub const VERSION: u64 = 1;

/// A component's part in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which, counted in [`Plan::components`].
    pub component: usize,
    /// What is new for it.
    pub change: Change,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The members restart into a new configuration, in any order.
    Roll(Vec<Member>),
    /// Waits until no message is left that was signed before.
    Drain,
    /// The members exit.
    Stop(Vec<usize>),
    /// Stopped members start.
    Start(Vec<Member>),
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// A sentence for people.
    pub say: Option<String>,
}

impl From<Action> for Step {
    fn from(action: Action) -> Step {
        Step { action, say: None }
    }
}

/// Where a component should end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Running, with these values.
    Runs(Change),
    /// Gone.
    Gone,
}

/// A plan: one configuration a component at the start, and steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What components sign with where nothing else is said.
    pub signing: Signing,
    /// The parts of the deployment, in the order in which the plan names them.
    pub components: Vec<Component>,
    /// What each is configured with before the first step.
    pub start: Vec<Config>,
    /// Whether each runs before the first step.
    pub runs: Vec<bool>,
    /// What each should have after the last one, and whether it should run; empty without a
    /// goal.
    pub goal: Vec<Goal>,
    /// One after the other.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The component with this name.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<usize> {
        self.components
            .iter()
            .position(|component| component.name == name)
    }
}
