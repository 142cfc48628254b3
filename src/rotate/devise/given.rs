//! What a posture means for one component, and which posture a deployment has.

use crate::model::artifact::Artifact;
use crate::model::ownership::{self, Holder};
use crate::model::posture::{Posture, Signing, Transport};
use crate::model::role::Role;
use crate::rotate::message::is_signing_on;
use crate::rotate::plan::{ClientAuth, Component, Config, Key, Plan, Scheme};

/// The transport of the brokers, or of their clients where no broker is known.
pub(super) fn transport_of(present: &Plan) -> Transport {
    let parts = || present.components.iter().zip(&present.start);
    let brokers: Vec<Transport> = parts()
        .filter(|(component, _)| component.has(Role::Broker))
        .map(|(_, config)| match (config.ports.tls, config.clients) {
            (false, _) => Transport::Plaintext,
            (true, ClientAuth::Required) => Transport::Mtls,
            (true, _) => Transport::Tls,
        })
        .collect();
    let clients = parts()
        .filter(|(component, _)| component.is_stem())
        .map(|(_, config)| match (config.url, &config.leaf) {
            (Scheme::Redis, _) => Transport::Plaintext,
            (Scheme::Rediss, None) => Transport::Tls,
            (Scheme::Rediss, Some(_)) => Transport::Mtls,
        });
    if brokers.is_empty() {
        return clients.max().unwrap_or(Transport::Plaintext);
    }
    brokers.into_iter().max().unwrap_or(Transport::Plaintext)
}

/// What the ownership table gives a component to sign and verify with.
pub(super) fn given(
    component: &Component,
    config: &Config,
    signing: Signing,
    key: Option<&Key>,
) -> Config {
    if !component.is_stem() {
        return config.clone();
    }
    let mut next = Config {
        signing,
        keys: Vec::new(),
        public: Vec::new(),
        private: Vec::new(),
        active: None,
        ..config.clone()
    };
    let Some(key) = key else {
        return next;
    };
    let held = held_besides(component, config);
    let holder = Holder {
        roles: &component.roles,
        holds: &held,
        enqueues: component.enqueues == Some(true),
        ..Holder::default()
    };
    let posture = Posture {
        signing,
        transport: Transport::Plaintext,
    };
    let is_given = |artifact| ownership::is_handed_to(artifact, &holder, posture);
    let mut give = |artifact, list: fn(&mut Config) -> &mut Vec<Key>| {
        if is_given(artifact) {
            list(&mut next).push(key.clone());
        }
    };
    give(Artifact::SigningSecret, |config| &mut config.keys);
    give(Artifact::SigningPublicKey, |config| &mut config.public);
    give(Artifact::SigningPrivateKey, |config| &mut config.private);
    if is_signing_on(&next) && is_given(Artifact::ActiveKeyId) {
        next.active = Some(key.id.clone());
    }
    // who has nothing to sign with, before and after, is left alone
    if is_signing_on(&next) || is_signing_on(config) {
        next
    } else {
        config.clone()
    }
}

/// What it holds without having to, to verify with: it goes on to. What a posture makes it
/// hold says nothing about the next one.
fn held_besides(component: &Component, config: &Config) -> Vec<Artifact> {
    if !is_signing_on(config) {
        return Vec::new();
    }
    let holder = Holder {
        roles: &component.roles,
        enqueues: component.enqueues == Some(true),
        ..Holder::default()
    };
    let posture = Posture {
        signing: config.signing,
        transport: Transport::Plaintext,
    };
    let is_besides =
        |artifact| ownership::holding(artifact, &holder, posture) == ownership::Holding::Accepted;
    let keys = match config.signing {
        Signing::HmacSha256 => Artifact::SigningSecret,
        _ => Artifact::SigningPublicKey,
    };
    let mut held = Vec::new();
    if is_besides(keys) {
        held.extend([Artifact::SigningSecret, Artifact::SigningPublicKey]);
    }
    if is_besides(Artifact::SigningAlgorithm) {
        held.push(Artifact::SigningAlgorithm);
    }
    if config.active.is_some() && is_besides(Artifact::ActiveKeyId) {
        held.push(Artifact::ActiveKeyId);
    }
    held
}
