//! Steps from one deployment to another where one rollout is not safe: orders known to be good
//! as candidates, the cheapest first. Only one that the proof accepts is handed out.

use super::Joined;
use crate::model::role::Role;
use crate::rotate::devise::shrunk;
use crate::rotate::message::signs;
use crate::rotate::plan::{
    Action, Change, ClientAuth, Component, Config, Goal, Key, Member, Plan, Ports, Step,
};
use crate::rotate::prove;
use crate::rotate::verdict::{Kind, Trouble, Verdict};

/// What the deployment cannot do, though a plan could.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Both ports of the broker have one number, so that it cannot listen on both.
    pub one_port: bool,
}

/// Steps that lead from one deployment to the other, proven; `None` where no order that is
/// known is safe. What a process holds before the first step and must not is no reason against
/// an order.
#[must_use]
pub fn steps(joined: &Joined, limits: Limits) -> Option<Plan> {
    let prefix = joined.prefix();
    let with = |steps: Vec<Step>| Plan {
        steps: prefix.iter().cloned().chain(steps).collect(),
        ..joined.plan.clone()
    };
    let found = candidates(&joined.bare(Vec::new()), limits)
        .into_iter()
        .map(with)
        .find(|plan| is_accepted(&prove(plan)))?;
    let mut steps = shrunk(found, prefix.len(), is_old).steps;
    Some(joined.bare(steps.split_off(prefix.len())))
}

fn is_accepted(verdict: &Verdict) -> bool {
    verdict.troubles.iter().all(is_old)
}

/// Whether it was so before the first step, and is none of an order's.
fn is_old(trouble: &Trouble) -> bool {
    trouble.step == 0 && trouble.kind() == Kind::Forbidden
}

fn candidates(plan: &Plan, limits: Limits) -> Vec<Vec<Step>> {
    let whole = Course {
        plan,
        limits,
        target: plan_goal(plan),
    };
    let mut all = vec![whole.overlap()];
    all.push(whole.sources_paused());
    let stays = |component: usize| plan.runs[component] && plan.goal[component] != Goal::Gone;
    if (0..plan.components.len()).all(stays) {
        for signing_first in [true, false] {
            for paused in [[false, true], [true, false]] {
                all.push(in_two(plan, limits, signing_first, paused));
            }
        }
    }
    all.push(whole.all_paused(false));
    all.push(whole.all_paused(true));
    all
}

/// Signing and transport one after the other, each by overlap or with a pause.
fn in_two(plan: &Plan, limits: Limits, signing_first: bool, paused: [bool; 2]) -> Vec<Step> {
    let goal = plan_goal(plan);
    let halfway: Vec<Config> = plan
        .start
        .iter()
        .zip(&goal)
        .map(|(start, goal)| match signing_first {
            true => with_signing(start, goal),
            false => with_signing(goal, start),
        })
        .collect();
    let mut steps = Vec::new();
    let mut from = plan.start.clone();
    for (target, (is_paused, is_signing)) in [halfway, goal]
        .into_iter()
        .zip(paused.into_iter().zip([signing_first, !signing_first]))
    {
        let part = Plan {
            start: from,
            ..plan.clone()
        };
        let course = Course {
            plan: &part,
            limits,
            target: target.clone(),
        };
        steps.extend(match (is_paused, is_signing) {
            (false, _) => course.overlap(),
            (true, true) => course.sources_paused(),
            (true, false) => course.all_paused(false),
        });
        from = target;
    }
    steps
}

/// A configuration with what another has to do with signing.
fn with_signing(of: &Config, from: &Config) -> Config {
    Config {
        signing: from.signing,
        keys: from.keys.clone(),
        public: from.public.clone(),
        private: from.private.clone(),
        active: from.active.clone(),
        ..of.clone()
    }
}

fn plan_goal(plan: &Plan) -> Vec<Config> {
    let goals = plan.start.iter().zip(&plan.goal);
    goals
        .map(|(start, goal)| match goal {
            Goal::Runs(change) => change.applied_to(start),
            Goal::Gone => start.clone(),
        })
        .collect()
}

/// From the start of a plan to a target.
struct Course<'p> {
    plan: &'p Plan,
    limits: Limits,
    target: Vec<Config>,
}

