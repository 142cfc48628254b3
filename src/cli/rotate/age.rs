//! Which signing keys of a store are in use for longer than they should be: for `rotate
//! status`, and for the audit of what they sign.

use std::path::Path;

use time::{Duration, OffsetDateTime};

use super::walk::{Gate, Walk};
use crate::audit::inventory::Overdue;
use crate::cli::place::STORE;
use crate::disk::read_optional;
use crate::keyring::{Key, KeyMaterial, KeyState, Keyring};
use crate::model::manifest::{KEYRING_FILE, Manifest};
use crate::model::secret::Secret;
use crate::rotate::plan::Action;

/// The keys that are overdue at a moment, each with the rest of a sentence about it.
pub(super) fn overdue<'k>(
    keys: &'k [Key],
    walk: Option<&Walk>,
    manifest: &Manifest,
    now: OffsetDateTime,
) -> Vec<(&'k Key, String)> {
    let signing = manifest.posture.signing;
    let max_age = manifest.rotation.max_age;
    let max_age = max_age.and_then(|age| Duration::try_from(age).ok());
    let is_past_its_gate = match walk {
        None => true,
        Some(walk) => *walk.action() == Action::Drain && walk.gate(manifest, now) == Gate::Open,
    };
    let mut due = Vec::new();
    for key in keys {
        let age = now - key.created;
        let is_in_use = key.state != KeyState::Retired && key.material.signing() == signing;
        // a key that is on its way out is not asked to go once more
        let stays = key.state != KeyState::Retiring;
        if let Some(max) = max_age.filter(|max| is_in_use && stays && age > *max) {
            let (age, max) = (age.whole_days(), max.whole_days());
            let why = format!("is {age} days old, and `rotation.max-age` is {max} days");
            due.push((key, why));
        }
        if key.state == KeyState::Retiring && is_past_its_gate {
            due.push((
                key,
                "is still accepted, and need not be any more".to_owned(),
            ));
        }
    }
    due
}

/// The same of the store beside a manifest, for the audit. A store that is not there or
/// cannot be read has none: other commands say what is wrong with it.
pub(in crate::cli) fn of_store(
    project: &Path,
    manifest: &Manifest,
    at: OffsetDateTime,
) -> Vec<Overdue> {
    let path = project.join(STORE).join(KEYRING_FILE);
    let text = read_optional(&path)
        .ok()
        .flatten()
        .map(zeroize::Zeroizing::new);
    let Some(keyring) = text.and_then(|text| Keyring::parse(&text).ok()) else {
        return Vec::new();
    };
    let walk = keyring
        .rotation
        .clone()
        .and_then(|rotation| Walk::of(rotation).ok());
    let due = overdue(keyring.keys(), walk.as_ref(), manifest, at).into_iter();
    due.map(|(key, why)| Overdue {
        id: key.id.to_string(),
        fingerprint: fingerprint(key),
        why,
    })
    .collect()
}

/// Of what a list of keys that verify holds of it.
fn fingerprint(key: &Key) -> String {
    match &key.material {
        KeyMaterial::Hmac(secret) => secret.fingerprint(),
        KeyMaterial::Ed25519(pair) => Secret::new(pair.public.clone()).fingerprint(),
    }
}
