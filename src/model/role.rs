//! What a component does in a Stem deployment. A component may have several roles; it may
//! hold what any of them may.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part in a Stem deployment, as the ownership table's columns name it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Enqueues tasks: signs.
    Producer,
    /// Runs tasks: verifies; signs its own retries when it may.
    Worker,
    /// Enqueues tasks on a schedule: signs.
    Beat,
    /// The `stem` command line: connects, never signs.
    Cli,
    /// The web dashboard: signs only where it may enqueue or replay.
    Dashboard,
    /// Redis.
    Broker,
    /// Postgres.
    Store,
    /// Anything else that stands beside Stem: a proxy, an exporter.
    Other,
}

impl Role {
    /// Every role, in the order in which tables list them.
    pub const ALL: [Role; 8] = [
        Role::Producer,
        Role::Worker,
        Role::Beat,
        Role::Cli,
        Role::Dashboard,
        Role::Broker,
        Role::Store,
        Role::Other,
    ];

    /// The word for it in manifests, arguments and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Producer => "producer",
            Role::Worker => "worker",
            Role::Beat => "beat",
            Role::Cli => "cli",
            Role::Dashboard => "dashboard",
            Role::Broker => "broker",
            Role::Store => "store",
            Role::Other => "other",
        }
    }

    /// Whether it runs Stem's code, and so reads Stem's variables.
    #[must_use]
    pub fn is_stem(self) -> bool {
        !matches!(self, Role::Broker | Role::Store | Role::Other)
    }

    /// The role with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
