//! From workloads, Secrets and ConfigMaps to deployments: one for each namespace.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::cluster::{Cluster, Origins, add_gap, say_once};
use super::environment::{Look, environment};
use super::files::{Mounts, Room};
use super::ways::{Ways, optional};
use crate::audit::assemble::Assembly;
use crate::audit::process::{
    Argument, Content, Deployment, GapKind, How, Kind, Process, Readable, Said,
};
use crate::formats::kubernetes::bundle::{Bundle, bundles};
use crate::formats::kubernetes::object::Object;
use crate::formats::kubernetes::pod::{Container, Workload, workload};
use crate::formats::kubernetes::service::{Service, service};
use crate::formats::place::Place;

/// The most bytes of mounted texts that are kept of one deployment.
const MAX_TEXTS: usize = 64 << 20;

/// What was found in files that belong together.
#[derive(Debug, Default)]
pub(super) struct Objects {
    bundles: Vec<Bundle>,
    workloads: Vec<Workload>,
    services: Vec<Service>,
    namespaces: BTreeSet<String>,
}

impl Objects {
    /// Takes from an object what matters here.
    pub(super) fn add(&mut self, object: &Object) {
        let before = self.len();
        self.bundles.extend(bundles(object));
        self.workloads.extend(workload(object));
        self.services.extend(service(object));
        if self.len() > before {
            self.namespaces.extend(object.namespace.clone());
        }
    }

    /// How much was found.
    pub(super) fn len(&self) -> usize {
        self.bundles.len() + self.workloads.len()
    }

    /// Forgets what stands in this part of a file.
    pub(super) fn forget(&mut self, part: Place) {
        let inside = |place: Place| {
            place.source == part.source && (part.start..part.end).contains(&place.start)
        };
        self.bundles.retain(|bundle| !inside(bundle.place));
        self.workloads.retain(|workload| !inside(workload.place));
        self.services.retain(|service| !inside(service.place));
    }

    /// The names of the Secrets and ConfigMaps.
    pub(super) fn bundle_names(&self) -> HashSet<Vec<u8>> {
        let names = self.bundles.iter();
        names
            .map(|bundle| bundle.name.clone().into_bytes())
            .collect()
    }

    /// The workloads, in the order in which they were added.
    pub(super) fn workloads(&self) -> &[Workload] {
        &self.workloads
    }

    /// Adds the deployments, named after where they were found.
    pub(super) fn assemble(self, found: &Whereabouts, origins: &Origins, out: &mut Assembly) {
        let only = match self.namespaces.len() {
            1 => self.namespaces.first().cloned(),
            _ => None,
        };
        let assumed = only.is_some()
            && (self.bundles.iter().any(|bundle| bundle.namespace.is_none())
                || self
                    .workloads
                    .iter()
                    .any(|workload| workload.namespace.is_none()));
        let home = |namespace: &Option<String>| namespace.clone().or_else(|| only.clone());
        let ways = Ways::of(self.services, &home);
        let mut groups: BTreeMap<Option<String>, (Cluster, Vec<Workload>)> = BTreeMap::new();
        for mut bundle in self.bundles {
            origins.blank(&mut bundle);
            out.kept.extend(super::kept::of(&bundle, origins));
            groups
                .entry(home(&bundle.namespace))
                .or_default()
                .0
                .add(bundle);
        }
        for workload in self.workloads {
            groups
                .entry(home(&workload.namespace))
                .or_default()
                .1
                .push(workload);
        }
        for (namespace, (cluster, workloads)) in groups {
            for (bundle, (place, text)) in cluster.troubles() {
                let text = format!("Kubernetes refuses `{}`: {text}", bundle.name);
                add_gap(&mut out.gaps, *place, GapKind::Unreadable, text);
            }
            let workloads = without_copies(workloads);
            if workloads.is_empty() {
                continue;
            }
            let mut room = Room(MAX_TEXTS);
            let reaches_beyond = ways.leads_elsewhere(namespace.as_ref(), &workloads);
            let processes = workloads.into_iter().flat_map(|workload| {
                let published = ways.to(namespace.as_ref(), &workload);
                let called = ways.names(namespace.as_ref(), &workload);
                let optional: Vec<_> = optional(&workload).collect();
                let mut all = processes(workload, &cluster, origins, &mut room);
                for (process, optional) in all.iter_mut().zip(optional) {
                    process.published.clone_from(&published);
                    process.called.clone_from(&called);
                    process.namespace.clone_from(&namespace);
                    process.reaches_beyond = reaches_beyond;
                    process.optional = optional;
                }
                all
            });
            let assumption = namespace
                .as_ref()
                .filter(|_| assumed)
                .map(|namespace| format!("objects that name no namespace belong to `{namespace}`"));
            let mut processes: Vec<Process> = processes.collect();
            // they stay in memory
            processes.shrink_to_fit();
            out.deployments.push(Deployment {
                name: namespace.clone().unwrap_or_else(|| found.name.clone()),
                kind: Kind::Kubernetes,
                folder: found.folder.clone(),
                processes,
                assumptions: assumption.into_iter().collect(),
            });
        }
    }
}

