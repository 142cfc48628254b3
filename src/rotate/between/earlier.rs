//! What may be left from before: messages that a key signed with which nobody signs any more,
//! though everybody still accepts it. No file says whether there are any.

use crate::model::posture::Signing;
use crate::model::role::Role;
use crate::rotate::message::{Signature, Signs, is_signing_on, refuses, signs};
use crate::rotate::plan::{Component, Config, Goal, Key, Plan};

/// Whether messages may be left that were signed before the first deployment was rolled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Somebody has waited until there were none.
    Nothing,
    /// Whatever verifiers still accept.
    Anything,
}

/// Adds one that sends with each such key, and is gone.
pub(super) fn add(plan: &mut Plan) {
    for (key, config) in keys(plan) {
        let sent = Signature::Signed(config.signing, key.clone());
        if !is_refused_later(plan, &sent) {
            continue;
        }
        let mut component =
            Component::new(&format!("earlier use of {}", key.id), &[Role::Producer]);
        while plan.component(&component.name).is_some() {
            component.name.push('\'');
        }
        plan.components.push(component);
        plan.start.push(sender(key, config));
        plan.runs.push(true);
        plan.goal.push(Goal::Gone);
    }
}

/// The keys that every verifier accepts, and with which nobody signs; each with the
/// configuration of a verifier.
fn keys(plan: &Plan) -> Vec<(Key, Config)> {
    let parts = || {
        let parts = plan.components.iter().zip(&plan.start).zip(&plan.runs);
        parts.filter(|(_, runs)| **runs).map(|(part, _)| part)
    };
    let verifiers = || parts().filter(|(component, _)| component.verifies());
    let is_in_use = |signature: &Signature| {
        let mut signers = parts().filter(|(component, _)| component.signs());
        signers.any(|(_, config)| signs(config) == Signs::As(signature.clone()))
    };
    let mut found: Vec<(Key, Config)> = Vec::new();
    for (_, config) in verifiers().filter(|(_, config)| is_signing_on(config)) {
        let known = match config.signing {
            Signing::Ed25519 => &config.public,
            _ => &config.keys,
        };
        for key in known {
            let signature = Signature::Signed(config.signing, key.clone());
            let is_accepted = verifiers().all(|(_, one)| refuses(one, &signature).is_none());
            let is_new = found.iter().all(|(one, _)| one != key);
            if is_new && is_accepted && !is_in_use(&signature) {
                found.push((key.clone(), config.clone()));
            }
        }
    }
    found
}

fn is_refused_later(plan: &Plan, signature: &Signature) -> bool {
    let parts = plan.components.iter().zip(&plan.start).zip(&plan.goal);
    let mut verifiers = parts.filter(|((component, _), _)| component.verifies());
    verifiers.any(|((_, start), goal)| match goal {
        Goal::Runs(change) => refuses(&change.applied_to(start), signature).is_some(),
        Goal::Gone => false,
    })
}

/// It connects as the verifier does.
fn sender(key: Key, verifier: Config) -> Config {
    let active = Some(key.id.clone());
    match verifier.signing {
        Signing::Ed25519 => Config {
            public: vec![key.clone()],
            private: vec![key],
            keys: Vec::new(),
            active,
            ..verifier
        },
        _ => Config {
            keys: vec![key],
            private: Vec::new(),
            public: Vec::new(),
            active,
            ..verifier
        },
    }
}
