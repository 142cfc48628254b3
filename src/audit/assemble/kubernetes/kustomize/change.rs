//! What a kustomization changes in all of its objects: namespace, names, labels, annotations,
//! images.

use std::sync::Arc;

use super::resource::{Resource, is_cluster_wide};
use crate::formats::kubernetes::edit;
use crate::formats::kubernetes::kustomize::image::{self, Image};
use crate::formats::kubernetes::scalar::is_true;
use crate::formats::yaml::Node;

/// Namespace, prefix, suffix, labels, annotations, in kustomize's order.
pub(super) fn names_and_labels(root: &Node, resources: &mut [Resource]) {
    let text = |key: &str| {
        let text = root.get(key).filter(|node| !node.is_null());
        text.filter(|node| node.as_text().is_some_and(|text| !text.is_empty()))
    };
    if let Some(namespace) = text("namespace") {
        for resource in resources.iter_mut() {
            if !is_cluster_wide(&resource.object.kind) {
                resource.move_to(namespace);
            }
        }
    }
    for (key, is_prefix) in [("namePrefix", true), ("nameSuffix", false)] {
        if let Some(part) = text(key).and_then(|node| node.as_text()) {
            for resource in resources.iter_mut() {
                affix(resource, part, is_prefix);
            }
        }
    }
    if let Some(labels) = root.get("commonLabels") {
        for resource in resources.iter_mut() {
            mark(resource, "labels", labels, true);
        }
    }
    for entry in root
        .get("labels")
        .and_then(|list| list.items())
        .unwrap_or_default()
    {
        let Some(pairs) = entry.get("pairs") else {
            continue;
        };
        let flag = |key: &str| entry.get(key).is_some_and(|node| is_true(node));
        let inside = flag("includeSelectors") || flag("includeTemplates");
        for resource in resources.iter_mut() {
            mark(resource, "labels", pairs, inside);
        }
    }
    if let Some(annotations) = root.get("commonAnnotations") {
        for resource in resources.iter_mut() {
            mark(resource, "annotations", annotations, true);
        }
    }
}

fn affix(resource: &mut Resource, part: &str, is_prefix: bool) {
    let kind = resource.object.kind.as_str();
    if matches!(
        kind,
        "CustomResourceDefinition" | "APIService" | "Namespace"
    ) {
        return;
    }
    let name = &resource.object.name;
    let (name, parts) = if is_prefix {
        (format!("{part}{name}"), &mut resource.prefixes)
    } else {
        (format!("{name}{part}"), &mut resource.suffixes)
    };
    parts.push(part.to_owned());
    resource.rename(&name);
}

/// Adds labels or annotations to an object and, where it is a workload, to its pods.
fn mark(resource: &mut Resource, of: &str, pairs: &Arc<Node>, inside: bool) {
    if pairs.entries().is_none_or(<[_]>::is_empty) {
        return;
    }
    let template: &[&[&str]] = match resource.object.kind.as_str() {
        _ if !inside => &[],
        "Deployment"
        | "ReplicaSet"
        | "DaemonSet"
        | "StatefulSet"
        | "Job"
        | "ReplicationController" => &[&["spec", "template"]],
        "CronJob" => &[
            &["spec", "jobTemplate"],
            &["spec", "jobTemplate", "spec", "template"],
        ],
        _ => &[],
    };
    let whole: &[&str] = &[];
    let mut node = Arc::clone(&resource.object.node);
    for path in [whole].iter().chain(template) {
        let path: Vec<&str> = path.iter().copied().chain(["metadata", of]).collect();
        node = edit::make(&node, &path, &mut |old| with_all(old, pairs));
    }
    resource.change(node);
}

fn with_all(old: &Arc<Node>, pairs: &Node) -> Arc<Node> {
    let mut new = Arc::clone(old);
    for (key, value) in pairs.entries().unwrap_or_default() {
        if let Some(key) = key.as_text() {
            new = edit::with(&new, key, Arc::clone(value));
        }
    }
    new
}

/// `images`.
pub(super) fn images(root: &Node, resources: &mut [Resource]) {
    let listed = root.get("images").and_then(|list| list.items());
    let listed = listed.unwrap_or_default().iter();
    let images: Vec<Image> = listed.filter_map(|node| Image::of(node)).collect();
    if images.is_empty() {
        return;
    }
    for resource in resources {
        let node = image::replace(&resource.object.node, &images);
        if !Arc::ptr_eq(&node, &resource.object.node) {
            resource.change(node);
        }
    }
}
