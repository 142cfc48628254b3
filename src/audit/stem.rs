//! What Stem makes of a process's environment when it starts: whether it starts, whether it
//! signs and verifies, with which keys, and where it connects (stem-semantics 1, 2 and 6;
//! `StemConfig.fromEnvironment`, `SigningConfig`, `TlsConfig`). Judges nothing.

use zeroize::Zeroizing;

use super::process::{Process, Variable};
use crate::formats::key_list::{self, EntryProblem, trim};
use crate::model::env;
use crate::model::posture::Signing;

/// What becomes of signing.
#[derive(Debug)]
pub enum Outcome<'p> {
    /// No signatures: producers send unsigned, workers accept anything.
    Off(Off),
    /// The process does not start.
    Fails(Failure<'p>),
    /// Messages are signed and verified.
    On(Keys<'p>),
    /// A variable that decides has a value that the files do not say.
    Unknown(&'p Variable),
}

/// Why signing is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Off {
    /// HMAC, and no `STEM_SIGNING_KEYS`, nor any other variable of signing but perhaps the
    /// active key: nobody meant to sign.
    NotConfigured,
    /// HMAC, and `STEM_SIGNING_KEYS` holds no entry.
    NoKeys,
    /// Keys for Ed25519 are there, but the algorithm is HMAC: said to be, or not said.
    AlgorithmMissing,
    /// Ed25519, and `STEM_SIGNING_PUBLIC_KEYS` is unset or holds no entry.
    NoPublicKeys,
}

/// Why a process does not start.
#[derive(Debug)]
pub enum Failure<'p> {
    /// `STEM_SIGNING_ALGORITHM` is neither of the two.
    Algorithm(&'p Variable),
    /// An entry of a list is malformed.
    Entry(&'p Variable, EntryProblem),
    /// There are keys and no active one.
    NoActiveKey,
    /// The active key is none of those in the list.
    UnknownActiveKey {
        /// The active key.
        active: &'p Variable,
        /// The list.
        list: &'p Variable,
    },
}

/// The keys of a process for which signing is on.
#[derive(Debug)]
pub struct Keys<'p> {
    /// HMAC-SHA256 or Ed25519.
    pub algorithm: Signing,
    /// What it verifies with: secrets, or public keys.
    pub verifies: List<'p>,
    /// What it signs with: secrets, or private keys.
    pub signs: Option<List<'p>>,
    /// The id of the key that signs.
    pub active: Option<(&'p str, &'p Variable)>,
}

/// A list of keys as Stem holds it: of two with one id, the last.
#[derive(Debug)]
pub struct List<'p> {
    /// Where it comes from.
    pub variable: &'p Variable,
    /// Ids and bytes.
    pub keys: Vec<(&'p str, Zeroizing<Vec<u8>>)>,
}

impl List<'_> {
    /// The bytes of a key.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&[u8]> {
        let found = self.keys.iter().find(|(known, _)| *known == id);
        found.map(|(_, bytes)| bytes.as_slice())
    }
}

impl Keys<'_> {
    /// Whether a message can be signed: there is an active key, it is one that signs, and
    /// Stem finds its public half in the list.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        let Some((active, _)) = self.active else {
            return false;
        };
        let has_private = self
            .signs
            .as_ref()
            .is_some_and(|list| list.get(active).is_some());
        has_private && self.verifies.get(active).is_some()
    }
}

