//! What a plan file says, in the simulator's own words: components, their configurations, steps.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Producer,
    Worker,
    Beat,
    Cli,
    Dashboard,
    Broker,
    Store,
    Other,
}

#[derive(Clone, Debug)]
pub struct Component {
    pub name: String,
    pub roles: Vec<Role>,
    /// Old and new replicas never run at once.
    pub recreate: bool,
    pub enqueues: Option<bool>,
}

impl Component {
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether it runs Stem's code, and so reads Stem's variables.
    pub fn is_stem(&self) -> bool {
        let stem = [
            Role::Producer,
            Role::Worker,
            Role::Beat,
            Role::Cli,
            Role::Dashboard,
        ];
        stem.iter().any(|role| self.is(*role))
    }

    /// Whether it starts messages of its own. A dashboard does where nobody says otherwise.
    pub fn is_source(&self) -> bool {
        let unless_told =
            self.is(Role::Producer) || self.is(Role::Beat) || self.is(Role::Dashboard);
        match self.enqueues {
            Some(told) => told && (unless_told || self.is(Role::Worker)),
            None => unless_told,
        }
    }

    /// Whether it sends only what it can sign: a dashboard of which nothing is said.
    pub fn sends_what_it_can(&self) -> bool {
        self.enqueues.is_none()
            && self.is(Role::Dashboard)
            && !self.is(Role::Producer)
            && !self.is(Role::Beat)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    None,
    Hmac,
    Ed25519,
}

/// A key: its id and what is behind it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub id: String,
    pub is: String,
}

/// A certificate with its key, by the CA that issued it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    pub ca: String,
    pub cert: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    pub plain: bool,
    pub tls: bool,
}

/// `tls-auth-clients`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    Required,
    Optional,
    Ignored,
}

/// One value that a plan file sets.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    Signing(Signing),
    Keys(Vec<Key>),
    Public(Vec<Key>),
    Private(Vec<Key>),
    Active(Option<String>),
    /// Whether the URL is `rediss`.
    Tls(bool),
    Insecure(bool),
    Trust(Vec<String>),
    Leaf(Option<Leaf>),
    Password(Option<String>),
    Ports(Ports),
    Clients(Clients),
}

impl Field {
    pub fn means_something_to(&self, component: &Component) -> bool {
        match self {
            Self::Ports(_) | Self::Clients(_) => component.is(Role::Broker),
            Self::Trust(_) | Self::Leaf(_) | Self::Password(_) => {
                component.is_stem() || component.is(Role::Broker)
            }
            _ => component.is_stem(),
        }
    }
}

/// Everything that one process is configured with.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub signing: Signing,
    pub keys: Vec<Key>,
    pub public: Vec<Key>,
    pub private: Vec<Key>,
    pub active: Option<String>,
    pub tls: bool,
    pub insecure: bool,
    pub trust: Vec<String>,
    pub leaf: Option<Leaf>,
    pub password: Option<String>,
    pub ports: Ports,
    pub clients: Clients,
}

impl Config {
    pub fn new(signing: Signing) -> Self {
        Self {
            signing,
            keys: Vec::new(),
            public: Vec::new(),
            private: Vec::new(),
            active: None,
            tls: false,
            insecure: false,
            trust: Vec::new(),
            leaf: None,
            password: None,
            ports: Ports {
                plain: true,
                tls: false,
            },
            clients: Clients::Required,
        }
    }

    pub fn set(&mut self, field: &Field) {
        match field.clone() {
            Field::Signing(value) => self.signing = value,
            Field::Keys(value) => self.keys = value,
            Field::Public(value) => self.public = value,
            Field::Private(value) => self.private = value,
            Field::Active(value) => self.active = value,
            Field::Tls(value) => self.tls = value,
            Field::Insecure(value) => self.insecure = value,
            Field::Trust(value) => self.trust = value,
            Field::Leaf(value) => self.leaf = value,
            Field::Password(value) => self.password = value,
            Field::Ports(value) => self.ports = value,
            Field::Clients(value) => self.clients = value,
        }
    }

    /// Whether the field has this value already. Lists are compared by what Stem makes of them: key
    /// lists are maps in which the last of an id wins, lists of CAs are sets.
    pub fn has(&self, field: &Field) -> bool {
        match field {
            Field::Signing(value) => self.signing == *value,
            Field::Keys(value) => map(&self.keys) == map(value),
            Field::Public(value) => map(&self.public) == map(value),
            Field::Private(value) => map(&self.private) == map(value),
            Field::Active(value) => self.active == *value,
            Field::Tls(value) => self.tls == *value,
            Field::Insecure(value) => self.insecure == *value,
            Field::Trust(value) => set(&self.trust) == set(value),
            Field::Leaf(value) => self.leaf == *value,
            Field::Password(value) => self.password == *value,
            Field::Ports(value) => self.ports == *value,
            Field::Clients(value) => self.clients == *value,
        }
    }
}

fn map(keys: &[Key]) -> BTreeMap<&str, &str> {
    keys.iter()
        .map(|key| (key.id.as_str(), key.is.as_str()))
        .collect()
}

fn set(names: &[String]) -> BTreeSet<&str> {
    names.iter().map(String::as_str).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Roll,
    Drain,
    Stop,
    Start,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub act: Act,
    /// The components that take part, each with the values that change.
    pub members: Vec<(usize, Vec<Field>)>,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub components: Vec<Component>,
    pub start: Vec<Config>,
    /// What must hold at the end, a list for each component.
    pub goal: Vec<Vec<Field>>,
    pub steps: Vec<Step>,
}
