//! The questions about components: which there are, and what each of them does.

use std::collections::BTreeSet;

use super::ask::{Asker, Reason};
use super::declare::DEFAULT_COMPONENTS;
use super::look::Service;
use super::questions::row;
use super::shape::Shape;
use crate::cli::Failure;
use crate::model::manifest::{ComponentName, MAX_COMPONENT_NAME};
use crate::model::role::Role;

/// What a service can be told to do, and what that means for what it gets.
const CHOICES: [(Role, &str); 8] = [
    (Role::Producer, "enqueues tasks: signs"),
    (Role::Worker, "runs tasks: verifies"),
    (Role::Beat, "enqueues on a schedule: signs"),
    (Role::Cli, "the stem command line: connects, never signs"),
    (Role::Dashboard, "the web dashboard: verifies"),
    (Role::Broker, "Redis"),
    (Role::Store, "Postgres"),
    (Role::Other, "stands beside Stem: gets nothing of it"),
];

/// Each service of a compose file, or else which of the usual components there are.
pub(super) fn ask(
    asker: &Asker,
    services: Option<&[Service]>,
    shape: &mut Shape,
) -> Result<(), Failure> {
    match services {
        Some(services) => ask_services(asker, services, shape),
        None => ask_usual(asker, shape),
    }
}

fn ask_usual(asker: &Asker, shape: &mut Shape) -> Result<(), Failure> {
    let mut known: Vec<(&str, Role, bool)> = DEFAULT_COMPONENTS
        .iter()
        .map(|(name, role)| (*name, *role, true))
        .collect();
    known.push(("dashboard", Role::Dashboard, false));
    let items: Vec<(String, bool)> = known
        .iter()
        .map(|(name, role, taken)| (row(name, meaning(*role)), *taken))
        .collect();
    let reason = Reason {
        why: "each of them gets a folder with what its role may hold, and nothing else",
        flag: "--component NAME=ROLE",
    };
    let prompt = "Which components are there? (space takes and leaves)";
    for chosen in asker.some_of(reason, prompt, &items)? {
        let (name, role, _) = known[chosen];
        shape
            .component
            .extend(named(name).map(|name| (name, vec![role])));
    }
    Ok(())
}

fn ask_services(asker: &Asker, services: &[Service], shape: &mut Shape) -> Result<(), Failure> {
    for service in services {
        let mut items = CHOICES.map(|(role, what)| row(role.name(), what)).to_vec();
        items.push(row("-", "leave it out"));
        let Service { role, evidence, .. } = service;
        let reason = Reason {
            why: &format!("what it does decides what it gets; {evidence} this is: {role}"),
            flag: "--component NAME=ROLE",
        };
        let default = CHOICES.iter().position(|(role, _)| *role == service.role);
        let prompt = format!("What does the service `{}` do?", service.name);
        let chosen = asker.one_of(reason, &prompt, &items, default.unwrap_or(0))?;
        if let Some((role, _)) = CHOICES.get(chosen) {
            add(shape, &service.name, *role);
        }
    }
    if !shape
        .component
        .iter()
        .any(|(_, roles)| roles.contains(&Role::Broker))
    {
        let reason = Reason {
            why: "no service is the broker; without a component its certificate is not issued",
            flag: "--component redis=broker",
        };
        if asker.whether(reason, "Add a component for the broker?", true)? {
            add(shape, "redis", Role::Broker);
        }
    }
    Ok(())
}

/// A worker that may only verify is the safe choice with a price, so it is asked for.
pub(super) fn ask_retries(asker: &Asker, shape: &mut Shape) -> Result<(), Failure> {
    for (name, roles) in &mut shape.component {
        if *roles != [Role::Worker] {
            continue;
        }
        let flag = format!("--component {name}=worker+producer");
        let reason = Reason {
            why: "one that only verifies cannot forge, but loses each job that is retried",
            flag: &flag,
        };
        let prompt = format!("May `{name}` hold the private key, to sign its retries?");
        if asker.whether(reason, &prompt, false)? {
            roles.push(Role::Producer);
        }
    }
    Ok(())
}

/// The host under which components find the broker: its service's name.
pub(super) fn broker_host(shape: &Shape) -> &str {
    let broker = shape
        .component
        .iter()
        .find(|(_, roles)| roles.contains(&Role::Broker));
    broker.map_or("redis", |(name, _)| {
        let service = shape.service.iter().find(|(of, _)| of == name);
        service.map_or(name.as_str(), |(_, service)| service.as_str())
    })
}

/// Adds a component for a service. Names of services are freer than those of components.
fn add(shape: &mut Shape, service: &str, role: Role) {
    let taken: BTreeSet<&str> = shape
        .component
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let Some(name) = component_name(service, &taken) else {
        return;
    };
    let is_said = shape.service.iter().any(|(of, _)| *of == name);
    if name.as_str() != service && !is_said {
        shape.service.push((name.clone(), service.to_owned()));
    }
    shape.component.push((name, vec![role]));
}

/// The service's name made one of a component, and numbered when that is taken.
fn component_name(service: &str, taken: &BTreeSet<&str>) -> Option<ComponentName> {
    let mut base: String = service
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(MAX_COMPONENT_NAME - 4)
        .collect();
    base = base.trim_matches('-').to_owned();
    if named(&base).is_none() {
        base = format!("{base}-service").trim_start_matches('-').to_owned();
    }
    let numbered = (2..1000).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone())
        .chain(numbered)
        .find(|name| !taken.contains(name.as_str()))
        .and_then(|name| named(&name))
}

fn named(name: &str) -> Option<ComponentName> {
    ComponentName::parse(name).ok()
}

fn meaning(role: Role) -> &'static str {
    let known = CHOICES.iter().find(|(one, _)| *one == role);
    known.map_or("", |(_, what)| what)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn from(service: &str) -> String {
        component_name(service, &BTreeSet::new())
            .expect("a name")
            .to_string()
    }

    #[test]
    fn a_components_name_is_its_services_where_that_can_be() {
        assert_eq!(from("job-worker"), "job-worker");
        assert_eq!(from("My_Worker.1"), "my-worker-1");
        assert_eq!(from("all"), "all-service");
        assert_eq!(from("_"), "service");
        let taken = BTreeSet::from(["my-worker", "my-worker-2"]);
        let name = component_name("my_worker", &taken).expect("a name");
        assert_eq!(name.as_str(), "my-worker-3");
    }

    proptest! {
        #[test]
        fn every_service_gets_a_name(service in ".*", taken in "[a-z]") {
            prop_assert!(component_name(&service, &BTreeSet::from([taken.as_str()])).is_some());
        }
    }
}
