//! Another signing key: verifiers learn it, signers switch, what the old one signed runs
//! out, the old one goes.

use crate::model::posture::Signing;
use crate::rotate::message::is_signing_on;
use crate::rotate::plan::{Component, Config, Key, Plan, Step};

use super::DeviseError;
use super::draft::Draft;

/// Orders for another signing key, the best first.
pub(super) fn candidates(
    present: &Plan,
    to: &Key,
    leaked: bool,
) -> Result<Vec<Vec<Step>>, DeviseError> {
    let mut on = present
        .start
        .iter()
        .filter(|config| is_signing_on(config))
        .peekable();
    if on.peek().is_none() {
        return Err(DeviseError::NothingSigns);
    }
    let mut known = on.flat_map(|config| config.keys.iter().chain(&config.public));
    if known.any(|key| key.id == to.id && key.is != to.is) {
        return Err(DeviseError::IdTaken(to.id.clone()));
    }
    if leaked {
        return Ok(vec![cut(present, to), at_once(present, to)]);
    }
    Ok(vec![overlap(present, to)])
}

fn overlap(present: &Plan, to: &Key) -> Vec<Step> {
    let mut draft = Draft::new(present);
    draft.roll(
        "everybody who verifies learns the new key; everybody still signs with the old one",
        |component, config| {
            if component.verifies() {
                learned(config, to)
            } else {
                config.clone()
            }
        },
    );
    draft.roll(
        "everybody who signs switches to the new key",
        |component, config| {
            if component.signs() {
                switched(component, config, to)
            } else {
                config.clone()
            }
        },
    );
    draft.drain("wait until nothing is left that the old key signed");
    draft.roll("the old key goes everywhere", |_, config| alone(config, to));
    draft.steps
}

/// Nothing that the old key signed is taken any more, from the first step on; nothing that
/// the new one signed is lost.
fn cut(present: &Plan, to: &Key) -> Vec<Step> {
    let mut draft = Draft::new(present);
    draft.stop(
        "everybody who verifies stops: from now on nothing is done for whoever has the old key",
        Component::verifies,
    );
    draft.roll("everybody else gets the new key alone", |_, config| {
        alone(config, to)
    });
    draft.start(
        "those who verify start with the new key alone",
        |_, config| alone(config, to),
    );
    draft.steps
}

fn at_once(present: &Plan, to: &Key) -> Vec<Step> {
    let mut draft = Draft::new(present);
    draft.roll("everybody gets the new key alone", |_, config| {
        alone(config, to)
    });
    draft.steps
}

fn with(keys: &[Key], key: &Key) -> Vec<Key> {
    let mut keys = keys.to_vec();
    if !keys.contains(key) {
        keys.push(key.clone());
    }
    keys
}

/// It also accepts the new key.
fn learned(config: &Config, to: &Key) -> Config {
    let mut next = config.clone();
    match config.signing {
        _ if !is_signing_on(config) => {}
        Signing::Ed25519 => next.public = with(&config.public, to),
        _ => next.keys = with(&config.keys, to),
    }
    next
}

/// It signs with the new key, if it signs at all.
fn switched(component: &Component, config: &Config, to: &Key) -> Config {
    let mut next = learned(config, to);
    let has_private = !config.private.is_empty();
    match config.signing {
        _ if !is_signing_on(config) => {}
        Signing::Ed25519 if has_private || component.is_source() => {
            next.private = with(&config.private, to);
            next.active = Some(to.id.clone());
        }
        // who only verifies is told at the end which key is active
        Signing::Ed25519 => return config.clone(),
        _ => next.active = Some(to.id.clone()),
    }
    next
}

/// It knows the new key and no other.
fn alone(config: &Config, to: &Key) -> Config {
    let mut next = config.clone();
    if !is_signing_on(config) {
        return next;
    }
    let only = |keys: &[Key]| {
        if keys.is_empty() {
            Vec::new()
        } else {
            vec![to.clone()]
        }
    };
    match config.signing {
        Signing::Ed25519 => {
            next.public = only(&config.public);
            next.private = only(&config.private);
        }
        _ => next.keys = only(&config.keys),
    }
    next.active = config.active.as_ref().map(|_| to.id.clone());
    next
}
