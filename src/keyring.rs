//! The keyring: the minted signing keys with their states, the broker's password, and the
//! rotation that is under way. One
//! file, `keyring.yaml`, 0600, replaced whole. It is the tool's own: whatever it did not
//! write itself it does not act upon, and does not overwrite.

mod rotation;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

pub use rotation::{Adds, Confirmed, Declared, Event, Forced, Rotation};

use self::rotation::{StoredEvent, StoredRotation};
use crate::disk::{Access, DiskError, Existing, Folder};
use crate::mint::ed25519::Pair;
use crate::mint::key_id::KeyId;
use crate::model::manifest::KEYRING_FILE as FILE;
use crate::model::posture::Signing;
use crate::model::secret::Secret;

/// The first version that knows rotations; what has none is written as the one before it, so
/// that an older stem-sec reads it.
const VERSION: u64 = 2;
/// YAML's end-of-document marker: a file that was cut off may still parse, but lacks it.
const END: &str = "\n...\n";

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Minted; verifiers may learn it, nobody signs with it.
    Staged,
    /// Signs.
    Active,
    /// No longer signs; what it signed is still accepted.
    Retiring,
    /// Out of use; nobody is given it.
    Retired,
}

/// What a key is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMaterial {
    /// A shared secret.
    Hmac(Secret),
    /// A key pair.
    Ed25519(Pair),
}

impl KeyMaterial {
    /// The algorithm that it is for.
    #[must_use]
    pub fn signing(&self) -> Signing {
        match self {
            KeyMaterial::Hmac(_) => Signing::HmacSha256,
            KeyMaterial::Ed25519(_) => Signing::Ed25519,
        }
    }
}

/// A signing key in the keyring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id, as messages name it.
    pub id: KeyId,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it was minted, to the second.
    pub created: OffsetDateTime,
    /// What it is made of.
    pub material: KeyMaterial,
}

/// The signing keys, oldest first, the broker's password, and the rotation under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    keys: Vec<Key>,
    broker_password: Option<Secret>,
    /// Whether Redis asks for the password also of those who show a certificate: a rotation
    /// to mutual TLS leaves it, for it cannot be taken away from both sides at once.
    pub keeps_password: bool,
    /// The rotation that is under way.
    pub rotation: Option<Rotation>,
    /// What was done in rotations, the oldest first.
    pub history: Vec<Event>,
}

/// Why a keyring cannot be used or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// Not a text that this tool wrote.
    #[error("`{FILE}` cannot be understood (line {line}, column {column})")]
    Malformed {
        /// From 1.
        line: u64,
        /// From 1, in characters.
        column: u64,
    },
    /// Its rotation is at another step than was begun last.
    #[error("`{FILE}` says that its rotation is at step {step}, and that {begun} were begun")]
    Torn {
        /// The present step.
        step: usize,
        /// How many have a moment at which they were begun.
        begun: usize,
    },
    /// It has no end.
    #[error("`{FILE}` is cut off: its last line is missing")]
    CutOff,
    /// A later version of the tool wrote it.
    #[error("`{FILE}` is version {0}; this stem-sec reads versions up to {VERSION}")]
    Newer(u64),
    /// Somebody else may have read or changed it.
    #[error("`{path}` is open to other users (mode {mode:04o})")]
    Exposed {
        /// The keyring, or the folder that it lies in.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Identity is id and value: one id stands for one key.
    #[error("the keyring has a key `{0}` already")]
    IdTaken(KeyId),
    /// The file could not be read.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl KeyringError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            KeyringError::Malformed { .. } | KeyringError::CutOff | KeyringError::Torn { .. } => Some(
                "restore it from a backup; to begin anew, move it away (every message signed with its keys is then refused)"
                    .to_owned(),
            ),
            KeyringError::Newer(_) => Some("install the stem-sec that wrote it".to_owned()),
            KeyringError::Exposed { path, .. } => Some(format!(
                "close it: chmod go-rwx {}; if another user may have been there, mint new keys",
                path.display()
            )),
            KeyringError::IdTaken(_) => Some("name the new key otherwise, with --id".to_owned()),
            KeyringError::Disk(error) => error.hint(),
        }
    }
}

