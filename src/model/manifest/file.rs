//! The manifest as it stands in the file: one struct a mapping, every value with its place.
//! The JSON Schema is made of the same structs. What the values mean is judged in `check`.

use std::fmt;

use schemars::{JsonSchema, Schema};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use crate::model::artifact::Artifact;
use crate::model::posture::Posture;
use crate::model::role::Role;

/// For whom files are written.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// An env file and TLS files for any process manager.
    #[default]
    Dotenv,
    /// Docker Compose.
    Compose,
    /// systemd units.
    Systemd,
    /// Kubernetes objects.
    Kubernetes,
}

impl Target {
    /// Every target.
    pub const ALL: [Target; 4] = [
        Target::Dotenv,
        Target::Compose,
        Target::Systemd,
        Target::Kubernetes,
    ];

    /// The word for it in manifests and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Target::Dotenv => "dotenv",
            Target::Compose => "compose",
            Target::Systemd => "systemd",
            Target::Kubernetes => "kubernetes",
        }
    }
}

/// How much a finding weighs.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Something to change.
    Warning,
    /// A boundary is broken.
    #[default]
    Error,
}

impl Severity {
    /// The word for it in manifests, arguments and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

const BROKER_URL: &str = "^rediss?://[^@]+$";
const STORE_URL: &str = "^(rediss?://|postgres(ql)?(\\+ssl)?://([A-Za-z0-9_.-]+@)?)[^@]+$";
const DURATION: &str = "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$";

/// A Stem deployment: its posture, its broker, its components and what each of them does.
/// It holds no secret.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
#[schemars(title = "stem-sec.yaml")]
pub(super) struct ManifestFile {
    /// The version of this format.
    #[serde(rename = "version")]
    #[schemars(with = "u64", extend("const" = 1))]
    pub(super) _version: IgnoredAny,
    /// How messages are signed and connections protected.
    pub(super) posture: Posture,
    /// Where the broker is and what it is called.
    pub(super) broker: BrokerFile,
    /// URLs of the other stores that Stem uses, without passwords.
    #[serde(default)]
    pub(super) stores: StoresFile,
    /// The parts of the deployment by name: a-z, 0-9 and `-`, at most 63 characters.
    #[schemars(with = "std::collections::BTreeMap<String, ComponentFile>")]
    #[schemars(extend(
        "minProperties" = 1,
        "propertyNames" = {"pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", "not": {"const": "all"}}
    ))]
    pub(super) components: Spanned<ComponentsFile>,
    /// What is written for the components, and where it will live.
    #[serde(default)]
    pub(super) render: RenderFile,
    /// What the dates of a rotation rest on.
    #[serde(default)]
    pub(super) rotation: RotationFile,
    /// How the audit judges.
    #[serde(default)]
    pub(super) audit: AuditFile,
}

/// Where the broker is and what it is called.
#[derive(Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
#[schemars(rename = "Broker", extend("not" = {"required": ["password-file", "password-env"]}))]
pub(super) struct BrokerFile {
    /// `rediss://host:port/db` with tls or mtls, `redis://` with plaintext. No password.
    #[schemars(with = "String", regex(pattern = BROKER_URL))]
    pub(super) url: Spanned<String>,
    /// Host names and IP addresses that the broker's certificate must cover. The URL's host
    /// unless told.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) names: Option<Spanned<Vec<Spanned<String>>>>,
    /// The file that has the broker's password, relative to the manifest.
    #[schemars(with = "Option<String>")]
    pub(super) password_file: Option<Spanned<String>>,
    /// The environment variable that has the broker's password when files are written.
    #[schemars(with = "Option<String>", regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub(super) password_env: Option<Spanned<String>>,
}

/// URLs of the stores, without passwords.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
#[schemars(rename = "Stores")]
pub(super) struct StoresFile {
    /// Results.
    #[schemars(with = "Option<String>", regex(pattern = STORE_URL))]
    pub(super) backend: Option<Spanned<String>>,
    /// Schedules.
    #[schemars(with = "Option<String>", regex(pattern = STORE_URL))]
    pub(super) schedule: Option<Spanned<String>>,
    /// Revocations.
    #[schemars(with = "Option<String>", regex(pattern = STORE_URL))]
    pub(super) revoke: Option<Spanned<String>>,
    /// Workflows.
    #[schemars(with = "Option<String>", regex(pattern = STORE_URL))]
    pub(super) workflow: Option<Spanned<String>>,
}

