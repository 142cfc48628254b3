//! What one component is given: the ownership table, applied to what the manifest says of
//! it and to what was minted.

use std::collections::BTreeMap;

use super::RenderError;
use crate::formats::redis_conf::{self, Broker};
use crate::keyring::{Key, KeyMaterial, Keyring};
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::{Component, Manifest, Url};
use crate::model::ownership;
use crate::model::role::Role;
use crate::model::secret::Secret;

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

struct Asked<'a> {
    manifest: &'a Manifest,
    component: &'a Component,
    folder: &'a str,
    material: &'a Material,
}

impl Asked<'_> {
    fn is_given(&self, artifact: Artifact) -> bool {
        let holder = self
            .component
            .holder(self.material.broker_password.is_some());
        ownership::is_handed_to(artifact, &holder, self.manifest.posture)
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
            env::SIGNING_ALGORITHM => Some(plain(self.manifest.posture.signing.name())),
            env::SIGNING_KEYS | env::SIGNING_PUBLIC_KEYS => Some(self.key_list(self.in_use()?)),
            env::SIGNING_PRIVATE_KEYS => Some(private_key(self.active()?)),
            env::SIGNING_ACTIVE_KEY => Some(plain(self.active()?.id.as_str())),
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
        let broker = &self.manifest.broker.url;
        let is_broker = url.is_redis()
            && url.host().eq_ignore_ascii_case(broker.host())
            && url.port().unwrap_or(DEFAULT_PORT) == broker.port().unwrap_or(DEFAULT_PORT);
        let password = self.material.broker_password.as_ref();
        match password.filter(|_| is_broker && self.is_given(Artifact::BrokerPassword)) {
            Some(password) => Some(url.with_password(password)),
            None if self.manifest.posture.transport.encrypts() => Some(Secret::new(url.verified())),
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

    /// The keys that verifiers know; without one that signs they would be of no use.
    fn in_use(&self) -> Result<Vec<&Key>, RenderError> {
        self.active()?;
        Ok(self
            .material
            .keyring
            .in_use(self.manifest.posture.signing)
            .collect())
    }

    /// `id:value,…`, oldest first.
    fn key_list(&self, keys: Vec<&Key>) -> Secret {
        let entries: Vec<Secret> = keys
            .into_iter()
            .map(|key| match &key.material {
                KeyMaterial::Hmac(secret) => Secret::new(format!("{}:{}", key.id, secret.expose())),
                KeyMaterial::Ed25519(pair) => Secret::new(format!("{}:{}", key.id, pair.public)),
            })
            .collect();
        Secret::new(
            entries
                .iter()
                .map(Secret::expose)
                .collect::<Vec<_>>()
                .join(","),
        )
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
            public(
                "ca.crt",
                self.material
                    .trusted
                    .as_deref()
                    .ok_or(RenderError::NoAuthority)?,
            );
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

    fn pair(&self) -> Result<&Pair, RenderError> {
        self.material
            .pairs
            .get(self.component.name.as_str())
            .ok_or_else(|| RenderError::NoCertificate(self.component.name.to_string()))
    }

    fn redis_conf(&self) -> Secret {
        redis_conf::render(&Broker {
            transport: self.manifest.posture.transport,
            port: self.manifest.broker.url.port().unwrap_or(DEFAULT_PORT),
            folder: self.folder.to_owned(),
            password: self.material.broker_password.clone(),
        })
    }
}

/// Of Redis, with and without TLS.
const DEFAULT_PORT: u16 = 6379;

/// `id:seed` of the key that signs; older ones only verify.
fn private_key(key: &Key) -> Secret {
    match &key.material {
        KeyMaterial::Ed25519(pair) => Secret::new(format!("{}:{}", key.id, pair.private.expose())),
        KeyMaterial::Hmac(_) => unreachable!("the active key of Ed25519 is a pair"),
    }
}
