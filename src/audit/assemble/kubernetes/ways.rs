//! How others reach pods from outside of their cluster, and what a pod can be started without.

use std::collections::HashMap;

use super::cluster::call;
use crate::audit::reach::{Optional, Published};
use crate::formats::kubernetes::pod::{Port, Source, Workload};
use crate::formats::kubernetes::service::{Service, Target};

/// The most ways that are kept of one workload.
const MOST: usize = 16;

type Label = (String, String);

/// The Services that lead in, by namespace and the first label that they select.
#[derive(Debug, Default)]
pub(super) struct Ways {
    by_label: HashMap<(Option<String>, Label), Vec<Service>>,
}

impl Ways {
    pub(super) fn of(
        services: Vec<Service>,
        home: &dyn Fn(&Option<String>) -> Option<String>,
    ) -> Ways {
        let mut ways = Ways::default();
        for service in services {
            let Some(first) = service.selector.first().cloned() else {
                continue;
            };
            let key = (home(&service.namespace), first);
            ways.by_label.entry(key).or_default().push(service);
        }
        ways
    }

    /// The ways to the pods of a workload. What one container listens on is all its pod's.
    pub(super) fn to(&self, namespace: Option<&String>, workload: &Workload) -> Vec<Published> {
        if let Some(place) = workload.host_network {
            return vec![Published::by_host(place)];
        }
        let ports = || workload.containers.iter().flat_map(|one| &one.ports);
        let on_host = ports().filter(|port| port.on_host).map(|port| {
            let host = port.host_ip.as_deref();
            Published::from(host, (port.number, port.number), port.place)
        });
        let services = self.services(namespace, workload);
        let targets = services.flat_map(|service| {
            let targets = service.targets.iter();
            targets.map(move |target| (service.place, target))
        });
        let led = targets.filter_map(|(place, target)| {
            let named =
                |name: &str| ports().find(|port: &&Port| port.name.as_deref() == Some(name));
            let port = match target {
                Target::Number(number) => *number,
                Target::Name(name) => named(name)?.number,
            };
            Some(Published::from(None, (port, port), place))
        });
        on_host.chain(led).take(MOST).collect()
    }

    fn services<'w>(
        &'w self,
        namespace: Option<&String>,
        workload: &'w Workload,
    ) -> impl Iterator<Item = &'w Service> {
        let namespace = namespace.cloned();
        let firsts = workload.labels.iter().filter_map(move |label| {
            if self.by_label.is_empty() {
                return None;
            }
            self.by_label.get(&(namespace.clone(), label.clone()))
        });
        firsts.flatten().filter(|service| {
            let mut selector = service.selector.iter();
            selector.all(|label| workload.labels.contains(label))
        })
    }
}

/// What each container of a workload can be started without.
pub(super) fn optional(workload: &Workload) -> impl Iterator<Item = Vec<Optional>> {
    workload.containers.iter().map(|container| {
        let entries = container
            .env
            .iter()
            .filter_map(|entry| match &entry.source {
                Source::Entry(reference, _) => Some((reference.as_ref(), Some(&entry.name))),
                Source::Literal(_) | Source::Cluster(_) => None,
            });
        let all = container.env_from.iter().map(|from| (&from.from, None));
        all.chain(entries)
            .filter(|(reference, _)| reference.optional)
            .map(|(reference, variable)| Optional {
                name: call(reference),
                variable: variable.cloned(),
                place: reference.place,
            })
            .collect()
    })
}
