//! A rotation that the keyring is in the middle of: its plan, where it stands, what the
//! present step gives to whom, and what must be true before the next.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};

use crate::cli::Failure;
use crate::keyring::{KeyState, Keyring, Rotation};
use crate::model::manifest::Manifest;
use crate::rotate::drain::Bound;
use crate::rotate::message::{self, Signature, Signs};
use crate::rotate::moment::State;
use crate::rotate::plan::{Action, Config, Plan};
use crate::rotate::{prove, story};

/// A stored rotation with its plan.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    /// As the keyring has it.
    pub(crate) rotation: Rotation,
    /// Its plan.
    pub(crate) plan: Plan,
}

/// What must be true before the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// It is.
    Open,
    /// These components' part in the step is not confirmed.
    Unconfirmed(Vec<String>),
    /// What was signed before may be on its way until then.
    Until(OffsetDateTime),
    /// Nobody said how long that takes: these settings are missing.
    Unknown(Vec<&'static str>),
}

impl Walk {
    /// Reads the plan.
    pub(crate) fn of(rotation: Rotation) -> Result<Walk, Failure> {
        let plan = Plan::parse(rotation.plan.as_bytes());
        let hint = "restore `keyring.yaml` from a backup".to_owned();
        let Ok(plan) = plan else {
            return Err(Failure {
                message: "the plan of the rotation in the keyring cannot be understood".to_owned(),
                hint,
            });
        };
        let (step, steps) = (rotation.step, plan.steps.len());
        if step > steps {
            return Err(Failure {
                message: format!(
                    "the rotation in the keyring is at step {step}, and its plan has {steps}"
                ),
                hint,
            });
        }
        Ok(Walk { rotation, plan })
    }

    /// The rotation of a keyring, if one is under way: its keys are there, and its plan is
    /// still as proven as it was when it was made. Somebody may have edited it.
    pub(crate) fn in_keyring(keyring: &Keyring) -> Result<Option<Walk>, Failure> {
        let Some(rotation) = keyring.rotation.clone() else {
            return Ok(None);
        };
        let walk = Walk::of(rotation)?;
        let hint = "restore `keyring.yaml` from a backup, and render again".to_owned();
        let is_there = |id: &String| keyring.keys().iter().any(|key| key.id.as_str() == id);
        let mut steps = 0..=walk.plan.steps.len();
        let missing = steps.find_map(|step| {
            let mut given = walk.keys(&walk.state(step)).0.into_iter();
            given.find(|id| !is_there(id))
        });
        if let Some(id) = missing {
            return Err(Failure {
                message: format!(
                    "the plan of the rotation in the keyring gives a key `{id}` that is not there"
                ),
                hint,
            });
        }
        let troubles = prove(&walk.plan).troubles;
        if let Some(trouble) = troubles.first()
            && walk
                .rotation
                .accepted
                .is_some_and(|known| troubles.len() > known)
        {
            let headline = story::headline(&walk.plan, trouble);
            return Err(Failure {
                message: format!(
                    "the plan of the rotation in the keyring is not the one that was proven: {headline}"
                ),
                hint,
            });
        }
        Ok(Some(walk))
    }

    /// How it stands after a number of steps.
    pub(crate) fn state(&self, steps: usize) -> State {
        let mut state = State::at_start(&self.plan);
        for (index, step) in self.plan.steps.iter().take(steps).enumerate() {
            state.pass(index + 1, &step.action);
        }
        state
    }

    /// What each component is given at the present step.
    pub(crate) fn configs(&self) -> BTreeMap<String, Config> {
        let state = self.state(self.rotation.step);
        let components = self.plan.components.iter();
        components
            .map(|component| component.name.clone())
            .zip(state.configs)
            .collect()
    }

    /// Whose processes do not run at the present step.
    pub(crate) fn stopped(&self) -> Vec<String> {
        let state = self.state(self.rotation.step);
        let components = self.plan.components.iter().zip(state.runs);
        components
            .filter(|(_, runs)| !runs)
            .map(|(component, _)| component.name.clone())
            .collect()
    }

