//! What runs pods: its template's containers with what they are given, before anything is
//! looked up. Which value wins and what a reference means is for `audit::assemble`.

mod read;

use crate::formats::yaml::Place;

pub use read::{template, workload};

/// A workload with its pods.
#[derive(Debug)]
pub struct Workload {
    /// `Deployment`, `CronJob`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where that stands.
    pub place: Place,
    /// Its namespace, where it says one.
    pub namespace: Option<String>,
    /// Init containers, sidecars, containers, ephemeral containers.
    pub containers: Vec<Container>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
    /// `stem.role` with its place.
    pub label: Option<(String, Place)>,
    /// The labels of its pods.
    pub labels: Vec<(String, String)>,
    /// Where `hostNetwork: true` is said.
    pub host_network: Option<Place>,
    /// What made it and keeps it, as a cluster says: kind and name.
    pub owner: Option<(String, String)>,
    /// Whether it is an earlier revision of its owner, kept with no pods to go back to.
    pub is_past: bool,
    /// Files that an injector writes into the pod, as its annotations say: path and place.
    pub injected: Vec<(String, Place)>,
}

/// A container of a pod.
#[derive(Debug)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Where that stands.
    pub place: Place,
    /// Its image.
    pub image: Option<String>,
    /// `env`, in order.
    pub env: Vec<Env>,
    /// `envFrom`, in order.
    pub env_from: Vec<EnvFrom>,
    /// `command` and then `args`: not yet expanded.
    pub words: Vec<(String, Place)>,
    /// `volumeMounts`.
    pub mounts: Vec<Mount>,
    /// `ports`, as far as something outside may lead to them.
    pub ports: Vec<Port>,
    /// What Kubernetes refuses in it: where, and in words.
    pub troubles: Vec<(Place, String)>,
}

/// An entry of `env`.
#[derive(Debug)]
pub struct Env {
    /// The variable.
    pub name: String,
    /// What it is given.
    pub source: Source,
    /// Where that is said.
    pub place: Place,
}

/// What a variable is given.
#[derive(Debug)]
pub enum Source {
    /// This text, not yet expanded.
    Literal(String),
    /// An entry of a Secret or ConfigMap.
    Entry(Box<Reference>, String),
    /// Something that only the cluster knows: `fieldRef`, `resourceFieldRef`.
    Cluster(String),
}

/// What refers to a Secret or ConfigMap.
#[derive(Clone, Debug)]
pub struct Reference {
    /// A Secret, no ConfigMap.
    pub is_secret: bool,
    /// Its name.
    pub name: String,
    /// Where that stands.
    pub place: Place,
    /// Whether it may be missing.
    pub optional: bool,
}

/// An entry of `envFrom`.
#[derive(Debug)]
pub struct EnvFrom {
    /// What comes in front of each key.
    pub prefix: String,
    /// Where the entries come from.
    pub from: Reference,
}

/// An entry of `volumeMounts`.
#[derive(Debug)]
pub struct Mount {
    /// The volume.
    pub volume: String,
    /// Where it appears.
    pub path: String,
    /// Where the volume is named.
    pub place: Place,
    /// The one file or folder of the volume that appears there: `subPath` or `subPathExpr`.
    pub sub_path: Option<SubPath>,
}

/// A part of a volume.
#[derive(Debug)]
pub struct SubPath {
    /// Its path.
    pub path: String,
    /// Whether variables in it are expanded: `subPathExpr`.
    pub expands: bool,
}

/// An entry of a container's `ports`.
#[derive(Clone, Debug)]
pub struct Port {
    /// `containerPort`.
    pub number: u16,
    /// `name`.
    pub name: Option<String>,
    /// Whether the node has it too: `hostPort`.
    pub on_host: bool,
    /// `hostIP`.
    pub host_ip: Option<String>,
    /// Where it is said.
    pub place: Place,
}

/// A volume of a pod.
#[derive(Debug)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Where that stands.
    pub place: Place,
    /// What is in it.
    pub parts: Vec<Part>,
}

/// What is in a volume.
#[derive(Debug)]
pub enum Part {
    /// A Secret or ConfigMap: of the items only these keys, at these paths; without items, all.
    Entries(Reference, Vec<Item>),
    /// A path of the node.
    Host(String, Place),
    /// Files whose names or contents only the cluster knows: what brings them.
    Cluster(String, Place),
}

/// A key of a Secret or ConfigMap at a path of a volume.
#[derive(Debug)]
pub struct Item {
    /// The key.
    pub key: String,
    /// The path.
    pub path: String,
    /// Where the item stands.
    pub place: Place,
}

impl Workload {
    /// All that refers to a Secret or ConfigMap.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        let containers = self.containers.iter();
        let variables = containers.flat_map(|container| {
            let all = container.env_from.iter().map(|from| &from.from);
            let entries = container
                .env
                .iter()
                .filter_map(|entry| match &entry.source {
                    Source::Entry(reference, _) => Some(reference.as_ref()),
                    _ => None,
                });
            all.chain(entries)
        });
        let parts = self.volumes.iter().flat_map(|volume| &volume.parts);
        variables.chain(parts.filter_map(|part| match part {
            Part::Entries(reference, _) => Some(reference),
            _ => None,
        }))
    }
}

#[cfg(test)]
mod tests;
