//! A deployment as it is, as the beginning of a plan: what each component is given by the
//! ownership table, in the words of plans. The inverse of [`super::holdings`]: rendered by
//! this plan's configurations, every file is what it is without a plan.

use std::collections::BTreeMap;

use super::RenderError;
use super::holdings::Material;
use crate::model::artifact::Artifact;
use crate::model::manifest::{Component, Manifest};
use crate::model::ownership;
use crate::model::posture::{Signing, Transport};
use crate::model::role::Role;
use crate::rotate::plan::{self, ClientAuth, Config, Key, Leaf, Plan, Ports, Scheme, Strategy};

/// What plans call the things that are no keys: those go by their ids.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The CAs that are trusted now, in the order of `ca.crt`.
    pub authorities: Vec<String>,
    /// The certificate of each component.
    pub leaves: BTreeMap<String, Leaf>,
    /// The broker's password.
    pub password: Option<String>,
}

/// The plan without steps that begins where the deployment is.
///
/// # Errors
/// When nothing signs with the manifest's algorithm.
pub fn present(
    manifest: &Manifest,
    material: &Material,
    names: &Names,
) -> Result<Plan, RenderError> {
    let of = |component: &Component| {
        Given {
            manifest,
            component,
            material,
            names,
        }
        .config()
    };
    let configs: Result<Vec<Config>, RenderError> = manifest.components.iter().map(of).collect();
    Ok(Plan {
        signing: manifest.posture.signing,
        components: manifest.components.iter().map(part).collect(),
        start: configs?,
        runs: vec![true; manifest.components.len()],
        goal: Vec::new(),
        steps: Vec::new(),
    })
}

fn part(component: &Component) -> plan::Component {
    let is_dashboard = component.roles.contains(&Role::Dashboard);
    plan::Component {
        name: component.name.to_string(),
        roles: component.roles.clone(),
        // how replicas are replaced is not declared: as the worst has it
        strategy: Strategy::Rolling,
        enqueues: (is_dashboard && component.enqueues).then_some(true),
    }
}

struct Given<'a> {
    manifest: &'a Manifest,
    component: &'a Component,
    material: &'a Material,
    names: &'a Names,
}

impl Given<'_> {
    fn has(&self, artifact: Artifact) -> bool {
        let password = self.material.broker_password.is_some();
        let holder = self.component.holder(password);
        ownership::is_handed_to(artifact, &holder, self.manifest.posture)
    }

    fn config(&self) -> Result<Config, RenderError> {
        let posture = self.manifest.posture;
        let mut config = Config::new(posture.signing);
        let is_stem = self.component.roles.iter().any(|role| role.is_stem());
        let is_broker = self.component.roles.contains(&Role::Broker);
        if is_stem {
            self.keys(&mut config)?;
            if posture.transport.encrypts() {
                config.url = Scheme::Rediss;
            }
        }
        if is_broker {
            config.ports = Ports {
                plain: !posture.transport.encrypts(),
                tls: posture.transport.encrypts(),
            };
            if posture.transport == Transport::Tls {
                config.clients = ClientAuth::Ignored;
            }
        }
        if is_stem || is_broker {
            self.certificates(&mut config, is_broker);
            if self.has(Artifact::BrokerPassword) {
                config.password.clone_from(&self.names.password);
            }
        }
        Ok(config)
    }

    fn keys(&self, config: &mut Config) -> Result<(), RenderError> {
        let signing = self.manifest.posture.signing;
        if signing == Signing::None {
            return Ok(());
        }
        let lists = [
            (Artifact::SigningSecret, &mut config.keys),
            (Artifact::SigningPublicKey, &mut config.public),
        ];
        let active = || {
            let active = self.material.keyring.active(signing);
            active.ok_or(RenderError::NoActiveKey(signing))
        };
        for (artifact, list) in lists {
            if self.has(artifact) {
                active()?;
                let keys = self.material.keyring.in_use(signing);
                list.extend(keys.map(|key| Key::named(key.id.as_str())));
            }
        }
        if self.has(Artifact::SigningPrivateKey) {
            config.private.push(Key::named(active()?.id.as_str()));
        }
        if self.has(Artifact::ActiveKeyId) {
            config.active = Some(active()?.id.to_string());
        }
        Ok(())
    }

    fn certificates(&self, config: &mut Config, is_broker: bool) {
        if self.has(Artifact::CaCertificate) {
            config.trust.clone_from(&self.names.authorities);
        }
        // whatever else a client serves, by this it is known to the broker
        let mut served = [Artifact::ServerCertificate, Artifact::ServerKey].into_iter();
        let shows = self.has(Artifact::ClientCertificate)
            || is_broker && served.any(|artifact| self.has(artifact));
        if shows {
            config.leaf = self.names.leaves.get(self.component.name.as_str()).cloned();
        }
    }
}
