//! What components are given while a rotation is under way: the configurations of its
//! present step, with the certificates and the URL that they name.

use std::collections::BTreeMap;

use super::RenderError;
use super::holdings::Pair;
use crate::formats::redis_conf::{Clients, Listens};
use crate::model::artifact::Artifact;
use crate::model::manifest::{Component, Manifest, Url};
use crate::model::posture::{Posture, Signing, Transport};
use crate::model::role::Role;
use crate::rotate::connection::SYSTEM;
use crate::rotate::plan::{ClientAuth, Config, Leaf, Scheme};

/// A deployment in the middle of a rotation.
#[derive(Clone, Debug, Default)]
pub struct Present {
    /// What each component is configured with, by its name. Only those that run Stem's code
    /// or are brokers follow it.
    pub configs: BTreeMap<String, Config>,
    /// The broker's URL by the scheme that the manifest's does not have.
    pub other_url: Option<Url>,
    /// CA certificates, PEM, by their names.
    pub authorities: BTreeMap<String, String>,
    /// What was issued, by component.
    pub pairs: BTreeMap<String, Vec<Named>>,
}

/// A certificate, with what plans call it.
#[derive(Clone, Debug)]
pub struct Named {
    /// What plans call it.
    pub leaf: Leaf,
    /// Whether the rotation issued it; another one may have been renewed since.
    pub is_new: bool,
    /// The certificate and its key.
    pub pair: Pair,
}

impl Present {
    /// The broker's URL with this scheme; the manifest's where there is no other.
    #[must_use]
    pub fn url<'a>(&'a self, manifest: &'a Manifest, scheme: Scheme) -> &'a Url {
        let declared = &manifest.broker.url;
        match &self.other_url {
            Some(other) if declared.scheme() != scheme.name() => other,
            _ => declared,
        }
    }

    /// Where a broker listens with this configuration.
    pub(super) fn listens(&self, config: &Config, port: impl Fn(Scheme) -> u16) -> Listens {
        let Config { ports, clients, .. } = config;
        Listens {
            plain: ports.plain.then(|| port(Scheme::Redis)),
            tls: ports.tls.then(|| port(Scheme::Rediss)),
            clients: match clients {
                ClientAuth::Required => Clients::Required,
                ClientAuth::Optional => Clients::Optional,
                ClientAuth::Ignored => Clients::Ignored,
            },
        }
    }

    /// These CAs in one text.
    pub(super) fn bundle(&self, names: &[String]) -> Result<String, RenderError> {
        let mut bundle = String::new();
        for name in names.iter().filter(|name| *name != SYSTEM) {
            let found = self.authorities.get(name);
            bundle.push_str(found.ok_or_else(|| RenderError::NoSuchAuthority(name.clone()))?);
        }
        Ok(bundle)
    }

    /// The certificate that a plan calls so; of those that the rotation did not issue, also
    /// what it was renewed to since.
    pub(super) fn pair(&self, component: &str, leaf: &Leaf) -> Result<&Pair, RenderError> {
        let pairs = self.pairs.get(component).map_or(&[][..], Vec::as_slice);
        let exactly = pairs.iter().find(|named| named.leaf == *leaf);
        let is_new = |named: &&Named| named.is_new && named.leaf.cert == leaf.cert;
        let renewed = || {
            let mut others = pairs.iter().filter(|named| !named.is_new);
            others
                .find(|named| named.leaf.ca == leaf.ca)
                .filter(|_| !pairs.iter().any(|named| is_new(&named)))
        };
        let found = exactly.or_else(renewed).map(|named| &named.pair);
        found.ok_or_else(|| RenderError::NoCertificate(component.to_owned()))
    }
}

/// Whether plans say what a component is configured with.
#[must_use]
pub fn is_planned(component: &Component) -> bool {
    let mut roles = component.roles.iter();
    roles.any(|role| role.is_stem() || *role == Role::Broker)
}

/// The posture of one component by itself.
#[must_use]
pub fn posture(component: &Component, config: &Config) -> Posture {
    let asks = config.clients == ClientAuth::Required;
    let transport = if component.roles.contains(&Role::Broker) {
        match (config.ports.tls, asks) {
            (false, _) => Transport::Plaintext,
            (true, true) => Transport::Mtls,
            (true, false) => Transport::Tls,
        }
    } else {
        match (config.url, &config.leaf) {
            (Scheme::Redis, _) => Transport::Plaintext,
            (Scheme::Rediss, Some(_)) => Transport::Mtls,
            (Scheme::Rediss, None) => Transport::Tls,
        }
    };
    Posture {
        signing: config.signing,
        transport,
    }
}

/// Whether the component is given it: where plans say something of it, exactly what they
/// say; else by the ownership table in the component's own posture.
pub(super) fn is_given(
    artifact: Artifact,
    component: &Component,
    config: &Config,
    by_table: bool,
) -> bool {
    let is_broker = component.roles.contains(&Role::Broker);
    match artifact {
        // with the algorithm unset Stem would sign with them
        Artifact::SigningSecret => config.signing != Signing::None && !config.keys.is_empty(),
        Artifact::SigningPublicKey => !config.public.is_empty(),
        Artifact::SigningPrivateKey => !config.private.is_empty(),
        Artifact::ActiveKeyId => config.active.is_some(),
        Artifact::BrokerPassword => config.password.is_some(),
        Artifact::CaCertificate => config.trust.iter().any(|ca| ca != SYSTEM),
        Artifact::ServerCertificate
        | Artifact::ServerKey
        | Artifact::ClientCertificate
        | Artifact::ClientKey
            if is_broker =>
        {
            by_table && config.leaf.is_some()
        }
        Artifact::ClientCertificate | Artifact::ClientKey => config.leaf.is_some(),
        _ => by_table,
    }
}