impl Keyring {
    /// Reads the keyring of a locked store; an absent one is empty.
    ///
    /// # Errors
    /// When it cannot be read, is open to other users, was cut off, or is of a later version.
    pub fn load(store: &Folder) -> Result<Keyring, KeyringError> {
        ensure_closed(store)?;
        match store.read(FILE)?.map(Zeroizing::new) {
            Some(bytes) => Keyring::parse(&bytes),
            None => Ok(Keyring::default()),
        }
    }

    /// Stages the keyring to be written with the store's other changes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn stage(&self, store: &mut Folder) -> Result<(), DiskError> {
        store.ignore_in_git()?;
        store.stage(
            FILE,
            self.text().expose().as_bytes(),
            Access::PRIVATE,
            Existing::Replace,
        )
    }

    /// All keys, oldest first.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The key that signs with this algorithm.
    #[must_use]
    pub fn active(&self, signing: Signing) -> Option<&Key> {
        self.in_use(signing)
            .find(|key| key.state == KeyState::Active)
    }

    /// Keys of this algorithm that verifiers know: all but the retired ones.
    pub fn in_use(&self, signing: Signing) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(move |key| key.material.signing() == signing && key.state != KeyState::Retired)
    }

    /// Adds a key: the first of its algorithm is active, a later one staged.
    ///
    /// # Errors
    /// [`KeyringError::IdTaken`].
    pub fn add(
        &mut self,
        id: KeyId,
        material: KeyMaterial,
        now: OffsetDateTime,
    ) -> Result<KeyState, KeyringError> {
        if self.keys.iter().any(|key| key.id == id) {
            return Err(KeyringError::IdTaken(id));
        }
        let state = match self.active(material.signing()) {
            Some(_) => KeyState::Staged,
            None => KeyState::Active,
        };
        self.keys.push(Key {
            id,
            state,
            created: whole_seconds(now),
            material,
        });
        Ok(state)
    }

    /// Moves a key to another state; an id that is not there stays so.
    pub fn set_state(&mut self, id: &str, state: KeyState) {
        if let Some(key) = self.keys.iter_mut().find(|key| key.id.as_str() == id) {
            key.state = state;
        }
    }

    /// What Redis asks for with `requirepass`.
    #[must_use]
    pub fn broker_password(&self) -> Option<&Secret> {
        self.broker_password.as_ref()
    }

    /// Sets what Redis asks for.
    pub fn set_broker_password(&mut self, password: Secret) {
        self.broker_password = Some(password);
    }

    /// Reads the text of a keyring.
    ///
    /// # Errors
    /// When this version did not write it whole.
    pub fn parse(bytes: &[u8]) -> Result<Keyring, KeyringError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| KeyringError::Malformed { line: 1, column: 1 })?;
        let version: Result<AnyVersion, _> = serde_saphyr::from_str_with_options(text, reading());
        match version {
            Ok(found) if found.version > VERSION => return Err(KeyringError::Newer(found.version)),
            _ if !text.ends_with(END) => return Err(KeyringError::CutOff),
            _ => {}
        }
        let stored: Stored = serde_saphyr::from_str_with_options(text, reading())
            .map_err(|error| malformed(&error))?;
        let mut keyring = Keyring {
            keys: Vec::with_capacity(stored.keys.len()),
            broker_password: stored.broker_password.map(Secret::from),
            keeps_password: stored.keeps_password,
            rotation: None,
            history: Vec::new(),
        };
        let somewhere = KeyringError::Malformed { line: 1, column: 1 };
        if let Some(rotation) = stored.rotation {
            if let Some((step, begun)) = rotation.torn() {
                return Err(KeyringError::Torn { step, begun });
            }
            keyring.rotation = Some(rotation.into_rotation().ok_or(somewhere)?);
        }
        for event in stored.history {
            let event = event.into_event();
            let event = event.ok_or(KeyringError::Malformed { line: 1, column: 1 })?;
            keyring.history.push(event);
        }
        for key in stored.keys {
            let key = key
                .into_key()
                .ok_or(KeyringError::Malformed { line: 1, column: 1 })?;
            if keyring.keys.iter().any(|other| other.id == key.id) {
                return Err(KeyringError::IdTaken(key.id));
            }
            keyring.keys.push(key);
        }
        Ok(keyring)
    }

    /// The text that [`Keyring::parse`] reads back.
    #[must_use]
    pub fn text(&self) -> Secret {
        let is_plain = self.rotation.is_none() && self.history.is_empty() && !self.keeps_password;
        let stored = Stored {
            version: if is_plain { VERSION - 1 } else { VERSION },
            keys: self.keys.iter().map(StoredKey::from_key).collect(),
            broker_password: self.broker_password.as_ref().map(exposed),
            keeps_password: self.keeps_password,
            rotation: self.rotation.as_ref().map(StoredRotation::of),
            history: self.history.iter().map(StoredEvent::of).collect(),
        };
        let mut text =
            "# written by stem-sec; holds private keys: never copy it to another machine\n"
                .to_owned();
        text.push_str(
            &serde_saphyr::to_string(&stored).expect("strings and numbers always serialise"),
        );
        text.truncate(text.trim_end().len());
        text.push_str(END);
        Secret::new(text)
    }
}