/// Without what a cluster made of another workload among them, which says what it is, and
/// without revisions that are past.
fn without_copies(mut workloads: Vec<Workload>) -> Vec<Workload> {
    let known: HashSet<(String, String)> = workloads
        .iter()
        .map(|workload| (workload.kind.clone(), workload.name.clone()))
        .collect();
    let is_copy = |owner: &(String, String)| {
        // a Deployment's ReplicaSet is called after it, and a hash
        let (kind, name) = owner;
        let above = name.rsplit_once('-').filter(|_| kind == "ReplicaSet");
        let is_of =
            |(name, _): (&str, &str)| known.contains(&("Deployment".to_owned(), name.to_owned()));
        known.contains(owner) || above.is_some_and(is_of)
    };
    workloads.retain(|one| !one.is_past && !one.owner.as_ref().is_some_and(is_copy));
    workloads
}

/// Where objects were found.
pub(super) struct Whereabouts {
    /// The folder; `-` for standard input.
    pub(super) folder: String,
    /// What is called after it: objects that name no namespace.
    pub(super) name: String,
}

fn processes(
    mut workload: Workload,
    cluster: &Cluster,
    origins: &Origins,
    room: &mut Room,
) -> Vec<Process> {
    let containers = std::mem::take(&mut workload.containers).into_iter();
    containers
        .map(|container| process(&workload, container, cluster, origins, room))
        .collect()
}

fn process(
    workload: &Workload,
    mut container: Container,
    cluster: &Cluster,
    origins: &Origins,
    room: &mut Room,
) -> Process {
    let mut gaps = Vec::new();
    for (place, text) in &container.troubles {
        let text = format!("Kubernetes refuses `{}`: {text}", workload.name);
        add_gap(&mut gaps, *place, GapKind::Unreadable, text);
    }
    let environment = environment(
        &mut container,
        &mut Look {
            cluster,
            origins,
            gaps: &mut gaps,
            room,
        },
    );
    say_once(&mut gaps);
    let gaps_of_environment = gaps.len();
    let mut files = Mounts {
        cluster,
        origins,
        environment: &environment,
        room,
        gaps: &mut gaps,
    }
    .files(&container, &workload.volumes);
    for (path, place) in &workload.injected {
        let text = format!("Vault writes `{path}`");
        add_gap(&mut gaps, *place, GapKind::Outside, text.clone());
        files.push(Readable {
            path: path.clone(),
            content: Content::Unknown(text),
            said: vec![Said {
                place: *place,
                how: How::Mount,
            }],
        });
    }
    say_once(&mut gaps);
    let arguments = container.words.iter().map(|(text, place)| {
        let (text, is_open) = environment.word(text, &gaps[..gaps_of_environment]);
        Argument {
            is_open,
            ..Argument::plain(text, *place)
        }
    });
    Process {
        name: format!(
            "{}/{}:{}",
            workload.kind.to_lowercase(),
            workload.name,
            container.name
        ),
        place: container.place,
        service: workload.name.clone(),
        arguments: arguments.collect(),
        environment: environment.into_variables(),
        files,
        image: container.image,
        label: workload.label.clone(),
        gaps,
        gaps_of_environment,
        ..Process::default()
    }
}
