//! Services that lead from outside of a cluster to its pods.

use super::object::Object;
use crate::formats::yaml::{Node, Place};

/// A Service of type NodePort or LoadBalancer.
#[derive(Debug)]
pub struct Service {
    /// Its namespace, where it says one.
    pub namespace: Option<String>,
    /// The labels of the pods that it leads to: at least one.
    pub selector: Vec<(String, String)>,
    /// The ports of the pods that it leads to.
    pub targets: Vec<Target>,
    /// Where its type is said.
    pub place: Place,
}

/// A port of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// This one.
    Number(u16),
    /// One that a container calls so.
    Name(String),
}

/// The Service that an object is, if it leads in from outside.
#[must_use]
pub fn service(object: &Object) -> Option<Service> {
    if object.kind != "Service" || !object.group.is_empty() {
        return None;
    }
    let spec = object.node.get("spec")?;
    let kind = spec.get("type")?;
    if !matches!(kind.as_text()?, "NodePort" | "LoadBalancer") {
        return None;
    }
    let selector = pairs(spec.get("selector")?);
    let ports = spec.get("ports").and_then(|ports| ports.items());
    let targets = ports
        .unwrap_or_default()
        .iter()
        .filter_map(|port| target(port));
    (!selector.is_empty()).then(|| Service {
        namespace: object.namespace.clone(),
        selector,
        targets: targets.collect(),
        place: kind.place,
    })
}

/// A mapping of texts.
#[must_use]
pub fn pairs(node: &Node) -> Vec<(String, String)> {
    let entries = node.entries().unwrap_or_default().iter();
    entries
        .filter_map(|(key, value)| Some((key.as_text()?.to_owned(), value.as_text()?.to_owned())))
        .collect()
}

fn target(port: &Node) -> Option<Target> {
    let protocol = port.get("protocol").and_then(|protocol| protocol.as_text());
    if protocol.is_some_and(|protocol| protocol != "TCP") {
        return None;
    }
    let said = |key: &str| port.get(key).filter(|node| !node.is_null());
    let text = said("targetPort").or_else(|| said("port"))?.as_text()?;
    Some(match text.parse() {
        Ok(number) => Target::Number(number),
        Err(_) => Target::Name(text.to_owned()),
    })
}