/// One part of the deployment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
#[schemars(rename = "Component", extend("oneOf" = [{"required": ["role"]}, {"required": ["roles"]}]))]
pub(super) struct ComponentFile {
    /// What it does.
    pub(super) role: Option<Role>,
    /// What it does, where that is several things: it may hold what any of them may.
    #[schemars(with = "Option<Vec<Role>>", length(min = 1), extend("uniqueItems" = true))]
    pub(super) roles: Option<Vec<Spanned<Role>>>,
    /// The compose service, systemd unit or Kubernetes workload that it is, where that has
    /// another name.
    #[schemars(
        with = "Option<String>",
        regex(pattern = "^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$")
    )]
    pub(super) service: Option<Spanned<String>>,
    /// The container image that it runs.
    #[schemars(
        with = "Option<String>",
        regex(pattern = "^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$")
    )]
    pub(super) image: Option<Spanned<String>>,
    /// The command that it runs, one word an item.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) command: Option<Vec<Spanned<String>>>,
    /// The user that its files belong to.
    pub(super) uid: Option<u32>,
    /// The group that its files belong to.
    pub(super) gid: Option<u32>,
    /// `lost`: a worker that may only verify loses its retries, and that is accepted.
    #[schemars(with = "Option<Retries>")]
    pub(super) retries: Option<Spanned<Retries>>,
    /// Whether a dashboard enqueues or replays; it may hold the private key then.
    #[schemars(with = "Option<bool>")]
    pub(super) enqueues: Option<Spanned<bool>>,
    /// `https`: it has an HTTPS listener of its own, and may hold a certificate for it.
    #[schemars(with = "Option<Serves>")]
    pub(super) serves: Option<Spanned<Serves>>,
    /// What it holds besides what its roles require.
    #[schemars(with = "Option<Vec<Artifact>>", extend(
        "uniqueItems" = true,
        "not" = {"type": "array", "contains": {"const": "ca-key"}}
    ))]
    pub(super) holds: Option<Vec<Spanned<Artifact>>>,
    /// `system`: it trusts the system's CAs.
    #[schemars(with = "Option<Ca>")]
    pub(super) ca: Option<Spanned<Ca>>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Retries {
    Lost,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Serves {
    Https,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ca {
    System,
}

/// What is written for the components, and where it will live.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
#[schemars(rename = "Render")]
pub(super) struct RenderFile {
    /// For whom; `dotenv` unless told.
    pub(super) target: Option<Target>,
    /// The folder that gets one folder a component, relative to the manifest; `deploy` unless told.
    #[schemars(with = "Option<String>", regex(pattern = r"^[^/]"))]
    pub(super) out: Option<Spanned<String>>,
    /// Where that folder will live on the target; where it was written unless told.
    #[schemars(with = "Option<String>", regex(pattern = "^/"))]
    pub(super) install: Option<Spanned<String>>,
    /// The compose file of a project that is there already, relative to the manifest: an
    /// override is written for it.
    #[schemars(with = "Option<String>", length(min = 1))]
    pub(super) project: Option<Spanned<String>>,
    /// The Kubernetes namespace of the written objects.
    #[schemars(
        with = "Option<String>",
        regex(pattern = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
    )]
    pub(super) namespace: Option<Spanned<String>>,
}

/// Bounds that tell when an old key is needed no more, as `7d`, `6h`, `1h30m`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
#[schemars(rename = "Rotation")]
pub(super) struct RotationFile {
    /// The furthest a message is scheduled ahead. No default.
    #[schemars(with = "Option<String>", regex(pattern = DURATION), length(min = 2))]
    pub(super) max_delay: Option<Spanned<String>>,
    /// The longest a message waits in a queue. No default.
    #[schemars(with = "Option<String>", regex(pattern = DURATION), length(min = 2))]
    pub(super) max_backlog: Option<Spanned<String>>,
    /// The longest run of a task; `1h` unless told.
    #[schemars(with = "Option<String>", regex(pattern = DURATION), length(min = 2))]
    pub(super) max_run_time: Option<Spanned<String>>,
    /// The longest wait before a retry; `1h` unless told.
    #[schemars(with = "Option<String>", regex(pattern = DURATION), length(min = 2))]
    pub(super) max_backoff: Option<Spanned<String>>,
    /// How far clocks may differ; `5m` unless told.
    #[schemars(with = "Option<String>", regex(pattern = DURATION), length(min = 2))]
    pub(super) clock_skew: Option<Spanned<String>>,
    /// The age at which a signing key is due; never unless told.
    #[schemars(with = "Option<String>", regex(pattern = DURATION), length(min = 2))]
    pub(super) max_age: Option<Spanned<String>>,
}

/// How the audit judges.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a mapping"
)]
#[schemars(rename = "Audit")]
pub(super) struct AuditFile {
    /// The least severity that makes it answer no; `error` unless told.
    pub(super) fail_on: Option<Severity>,
    /// Findings that were looked at and may stay.
    pub(super) ignore: Option<Vec<IgnoreFile>>,
}

/// One suppression.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a mapping")]
#[schemars(rename = "Ignore")]
pub(super) struct IgnoreFile {
    /// The rule's id.
    #[schemars(with = "String", regex(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"))]
    pub(super) rule: Spanned<String>,
    /// Which files, as a pattern; all unless told.
    #[schemars(with = "Option<String>")]
    pub(super) path: Option<Spanned<String>>,
    /// Why it may stay.
    #[schemars(with = "String", length(min = 1))]
    pub(super) reason: Spanned<String>,
    /// The last day on which it holds; for good unless told.
    #[schemars(with = "Option<String>", regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))]
    pub(super) until: Option<Spanned<String>>,
}

/// Components in the order of the file, which a map type would lose.
pub(super) struct ComponentsFile(pub(super) Vec<(Spanned<String>, ComponentFile)>);

impl<'de> Deserialize<'de> for ComponentsFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ComponentsFile, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = ComponentsFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of names to components")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<ComponentsFile, M::Error> {
                let mut components = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    components.push(entry);
                }
                Ok(ComponentsFile(components))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The JSON Schema of the manifest, published beside the tool.
#[must_use]
pub fn schema() -> Schema {
    schemars::schema_for!(ManifestFile)
}
