//! A part of a deployment: its roles, and what follows from them.

use super::field::Field;
use crate::model::role::Role;

/// How the replicas of a component are replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strategy {
    /// Old and new side by side.
    #[default]
    Rolling,
    /// All of the old exit before a new one starts.
    Recreate,
}

impl Strategy {
    /// The word for it in plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Strategy::Rolling => "rolling",
            Strategy::Recreate => "recreate",
        }
    }
}

/// A part of the deployment: all its replicas have one configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// What it does; at least one role.
    pub roles: Vec<Role>,
    /// How its replicas are replaced.
    pub strategy: Strategy,
    /// Whether it starts messages of its own, where its roles leave that open.
    pub enqueues: Option<bool>,
}

impl Component {
    /// A component with these roles.
    #[must_use]
    pub fn new(name: &str, roles: &[Role]) -> Component {
        Component {
            name: name.to_owned(),
            roles: roles.to_vec(),
            strategy: Strategy::Rolling,
            enqueues: None,
        }
    }

    /// Whether one of its roles is this.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether it runs Stem's code: it reads Stem's variables and connects to the broker.
    #[must_use]
    pub fn is_stem(&self) -> bool {
        self.roles.iter().any(|role| role.is_stem())
    }

    /// Whether it takes messages and verifies them.
    #[must_use]
    pub fn verifies(&self) -> bool {
        self.has(Role::Worker)
    }

    /// Whether it starts messages of its own. A dashboard does where nobody says that it does
    /// not: it can enqueue and replay whatever it can sign.
    #[must_use]
    pub fn is_source(&self) -> bool {
        let sends = self.has(Role::Producer) || self.has(Role::Beat) || self.has(Role::Dashboard);
        match self.enqueues {
            // a worker whose code enqueues is one too
            Some(enqueues) => enqueues && (sends || self.has(Role::Worker)),
            None => sends,
        }
    }

    /// Whether it is a dashboard of which nobody says whether it enqueues: where it cannot
    /// sign, it does not.
    #[must_use]
    pub fn may_not_send(&self) -> bool {
        let is_sender = self.has(Role::Producer) || self.has(Role::Beat);
        self.enqueues.is_none() && self.has(Role::Dashboard) && !is_sender
    }

    /// Whether it needs to sign: messages of its own, or its retries where it may.
    #[must_use]
    pub fn signs(&self) -> bool {
        self.is_source() || self.verifies()
    }

    /// Whether a field means something to it.
    #[must_use]
    pub fn uses(&self, field: Field) -> bool {
        match field {
            Field::Signing
            | Field::Keys
            | Field::Public
            | Field::Private
            | Field::Active
            | Field::Url
            | Field::Insecure => self.is_stem(),
            Field::Trust | Field::Leaf | Field::Password => {
                self.is_stem() || self.has(Role::Broker)
            }
            Field::Ports | Field::Clients => self.has(Role::Broker),
        }
    }
}
