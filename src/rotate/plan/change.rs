//! New values for some fields of a configuration.

use super::config::{ClientAuth, Config, Key, Leaf, Ports, Scheme};
use super::field::Field;
use crate::model::posture::Signing;

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
