//! Who sends what a deployment takes, and who takes what it sends. Where that is none of its
//! own processes, it is one that is found beside it at the same broker, or nobody knows.

use super::FoundPlan;
use super::client::Address;
use super::rollout::AFTER;
use crate::model::posture::Signing;
use crate::report::rotate::Unknown;
use crate::rotate::Plan;
use crate::rotate::message::{Signature, Signs, is_signing_on, refuses, signs};
use crate::rotate::plan::{Component, Config};

/// What to do about a half of a deployment.
const REMEDY: &str = "have all that shares the broker in one deployment of the folder that is named, or write the plan: stem-sec rotate \
                      check --help shows one";

/// A deployment as others at its broker see it, before or after.
#[derive(Debug)]
pub(super) struct Peer {
    name: String,
    addresses: Vec<Address>,
    /// How it signs.
    pub(super) signed: Vec<Signature>,
    /// By what it takes messages.
    pub(super) verifiers: Vec<Config>,
    has_source: bool,
}

impl Peer {
    pub(super) fn of(found: &FoundPlan) -> Peer {
        Peer {
            name: found.name.clone(),
            addresses: found.elsewhere.clone(),
            signed: signed(&found.plan),
            verifiers: verifiers(&found.plan).map(|(_, one)| one.clone()).collect(),
            has_source: has_source(&found.plan),
        }
    }

    pub(super) fn is_beside(&self, found: &FoundPlan, other: Option<&FoundPlan>) -> bool {
        let is_itself = self.name == found.name || other.is_some_and(|one| one.name == self.name);
        let mut shared = found.elsewhere.iter();
        !is_itself && shared.any(|one| self.addresses.iter().any(|other| other.is_where(one)))
    }
}

/// What nobody can say of one rollout, for what others send or take.
pub(super) fn unsaid(from: Option<&FoundPlan>, to: &FoundPlan, peers: &[Peer]) -> Vec<Unknown> {
    let beside = || peers.iter().filter(|peer| peer.is_beside(to, from));
    let has_source = has_source(&to.plan) || beside().any(|peer| peer.has_source);
    let has_verifier =
        verifiers(&to.plan).next().is_some() || beside().any(|peer| !peer.verifiers.is_empty());
    let (narrowed, widened) = (narrowed(from, to), widened(from, to));
    let mut unknown = Vec::new();
    if !has_source && !narrowed.is_empty() {
        unknown.push(no_source(to, AFTER));
    }
    if !has_verifier && !widened.is_empty() {
        unknown.push(no_verifier(to, AFTER));
    }
    for signature in &narrowed {
        let mut senders = beside().filter(|peer| peer.signed.contains(signature));
        if let Some(peer) = senders.next() {
            let why = format!(
                "`{}` has the same broker and sends {}, which is accepted no longer",
                peer.name,
                text(signature)
            );
            unknown.push(unknown_of(to, AFTER, "who sends what it takes", why));
        }
    }
    for signature in &widened {
        let is_refused = |peer: &&Peer| {
            peer.verifiers
                .iter()
                .any(|one| refuses(one, signature).is_some())
        };
        if let Some(peer) = beside().find(is_refused) {
            let why = format!(
                "`{}` has the same broker and does not accept {}, before or after",
                peer.name,
                text(signature)
            );
            unknown.push(unknown_of(to, AFTER, "who takes what it sends", why));
        }
    }
    unknown
}

/// What nobody can say of steps that begin with a deployment.
pub(super) fn unsaid_of(found: &FoundPlan, when: &'static str) -> Option<Unknown> {
    let is_on = |plan: &Plan| plan.start.iter().any(is_signing_on);
    let has_verifier = verifiers(&found.plan).next().is_some();
    match (has_source(&found.plan), has_verifier) {
        _ if !is_on(&found.plan) => None,
        (false, true) => Some(no_source(found, when)),
        (true, false) => Some(no_verifier(found, when)),
        _ => None,
    }
}

fn no_source(found: &FoundPlan, when: &'static str) -> Unknown {
    let why =
        "who sends what it takes is not among these files, so how that is signed is not known";
    unknown_of(found, when, "who sends what it takes", why.to_owned())
}

fn no_verifier(found: &FoundPlan, when: &'static str) -> Unknown {
    let why = "who takes what it sends is not among these files, so what that accepts is not known";
    unknown_of(found, when, "who takes what it sends", why.to_owned())
}

fn unknown_of(found: &FoundPlan, when: &'static str, what: &str, why: String) -> Unknown {
    Unknown {
        deployment: when,
        process: found.name.clone(),
        what: what.to_owned(),
        why,
        location: None,
        remedy: REMEDY.to_owned(),
    }
}

fn text(signature: &Signature) -> String {
    match signature {
        Signature::Signed(_, key) => format!("what `{}` signed", key.id),
        _ => "what is not signed".to_owned(),
    }
}

fn parts(plan: &Plan) -> impl Iterator<Item = (&Component, &Config)> {
    plan.components.iter().zip(&plan.start)
}

pub(super) fn verifiers(plan: &Plan) -> impl Iterator<Item = (&Component, &Config)> {
    parts(plan).filter(|(component, _)| component.verifies())
}

fn has_source(plan: &Plan) -> bool {
    plan.components.iter().any(Component::is_source)
}

fn signed(plan: &Plan) -> Vec<Signature> {
    let signers = parts(plan).filter(|(component, _)| component.signs());
    let mut all = Vec::new();
    for (_, config) in signers {
        if let Signs::As(signature) = signs(config)
            && !all.contains(&signature)
        {
            all.push(signature);
        }
    }
    all
}

/// What is accepted before and not afterwards.
fn narrowed(from: Option<&FoundPlan>, to: &FoundPlan) -> Vec<Signature> {
    let Some(from) = from else {
        // of one that is new, nobody knows what it meets
        let all = verifiers(&to.plan).any(|(_, one)| is_signing_on(one));
        return all.then_some(Signature::Unsigned).into_iter().collect();
    };
    let mut all = vec![Signature::Unsigned];
    for (_, config) in verifiers(&from.plan) {
        let hmac = config.keys.iter().map(|key| (Signing::HmacSha256, key));
        let ed25519 = config.public.iter().map(|key| (Signing::Ed25519, key));
        all.extend(
            hmac.chain(ed25519)
                .map(|(kind, key)| Signature::Signed(kind, key.clone())),
        );
    }
    let is_lost = |signature: &Signature| {
        let accepts = |config: &Config| refuses(config, signature).is_none();
        verifiers(&to.plan).any(|(component, config)| {
            let same = |one: &&(&Component, &Config)| one.0.name == component.name;
            let before: Vec<_> = verifiers(&from.plan).collect();
            let was_accepted = match before.iter().find(same) {
                Some((_, config)) => accepts(config),
                None => before.iter().any(|(_, config)| accepts(config)),
            };
            was_accepted && !accepts(config)
        })
    };
    let mut lost: Vec<Signature> = Vec::new();
    for signature in all.into_iter().filter(is_lost) {
        if !lost.contains(&signature) {
            lost.push(signature);
        }
    }
    lost
}

/// What is sent afterwards and not before.
fn widened(from: Option<&FoundPlan>, to: &FoundPlan) -> Vec<Signature> {
    let before = from.map(|from| signed(&from.plan)).unwrap_or_default();
    let mut after = signed(&to.plan);
    after.retain(|one| !before.contains(one));
    if from.is_none() {
        after.retain(|one| *one != Signature::Unsigned);
    }
    after
}
