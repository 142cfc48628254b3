//! What a process of Stem's is configured with, as Stem reads its variables.

use sha2::{Digest, Sha256};

use super::names::is_of_key;
use super::site::{Reading, called};
use crate::audit::case::Subject;
use crate::audit::process::{Value, Variable};
use crate::audit::stem::{Failure, Outcome};
use crate::audit::url::{self, Problem, Reach};
use crate::formats::key_list::{self, trim};
use crate::formats::url as text_of_url;
use crate::model::env;
use crate::model::posture::Signing;
use crate::rotate::connection::SYSTEM;
use crate::rotate::plan::{Config, Key, Leaf, Scheme};

/// Where a client finds its broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: String,
    pub(super) scheme: Scheme,
}

impl Address {
    /// Whether it is the same broker, however it is spoken to.
    pub(super) fn is_where(&self, other: &Address) -> bool {
        let is_same = self.host.eq_ignore_ascii_case(&other.host);
        is_same && self.port == other.port && self.database == other.database
    }
}

/// Where a client looks for its broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The files do not say it.
    Unknown,
    /// In no Redis.
    NoRedis,
    /// In a Redis.
    Redis(Address),
}

/// Another URL of a client: no plan has it.
#[derive(Debug)]
pub(super) struct Store {
    /// Whether it leads to the host of the broker.
    pub(super) is_near: bool,
    /// Whether it has the scheme and the password of the broker's URL.
    pub(super) follows: bool,
    /// Tells whether it changes; never shown.
    pub(super) print: [u8; 32],
}

/// A client, as far as it can be told.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) config: Config,
    pub(super) place: Place,
    pub(super) stores: Vec<(&'static str, Store)>,
    /// Keys that anybody has, a sentence each.
    pub(super) weak: Vec<String>,
}

/// Reads a process of Stem's. `None` where it does not start at all, which is said.
pub(super) fn read(reading: &mut Reading<'_, '_>, subject: &Subject<'_>) -> Option<Client> {
    let mut config = signing(reading, subject)?;
    let place = address(reading, subject, &mut config)?;
    if config.url == Scheme::Rediss {
        tls(reading, subject, &mut config);
    }
    if !subject.is_complete {
        reading.incomplete(subject);
    }
    let address = match &place {
        Place::Redis(address) => Some(address),
        Place::NoRedis | Place::Unknown => None,
    };
    let stores = stores(reading, subject, &config, address);
    Some(Client {
        config,
        place,
        stores,
        weak: weak(reading, subject),
    })
}

/// Keys without a value: Stem takes them, and so does anybody else.
fn weak(reading: &mut Reading<'_, '_>, subject: &Subject<'_>) -> Vec<String> {
    let Some((text, _)) = subject.given(env::SIGNING_KEYS) else {
        return Vec::new();
    };
    let keys = key_list::entries(text).filter_map(|entry| entry.key.ok());
    let empty = keys.filter(|key| key.bytes.is_empty());
    let of = called(subject.process);
    empty
        .map(|key| {
            let id = reading.names.id(key.id);
            format!("`{id}` in STEM_SIGNING_KEYS of `{of}` has no value: anybody can sign with it")
        })
        .collect()
}

/// The last word on whether it starts is the proof's, but for what no plan can express.
fn signing(reading: &mut Reading<'_, '_>, subject: &Subject<'_>) -> Option<Config> {
    let process = subject.process;
    match &subject.signing {
        Outcome::Fails(Failure::Algorithm(variable)) => {
            let why = "FormatException: STEM_SIGNING_ALGORITHM is neither hmac-sha256 nor ed25519";
            reading.fails(subject, why, Some(variable.place));
            return None;
        }
        Outcome::Fails(Failure::Entry(variable, problem)) => {
            let why = format!(
                "FormatException: an entry of {} is {problem}",
                variable.name
            );
            reading.fails(subject, &why, Some(variable.place));
            return None;
        }
        Outcome::Fails(_) | Outcome::Off(_) | Outcome::On(_) | Outcome::Unknown(_) => {}
    }
    let is_ed25519 = subject
        .given(env::SIGNING_ALGORITHM)
        .is_some_and(|(text, _)| text.eq_ignore_ascii_case("ed25519"));
    let signing = match is_ed25519 {
        true => Signing::Ed25519,
        false => Signing::HmacSha256,
    };
    let decisive: &[&str] = match signing {
        _ if is_unknown(process.variable(env::SIGNING_ALGORITHM)) => &env_of_signing(),
        Signing::Ed25519 => &[
            env::SIGNING_PUBLIC_KEYS,
            env::SIGNING_PRIVATE_KEYS,
            env::SIGNING_ACTIVE_KEY,
        ],
        _ => &[env::SIGNING_KEYS, env::SIGNING_ACTIVE_KEY],
    };
    for name in decisive {
        reading.known(subject, name);
    }
    let mut config = Config::new(signing);
    lists(reading, subject, &mut config);
    let active = subject.given(env::SIGNING_ACTIVE_KEY);
    config.active = active.map(|(text, _)| reading.names.id(text));
    Some(config)
}