/// What becomes of signing in a process.
#[must_use]
pub fn signing(process: &Process) -> Outcome<'_> {
    match try_signing(process) {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

fn try_signing(process: &Process) -> Result<Outcome<'_>, Outcome<'_>> {
    let algorithm = given(process, env::SIGNING_ALGORITHM)?;
    let ed25519 = match algorithm.map(|(text, variable)| (text.to_ascii_lowercase(), variable)) {
        None => false,
        Some((text, _)) if text == "hmac-sha256" => false,
        Some((text, _)) if text == "ed25519" => true,
        Some((_, variable)) => return Err(Outcome::Fails(Failure::Algorithm(variable))),
    };
    if ed25519 {
        ed25519_keys(process)
    } else {
        hmac_keys(process, algorithm.is_some())
    }
}

fn hmac_keys(process: &Process, is_said: bool) -> Result<Outcome<'_>, Outcome<'_>> {
    let Some(list) = list(process, env::SIGNING_KEYS)? else {
        let others = [env::SIGNING_PUBLIC_KEYS, env::SIGNING_PRIVATE_KEYS];
        let has_others = others
            .into_iter()
            .any(|name| process.variable(name).is_some_and(is_filled));
        return Ok(Outcome::Off(if has_others {
            Off::AlgorithmMissing
        } else if is_said || process.variable(env::SIGNING_KEYS).is_some() {
            Off::NoKeys
        } else {
            Off::NotConfigured
        }));
    };
    let Some((active, variable)) = given(process, env::SIGNING_ACTIVE_KEY)? else {
        return Err(Outcome::Fails(Failure::NoActiveKey));
    };
    if list.get(active).is_none() {
        return Err(Outcome::Fails(Failure::UnknownActiveKey {
            active: variable,
            list: list.variable,
        }));
    }
    let signs = List {
        variable: list.variable,
        keys: list.keys.clone(),
    };
    Ok(Outcome::On(Keys {
        algorithm: Signing::HmacSha256,
        verifies: list,
        signs: Some(signs),
        active: Some((active, variable)),
    }))
}

fn ed25519_keys(process: &Process) -> Result<Outcome<'_>, Outcome<'_>> {
    if given(process, env::SIGNING_PUBLIC_KEYS)?.is_none() {
        return Ok(Outcome::Off(Off::NoPublicKeys));
    }
    let public = list(process, env::SIGNING_PUBLIC_KEYS)?;
    // read, and refused, even where the public list is nothing but commas
    let private = list(process, env::SIGNING_PRIVATE_KEYS)?;
    let active = given(process, env::SIGNING_ACTIVE_KEY)?;
    if let (Some(private), Some((id, variable))) = (&private, active)
        && private.get(id).is_none()
    {
        return Err(Outcome::Fails(Failure::UnknownActiveKey {
            active: variable,
            list: private.variable,
        }));
    }
    let Some(public) = public else {
        return Ok(Outcome::Off(Off::NoPublicKeys));
    };
    Ok(Outcome::On(Keys {
        algorithm: Signing::Ed25519,
        verifies: public,
        signs: private,
        active,
    }))
}

/// A list with at least one entry; malformed entries keep Stem from starting.
fn list<'p>(process: &'p Process, name: &str) -> Result<Option<List<'p>>, Outcome<'p>> {
    let Some((text, variable)) = given(process, name)? else {
        return Ok(None);
    };
    let mut keys: Vec<(&str, Zeroizing<Vec<u8>>)> = Vec::new();
    for entry in key_list::entries(text) {
        let key = entry
            .key
            .map_err(|problem| Outcome::Fails(Failure::Entry(variable, problem)))?;
        keys.retain(|(id, _)| *id != key.id);
        keys.push((key.id, key.bytes));
    }
    Ok((!keys.is_empty()).then_some(List { variable, keys }))
}

/// The trimmed value of a variable; to Stem, an empty one is not there.
fn given<'p>(
    process: &'p Process,
    name: &str,
) -> Result<Option<(&'p str, &'p Variable)>, Outcome<'p>> {
    let Some(variable) = process.variable(name) else {
        return Ok(None);
    };
    let text = variable.value.known().ok_or(Outcome::Unknown(variable))?;
    let text = trim(text);
    Ok((!text.is_empty()).then_some((text, variable)))
}

fn is_filled(variable: &Variable) -> bool {
    let text = variable.value.known();
    text.is_none_or(|text| !trim(text).is_empty())
}