const LEARN: &str =
    "everybody who verifies accepts the old and the new, and nobody uses the new yet";
const SWITCH: &str = "everybody who signs or shows a certificate switches to the new";
const RUN_OUT: &str = "wait until nothing is left that was signed before, and no retry of it";
const FORGET: &str = "the old goes everywhere";
const PAUSE: &str = "everybody who starts messages pauses";

impl Course<'_> {
    /// Both side by side, and nothing stands still.
    fn overlap(&self) -> Vec<Step> {
        let mut draft = Draft::new(self.plan);
        let is_source = |one: &Component| one.is_source();
        draft.roll(LEARN, |one| self.learned(one));
        draft.start(
            "what is new and starts no messages starts, with the old and the new",
            |one| !is_source(one),
            |one| self.joining(one),
        );
        draft.stop("what is gone and takes messages stops", |component, one| {
            one.verifies() && self.goes(component)
        });
        draft.roll(SWITCH, |one| self.switched(one));
        draft.start("what is new starts", is_source, |one| self.switched(one));
        draft.stop("what is gone stops", |component, _| self.goes(component));
        draft.drain();
        draft.roll(FORGET, |one| self.target[one].clone());
        draft.steps
    }

    /// Who starts messages stands still; who takes them changes when there are none.
    fn sources_paused(&self) -> Vec<Step> {
        let mut draft = Draft::new(self.plan);
        draft.stop(PAUSE, |_, one| one.is_source());
        draft.drain();
        draft.roll("everybody else changes", |one| self.target[one].clone());
        draft.stop("what is gone stops", |component, _| self.goes(component));
        draft.start(
            "everybody starts as wanted",
            |_| true,
            |one| self.target[one].clone(),
        );
        draft.steps
    }

    /// Everything stands still but the broker.
    fn all_paused(&self, drains: bool) -> Vec<Step> {
        let mut draft = Draft::new(self.plan);
        if drains {
            draft.stop(PAUSE, |_, one| one.is_source());
            draft.drain();
        }
        draft.stop("everybody who connects to the broker stops", |_, one| {
            one.is_stem()
        });
        draft.roll("the broker changes", |one| self.target[one].clone());
        draft.stop("what is gone stops", |component, _| self.goes(component));
        draft.start(
            "the new broker starts",
            |one| one.has(Role::Broker),
            |one| self.target[one].clone(),
        );
        draft.start(
            "everybody starts as wanted",
            |_| true,
            |one| self.target[one].clone(),
        );
        draft.steps
    }

    fn goes(&self, component: usize) -> bool {
        self.plan.goal[component] == Goal::Gone
    }

    /// It accepts what it will accept, beside what it accepts.
    fn learned(&self, component: usize) -> Config {
        let (start, target) = (&self.plan.start[component], &self.target[component]);
        let one = &self.plan.components[component];
        let mut next = start.clone();
        if one.verifies() && start.signing == target.signing {
            next.keys = both(&start.keys, &target.keys);
            next.public = both(&start.public, &target.public);
        }
        next.trust = trusting(start, target);
        if one.has(Role::Broker) {
            self.open(&mut next, target);
        }
        next
    }

    /// It uses the new, and still accepts the old.
    fn switched(&self, component: usize) -> Config {
        let (start, target) = (&self.plan.start[component], &self.target[component]);
        let one = &self.plan.components[component];
        let learned = self.learned(component);
        let mut next = target.clone();
        if one.verifies() && start.signing == target.signing {
            next.keys = learned.keys;
            next.public = learned.public;
        } else if signs(start) == signs(target) {
            // there is nothing to switch: what it need not know goes in the end
            next = with_signing(&next, start);
        }
        next.trust = learned.trust;
        if one.has(Role::Broker) {
            next.ports = learned.ports;
            next.clients = learned.clients;
            next.leaf = next.leaf.or(learned.leaf);
        }
        next
    }

    /// A new component beside those that have not switched yet: it accepts what they accept,
    /// and signs as they do.
    fn joining(&self, component: usize) -> Config {
        let mut next = self.target[component].clone();
        let one = &self.plan.components[component];
        let beside = (0..self.plan.components.len())
            .filter(|&other| self.plan.runs[other] && self.plan.components[other].is_stem())
            .map(|other| (&self.plan.components[other], &self.plan.start[other]));
        for (other, start) in beside {
            next.trust = trusting(start, &next);
            if !one.verifies() || !other.verifies() || start.signing != next.signing {
                continue;
            }
            next.keys = both(&start.keys, &next.keys);
            next.public = both(&start.public, &next.public);
            if !start.keys.is_empty() && start.active.is_some() {
                next.active.clone_from(&start.active);
            }
        }
        next
    }

    /// A broker lets in those of before and those of after.
    fn open(&self, next: &mut Config, target: &Config) {
        if !self.limits.one_port {
            next.ports = Ports {
                plain: next.ports.plain || target.ports.plain,
                tls: next.ports.tls || target.ports.tls,
            };
        }
        if next.leaf.is_none() {
            next.leaf = target.leaf.clone();
        }
        let strictness = |auth: ClientAuth| ClientAuth::ALL.iter().position(|one| *one == auth);
        if strictness(target.clients) > strictness(next.clients) {
            next.clients = target.clients;
        }
    }
}

