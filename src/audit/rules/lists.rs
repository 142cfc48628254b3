//! The lists of signing keys that Stem reads in a process, entry by entry. What else a process
//! was given is not its business: under HMAC nobody looks at Ed25519 keys, nor the reverse.

use super::guessable::{self, Flaw};
use crate::audit::case::Subject;
use crate::audit::process::{Value, Variable};
use crate::formats::key_list::{self, Entry};
use crate::model::env;
use crate::model::posture::Signing;

/// A list that Stem reads.
pub(super) struct List<'c> {
    /// Where it comes from.
    pub(super) variable: &'c Variable,
    /// What stands in it.
    pub(super) holds: Holds,
    text: &'c str,
}

/// What stands in a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Secrets,
    PublicKeys,
    PrivateKeys,
}

impl Holds {
    /// Whether whoever reads it can sign.
    pub(super) fn is_secret(self) -> bool {
        self != Holds::PublicKeys
    }
}

impl<'c> List<'c> {
    /// Its entries, in order; of two with one id, Stem takes the last.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'c>> {
        key_list::entries(self.text)
    }

    /// Its entries that Stem refuses or that can be guessed, with what speaks against each.
    pub(super) fn flawed(&self) -> impl Iterator<Item = (Entry<'c>, Flaw)> {
        let flaw = |entry: Entry<'c>| {
            let flaw = guessable::entry(&entry)?;
            Some((entry, flaw))
        };
        self.entries().filter_map(flaw)
    }
}

/// The id of an entry, whether Stem takes the entry or not.
pub(super) fn id(entry: &Entry<'_>) -> Option<String> {
    let (id, _) = entry.text.split_once(':')?;
    let id = key_list::trim(id);
    (!id.is_empty()).then(|| id.to_owned())
}

/// Whether Stem's code runs in it, as far as can be told.
pub(super) fn runs_stem(subject: &Subject<'_>) -> bool {
    subject.is_stem() || subject.roles().is_empty()
}

/// The algorithm that Stem takes; `None` where it is not known, or refused.
pub(super) fn algorithm(subject: &Subject<'_>) -> Option<Signing> {
    let unset = Some(Signing::HmacSha256);
    let Some(variable) = subject.process.variable(env::SIGNING_ALGORITHM) else {
        return unset;
    };
    match &variable.value {
        Value::WithoutLogin(_) | Value::Unknown(_) => None,
        Value::Known(text) => match key_list::trim(text.expose()) {
            "" => unset,
            text if text.eq_ignore_ascii_case("hmac-sha256") => unset,
            text if text.eq_ignore_ascii_case("ed25519") => Some(Signing::Ed25519),
            _ => None,
        },
    }
}

/// The lists that Stem reads in a process, those of known value that are not empty. Where the
/// files do not say the algorithm, it may read any.
pub(super) fn of<'c>(subject: &Subject<'c>) -> Vec<List<'c>> {
    const ALL: [(&str, Holds); 3] = [
        (env::SIGNING_KEYS, Holds::Secrets),
        (env::SIGNING_PUBLIC_KEYS, Holds::PublicKeys),
        (env::SIGNING_PRIVATE_KEYS, Holds::PrivateKeys),
    ];
    let names: &[(&str, Holds)] = match algorithm(subject) {
        _ if !runs_stem(subject) => &[],
        _ if is_open(subject) => &ALL,
        Some(Signing::HmacSha256) => &ALL[..1],
        // without public keys, Stem does not look at the private ones
        Some(Signing::Ed25519) if subject.is_set(env::SIGNING_PUBLIC_KEYS) => &ALL[1..],
        _ => &[],
    };
    let list = |(name, holds): &(&str, Holds)| {
        let (text, variable) = subject.given(name)?;
        Some(List {
            variable,
            holds: *holds,
            text,
        })
    };
    names.iter().filter_map(list).collect()
}

/// Whether the algorithm may be said where the files do not show it.
fn is_open(subject: &Subject<'_>) -> bool {
    match subject.process.variable(env::SIGNING_ALGORITHM) {
        Some(variable) => variable.value.known().is_none(),
        None => !subject.is_complete,
    }
}
