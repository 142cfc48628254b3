//! The target `kubernetes`: a Secret and a ConfigMap a component, the workload that reads
//! them or a patch for one that is there, and a kustomization that joins them. One variable
//! is one reference: with `envFrom` the key files, which lie in the same Secret, would become
//! variables too, since Kubernetes takes `client.key` for a variable's name.

mod checksum;
mod given;
mod notes;
mod pod;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Deployment, Held, OutputFile, RenderError, Rendered};
use crate::formats::kubernetes::{self, Document, KubernetesError};
use crate::model::manifest::Manifest;
use crate::model::secret::Secret;
use given::{Given, Item};
use pod::Pod;

/// Where a pod has its files, unless `render.install` says otherwise.
const FOLDER: &str = "/etc/stem";

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
    let mut workloads = Names::default();
    let mut services = Names::default();
    for held in &deployment.held {
        let given = Given::of(deployment, held);
        if given.is_empty() {
            continue;
        }
        let objects = Objects::of(deployment, held, &given)?;
        let component = held.component.name.as_str();
        workloads.take(held.component.service_name(), component)?;
        if let Some(service) = objects.service {
            services.take(&service, component)?;
        }
        let path = |file: &OutputFile| file.path.clone();
        kustomization
            .resources
            .extend(objects.files.iter().map(path));
        kustomization.patches.extend(objects.patch.iter().map(path));
        rendered.files.extend(objects.files);
        rendered.files.extend(objects.patch);
    }
    if !rendered.files.is_empty() {
        rendered.notes = notes::of(deployment, !kustomization.patches.is_empty());
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

/// What the head of every object says.
#[derive(Clone, Serialize)]
struct Head<'a> {
    component: &'a str,
    object: String,
    workload: &'a str,
    namespace: Option<&'a str>,
    role: String,
}

impl<'a> Head<'a> {
    fn of(deployment: &Deployment<'a>, held: &Held<'a>) -> Head<'a> {
        let component = held.component;
        let roles: Vec<&str> = component.roles.iter().map(|role| role.name()).collect();
        Head {
            component: component.name.as_str(),
            object: format!("stem-{}", component.name),
            workload: component.service_name(),
            namespace: deployment.manifest.render.namespace.as_deref(),
            role: roles.join("."),
        }
    }
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

/// What a component has in the cluster.
struct Objects {
    files: Vec<OutputFile>,
    patch: Option<OutputFile>,
    /// The name of its Service.
    service: Option<String>,
}

impl Objects {
    fn of(
        deployment: &Deployment<'_>,
        held: &Held<'_>,
        given: &Given<'_>,
    ) -> Result<Objects, RenderError> {
        for variable in &given.variables {
            kubernetes::check_variable(variable.name, variable.value)?;
        }
        let head = Head::of(deployment, held);
        let pod = Pod::of(deployment, held, given, head.clone())?;
        let file = |name: &str, content: Secret, private| OutputFile {
            path: format!("{}/{name}.yaml", head.component),
            content,
            private,
        };
        let mut objects = Objects {
            files: Vec::new(),
            patch: None,
            service: None,
        };
        for (document, private) in [(Document::Secret, true), (Document::ConfigMap, false)] {
            let data = Data {
                head: head.clone(),
                entries: entries(given, private),
            };
            if !data.entries.is_empty() {
                let content = kubernetes::render(document, &data);
                let name = if private { "secret" } else { "configmap" };
                objects.files.push(file(name, content, private));
            }
        }
        if held.component.image.is_none() {
            let content = kubernetes::render(Document::Patch, &pod);
            objects.patch = Some(file("patch", content, false));
            return Ok(objects);
        }
        let content = kubernetes::render(Document::Workload, &pod);
        objects.files.push(file(pod.file_name(), content, false));
        if let Some(service) = pod.service() {
            let content = kubernetes::render(Document::Service, &service);
            objects.files.push(file("service", content, false));
            objects.service = Some(service.service);
        }
        Ok(objects)
    }
}

/// Names of one kind of object, each with the component that took it.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn take(&mut self, name: &str, component: &str) -> Result<(), KubernetesError> {
        match self.0.insert(name.to_owned(), component.to_owned()) {
            None => Ok(()),
            Some(first) => Err(KubernetesError::SameName {
                first,
                second: component.to_owned(),
                name: name.to_owned(),
            }),
        }
    }
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
