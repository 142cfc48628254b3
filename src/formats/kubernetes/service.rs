//! Services: names that lead to pods, some of them from outside of the cluster.

use super::object::Object;
use crate::formats::yaml::{Node, Place};

/// A Service.
#[derive(Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its namespace, where it says one.
    pub namespace: Option<String>,
    /// The labels of the pods that it leads to; none where it leads elsewhere.
    pub selector: Vec<(String, String)>,
    /// Its ports, and those of the pods that they lead to.
    pub targets: Vec<(u16, Target)>,
    /// Whether it has no address of its own: its name is that of the pods.
    pub is_headless: bool,
    /// Whether it leads in from outside of the cluster: NodePort, LoadBalancer.
    pub leads_in: bool,
    /// Where its type is said, else its name.
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

/// The Service that an object is, if it is one.
#[must_use]
pub fn service(object: &Object) -> Option<Service> {
    if object.kind != "Service" || !object.group.is_empty() {
        return None;
    }
    let spec = object.node.get("spec")?;
    let kind = spec.get("type").filter(|kind| !kind.is_null());
    let word = kind.and_then(|kind| kind.as_text()).unwrap_or("ClusterIP");
    let selector = spec
        .get("selector")
        .map(|node| pairs(node))
        .unwrap_or_default();
    let is_outside = word == "ExternalName";
    let ports = spec.get("ports").and_then(|ports| ports.items());
    let targets = ports
        .unwrap_or_default()
        .iter()
        .filter_map(|port| target(port));
    let address = spec.get("clusterIP").and_then(|address| address.as_text());
    Some(Service {
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        selector: if is_outside { Vec::new() } else { selector },
        targets: targets.collect(),
        is_headless: address == Some("None"),
        leads_in: matches!(word, "NodePort" | "LoadBalancer"),
        place: kind.map_or(object.place, |kind| kind.place),
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

fn target(port: &Node) -> Option<(u16, Target)> {
    let protocol = port.get("protocol").and_then(|protocol| protocol.as_text());
    if protocol.is_some_and(|protocol| protocol != "TCP") {
        return None;
    }
    let said = |key: &str| port.get(key).filter(|node| !node.is_null());
    let own = said("port")?.as_text()?.parse().ok()?;
    let text = said("targetPort").map_or(Some(""), |target| target.as_text())?;
    let target = match text.parse() {
        Ok(number) => Target::Number(number),
        Err(_) if text.is_empty() => Target::Number(own),
        Err(_) => Target::Name(text.to_owned()),
    };
    Some((own, target))
}
