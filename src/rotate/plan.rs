//! A plan of rollouts: who there is, what each is configured with, and which steps change
//! it. Values have no secrets in them: a key is an id and a name for its value, a CA, a
//! certificate and a password are names. What a plan does is for [`super::prove`] to say.

use std::fmt;

use crate::model::posture::Signing;
use crate::model::role::Role;

/// The version of plan files that this stem-sec reads and writes.
pub const VERSION: u64 = 1;

/// A signing key. Two keys are the same only if both the id and the value are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The id, as messages name it.
    pub id: String,
    /// A name for its value; the id, where nothing else is said.
    pub is: String,
}

impl Key {
    /// A key whose value goes by its id.
    #[must_use]
    pub fn named(id: &str) -> Key {
        Key {
            id: id.to_owned(),
            is: id.to_owned(),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.id == self.is {
            f.write_str(&self.id)
        } else {
            write!(f, "{}={}", self.id, self.is)
        }
    }
}

/// A certificate that a process shows, by the CA that issued it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf {
    /// The CA.
    pub ca: String,
    /// Which certificate of that CA; `None` where it makes no difference.
    pub cert: Option<String>,
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cert {
            Some(cert) => write!(f, "{cert} of {}", self.ca),
            None => write!(f, "one of {}", self.ca),
        }
    }
}

/// What a client speaks to the broker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// In clear.
    #[default]
    Redis,
    /// TLS.
    Rediss,
}

impl Scheme {
    /// The word for it in URLs and plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Redis => "redis",
            Scheme::Rediss => "rediss",
        }
    }
}

/// Which ports a broker listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ports {
    /// One without TLS.
    pub plain: bool,
    /// One with TLS.
    pub tls: bool,
}

/// What a broker wants of its clients' certificates: `tls-auth-clients`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientAuth {
    /// `yes`, which is what Redis takes when nothing is said.
    #[default]
    Required,
    /// `optional`: one that is shown must be good.
    Optional,
    /// `no`.
    Ignored,
}

impl ClientAuth {
    /// Each, strictest first.
    pub const ALL: [ClientAuth; 3] = [
        ClientAuth::Required,
        ClientAuth::Optional,
        ClientAuth::Ignored,
    ];

    /// The word for it in plans.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClientAuth::Required => "required",
            ClientAuth::Optional => "optional",
            ClientAuth::Ignored => "ignored",
        }
    }
}

/// What one process is configured with, as far as a rotation can change it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Config {
    /// `STEM_SIGNING_ALGORITHM`.
    pub signing: Signing,
    /// `STEM_SIGNING_KEYS`.
    pub keys: Vec<Key>,
    /// `STEM_SIGNING_PUBLIC_KEYS`.
    pub public: Vec<Key>,
    /// `STEM_SIGNING_PRIVATE_KEYS`.
    pub private: Vec<Key>,
    /// `STEM_SIGNING_ACTIVE_KEY`.
    pub active: Option<String>,
    /// The scheme of the broker's URL.
    pub url: Scheme,
    /// `STEM_TLS_ALLOW_INSECURE`.
    pub insecure: bool,
    /// The CAs in `STEM_TLS_CA_CERT`, or in a broker's `tls-ca-cert-file`.
    pub trust: Vec<String>,
    /// The client certificate, or a broker's own.
    pub leaf: Option<Leaf>,
    /// The password in the URL, or a broker's `requirepass`.
    pub password: Option<String>,
    /// A broker's ports.
    pub ports: Ports,
    /// What a broker wants of its clients.
    pub clients: ClientAuth,
}

impl Config {
    /// Of a component of which nothing is said.
    #[must_use]
    pub fn new(signing: Signing) -> Config {
        Config {
            signing,
            keys: Vec::new(),
            public: Vec::new(),
            private: Vec::new(),
            active: None,
            url: Scheme::Redis,
            insecure: false,
            trust: Vec::new(),
            leaf: None,
            password: None,
            ports: Ports {
                plain: true,
                tls: false,
            },
            clients: ClientAuth::Required,
        }
    }
}

