//! The target `kubernetes`: a Secret and a ConfigMap a component, the workload that reads
//! them or a patch for one that is there, and a kustomization that joins them. One variable
//! is one reference: with `envFrom` the key files, which lie in the same Secret, would become
//! variables too, since Kubernetes takes `client.key` for a variable's name.

mod checksum;
mod pod;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Deployment, Held, OutputFile, RenderError, Rendered};
use crate::formats::kubernetes::{self, Document, KubernetesError};
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Manifest;
use crate::model::role::Role;
use crate::model::secret::Secret;
use pod::{Pod, service_name};

/// Where a pod has its files, unless `render.install` says otherwise.
const FOLDER: &str = "/etc/stem";

/// The variable in which `redis-cli` looks for the password.
const REDIS_CLI_PASSWORD: &str = "REDISCLI_AUTH";

/// Where every component's pods have their files: each sees its own only.
#[must_use]
pub fn folder(manifest: &Manifest) -> String {
    let install = manifest.render.install.as_deref().unwrap_or(FOLDER);
    install.trim_end_matches('/').to_owned()
}

/// The objects of every component that is given something.
///
/// # Errors
/// When a name or value is none that Kubernetes takes.
pub fn render(deployment: &Deployment<'_>) -> Result<Rendered, RenderError> {
    let mut rendered = Rendered::default();
    let mut kustomization = Kustomization::default();
    let mut workloads = BTreeMap::new();
    for held in &deployment.held {
        let given = Given::of(deployment, held);
        if given.is_empty() {
            continue;
        }
        let component = held.component.name.as_str();
        let workload = held.component.service_name();
        if let Some(first) = workloads.insert(workload, component) {
            return Err(KubernetesError::SameWorkload {
                first: first.to_owned(),
                second: component.to_owned(),
                name: workload.to_owned(),
            }
            .into());
        }
        for (file, is_patch) in component_files(deployment, held, &given)? {
            let list = if is_patch {
                &mut kustomization.patches
            } else {
                &mut kustomization.resources
            };
            list.push(file.path.clone());
            rendered.files.push(file);
        }
    }
    if !rendered.files.is_empty() {
        rendered.notes = notes(deployment, &kustomization);
        rendered.files.push(OutputFile {
            path: "kustomization.yaml".to_owned(),
            content: kubernetes::render(Document::Kustomization, &kustomization),
            private: false,
        });
    }
    Ok(rendered)
}

#[derive(Default, Serialize)]
struct Kustomization {
    resources: Vec<String>,
    patches: Vec<String>,
}

/// What a component is given, each thing in the Secret or in the ConfigMap.
struct Given<'h> {
    variables: Vec<Item<'h>>,
    files: Vec<Item<'h>>,
}

struct Item<'h> {
    name: &'static str,
    value: &'h Secret,
    private: bool,
}

impl<'h> Given<'h> {
    fn of(deployment: &'h Deployment<'_>, held: &'h Held<'_>) -> Given<'h> {
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

    fn is_empty(&self) -> bool {
        self.variables.is_empty() && self.files.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = &Item<'h>> {
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
        Some(artifact) => artifact.is_secret(),
        None => true,
    }
}

/// What the head of every object says.
#[derive(Clone, Serialize)]
struct Head<'a> {
    component: &'a str,
    object: String,
    workload: &'a str,
    namespace: Option<&'a str>,
    role: String,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    entries: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    key: &'static str,
    value: String,
}

/// A component's files, each with whether it is a patch.
fn component_files(
    deployment: &Deployment<'_>,
    held: &Held<'_>,
    given: &Given<'_>,
) -> Result<Vec<(OutputFile, bool)>, RenderError> {
    let component = held.component.name.as_str();
    let roles: Vec<&str> = held
        .component
        .roles
        .iter()
        .map(|role| role.name())
        .collect();
    let head = Head {
        component,
        object: format!("stem-{component}"),
        workload: held.component.service_name(),
        namespace: deployment.manifest.render.namespace.as_deref(),
        role: roles.join("."),
    };
    for variable in &given.variables {
        kubernetes::check_variable(variable.name, variable.value)?;
    }
    let pod = Pod::of(deployment, held, given, head.clone())?;
    let file = |name: &str, content: Secret, private| OutputFile {
        path: format!("{component}/{name}.yaml"),
        content,
        private,
    };
    let data = |private| Data {
        head: head.clone(),
        entries: entries(given, private),
    };
    let mut files = Vec::new();
    let secret = data(true);
    if !secret.entries.is_empty() {
        let content = kubernetes::render(Document::Secret, &secret);
        files.push((file("secret", content, true), false));
    }
    let config_map = data(false);
    if !config_map.entries.is_empty() {
        let content = kubernetes::render(Document::ConfigMap, &config_map);
        files.push((file("configmap", content, false), false));
    }
    if held.component.image.is_none() {
        let content = kubernetes::render(Document::Patch, &pod);
        files.push((file("patch", content, false), true));
        return Ok(files);
    }
    let content = kubernetes::render(Document::Workload, &pod);
    files.push((file(pod.file_name(), content, false), false));
    if let Some(service) = pod.service() {
        let content = kubernetes::render(Document::Service, &service);
        files.push((file("service", content, false), false));
    }
    Ok(files)
}

fn entries(given: &Given<'_>, private: bool) -> Vec<Entry> {
    let items = given.all().filter(|item| item.private == private);
    let entry = |item: &Item<'_>| Entry {
        key: item.name,
        value: if private {
            kubernetes::data(item.value).expose().to_owned()
        } else {
            item.value.expose().to_owned()
        },
    };
    items.map(entry).collect()
}

/// What whoever puts the files to use must know.
fn notes(deployment: &Deployment<'_>, kustomization: &Kustomization) -> Vec<String> {
    let manifest = deployment.manifest;
    let out = &manifest.render.out;
    let mut notes = Vec::new();
    if kustomization.patches.is_empty() {
        notes.push(format!("Start it all: kubectl apply -k {out}"));
    } else {
        notes.push(format!(
            "Name `{out}` below `components:` in the kustomization.yaml of your workloads (kubectl 1.21 or newer), and apply that. \
             Each patch takes the Deployment and its container by the name of the component's `service:`, else by its own; a component with an `image:` gets a workload of its own instead."
        ));
        notes.push(
            "The patches outweigh Stem's older variables, and leave older volumes: take those that hold keys out of your workloads."
                .to_owned(),
        );
    }
    for held in &deployment.held {
        let component = held.component;
        if !component.roles.contains(&Role::Broker) || component.image.is_none() {
            continue;
        }
        let host = manifest.broker.url.host();
        if service_name(manifest).is_none() {
            notes.push(format!(
                "Clients look for the broker at `{host}`, which no Service can be called: point that name at the Service `{}`, or change `broker.url`.",
                component.service_name()
            ));
        }
    }
    let unseen = deployment.held.iter().filter(|held| {
        let given = Given::of(deployment, held);
        checksum::leaves_out_password(deployment, &given)
    });
    let unseen: Vec<&str> = unseen.map(|held| held.component.name.as_str()).collect();
    if !unseen.is_empty() {
        notes.push(format!(
            "After a change of the broker's password restart by hand: {}. A checksum of a password that somebody chose could be guessed from, so their pods carry none.",
            unseen.join(", ")
        ));
    }
    notes
}
