//! From the manifest and the minted material to the files of each component. What a
//! component is given is decided once, in [`holdings`], by the ownership table; a target
//! decides only how it is written down. Pure: values in, files out.

pub mod compose;
pub mod difference;
pub mod dotenv;
pub mod holdings;
pub mod kubernetes;
pub mod plan;
pub mod present;
pub mod systemd;

use holdings::{Holdings, Material};

use crate::formats::dotenv::DotenvError;
use crate::formats::kubernetes::KubernetesError;
use crate::formats::redis_conf::Listens;
use crate::formats::systemd::SystemdError;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::{Component, Manifest, Target};
use crate::model::posture::Signing;
use crate::model::secret::Secret;

/// The targets that files are written for.
pub const TARGETS: [Target; 4] = Target::ALL;

const STORE_NOTE: &str = "Postgres is verified (sslmode=verify-full) against the system's CAs only: Stem's \
    TLS variables do not reach it. If a CA of your own signed its certificate, put that CA into each image: \
    COPY ca.crt /usr/local/share/ca-certificates/postgres-ca.crt, then RUN update-ca-certificates \
    (Debian, Alpine; on Fedora /etc/pki/ca-trust/source/anchors and update-ca-trust)";

/// A deployment, with what each of its components is given.
#[derive(Debug)]
pub struct Deployment<'a> {
    /// What was declared.
    pub manifest: &'a Manifest,
    /// Where the written folder will live on the target: absolute, without a trailing slash.
    pub install: String,
    /// Every component, in the manifest's order.
    pub held: Vec<Held<'a>>,
    /// What Redis asks for, where it asks.
    pub broker_password: Option<Secret>,
    /// The compose project that `render.project` names, as it was read.
    pub project: Option<compose::existing::Existing>,
}

/// A component and what it is given.
#[derive(Debug)]
pub struct Held<'a> {
    /// As declared.
    pub component: &'a Component,
    /// Where it finds its files on the target.
    pub folder: String,
    /// What it is given.
    pub holdings: Holdings,
    /// Where it listens, if it is a broker.
    pub listens: Option<Listens>,
    /// Whether it is told the broker's password.
    pub has_password: bool,
}

/// A file to be written below the folder of what may be handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Relative path. Whatever belongs to one component alone is `COMPONENT/NAME`.
    pub path: String,
    /// What stands in it.
    pub content: Secret,
    /// Whether nobody but its owner may read it.
    pub private: bool,
}

/// What a target writes, and what it has to say about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Every file.
    pub files: Vec<OutputFile>,
    /// Sentences for whoever puts the files to use: what to type, what they need.
    pub notes: Vec<String>,
}

/// Why a component's files cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Nothing signs with the manifest's algorithm.
    #[error("the keyring has no active key for {0}")]
    NoActiveKey(Signing),
    /// The component shows a certificate, and none was issued to it.
    #[error("no certificate was issued to component `{0}`")]
    NoCertificate(String),
    /// Clients must know whom to trust.
    #[error("the store has no CA")]
    NoAuthority,
    /// A rotation is under way with a key that is gone.
    #[error("the keyring has no key `{0}`, which the rotation under way hands out")]
    NoKey(String),
    /// A rotation is under way with a CA that is gone.
    #[error("the store has no CA `{0}`, which the rotation under way hands out")]
    NoSuchAuthority(String),
    /// A value that no env file can carry.
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
    /// A name or value that Kubernetes does not take.
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    /// A name, path or value that systemd does not take.
    #[error(transparent)]
    Systemd(#[from] SystemdError),
    /// What Compose does not take, or a project that is not safe afterwards.
    #[error(transparent)]
    Compose(#[from] compose::ComposeRenderError),
}

impl RenderError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            RenderError::NoActiveKey(_)
            | RenderError::NoCertificate(_)
            | RenderError::NoAuthority => {
                Some("mint what is missing: stem-sec init --yes".to_owned())
            }
            RenderError::NoKey(_) | RenderError::NoSuchAuthority(_) => {
                Some("bring it back from a backup of the store".to_owned())
            }
            RenderError::Dotenv(error) => error.hint(),
            RenderError::Kubernetes(error) => error.hint(),
            RenderError::Systemd(error) => error.hint(),
            RenderError::Compose(error) => error.hint(),
        }
    }
}

