//! From objects to their pods.

use std::sync::Arc;

use super::{
    Container, Env, EnvFrom, Item, Mount, Part, Port, Reference, Source, SubPath, Volume, Workload,
};
use crate::formats::kubernetes::object::Object;
use crate::formats::kubernetes::scalar::{Kind, is_true, kind};
use crate::formats::kubernetes::service::pairs;
use crate::formats::yaml::{Node, Place};

/// Where a workload's pods are described: the mapping that holds the `metadata` and the
/// `spec` of a pod.
#[must_use]
pub fn template(object: &Object) -> Option<&Arc<Node>> {
    let spec = || object.node.get("spec");
    match object.kind.as_str() {
        "Pod" => Some(&object.node),
        "PodTemplate" => object.node.get("template"),
        "CronJob" => spec()?.get("jobTemplate")?.get("spec")?.get("template"),
        "ScaledJob" => spec()?.get("jobTargetRef")?.get("template"),
        _ => spec()?.get("template"),
    }
}

/// The workload that an object is, if it runs pods.
#[must_use]
pub fn workload(object: &Object) -> Option<Workload> {
    let pod = template(object)?;
    let spec = pod.get("spec")?;
    spec.get("containers")?.items()?;
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let containers = lists.iter().flat_map(|list| items(spec, list));
    Some(Workload {
        kind: object.kind.clone(),
        name: object.name.clone(),
        place: object.place,
        namespace: object.namespace.clone(),
        containers: containers.map(container).collect(),
        volumes: items(spec, "volumes")
            .filter_map(volume)
            .chain(claimed(object))
            .collect(),
        label: label(pod, &object.node),
        labels: pod
            .get("metadata")
            .and_then(|metadata| metadata.get("labels"))
            .map(|labels| pairs(labels))
            .unwrap_or_default(),
        host_network: spec
            .get("hostNetwork")
            .filter(|said| is_true(said))
            .map(|said| said.place),
        is_past: is_past(object),
        owner: owner(object),
        injected: injected(pod),
    })
}

fn items<'n>(node: &'n Node, list: &str) -> impl Iterator<Item = &'n Arc<Node>> {
    let list = node.get(list).and_then(|list| list.items());
    list.unwrap_or_default().iter()
}

fn owner(object: &Object) -> Option<(String, String)> {
    let owners = object.node.get("metadata")?.get("ownerReferences")?;
    let first = owners.items()?.first()?;
    Some((text_of(first, "kind")?, text_of(first, "name")?))
}

fn is_past(object: &Object) -> bool {
    let replicas = || object.node.get("spec")?.get("replicas")?.as_text();
    object.kind == "ReplicaSet" && owner(object).is_some() && replicas() == Some("0")
}

/// The volumes that a StatefulSet claims for each of its pods: empty at first.
fn claimed(object: &Object) -> Vec<Volume> {
    let claims = object
        .node
        .get("spec")
        .filter(|_| object.kind == "StatefulSet")
        .map(|spec| items(spec, "volumeClaimTemplates"));
    let volume = |claim: &Arc<Node>| {
        let metadata = claim.get("metadata")?;
        Some(Volume {
            name: text_of(metadata, "name")?,
            place: claim.place,
            parts: Vec::new(),
        })
    };
    claims.into_iter().flatten().filter_map(volume).collect()
}

fn text_of(node: &Node, key: &str) -> Option<String> {
    let value = node.get(key).filter(|value| !value.is_null())?;
    Some(value.as_text()?.to_owned())
}

fn label(pod: &Node, workload: &Node) -> Option<(String, Place)> {
    [pod, workload].into_iter().find_map(|object| {
        let metadata = object.get("metadata")?;
        ["labels", "annotations"].into_iter().find_map(|of| {
            let role = metadata.get(of)?.get("stem.role")?;
            Some((role.as_text()?.to_owned(), role.place))
        })
    })
}