/// What a process that does not run Stem holds of it.
pub(super) fn held(reading: &mut Reading<'_, '_>, subject: &Subject<'_>) -> Config {
    let mut config = Config::new(Signing::None);
    lists(reading, subject, &mut config);
    config
}

fn lists(reading: &mut Reading<'_, '_>, subject: &Subject<'_>, config: &mut Config) {
    let names = &mut *reading.names;
    config.keys = keys(subject, env::SIGNING_KEYS, |bytes| names.hmac(bytes));
    config.public = keys(subject, env::SIGNING_PUBLIC_KEYS, |bytes| {
        names.public(bytes)
    });
    config.private = keys(subject, env::SIGNING_PRIVATE_KEYS, |bytes| {
        names.private(bytes)
    });
    for list in [&mut config.keys, &mut config.public, &mut config.private] {
        for key in list {
            key.id = names.id(&key.id);
        }
    }
}

fn env_of_signing() -> [&'static str; 5] {
    [
        env::SIGNING_ALGORITHM,
        env::SIGNING_KEYS,
        env::SIGNING_PUBLIC_KEYS,
        env::SIGNING_PRIVATE_KEYS,
        env::SIGNING_ACTIVE_KEY,
    ]
}

pub(super) fn is_unknown(variable: Option<&Variable>) -> bool {
    variable.is_some_and(|one| !matches!(one.value, Value::Known(_)))
}

fn keys(subject: &Subject<'_>, name: &str, mut call: impl FnMut(&[u8]) -> String) -> Vec<Key> {
    let Some((text, _)) = subject.given(name) else {
        return Vec::new();
    };
    let known = key_list::entries(text).filter_map(|entry| entry.key.ok());
    let mut keys: Vec<Key> = Vec::new();
    for key in known {
        // of two with one id, Stem keeps the last
        keys.retain(|one| one.id != key.id);
        keys.push(Key {
            id: key.id.to_owned(),
            is: call(&key.bytes),
        });
    }
    keys
}

/// The scheme, the password and the place of the broker.
fn address(
    reading: &mut Reading<'_, '_>,
    subject: &Subject<'_>,
    config: &mut Config,
) -> Option<Place> {
    let variable = subject.process.variable(env::BROKER_URL);
    if is_unknown(variable) {
        reading.known(subject, env::BROKER_URL);
        return Some(Place::Unknown);
    }
    let Some((text, variable)) = variable.and_then(|variable| match &variable.value {
        Value::Known(text) if !trim(text.expose()).is_empty() => Some((text.expose(), variable)),
        _ => None,
    }) else {
        if !subject.is_complete {
            return Some(Place::Unknown);
        }
        let why = "StateError: STEM_BROKER_URL is not set";
        reading.fails(subject, why, Some(subject.home()));
        return None;
    };
    let found = match url::read(env::BROKER_URL, text) {
        Ok(found) => found,
        Err(problem) => {
            let why = format!("STEM_BROKER_URL {}", problem_text(problem));
            reading.fails(subject, &why, Some(variable.place));
            return None;
        }
    };
    let scheme = match found.reach(env::BROKER_URL) {
        Reach::Tls => Scheme::Rediss,
        Reach::Clear => Scheme::Redis,
        Reach::Postgres | Reach::Local | Reach::Other => return Some(Place::NoRedis),
    };
    config.url = scheme;
    let password = text_of_url::redis_password(text);
    config.password = password.map(|password| reading.names.password(&password));
    Some(Place::Redis(Address {
        host: found.host(),
        port: found.port.unwrap_or(6379),
        database: found.database().to_owned(),
        scheme,
    }))
}