impl<'a> Deployment<'a> {
    /// Says what each component is given. `install` is where the written folder will live.
    ///
    /// # Errors
    /// When something that one of them needs was not minted.
    pub fn new(
        manifest: &'a Manifest,
        install: &str,
        material: &Material,
    ) -> Result<Deployment<'a>, RenderError> {
        let install = install.trim_end_matches('/').to_owned();
        let held = |component: &'a Component| {
            let folder = match manifest.render.target {
                Target::Compose => compose::folder(manifest),
                Target::Kubernetes => kubernetes::folder(manifest),
                Target::Systemd => systemd::folder(component, &install)?,
                _ => format!("{install}/{}", component.name),
            };
            let holdings = holdings::of(manifest, component, &folder, material)?;
            Ok(Held {
                component,
                folder,
                holdings,
                listens: holdings::listens(manifest, component, material),
                has_password: holdings::has_password(component, material),
            })
        };
        let held = manifest
            .components
            .iter()
            .map(held)
            .collect::<Result<_, RenderError>>()?;
        Ok(Deployment {
            manifest,
            install,
            held,
            broker_password: material.broker_password.clone(),
            project: None,
        })
    }

    /// The deployment, on top of a compose project that is there.
    #[must_use]
    pub fn on_top_of(mut self, project: Option<compose::existing::Existing>) -> Deployment<'a> {
        self.project = project;
        self
    }

    /// Every file, for the manifest's target. Components that are given nothing have none.
    ///
    /// # Errors
    /// When a value cannot be written down there.
    pub fn render(&self) -> Result<Rendered, RenderError> {
        let mut rendered = match self.manifest.render.target {
            Target::Dotenv => dotenv::render(self)?,
            Target::Systemd => systemd::render(self)?,
            Target::Compose => compose::render(self)?,
            Target::Kubernetes => kubernetes::render(self)?,
        };
        rendered.files.push(self.gitignore(&rendered.files));
        rendered.notes.extend(self.store_note());
        Ok(rendered)
    }

    /// Stem trusts a Postgres server by the system's CAs alone, whatever its TLS variables say.
    fn store_note(&self) -> Option<String> {
        let stores = &self.manifest.stores;
        let urls = [
            &stores.backend,
            &stores.schedule,
            &stores.revoke,
            &stores.workflow,
        ];
        let verified = self.manifest.posture.transport.encrypts();
        let has_postgres = urls.into_iter().flatten().any(|url| !url.is_redis());
        (verified && has_postgres).then(|| STORE_NOTE.to_owned())
    }

    /// Every text that is, or holds nothing but, a secret.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        let mut secrets: Vec<Secret> = self.broker_password.iter().cloned().collect();
        secrets.extend(
            self.project
                .iter()
                .flat_map(compose::existing::Existing::values),
        );
        for held in &self.held {
            for (variable, value) in &held.holdings.variables {
                if env::artifact_of(variable).is_some_and(Artifact::is_secret) {
                    secrets.push(value.clone());
                }
            }
            let keys = held
                .holdings
                .files
                .iter()
                .filter(|file| file.name.ends_with(".key"));
            secrets.extend(keys.map(|file| file.content.clone()));
        }
        secrets
    }

    /// Tells git of every folder that holds a secret.
    fn gitignore(&self, files: &[OutputFile]) -> OutputFile {
        let holds_secret = |held: &&Held<'_>| {
            let inside = format!("{}/", held.component.name);
            files
                .iter()
                .any(|file| file.private && file.path.starts_with(&inside))
        };
        let lines = self
            .held
            .iter()
            .filter(holds_secret)
            .map(|held| format!("/{}/\n", held.component.name));
        OutputFile {
            path: ".gitignore".to_owned(),
            content: Secret::new(lines.collect()),
            private: false,
        }
    }
}