fn injected(pod: &Node) -> Vec<(String, Place)> {
    const SECRET: &str = "vault.hashicorp.com/agent-inject-secret-";
    let annotations = pod
        .get("metadata")
        .and_then(|metadata| metadata.get("annotations"))
        .and_then(|annotations| annotations.entries());
    let annotations = annotations.unwrap_or_default().iter();
    let folder = annotations.clone().rev().find_map(|(key, value)| {
        (key.as_text() == Some("vault.hashicorp.com/secret-volume-path"))
            .then(|| value.as_text())?
    });
    let folder = folder.unwrap_or("/vault/secrets").trim_end_matches('/');
    let named = |key: &Arc<Node>| {
        let name = key.as_text()?.strip_prefix(SECRET)?;
        Some((format!("{folder}/{name}"), key.place))
    };
    annotations.filter_map(|(key, _)| named(key)).collect()
}

fn container(node: &Arc<Node>) -> Container {
    let mut troubles = Vec::new();
    let name = node.get("name");
    let words = ["command", "args"]
        .iter()
        .flat_map(|list| items(node, list));
    Container {
        name: text_of(node, "name").unwrap_or_default(),
        place: name.unwrap_or(node).place,
        image: text_of(node, "image"),
        env: variables(node, &mut troubles),
        env_from: items(node, "envFrom").filter_map(from_all).collect(),
        words: words
            .filter_map(|word| {
                check(word, &mut troubles);
                Some((word.as_text()?.to_owned(), word.place))
            })
            .collect(),
        mounts: items(node, "volumeMounts").filter_map(mount).collect(),
        ports: items(node, "ports").filter_map(port).collect(),
        troubles,
    }
}

fn variables(node: &Arc<Node>, troubles: &mut Vec<(Place, String)>) -> Vec<Env> {
    let entries = node.get("env").and_then(|list| list.items());
    let entries = entries.unwrap_or_default();
    let mut variables = Vec::with_capacity(entries.len());
    variables.extend(entries.iter().filter_map(|entry| variable(entry, troubles)));
    variables
}

/// Kubernetes refuses a whole object for a number where text is wanted.
fn check(node: &Node, troubles: &mut Vec<(Place, String)>) {
    let text = node.scalar().map(kind);
    if !matches!(text, Some(Kind::Text | Kind::Null)) {
        let trouble = "a number or a truth value where text is wanted: it needs quotes";
        troubles.push((node.place, trouble.to_owned()));
    }
}

fn variable(node: &Arc<Node>, troubles: &mut Vec<(Place, String)>) -> Option<Env> {
    let name = text_of(node, "name")?;
    let value = node.get("value").filter(|value| !value.is_null());
    if let Some(value) = value {
        check(value, troubles);
    }
    let from = node.get("valueFrom").filter(|from| !from.is_null());
    let value = value.filter(|value| from.is_none() || value.as_text() != Some(""));
    let Some(from) = from else {
        return Some(Env {
            name,
            place: value.unwrap_or(node).place,
            source: Source::Literal(
                value
                    .and_then(|value| value.as_text())
                    .unwrap_or_default()
                    .to_owned(),
            ),
        });
    };
    if let Some(value) = value {
        let trouble = "`value` and `valueFrom` of one variable".to_owned();
        troubles.push((value.place, trouble));
        return Some(Env {
            name,
            place: value.place,
            source: Source::Literal(value.as_text().unwrap_or_default().to_owned()),
        });
    }
    Some(value_from(name, from))
}

fn value_from(name: String, from: &Arc<Node>) -> Env {
    for (field, is_secret) in [("configMapKeyRef", false), ("secretKeyRef", true)] {
        let entry = from.get(field).and_then(|entry| {
            let reference = reference(entry, "name", is_secret)?;
            Some((reference, text_of(entry, "key")?))
        });
        if let Some((reference, key)) = entry {
            return Env {
                name,
                place: reference.place,
                source: Source::Entry(Box::new(reference), key),
            };
        }
    }
    let what = from
        .entries()
        .and_then(|entries| entries.first()?.0.as_text());
    Env {
        name,
        place: from.place,
        source: Source::Cluster(what.unwrap_or("valueFrom").to_owned()),
    }
}

