//! How others reach pods, by Services and from outside of their cluster, and what a pod can be started without.

use std::collections::{HashMap, HashSet};

use super::cluster::call;
use crate::audit::reach::{Called, Optional, Published};
use crate::formats::kubernetes::pod::{Port, Source, Workload};
use crate::formats::kubernetes::service::{Service, Target};

/// The most ways that are kept of one workload.
const MOST: usize = 16;

type Label = (String, String);

/// The Services that lead to pods, by namespace and the first label that they select.
#[derive(Debug, Default)]
pub(super) struct Ways {
    by_label: HashMap<(Option<String>, Label), Vec<Service>>,
    /// The names of all, by namespace.
    names: HashMap<Option<String>, HashSet<String>>,
}

impl Ways {
    pub(super) fn of(
        services: Vec<Service>,
        home: &dyn Fn(&Option<String>) -> Option<String>,
    ) -> Ways {
        let mut ways = Ways::default();
        for service in services {
            let namespace = home(&service.namespace);
            let names = ways.names.entry(namespace.clone()).or_default();
            names.insert(service.name.clone());
            let Some(first) = service.selector.first().cloned() else {
                continue;
            };
            let key = (namespace, first);
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
        let targets = services
            .filter(|service| service.leads_in)
            .flat_map(|service| {
                let targets = service.targets.iter();
                targets.map(move |(_, target)| (service.place, target))
            });
        let led = targets.filter_map(|(place, target)| {
            let port = number(workload, target)?;
            Some(Published::from(None, (port, port), place))
        });
        on_host.chain(led).take(MOST).collect()
    }

    /// The names that lead to the pods of a workload: those of Services; and its own, as long as
    /// no Service is called so, since the one that leads to it may not be here.
    pub(super) fn names(&self, namespace: Option<&String>, workload: &Workload) -> Vec<Called> {
        let taken = self.names.get(&namespace.cloned());
        let is_taken = taken.is_some_and(|taken| taken.contains(&workload.name));
        let own = (!is_taken).then(|| Called::itself(&workload.name));
        let services = self.services(namespace, workload).map(|service| Called {
            name: service.name.clone(),
            ports: match service.is_headless {
                true => Vec::new(),
                false => {
                    let targets = service.targets.iter();
                    let led = targets.filter_map(|(own, to)| Some((*own, number(workload, to)?)));
                    led.collect()
                }
            },
        });
        own.into_iter().chain(services.take(MOST)).collect()
    }

    /// Whether some name of a namespace leads to none of its workloads that are known, but to
    /// another host or to pods that are not here.
    pub(super) fn leads_elsewhere(
        &self,
        namespace: Option<&String>,
        workloads: &[Workload],
    ) -> bool {
        let services = workloads.iter();
        let services = services.flat_map(|workload| self.services(namespace, workload));
        let led: HashSet<&str> = services.map(|service| service.name.as_str()).collect();
        self.all(namespace).any(|name| !led.contains(name.as_str()))
    }

    fn all(&self, namespace: Option<&String>) -> impl Iterator<Item = &String> {
        let names = self.names.get(&namespace.cloned());
        names.into_iter().flatten()
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

/// The port of a pod that a Service leads to.
fn number(workload: &Workload, target: &Target) -> Option<u16> {
    let mut ports = workload.containers.iter().flat_map(|one| &one.ports);
    match target {
        Target::Number(number) => Some(*number),
        Target::Name(name) => {
            let is_it = |port: &&Port| port.name.as_deref() == Some(name);
            Some(ports.find(is_it)?.number)
        }
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
