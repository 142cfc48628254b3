//! What a component is given, sorted: a secret goes into its Secret, the rest where anybody
//! may read it.

use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::role::Role;
use crate::model::secret::Secret;
use crate::render::{Deployment, Held};

/// The variable in which `redis-cli` looks for the password.
const REDIS_CLI_PASSWORD: &str = "REDISCLI_AUTH";

/// What a component is given, each thing in the Secret or in the ConfigMap.
pub(super) struct Given<'h> {
    pub(super) variables: Vec<Item<'h>>,
    pub(super) files: Vec<Item<'h>>,
}

/// A variable or a file.
pub(super) struct Item<'h> {
    pub(super) name: &'static str,
    pub(super) value: &'h Secret,
    pub(super) private: bool,
}

impl<'h> Given<'h> {
    pub(super) fn of(deployment: &'h Deployment<'_>, held: &'h Held<'_>) -> Given<'h> {
        let variables = held.holdings.variables.iter();
        let mut variables: Vec<Item<'_>> = variables
            .map(|(name, value)| Item {
                name,
                value,
                private: is_private(name, value),
            })
            .collect();
        if let Some(password) = &deployment.broker_password
            && held.component.roles.contains(&Role::Broker)
            && held.has_password
        {
            variables.push(Item {
                name: REDIS_CLI_PASSWORD,
                value: password,
                private: true,
            });
        }
        let files = held.holdings.files.iter().map(|file| Item {
            name: file.name,
            value: &file.content,
            private: file.private,
        });
        Given {
            variables,
            files: files.collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.variables.is_empty() && self.files.is_empty()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Item<'h>> {
        self.variables.iter().chain(&self.files)
    }
}

/// A URL is a secret where it carries a password.
fn is_private(variable: &str, value: &Secret) -> bool {
    let carries_password = || {
        let (_, rest) = value.expose().split_once("://").unwrap_or_default();
        let user = rest.split_once('@').map(|(user, _)| user);
        user.is_some_and(|user| user.contains(':'))
    };
    match env::artifact_of(variable) {
        Some(Artifact::BrokerUrl | Artifact::StoreUrl) => carries_password(),
        // the variable is a path
        Some(Artifact::ClientKey) => false,
        Some(artifact) => artifact.is_secret(),
        None => true,
    }
}