impl Config {
    /// The same with its lists in one order, and without what has no effect.
    fn levelled(&self) -> Config {
        let level = |keys: &[Key]| {
            let last: std::collections::BTreeMap<&str, &Key> =
                keys.iter().map(|key| (key.id.as_str(), key)).collect();
            last.into_values().cloned().collect()
        };
        let mut config = self.clone();
        config.keys = level(&self.keys);
        config.public = level(&self.public);
        config.private = level(&self.private);
        config.trust.sort_unstable();
        config.trust.dedup();
        config
    }
}

/// New values for some fields; the others keep theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// See [`Config::signing`].
    pub signing: Option<Signing>,
    /// See [`Config::keys`].
    pub keys: Option<Vec<Key>>,
    /// See [`Config::public`].
    pub public: Option<Vec<Key>>,
    /// See [`Config::private`].
    pub private: Option<Vec<Key>>,
    /// See [`Config::active`].
    pub active: Option<Option<String>>,
    /// See [`Config::url`].
    pub url: Option<Scheme>,
    /// See [`Config::insecure`].
    pub insecure: Option<bool>,
    /// See [`Config::trust`].
    pub trust: Option<Vec<String>>,
    /// See [`Config::leaf`].
    pub leaf: Option<Option<Leaf>>,
    /// See [`Config::password`].
    pub password: Option<Option<String>>,
    /// See [`Config::ports`].
    pub ports: Option<Ports>,
    /// See [`Config::clients`].
    pub clients: Option<ClientAuth>,
}

/// Calls a macro with the name of every field, in the order of plan files.
macro_rules! each_field {
    ($with:ident) => {
        $with!(signing);
        $with!(keys);
        $with!(public);
        $with!(private);
        $with!(active);
        $with!(url);
        $with!(insecure);
        $with!(trust);
        $with!(leaf);
        $with!(password);
        $with!(ports);
        $with!(clients);
    };
}

impl Change {
    /// The configuration with the new values in it.
    #[must_use]
    pub fn applied_to(&self, config: &Config) -> Config {
        let mut changed = config.clone();
        macro_rules! apply {
            ($field:ident) => {
                if let Some(value) = &self.$field {
                    changed.$field = value.clone();
                }
            };
        }
        each_field!(apply);
        changed
    }

    /// What must change to come from one configuration to the other.
    #[must_use]
    pub fn between(from: &Config, to: &Config) -> Change {
        let mut change = Change::default();
        macro_rules! compare {
            ($field:ident) => {
                if from.$field != to.$field {
                    change.$field = Some(to.$field.clone());
                }
            };
        }
        each_field!(compare);
        change
    }

    /// The first field whose new value the configuration does not have. Lists are compared by
    /// what Stem and Redis make of them: of an id the last key, of CAs a set.
    #[must_use]
    pub fn first_missing(&self, config: &Config) -> Option<Field> {
        let wanted = self.applied_to(config).levelled();
        let missing = Change::between(&config.levelled(), &wanted);
        Field::ALL.into_iter().find(|field| missing.says(*field))
    }

    /// Whether it has a value for a field.
    #[must_use]
    pub fn says(&self, field: Field) -> bool {
        match field {
            Field::Signing => self.signing.is_some(),
            Field::Keys => self.keys.is_some(),
            Field::Public => self.public.is_some(),
            Field::Private => self.private.is_some(),
            Field::Active => self.active.is_some(),
            Field::Url => self.url.is_some(),
            Field::Insecure => self.insecure.is_some(),
            Field::Trust => self.trust.is_some(),
            Field::Leaf => self.leaf.is_some(),
            Field::Password => self.password.is_some(),
            Field::Ports => self.ports.is_some(),
            Field::Clients => self.clients.is_some(),
        }
    }

    /// These values, and the other's where there are none.
    #[must_use]
    pub fn or(mut self, other: &Change) -> Change {
        macro_rules! fill {
            ($field:ident) => {
                if self.$field.is_none() {
                    self.$field = other.$field.clone();
                }
            };
        }
        each_field!(fill);
        self
    }

    /// The values that both say alike.
    #[must_use]
    pub fn common(&self, other: &Change) -> Change {
        let mut common = Change::default();
        macro_rules! keep {
            ($field:ident) => {
                if self.$field == other.$field {
                    common.$field = self.$field.clone();
                }
            };
        }
        each_field!(keep);
        common
    }

    /// The values that are not said by the other.
    #[must_use]
    pub fn without(mut self, other: &Change) -> Change {
        macro_rules! drop {
            ($field:ident) => {
                if other.$field.is_some() {
                    self.$field = None;
                }
            };
        }
        each_field!(drop);
        self
    }

