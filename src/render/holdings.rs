//! What one component is given: the ownership table, applied to what the manifest says of
//! it and to what was minted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::RenderError;
use super::present::{self, Present};
use crate::formats::redis_conf::{self, Broker, Listens};
use crate::keyring::{Key, KeyMaterial, Keyring};
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::{Component, Manifest, REDIS_PORT, Url};
use crate::model::ownership;
use crate::model::posture::Posture;
use crate::model::role::Role;
use crate::model::secret::Secret;
use crate::rotate::plan::{self, Config};

/// A certificate with its key, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The certificate, and its chain where there is one.
    pub certificate: String,
    /// PKCS#8.
    pub key: Secret,
}

/// What was minted for a deployment.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// The signing keys.
    pub keyring: Keyring,
    /// The broker's password, from wherever the manifest says.
    pub broker_password: Option<Secret>,
    /// The CAs trusted now, PEM; `None` without TLS.
    pub trusted: Option<String>,
    /// What was issued, by component.
    pub pairs: BTreeMap<String, Pair>,
    /// What components are given instead while a rotation is under way.
    pub present: Option<Present>,
}

/// What a component is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Its variables, in the order of [`env::VARIABLES`].
    pub variables: Vec<(&'static str, Secret)>,
    /// Its files.
    pub files: Vec<HeldFile>,
}

/// A file that a component reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFile {
    /// Its name in the component's folder.
    pub name: &'static str,
    /// What stands in it.
    pub content: Secret,
    /// Whether it holds a secret.
    pub private: bool,
}

/// Says what a component is given. `folder` is where its files will lie on the target,
/// without a trailing slash.
///
/// # Errors
/// When something that it needs was not minted.
pub fn of(
    manifest: &Manifest,
    component: &Component,
    folder: &str,
    material: &Material,
) -> Result<Holdings, RenderError> {
    let asked = Asked {
        manifest,
        component,
        folder,
        material,
        config: config_of(material, component),
    };
    let mut holdings = Holdings::default();
    for (variable, artifact) in env::VARIABLES {
        let mut roles = component.roles.iter();
        if roles.any(|role| env::is_used_by(variable, *role))
            && asked.is_given(artifact)
            && let Some(value) = asked.value(variable)?
        {
            holdings.variables.push((variable, value));
        }
    }
    asked.files(&mut holdings.files)?;
    Ok(holdings)
}

/// Where a broker listens; `None` of any other component.
#[must_use]
pub fn listens(manifest: &Manifest, component: &Component, material: &Material) -> Option<Listens> {
    if !component.roles.contains(&Role::Broker) {
        return None;
    }
    let port = |url: &Url| url.port().unwrap_or(REDIS_PORT);
    let of_url = port(&manifest.broker.url);
    let listens = match (&material.present, config_of(material, component)) {
        (Some(present), Some(config)) => {
            present.listens(config, |scheme| port(present.url(manifest, scheme)))
        }
        _ => Listens::on(manifest.posture.transport, of_url),
    };
    Some(listens)
}

/// Whether the component is told the broker's password.
#[must_use]
pub fn has_password(component: &Component, material: &Material) -> bool {
    match config_of(material, component) {
        Some(config) => config.password.is_some(),
        None => material.broker_password.is_some(),
    }
}

/// What the present step of a rotation configures the component with.
fn config_of<'m>(material: &'m Material, component: &Component) -> Option<&'m Config> {
    let config = material
        .present
        .as_ref()?
        .configs
        .get(component.name.as_str());
    config.filter(|_| present::is_planned(component))
}

struct Asked<'a> {
    manifest: &'a Manifest,
    component: &'a Component,
    folder: &'a str,
    material: &'a Material,
    /// What it is configured with at the present step of a rotation.
    config: Option<&'a Config>,
}