    /// The CAs that somebody trusts at the present step, in the order in which they are named.
    pub(crate) fn authorities(&self) -> Vec<String> {
        let mut named: Vec<String> = Vec::new();
        for config in self.state(self.rotation.step).configs {
            for ca in config.trust {
                if !named.contains(&ca) {
                    named.push(ca);
                }
            }
        }
        named
    }

    /// What is done in the present step.
    pub(crate) fn action(&self) -> &Action {
        &self.plan.steps[self.rotation.step - 1].action
    }

    /// Whether the present step is the last.
    pub(crate) fn is_last(&self) -> bool {
        self.rotation.step == self.plan.steps.len()
    }

    /// Who has a part in the present step.
    pub(crate) fn members(&self) -> Vec<&str> {
        let name = |component: usize| self.plan.components[component].name.as_str();
        match self.action() {
            Action::Roll(members) | Action::Start(members) => members
                .iter()
                .map(|member| name(member.component))
                .collect(),
            Action::Stop(members) => members.iter().copied().map(name).collect(),
            Action::Drain => Vec::new(),
        }
    }

    /// Whose part is not confirmed.
    pub(crate) fn unconfirmed(&self) -> Vec<String> {
        let members = self.members().into_iter();
        members
            .filter(|name| !self.rotation.is_confirmed(name))
            .map(str::to_owned)
            .collect()
    }

    /// The steps that were left although somebody's part in them was not confirmed: the proof
    /// takes for granted that everybody's is.
    pub(crate) fn unproven(&self) -> Vec<usize> {
        let left = self.rotation.forced.iter().map(|forced| forced.step);
        let has_members = |step: &usize| {
            let at = step.checked_sub(1).and_then(|at| self.plan.steps.get(at));
            at.is_some_and(|step| step.action != Action::Drain)
        };
        left.filter(has_members).collect()
    }

    /// What must be true before the next step, and is not.
    pub(crate) fn gate(&self, manifest: &Manifest, now: OffsetDateTime) -> Gate {
        if *self.action() != Action::Drain {
            let unconfirmed = self.unconfirmed();
            return match unconfirmed.is_empty() {
                true => Gate::Open,
                false => Gate::Unconfirmed(unconfirmed),
            };
        }
        let bound = Bound::of(&manifest.rotation);
        let whole = bound
            .whole()
            .and_then(|whole| Duration::try_from(whole).ok());
        match whole.and_then(|whole| self.rotation.since().checked_add(whole)) {
            Some(end) if now >= end => Gate::Open,
            Some(end) => Gate::Until(end),
            None => Gate::Unknown(bound.unknown),
        }
    }

    /// Moves the keys to the states that the present step gives them. After the last step
    /// (`is_over`) a key that nobody is given is out of use, whether or not it ever signed.
    pub(crate) fn settle_keys(&self, keyring: &mut Keyring, is_over: bool) {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut signed: BTreeSet<String> = BTreeSet::new();
        let mut now: (BTreeSet<String>, BTreeSet<String>) = Default::default();
        for step in 0..=self.rotation.step {
            now = self.keys(&self.state(step));
            known.extend(now.0.iter().cloned());
            signed.extend(now.1.iter().cloned());
        }
        let (given, signing) = now;
        let planned: BTreeSet<String> = (0..=self.plan.steps.len())
            .flat_map(|step| self.keys(&self.state(step)).0)
            // a way back may not even name it
            .chain(self.rotation.adds.key.clone())
            .collect();
        for id in planned {
            let state = if signing.contains(&id) {
                KeyState::Active
            } else if given.contains(&id) && signed.contains(&id) {
                KeyState::Retiring
            } else if is_over && !given.contains(&id) || signed.contains(&id) {
                KeyState::Retired
            } else {
                KeyState::Staged
            };
            keyring.set_state(&id, state);
        }
    }

    /// The keys that somebody is given, and those that somebody signs with.
    fn keys(&self, state: &State) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut given, mut signing) = (BTreeSet::new(), BTreeSet::new());
        for (component, config) in self.plan.components.iter().zip(&state.configs) {
            let lists = [&config.keys, &config.public, &config.private];
            given.extend(lists.into_iter().flatten().map(|key| key.id.clone()));
            if component.signs()
                && let Signs::As(Signature::Signed(_, key)) = message::signs(config)
            {
                signing.insert(key.id);
            }
        }
        (given, signing)
    }
}
