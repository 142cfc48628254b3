//! Steps as they are put together, with the configurations that they lead to.

use crate::rotate::plan::{Action, Change, Component, Config, Member, Plan, Step};

/// Steps from a present state.
#[derive(Clone, Debug)]
pub(super) struct Draft<'p> {
    plan: &'p Plan,
    /// What each component has after the steps.
    pub(super) configs: Vec<Config>,
    runs: Vec<bool>,
    pub(super) steps: Vec<Step>,
}

impl<'p> Draft<'p> {
    /// Without steps.
    pub(super) fn new(plan: &'p Plan) -> Draft<'p> {
        let (_, state) = crate::rotate::moment::play(plan);
        Draft {
            plan,
            configs: state.configs,
            runs: state.runs,
            steps: Vec::new(),
        }
    }

    /// Rolls every running component that gets another configuration.
    pub(super) fn roll(&mut self, say: &str, next: impl Fn(&Component, &Config) -> Config) {
        let members = self.members(true, next);
        if members.iter().any(|member| !member.change.is_empty()) {
            let changed = members
                .into_iter()
                .filter(|member| !member.change.is_empty());
            self.push(Action::Roll(changed.collect()), say);
        }
    }

    /// Waits.
    pub(super) fn drain(&mut self, say: &str) {
        self.push(Action::Drain, say);
    }

    /// Stops those that run and are meant.
    pub(super) fn stop(&mut self, say: &str, is_meant: impl Fn(&Component) -> bool) {
        let meant = |&one: &usize| self.runs[one] && is_meant(&self.plan.components[one]);
        let members: Vec<usize> = (0..self.configs.len()).filter(meant).collect();
        members.iter().for_each(|&one| self.runs[one] = false);
        if !members.is_empty() {
            self.push(Action::Stop(members), say);
        }
    }

    /// Starts everything that was stopped.
    pub(super) fn start(&mut self, say: &str, next: impl Fn(&Component, &Config) -> Config) {
        let members = self.members(false, next);
        members
            .iter()
            .for_each(|member| self.runs[member.component] = true);
        if !members.is_empty() {
            self.push(Action::Start(members), say);
        }
    }

    fn push(&mut self, action: Action, say: &str) {
        self.steps.push(Step {
            action,
            say: Some(say.to_owned()),
        });
    }

    fn members(
        &mut self,
        running: bool,
        next: impl Fn(&Component, &Config) -> Config,
    ) -> Vec<Member> {
        let mut members = Vec::new();
        for (component, config) in self.configs.iter_mut().enumerate() {
            let waits = !running && !self.plan.runs[component];
            if self.runs[component] != running || waits {
                continue;
            }
            let new = next(&self.plan.components[component], config);
            let change = Change::between(config, &new);
            *config = new;
            members.push(Member { component, change });
        }
        members
    }
}