impl Asked<'_> {
    fn is_given(&self, artifact: Artifact) -> bool {
        let holder = self
            .component
            .holder(has_password(self.component, self.material));
        let by_table = ownership::is_handed_to(artifact, &holder, self.posture());
        match self.config {
            Some(config) => present::is_given(artifact, self.component, config, by_table),
            None => by_table,
        }
    }

    /// Its own, which during a rotation need not be that of the others.
    fn posture(&self) -> Posture {
        match self.config {
            Some(config) => present::posture(self.component, config),
            None => self.manifest.posture,
        }
    }

    fn has(&self, role: Role) -> bool {
        self.component.roles.contains(&role)
    }

    fn value(&self, variable: &str) -> Result<Option<Secret>, RenderError> {
        let plain = |text: &str| Secret::new(text.to_owned());
        let file = |name: &str| Secret::new(format!("{}/{name}", self.folder));
        let stores = &self.manifest.stores;
        let value = match variable {
            env::BROKER_URL => self.url(Some(&self.manifest.broker.url)),
            env::RESULT_BACKEND_URL => self.url(stores.backend.as_ref()),
            env::SCHEDULE_STORE_URL => self.url(stores.schedule.as_ref()),
            env::REVOKE_STORE_URL => self.url(stores.revoke.as_ref()),
            env::WORKFLOW_STORE_URL => self.url(stores.workflow.as_ref()),
            env::SIGNING_ALGORITHM => Some(plain(self.posture().signing.name())),
            env::SIGNING_KEYS => Some(key_list(&self.verifying(|config| &config.keys)?)),
            env::SIGNING_PUBLIC_KEYS => Some(key_list(&self.verifying(|config| &config.public)?)),
            env::SIGNING_PRIVATE_KEYS => Some(private_keys(&self.signing()?)),
            env::SIGNING_ACTIVE_KEY => Some(plain(self.active_id()?)),
            env::TLS_CA_CERT => Some(file("ca.crt")),
            env::TLS_CLIENT_CERT => Some(file("client.crt")),
            env::TLS_CLIENT_KEY => Some(file("client.key")),
            _ => None,
        };
        Ok(value)
    }

    /// The URL, with the broker's password where it leads to the broker.
    fn url(&self, url: Option<&Url>) -> Option<Secret> {
        let url = url?;
        let is_broker = self.manifest.is_on_broker(url);
        let moved = match (&self.material.present, self.config) {
            (Some(present), Some(config)) if is_broker => {
                let server = present.url(self.manifest, config.url);
                url.on_server_of(server).ok()
            }
            _ => None,
        };
        let url = moved.as_ref().unwrap_or(url);
        let password = self.material.broker_password.as_ref();
        match password.filter(|_| is_broker && self.is_given(Artifact::BrokerPassword)) {
            Some(password) => Some(url.with_password(password)),
            None if self.posture().transport.encrypts() => Some(Secret::new(url.verified())),
            None => Some(Secret::new(url.as_str().to_owned())),
        }
    }

    fn active(&self) -> Result<&Key, RenderError> {
        let signing = self.manifest.posture.signing;
        self.material
            .keyring
            .active(signing)
            .ok_or(RenderError::NoActiveKey(signing))
    }

    fn active_id(&self) -> Result<&str, RenderError> {
        match self.config.and_then(|config| config.active.as_deref()) {
            Some(id) => Ok(id),
            None => Ok(self.active()?.id.as_str()),
        }
    }

    /// The keys that verifiers know; without one that signs they would be of no use.
    fn verifying(&self, named: fn(&Config) -> &Vec<plan::Key>) -> Result<Vec<&Key>, RenderError> {
        if let Some(config) = self.config {
            return self.named(named(config));
        }
        self.active()?;
        Ok(self
            .material
            .keyring
            .in_use(self.manifest.posture.signing)
            .collect())
    }

    /// The keys that sign; older ones only verify.
    fn signing(&self) -> Result<Vec<&Key>, RenderError> {
        match self.config {
            Some(config) => self.named(&config.private),
            None => Ok(vec![self.active()?]),
        }
    }

    fn named(&self, keys: &[plan::Key]) -> Result<Vec<&Key>, RenderError> {
        let known = self.material.keyring.keys();
        let find = |key: &plan::Key| {
            let found = known.iter().find(|one| one.id.as_str() == key.id);
            found.ok_or_else(|| RenderError::NoKey(key.id.clone()))
        };
        keys.iter().map(find).collect()
    }

    fn files(&self, files: &mut Vec<HeldFile>) -> Result<(), RenderError> {
        let mut public = |name, text: &str| {
            files.push(HeldFile {
                name,
                content: Secret::new(text.to_owned()),
                private: false,
            });
        };
        if self.is_given(Artifact::CaCertificate) {
            public("ca.crt", &self.trusted()?);
        }
        if self.is_given(Artifact::ClientCertificate) {
            public("client.crt", &self.pair()?.certificate);
        }
        if self.is_given(Artifact::ServerCertificate) {
            public("server.crt", &self.pair()?.certificate);
        }
        let mut private = |name, content| {
            files.push(HeldFile {
                name,
                content,
                private: true,
            })
        };
        if self.is_given(Artifact::ClientKey) {
            private("client.key", self.pair()?.key.clone());
        }
        if self.is_given(Artifact::ServerKey) {
            private("server.key", self.pair()?.key.clone());
        }
        if self.has(Role::Broker) {
            private("redis.conf", self.redis_conf());
        }
        Ok(())
    }

    fn trusted(&self) -> Result<Cow<'_, str>, RenderError> {
        if let (Some(present), Some(config)) = (&self.material.present, self.config) {
            return present.bundle(&config.trust).map(Cow::Owned);
        }
        let trusted = self.material.trusted.as_deref();
        trusted.map(Cow::Borrowed).ok_or(RenderError::NoAuthority)
    }

    fn pair(&self) -> Result<&Pair, RenderError> {
        let leaf = self.config.and_then(|config| config.leaf.as_ref());
        if let (Some(present), Some(leaf)) = (&self.material.present, leaf) {
            return present.pair(self.component.name.as_str(), leaf);
        }
        self.material
            .pairs
            .get(self.component.name.as_str())
            .ok_or_else(|| RenderError::NoCertificate(self.component.name.to_string()))
    }

    fn redis_conf(&self) -> Secret {
        let transport = self.posture().transport;
        let password = self.material.broker_password.clone();
        redis_conf::render(&Broker {
            transport,
            listens: listens(self.manifest, self.component, self.material)
                .unwrap_or_else(|| Listens::on(transport, REDIS_PORT)),
            folder: self.folder.to_owned(),
            password: password.filter(|_| has_password(self.component, self.material)),
        })
    }
}

/// `id:value,…`, in their order.
fn key_list(keys: &[&Key]) -> Secret {
    let entries: Vec<Secret> = keys
        .iter()
        .map(|key| match &key.material {
            KeyMaterial::Hmac(secret) => Secret::new(format!("{}:{}", key.id, secret.expose())),
            KeyMaterial::Ed25519(pair) => Secret::new(format!("{}:{}", key.id, pair.public)),
        })
        .collect();
    joined(&entries)
}

/// `id:seed,…`, in their order; a shared secret has no such half.
fn private_keys(keys: &[&Key]) -> Secret {
    let entries: Vec<Secret> = keys
        .iter()
        .filter_map(|key| match &key.material {
            KeyMaterial::Ed25519(pair) => {
                Some(Secret::new(format!("{}:{}", key.id, pair.private.expose())))
            }
            KeyMaterial::Hmac(_) => None,
        })
        .collect();
    joined(&entries)
}

fn joined(entries: &[Secret]) -> Secret {
    let texts: Vec<&str> = entries.iter().map(Secret::expose).collect();
    Secret::new(texts.join(","))
}