/// Its URLs beside that of the broker, of those that are known and lead somewhere.
fn stores(
    reading: &mut Reading<'_, '_>,
    subject: &Subject<'_>,
    config: &Config,
    broker: Option<&Address>,
) -> Vec<(&'static str, Store)> {
    let mut stores = Vec::new();
    for name in url::VARIABLES
        .into_iter()
        .filter(|name| *name != env::BROKER_URL)
    {
        let Some((text, _)) = subject.given(name) else {
            continue;
        };
        let Ok(found) = url::read(name, text) else {
            continue;
        };
        let scheme = match found.reach(name) {
            Reach::Tls => Some(Scheme::Rediss),
            Reach::Clear => Some(Scheme::Redis),
            Reach::Postgres | Reach::Local | Reach::Other => None,
        };
        let is_near = scheme.is_some() && broker.is_some_and(|one| one.host == found.host());
        let password = text_of_url::redis_password(text);
        let password = password.map(|password| reading.names.password(&password));
        stores.push((
            name,
            Store {
                is_near,
                follows: is_near && scheme == Some(config.url) && password == config.password,
                print: Sha256::digest(text.as_bytes()).into(),
            },
        ));
    }
    stores
}

fn problem_text(problem: Problem) -> &'static str {
    match problem {
        Problem::Empty => "is empty",
        Problem::Blank => "begins with white space, which Uri.parse refuses",
        Problem::Scheme | Problem::UnknownScheme => "has a scheme that nothing in Stem knows",
        Problem::UserInfo => "has characters before the @ that Uri.parse refuses",
        Problem::NoHost => "names no host",
        Problem::Host => "names a host that is none",
        Problem::Port => "names a port that is none",
        Problem::LineEnd => "ends with white space behind its host or port",
    }
}

/// What it trusts and what it shows, where it speaks TLS.
fn tls(reading: &mut Reading<'_, '_>, subject: &Subject<'_>, config: &mut Config) {
    if reading.known(subject, env::TLS_ALLOW_INSECURE) {
        let text = subject
            .process
            .variable(env::TLS_ALLOW_INSECURE)
            .and_then(|one| match &one.value {
                Value::Known(text) => Some(text.expose()),
                Value::Unknown(_) | Value::WithoutLogin(..) => None,
            });
        config.insecure = text.is_some_and(key_list::is_insecure);
    }
    if reading.known(subject, env::TLS_CA_CERT) {
        config.trust = trust(reading, subject);
    }
    let [has_certificate, has_key] =
        [env::TLS_CLIENT_CERT, env::TLS_CLIENT_KEY].map(|name| reading.known(subject, name));
    if has_certificate && has_key {
        config.leaf = shown(reading, subject);
    }
}

fn trust(reading: &mut Reading<'_, '_>, subject: &Subject<'_>) -> Vec<String> {
    let Some((path, _)) = subject.given(env::TLS_CA_CERT) else {
        return Vec::new();
    };
    if let Some(trust) = reading.trust(subject, path) {
        return trust;
    }
    if !subject.names_own_ca() {
        return vec![SYSTEM.to_owned()];
    }
    reading.file_unknown(subject, env::TLS_CA_CERT, path);
    Vec::new()
}

/// Without one of the two, Stem shows nothing and says nothing.
fn shown(reading: &mut Reading<'_, '_>, subject: &Subject<'_>) -> Option<Leaf> {
    let (path, _) = subject.given(env::TLS_CLIENT_CERT)?;
    let (key, variable) = subject.given(env::TLS_CLIENT_KEY)?;
    let (leaf, certificate) = reading.shown(subject, env::TLS_CLIENT_CERT, path)?;
    let Some(material) = reading.case.materials.at(subject.process, key) else {
        reading.file_unknown(subject, env::TLS_CLIENT_KEY, key);
        return Some(leaf);
    };
    let mut keys = material.keys().map(|(_, key)| is_of_key(&certificate, key));
    if keys.next() == Some(Some(false)) {
        let why = "the key in STEM_TLS_CLIENT_KEY does not belong to the certificate in STEM_TLS_CLIENT_CERT";
        reading.fails(subject, why, Some(variable.place));
    }
    Some(leaf)
}
