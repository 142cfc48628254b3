//! Where objects name Secrets and ConfigMaps, as far as kustomize follows: it renames them
//! there, and nowhere else.

use std::sync::Arc;

use crate::formats::kubernetes::edit;
use crate::formats::kubernetes::object::Object;
use crate::formats::yaml::Node;

const CONTAINERS: [&str; 2] = ["containers", "initContainers"];

/// The object with each name of a Secret (`true`) or ConfigMap replaced by what `renamed`
/// says, where it says something.
#[must_use]
pub fn rename(object: &Object, renamed: &mut dyn FnMut(bool, &str) -> Option<String>) -> Arc<Node> {
    let core = object.group.is_empty();
    let root: &[&str] = match object.kind.as_str() {
        "Pod" if core && object.version == "v1" => &["spec"],
        "PodTemplate" => &["template", "spec"],
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "Job" => {
            &["spec", "template", "spec"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "Service" if object.group == "serving.knative.dev" => {
            let path = ["spec", "template", "spec", "containers", "env", "valueFrom"];
            return at(
                &object.node,
                &path,
                &["secretKeyRef", "name"],
                true,
                renamed,
            );
        }
        _ => return Arc::clone(&object.node),
    };
    edit::at(&object.node, root, &mut |spec| pod(spec, renamed))
}

fn pod(spec: &Arc<Node>, renamed: &mut dyn FnMut(bool, &str) -> Option<String>) -> Arc<Node> {
    let mut spec = Arc::clone(spec);
    for list in CONTAINERS {
        for (key, of, is_secret) in [
            (["env", "valueFrom"].as_slice(), "configMapKeyRef", false),
            (&["env", "valueFrom"], "secretKeyRef", true),
            (&["envFrom"], "configMapRef", false),
            (&["envFrom"], "secretRef", true),
        ] {
            let path: Vec<&str> = [list].into_iter().chain(key.iter().copied()).collect();
            spec = at(&spec, &path, &[of, "name"], is_secret, renamed);
        }
    }
    for (path, end, is_secret) in [
        (["volumes"].as_slice(), ["configMap", "name"], false),
        (&["volumes"], ["secret", "secretName"], true),
        (
            &["volumes", "projected", "sources"],
            ["configMap", "name"],
            false,
        ),
        (
            &["volumes", "projected", "sources"],
            ["secret", "name"],
            true,
        ),
    ] {
        spec = at(&spec, path, &end, is_secret, renamed);
    }
    spec
}

fn at(
    node: &Arc<Node>,
    path: &[&str],
    end: &[&str; 2],
    is_secret: bool,
    renamed: &mut dyn FnMut(bool, &str) -> Option<String>,
) -> Arc<Node> {
    let path: Vec<&str> = path.iter().chain(end).copied().collect();
    edit::at(
        node,
        &path,
        &mut |name| match name.as_text().and_then(|text| renamed(is_secret, text)) {
            Some(new) => Arc::new(Node::text(&new, name.place)),
            None => Arc::clone(name),
        },
    )
}