fn both(old: &[Key], new: &[Key]) -> Vec<Key> {
    let added = new.iter().filter(|key| !old.contains(key));
    old.iter().chain(added).cloned().collect()
}

/// The CAs of both. Nothing is trusted in the place of the system's until something else is
/// named: then the system's have to be named, too.
fn trusting(start: &Config, target: &Config) -> Vec<String> {
    let named = |config: &Config| match config.trust.as_slice() {
        [] if config.leaf.is_none() && config.url == crate::rotate::plan::Scheme::Rediss => {
            vec![crate::rotate::connection::SYSTEM.to_owned()]
        }
        trust => trust.to_vec(),
    };
    if start.trust == target.trust {
        return start.trust.clone();
    }
    let mut all = named(start);
    for ca in named(target) {
        if !all.contains(&ca) {
            all.push(ca);
        }
    }
    all
}

/// Steps as they are put together.
struct Draft<'p> {
    plan: &'p Plan,
    configs: Vec<Config>,
    runs: Vec<bool>,
    steps: Vec<Step>,
}

impl<'p> Draft<'p> {
    fn new(plan: &'p Plan) -> Draft<'p> {
        Draft {
            plan,
            configs: plan.start.clone(),
            runs: plan.runs.clone(),
            steps: Vec::new(),
        }
    }

    fn push(&mut self, action: Action, say: &str) {
        self.steps.push(Step {
            action,
            say: Some(say.to_owned()),
        });
    }

    /// Takes over a configuration, and says what is new in it.
    fn member(&mut self, component: usize, next: Config) -> Member {
        let change = Change::between(&self.configs[component], &next);
        self.configs[component] = next;
        Member { component, change }
    }

    fn stays(&self, component: usize) -> bool {
        self.plan.goal[component] != Goal::Gone
    }

    /// Everything that runs, stays, and gets something else.
    fn roll(&mut self, say: &str, next: impl Fn(usize) -> Config) {
        let mut members = Vec::new();
        for component in 0..self.configs.len() {
            if self.runs[component] && self.stays(component) {
                members.push(self.member(component, next(component)));
            }
        }
        members.retain(|member| !member.change.is_empty());
        if !members.is_empty() {
            self.push(Action::Roll(members), say);
        }
    }

    fn drain(&mut self) {
        self.push(Action::Drain, RUN_OUT);
    }

    fn stop(&mut self, say: &str, is_meant: impl Fn(usize, &Component) -> bool) {
        let meant = |&one: &usize| self.runs[one] && is_meant(one, &self.plan.components[one]);
        let members: Vec<usize> = (0..self.configs.len()).filter(meant).collect();
        for &one in &members {
            self.runs[one] = false;
        }
        if !members.is_empty() {
            self.push(Action::Stop(members), say);
        }
    }

    fn start(
        &mut self,
        say: &str,
        is_meant: impl Fn(&Component) -> bool,
        next: impl Fn(usize) -> Config,
    ) {
        let mut members = Vec::new();
        for component in 0..self.configs.len() {
            let waits = !self.runs[component] && self.stays(component);
            if waits && is_meant(&self.plan.components[component]) {
                self.runs[component] = true;
                members.push(self.member(component, next(component)));
            }
        }
        if !members.is_empty() {
            self.push(Action::Start(members), say);
        }
    }
}