/// Nobody but its owner may change the store, and at most a group may read its keyring.
fn ensure_closed(store: &Folder) -> Result<(), KeyringError> {
    let exposed = |path, mode| Err(KeyringError::Exposed { path, mode });
    let mode = store.mode()?;
    if mode & 0o022 != 0 {
        return exposed(store.path().to_owned(), mode);
    }
    match store.access_of(FILE)? {
        Some(access) if access.mode & 0o027 != 0 => exposed(store.path().join(FILE), access.mode),
        _ => Ok(()),
    }
}

/// The library's messages and snippets quote the file: only positions are taken from them.
fn reading() -> serde_saphyr::Options {
    serde_saphyr::options! { with_snippet: false }
}

fn malformed(error: &serde_saphyr::Error) -> KeyringError {
    let (line, column) = error
        .location()
        .map_or((1, 1), |at| (at.line(), at.column()));
    KeyringError::Malformed { line, column }
}

/// The moment to the second, in UTC: what is stored is what is read back.
fn whole_seconds(moment: OffsetDateTime) -> OffsetDateTime {
    let whole = moment.replace_nanosecond(0).unwrap_or(moment);
    whole.to_offset(time::UtcOffset::UTC)
}

fn exposed(secret: &Secret) -> Zeroizing<String> {
    Zeroizing::new(secret.expose().to_owned())
}

#[derive(Deserialize)]
struct AnyVersion {
    version: u64,
}

/// The file's shape; exposed text lives here only between the file and [`Secret`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Stored {
    version: u64,
    keys: Vec<StoredKey>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    broker_password: Option<Zeroizing<String>>,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    keeps_password: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    rotation: Option<StoredRotation>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    history: Vec<StoredEvent>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct StoredKey {
    id: KeyId,
    algorithm: Signing,
    state: KeyState,
    created: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    secret: Option<Zeroizing<String>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    public: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    private: Option<Zeroizing<String>>,
}

impl StoredKey {
    fn from_key(key: &Key) -> StoredKey {
        let (secret, public, private) = match &key.material {
            KeyMaterial::Hmac(secret) => (Some(exposed(secret)), None, None),
            KeyMaterial::Ed25519(pair) => (
                None,
                Some(pair.public.clone()),
                Some(exposed(&pair.private)),
            ),
        };
        StoredKey {
            id: key.id.clone(),
            algorithm: key.material.signing(),
            state: key.state,
            created: key.created.format(&Rfc3339).unwrap_or_default(),
            secret,
            public,
            private,
        }
    }

    fn into_key(self) -> Option<Key> {
        let material = match (self.algorithm, self.secret, self.public, self.private) {
            (Signing::HmacSha256, Some(secret), None, None) => {
                KeyMaterial::Hmac(Secret::from(secret))
            }
            (Signing::Ed25519, None, Some(public), Some(private)) => KeyMaterial::Ed25519(Pair {
                private: Secret::from(private),
                public,
            }),
            _ => return None,
        };
        let created = OffsetDateTime::parse(&self.created, &Rfc3339).ok()?;
        Some(Key {
            id: self.id,
            state: self.state,
            created,
            material,
        })
    }
}

#[cfg(test)]
mod tests;
