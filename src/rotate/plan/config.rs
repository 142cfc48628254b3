//! What one process is configured with, as far as a rotation can change it.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::posture::Signing;

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
    /// The algorithm that Stem takes: it has no word for none, and reads HMAC keys where no
    /// other algorithm is named.
    #[must_use]
    pub fn algorithm(&self) -> Signing {
        match self.signing {
            Signing::None if !self.keys.is_empty() => Signing::HmacSha256,
            signing => signing,
        }
    }

    /// The same with its lists in one order, and without what has no effect.
    pub(super) fn levelled(&self) -> Config {
        let level = |keys: &[Key]| {
            let last: BTreeMap<&str, &Key> =
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
