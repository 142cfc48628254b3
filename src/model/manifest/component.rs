//! One named part of a deployment, as declared.

use std::fmt;

use crate::model::artifact::Artifact;
use crate::model::ownership::Holder;
use crate::model::role::Role;

use super::error::Problem;

/// The longest name of a component: a DNS label's length, which is Kubernetes' bound too.
pub const MAX_COMPONENT_NAME: usize = 63;

/// The name of a component: safe as the name of a folder, a unit, a service and a Kubernetes
/// object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentName(String);

impl ComponentName {
    /// Takes a text as a name.
    ///
    /// # Errors
    /// When it is no lower-case DNS label, or is a word that plans use for all components.
    pub fn parse(text: &str) -> Result<ComponentName, Problem> {
        let in_alphabet = text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let fits = (1..=MAX_COMPONENT_NAME).contains(&text.len());
        if !in_alphabet || !fits || text.starts_with('-') || text.ends_with('-') {
            return Err(Problem::ComponentName);
        }
        if text == "all" {
            return Err(Problem::ReservedName);
        }
        Ok(ComponentName(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One named part of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name, also of its folder.
    pub name: ComponentName,
    /// What it does; at least one role, each once.
    pub roles: Vec<Role>,
    /// What the compose service, systemd unit or Kubernetes workload is called that it is,
    /// where that is not its own name.
    pub service: Option<String>,
    /// The container image that it runs; a target that needs one and has none leaves a place
    /// to fill in.
    pub image: Option<String>,
    /// The command that it runs, where the image or unit does not say.
    pub command: Vec<String>,
    /// The user that its files belong to.
    pub uid: Option<u32>,
    /// The group that its files belong to.
    pub gid: Option<u32>,
    /// `retries: lost`: that a verify-only worker loses its retries is accepted.
    pub retries_lost: bool,
    /// Whether it, a dashboard, enqueues or replays.
    pub enqueues: bool,
    /// `serves: https`: it has an HTTPS listener of its own.
    pub serves_https: bool,
    /// What it holds besides what its roles require.
    pub holds: Vec<Artifact>,
    /// `ca: system`: it trusts the system's CAs.
    pub system_ca: bool,
}

impl Component {
    /// A component with these roles and nothing else said about it.
    #[must_use]
    pub fn new(name: ComponentName, roles: Vec<Role>) -> Component {
        Component {
            name,
            roles,
            service: None,
            image: None,
            command: Vec::new(),
            uid: None,
            gid: None,
            retries_lost: false,
            enqueues: false,
            serves_https: false,
            holds: Vec::new(),
            system_ca: false,
        }
    }

    /// What the process manager calls it.
    #[must_use]
    pub fn service_name(&self) -> &str {
        self.service.as_deref().unwrap_or(self.name.as_str())
    }

    /// What the ownership table must know of it.
    #[must_use]
    pub fn holder(&self, broker_password: bool) -> Holder<'_> {
        Holder {
            roles: &self.roles,
            holds: &self.holds,
            enqueues: self.enqueues,
            serves_https: self.serves_https,
            system_ca: self.system_ca,
            broker_password,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_dns_labels() {
        for good in ["a", "9", "worker-eu", "a--b", &"a".repeat(63)] {
            assert!(ComponentName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "A",
            "a_b",
            "a.b",
            "a/b",
            "..",
            "a b",
            "é",
            "a\n",
            &"a".repeat(64),
        ] {
            assert_eq!(
                ComponentName::parse(bad),
                Err(Problem::ComponentName),
                "{bad}"
            );
        }
        assert_eq!(ComponentName::parse("all"), Err(Problem::ReservedName));
    }
}