    /// A configuration as a change that says every field.
    #[must_use]
    pub fn of(config: &Config) -> Change {
        let mut change = Change::default();
        macro_rules! say {
            ($field:ident) => {
                change.$field = Some(config.$field.clone());
            };
        }
        each_field!(say);
        change
    }

    /// The values of some fields.
    #[must_use]
    pub fn only(&self, keeps: impl Fn(Field) -> bool) -> Change {
        let mut change = self.clone();
        macro_rules! keep {
            ($field:ident) => {
                let name = stringify!($field);
                let field = Field::ALL.into_iter().find(|field| field.name() == name);
                if !field.is_some_and(&keeps) {
                    change.$field = None;
                }
            };
        }
        each_field!(keep);
        change
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Change::default()
    }
}

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

    /// Whether it starts messages of its own.
    #[must_use]
    pub fn is_source(&self) -> bool {
        let may = self.has(Role::Producer) || self.has(Role::Beat);
        match self.enqueues {
            Some(enqueues) => enqueues && (may || self.has(Role::Dashboard)),
            None => may,
        }
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

/// A field of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// See [`Config::signing`].
    Signing,
    /// See [`Config::keys`].
    Keys,
    /// See [`Config::public`].
    Public,
    /// See [`Config::private`].
    Private,
    /// See [`Config::active`].
    Active,
    /// See [`Config::url`].
    Url,
    /// See [`Config::insecure`].
    Insecure,
    /// See [`Config::trust`].
    Trust,
    /// See [`Config::leaf`].
    Leaf,
    /// See [`Config::password`].
    Password,
    /// See [`Config::ports`].
    Ports,
    /// See [`Config::clients`].
    Clients,
}

impl Field {
    /// Each, in the order of plan files.
    pub const ALL: [Field; 12] = [
        Field::Signing,
        Field::Keys,
        Field::Public,
        Field::Private,
        Field::Active,
        Field::Url,
        Field::Insecure,
        Field::Trust,
        Field::Leaf,
        Field::Password,
        Field::Ports,
        Field::Clients,
    ];

    /// The word for it in plan files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Field::Signing => "signing",
            Field::Keys => "keys",
            Field::Public => "public",
            Field::Private => "private",
            Field::Active => "active",
            Field::Url => "url",
            Field::Insecure => "insecure",
            Field::Trust => "trust",
            Field::Leaf => "leaf",
            Field::Password => "password",
            Field::Ports => "ports",
            Field::Clients => "clients",
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leads_from_one_configuration_to_the_other() {
        let from = Config::new(Signing::HmacSha256);
        let to = Config {
            keys: vec![Key::named("k1")],
            active: Some("k1".to_owned()),
            url: Scheme::Rediss,
            ..from.clone()
        };
        let change = Change::between(&from, &to);
        assert_eq!(change.applied_to(&from), to);
        assert_eq!(change.first_missing(&to), None);
        assert_eq!(change.first_missing(&from), Some(Field::Keys));
        assert_eq!(change.signing, None);
        assert!(Change::between(&to, &to).is_empty());
    }

    #[test]
    fn what_two_changes_have_in_common_and_the_rest_are_the_change_again() {
        let config = Config::new(Signing::None);
        let one = Change {
            url: Some(Scheme::Rediss),
            insecure: Some(true),
            ..Change::default()
        };
        let other = Change {
            url: Some(Scheme::Rediss),
            insecure: Some(false),
            ..Change::default()
        };
        let common = one.common(&other);
        assert_eq!(common.url, Some(Scheme::Rediss));
        assert_eq!(common.insecure, None);
        let rest = one.clone().without(&common);
        assert_eq!(
            rest.or(&common).applied_to(&config),
            one.applied_to(&config)
        );
    }

    #[test]
    fn a_dashboard_is_a_source_only_when_it_enqueues() {
        let mut dashboard = Component::new("d", &[Role::Dashboard]);
        assert!(!dashboard.is_source());
        dashboard.enqueues = Some(true);
        assert!(dashboard.is_source());
        let mut both = Component::new("w", &[Role::Worker, Role::Producer]);
        assert!(both.is_source());
        both.enqueues = Some(false);
        assert!(!both.is_source() && both.signs());
    }
}
