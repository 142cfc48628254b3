//! `stem-sec.yaml`: what the user declares about a deployment. It holds no secret and may be
//! committed. Read with [`Manifest::parse`], written with [`Manifest::text`]. No I/O: the
//! caller finds, reads and writes the file.

mod check;
mod component;
mod duration;
mod error;
mod file;
mod read;
mod text;
mod url;

use std::time::Duration;

use time::Date;

use super::artifact::Artifact;
use super::ownership::{self, Holder};
use super::posture::{Posture, Signing};
use super::role::Role;

pub use component::{Component, ComponentName, MAX_COMPONENT_NAME};
pub use error::{Kind, ManifestError, Position, Problem};
pub use file::{Severity, Target, schema};
pub use url::Url;

/// A span of time as the manifest writes it: `7d`, `1h30m`; fractions of a second are cut off.
#[must_use]
pub fn duration_text(duration: Duration) -> String {
    duration::text(duration)
}

/// The version of the manifest that this stem-sec reads and writes.
pub const VERSION: u64 = 1;

/// The name of the manifest's file.
pub const FILE_NAME: &str = "stem-sec.yaml";

/// The name of the file with the signing keys, in the store beside the manifest.
pub const KEYRING_FILE: &str = "keyring.yaml";

/// The name of the compose file that `render` puts on top of a project that was there.
pub const COMPOSE_OVERRIDE: &str = "compose.stem-sec.yaml";

/// The port of Redis where a URL names none.
pub const REDIS_PORT: u16 = 6379;

/// What a worker loses that may verify but not sign: for the manifest, `init` and `render`.
pub const LOST_RETRIES: &str = "a worker that may only verify cannot re-sign its retries: Stem \
    acknowledges the message, then fails to sign, and the job is lost (read in Stem's source as \
    of April 2026, not run)";

/// A deployment as declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// How messages are signed and connections protected.
    pub posture: Posture,
    /// The broker.
    pub broker: Broker,
    /// The other stores that Stem uses.
    pub stores: Stores,
    /// The parts of the deployment in the order in which they are written; at least one.
    pub components: Vec<Component>,
    /// What is written for them.
    pub render: Render,
    /// What the dates of a rotation rest on.
    pub rotation: Rotation,
    /// How the audit judges.
    pub audit: Audit,
}

/// Where the broker is and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Without credentials.
    pub url: Url,
    /// Host names and IP addresses that its certificate must cover.
    pub names: Vec<String>,
    /// Where its password comes from, if it asks for one.
    pub password: Option<PasswordSource>,
}

/// Where the broker's password is read from when files are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// The path of a file, relative to the manifest.
    File(String),
    /// The name of an environment variable.
    Environment(String),
}

/// URLs of the stores, without passwords.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stores {
    /// Results, `STEM_RESULT_BACKEND_URL`.
    pub backend: Option<Url>,
    /// Schedules, `STEM_SCHEDULE_STORE_URL`.
    pub schedule: Option<Url>,
    /// Revocations, `STEM_REVOKE_STORE_URL`.
    pub revoke: Option<Url>,
    /// Workflows, `STEM_WORKFLOW_STORE_URL`.
    pub workflow: Option<Url>,
}

/// What is written for the components, and where it will live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Render {
    /// For whom.
    pub target: Target,
    /// The folder that gets one folder a component; relative to the manifest.
    pub out: String,
    /// Where that folder will live on the target; absolute. `None`: where it was written.
    pub install: Option<String>,
    /// The compose file of a project that is there already, relative to the manifest: it is
    /// left alone, and an override is written for it.
    pub project: Option<String>,
    /// The Kubernetes namespace of the written objects.
    pub namespace: Option<String>,
}

impl Default for Render {
    fn default() -> Render {
        Render {
            target: Target::Dotenv,
            out: "deploy".to_owned(),
            install: None,
            project: None,
            namespace: None,
        }
    }
}

/// Bounds that tell when an old key is needed no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The furthest a message is scheduled ahead. Has no default.
    pub max_delay: Option<Duration>,
    /// The longest a message waits in a queue. Has no default.
    pub max_backlog: Option<Duration>,
    /// The longest run of a task.
    pub max_run_time: Duration,
    /// The longest wait before a retry.
    pub max_backoff: Duration,
    /// How far clocks may differ.
    pub clock_skew: Duration,
    /// The age at which a signing key is due. `None`: never.
    pub max_age: Option<Duration>,
}

impl Default for Rotation {
    fn default() -> Rotation {
        Rotation {
            max_delay: None,
            max_backlog: None,
            max_run_time: Duration::from_secs(3_600),
            max_backoff: Duration::from_secs(3_600),
            clock_skew: Duration::from_secs(300),
            max_age: None,
        }
    }
}

/// How the audit judges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The least severity that makes it answer no.
    pub fail_on: Severity,
    /// Findings that were looked at and may stay.
    pub ignore: Vec<Ignore>,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit {
            fail_on: Severity::Error,
            ignore: Vec::new(),
        }
    }
}

/// One suppression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The rule's id.
    pub rule: String,
    /// Which files, as a pattern; `None`: all.
    pub path: Option<String>,
    /// Why; never empty.
    pub reason: String,
    /// The last day on which it holds; `None`: for good.
    pub until: Option<Date>,
}

impl Manifest {
    /// Reads a manifest from any bytes.
    ///
    /// # Errors
    /// When it is no manifest of this version, with the place and never with a value.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Manifest, ManifestError> {
        check::manifest(read::manifest_file(text.as_ref())?)
    }

    /// The manifest as `init` writes it, with comments; [`Manifest::parse`] reads it back.
    #[must_use]
    pub fn text(&self) -> String {
        text::of(self)
    }

    /// The component with this name.
    #[must_use]
    pub fn component(&self, name: &str) -> Option<&Component> {
        self.components
            .iter()
            .find(|component| component.name.as_str() == name)
    }

    /// Whether a URL leads to the broker's own server.
    #[must_use]
    pub fn is_on_broker(&self, url: &Url) -> bool {
        let port = |url: &Url| url.port().unwrap_or(REDIS_PORT);
        let broker = &self.broker.url;
        url.is_redis()
            && url.host().eq_ignore_ascii_case(broker.host())
            && port(url) == port(broker)
    }

    /// What the ownership table must know of one of its components.
    #[must_use]
    pub fn holder<'a>(&self, component: &'a Component) -> Holder<'a> {
        component.holder(self.broker.password.is_some())
    }

    /// Whether [`LOST_RETRIES`] is true of a component: a worker that verifies Ed25519
    /// signatures and may not make them.
    #[must_use]
    pub fn loses_retries(&self, component: &Component) -> bool {
        self.posture.signing == Signing::Ed25519
            && component.roles.contains(&Role::Worker)
            && !ownership::holding(
                Artifact::SigningPrivateKey,
                &self.holder(component),
                self.posture,
            )
            .permits()
    }
}