fn reference(node: &Arc<Node>, name: &str, is_secret: bool) -> Option<Reference> {
    let name = node.get(name).filter(|name| !name.is_null())?;
    Some(Reference {
        is_secret,
        name: name.as_text()?.to_owned(),
        place: name.place,
        optional: node
            .get("optional")
            .is_some_and(|optional| is_true(optional)),
    })
}

fn from_all(node: &Arc<Node>) -> Option<EnvFrom> {
    let from = [("configMapRef", false), ("secretRef", true)]
        .into_iter()
        .find_map(|(field, is_secret)| reference(node.get(field)?, "name", is_secret))?;
    Some(EnvFrom {
        prefix: text_of(node, "prefix").unwrap_or_default(),
        from,
    })
}

fn mount(node: &Arc<Node>) -> Option<Mount> {
    let path = node.get("mountPath")?;
    let sub_path = [("subPath", false), ("subPathExpr", true)]
        .into_iter()
        .find_map(|(field, expands)| {
            let path = text_of(node, field).filter(|path| !path.is_empty())?;
            Some(SubPath { path, expands })
        });
    let name = node.get("name")?;
    Some(Mount {
        volume: name.as_text()?.to_owned(),
        path: path.as_text()?.to_owned(),
        place: name.place,
        sub_path,
    })
}

fn port(node: &Arc<Node>) -> Option<Port> {
    let number = node.get("containerPort")?;
    let is_other = text_of(node, "protocol").is_some_and(|protocol| protocol != "TCP");
    let host = text_of(node, "hostPort").and_then(|port| port.parse::<u16>().ok());
    (!is_other).then_some(Port {
        number: number.as_text()?.parse().ok()?,
        name: text_of(node, "name"),
        on_host: host.is_some_and(|port| port != 0),
        host_ip: text_of(node, "hostIP").filter(|address| !address.is_empty()),
        place: node.get("hostPort").unwrap_or(number).place,
    })
}

fn volume(node: &Arc<Node>) -> Option<Volume> {
    let name = node.get("name")?;
    let mut parts = Vec::new();
    for (kind, what) in node.entries()? {
        match kind.as_text().unwrap_or_default() {
            "secret" => parts.extend(entries(what, "secretName", true)),
            "configMap" => parts.extend(entries(what, "name", false)),
            "projected" => parts.extend(items(what, "sources").flat_map(projected)),
            "hostPath" => parts.extend(
                what.get("path")
                    .and_then(|path| Some(Part::Host(path.as_text()?.to_owned(), path.place))),
            ),
            "csi" => parts.push(csi(what)),
            _ => {}
        }
    }
    Some(Volume {
        name: name.as_text()?.to_owned(),
        place: name.place,
        parts,
    })
}

fn projected(source: &Arc<Node>) -> Vec<Part> {
    let fields = source.entries().unwrap_or_default().iter();
    let part = |(kind, what): &(Arc<Node>, Arc<Node>)| match kind.as_text()? {
        "secret" => entries(what, "name", true),
        "configMap" => entries(what, "name", false),
        "clusterTrustBundle" => Some(Part::Cluster("clusterTrustBundle".to_owned(), what.place)),
        "podCertificate" => Some(Part::Cluster("podCertificate".to_owned(), what.place)),
        _ => None,
    };
    fields.filter_map(part).collect()
}

fn csi(node: &Arc<Node>) -> Part {
    let class = node
        .get("volumeAttributes")
        .and_then(|attributes| text_of(attributes, "secretProviderClass"));
    let driver = text_of(node, "driver").unwrap_or_else(|| "csi".to_owned());
    let what = match class {
        Some(class) => format!("SecretProviderClass `{class}`"),
        None => format!("driver `{driver}`"),
    };
    Part::Cluster(what, node.place)
}

fn entries(node: &Arc<Node>, name: &str, is_secret: bool) -> Option<Part> {
    let listed = items(node, "items").filter_map(|item| {
        Some(Item {
            key: text_of(item, "key")?,
            path: text_of(item, "path")?,
            place: item.place,
        })
    });
    Some(Part::Entries(
        reference(node, name, is_secret)?,
        listed.collect(),
    ))
}
