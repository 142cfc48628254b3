//! `patches`, `patchesStrategicMerge` and `patchesJson6902` of a kustomization.

use std::sync::Arc;

use super::build::{Build, Kustomization};
use super::resource::{Id, Resource};
use super::select::Selector;
use super::{join, texts};
use crate::audit::process::GapKind;
use crate::formats::kubernetes::edit;
use crate::formats::kubernetes::kustomize::{json_patch, strategic};
use crate::formats::kubernetes::object::{Object, without_merge_keys};
use crate::formats::kubernetes::scalar::is_true;
use crate::formats::place::Place;
use crate::formats::yaml::{self, Node, Value};

/// `patchesStrategicMerge`: files, or patches written there.
pub(super) fn merge_all(
    build: &mut Build<'_>,
    kustomization: &Kustomization,
    resources: &mut Vec<Resource>,
) {
    for (entry, node) in texts(&kustomization.root, "patchesStrategicMerge") {
        let documents = if entry.contains('\n') || entry.trim_start().starts_with('{') {
            inline(build, node)
        } else {
            file(build, &kustomization.folder, entry, node.place)
        };
        for document in documents {
            merge_into_namesake(build, &document, node.place, resources);
        }
    }
}

/// `patches`: of both kinds, for whatever their targets take.
pub(super) fn patch_all(
    build: &mut Build<'_>,
    kustomization: &Kustomization,
    resources: &mut Vec<Resource>,
) {
    for entry in items(&kustomization.root, "patches") {
        one(build, kustomization, entry, resources);
    }
}

/// `patchesJson6902`.
pub(super) fn json_all(
    build: &mut Build<'_>,
    kustomization: &Kustomization,
    resources: &mut Vec<Resource>,
) {
    for entry in items(&kustomization.root, "patchesJson6902") {
        one(build, kustomization, entry, resources);
    }
}

fn items<'n>(node: &'n Node, list: &str) -> &'n [Arc<Node>] {
    node.get(list)
        .and_then(|list| list.items())
        .unwrap_or_default()
}

fn one(
    build: &mut Build<'_>,
    kustomization: &Kustomization,
    entry: &Arc<Node>,
    resources: &mut Vec<Resource>,
) {
    let written = |key: &str| entry.get(key).filter(|node| !node.is_null());
    let documents = match (written("patch"), written("path")) {
        (Some(patch), _) => inline(build, patch),
        (None, Some(path)) => {
            let name = path.as_text().unwrap_or_default();
            file(build, &kustomization.folder, name, path.place)
        }
        (None, None) => return,
    };
    let target = written("target");
    let selector = target.map(|target| (target, Selector::of(target)));
    let selector = match selector {
        Some((target, None)) => {
            let text = "a target that is not understood";
            return build.gap(target.place, GapKind::NotFollowed, text);
        }
        Some((_, selector)) => selector,
        None => None,
    };
    let option = |key: &str| {
        let options = entry.get("options").and_then(|options| options.get(key));
        options.is_some_and(|option| is_true(option))
    };
    let keeps = Keeps {
        name: !option("allowNameChange"),
        kind: !option("allowKindChange"),
    };
    for document in documents {
        let operations = json_patch::operations(&document);
        match (&selector, operations) {
            (Some(selector), Some(operations)) => {
                for resource in resources.iter_mut().filter(|found| selector.takes(found)) {
                    operate(build, &operations, resource);
                }
            }
            (None, Some(_)) => {
                build.gap(
                    entry.place,
                    GapKind::Unreadable,
                    "a JSON patch has no target",
                );
            }
            (Some(selector), None) => {
                let taken: Vec<Id> = resources
                    .iter()
                    .filter(|resource| selector.takes(resource))
                    .map(Resource::id)
                    .collect();
                for id in taken {
                    merge_into(build, &document, &id, keeps, resources);
                }
            }
            (None, None) => merge_into_namesake(build, &document, entry.place, resources),
        }
    }
}

/// What a patch may not change.
#[derive(Clone, Copy)]
struct Keeps {
    name: bool,
    kind: bool,
}

fn inline(build: &mut Build<'_>, node: &Arc<Node>) -> Vec<Arc<Node>> {
    let text = node.as_text().unwrap_or_default();
    match yaml::read(text.as_bytes(), node.place.source) {
        Ok(documents) => documents
            .iter()
            .map(|document| moved(&without_merge_keys(document), node.place))
            .collect(),
        Err(_) => {
            build.gap(node.place, GapKind::Unreadable, "a patch is not valid YAML");
            Vec::new()
        }
    }
}

fn file(build: &mut Build<'_>, folder: &str, name: &str, place: Place) -> Vec<Arc<Node>> {
    match build.read(&join(folder, name), place) {
        Some(source) => build.documents(&source),
        None => Vec::new(),
    }
}

/// A text within a text: its lines are below the line where it begins. What column and bytes
/// they are depends on how it is indented and quoted, so only the line is kept.
fn moved(node: &Arc<Node>, base: Place) -> Arc<Node> {
    let value = match &node.value {
        Value::Scalar(scalar) => Value::Scalar(scalar.clone()),
        Value::Sequence(items) => {
            Value::Sequence(items.iter().map(|item| moved(item, base)).collect())
        }
        Value::Mapping(entries) => Value::Mapping(
            entries
                .iter()
                .map(|(key, value)| (moved(key, base), moved(value, base)))
                .collect(),
        ),
    };
    let line = base.line.saturating_add(node.place.line.saturating_sub(1));
    let place = Place {
        start: base.start,
        end: base.end,
        ..Place::line(base.source, line)
    };
    Arc::new(Node::new(value, node.tag.clone(), place))
}

fn operate(build: &mut Build<'_>, operations: &[json_patch::Operation], resource: &mut Resource) {
    match json_patch::apply(&resource.object.node, operations) {
        Ok(node) => resource.change(node),
        Err((place, error)) => build.gap(place, GapKind::Unreadable, error.to_string()),
    }
}

/// A patch without a target is for the object that it names.
fn merge_into_namesake(
    build: &mut Build<'_>,
    patch: &Arc<Node>,
    place: Place,
    resources: &mut Vec<Resource>,
) {
    let Some(named) = Object::of(patch) else {
        return build.gap(place, GapKind::Unreadable, "a patch names no object");
    };
    let id = Id::of(&named);
    let mut found = resources.iter().filter(|resource| resource.is_any(&id));
    let target = match (found.next(), found.next()) {
        (Some(one), None) => one.id(),
        // a component is for workloads that lie elsewhere
        (None, _) if build.is_alone => {
            let Some(bare) = Object::of(&edit::without(patch, "spec")) else {
                return;
            };
            build.built.assumptions.push(format!(
                "the {} `{}` gets no more than its patch says: it is not here itself",
                id.kind, id.name
            ));
            build.append(Resource::new(bare), place, resources);
            id
        }
        (None, _) => {
            let text = format!(
                "a patch is for a {} `{}` that is not there",
                id.kind, id.name
            );
            return build.gap(named.place, GapKind::Missing, text);
        }
        _ => {
            let text = format!("several are the {} `{}` of a patch", id.kind, id.name);
            return build.gap(named.place, GapKind::Unreadable, text);
        }
    };
    let keeps = Keeps {
        name: true,
        kind: true,
    };
    merge_into(build, patch, &target, keeps, resources);
}

fn merge_into(
    build: &mut Build<'_>,
    patch: &Arc<Node>,
    id: &Id,
    keeps: Keeps,
    resources: &mut Vec<Resource>,
) {
    let Some(at) = resources.iter().position(|resource| resource.is(id)) else {
        return;
    };
    let old = &resources[at].object;
    let Some(mut node) = strategic::apply(old, patch) else {
        resources.remove(at);
        return;
    };
    if !node.is_within_bounds() {
        return build.gap(patch.place, GapKind::Unreadable, "a patch is too large");
    }
    let metadata = |name: &str| old.node.get("metadata").and_then(|node| node.get(name));
    if let (true, Some(kind)) = (keeps.kind, old.node.get("kind")) {
        node = edit::with(&node, "kind", Arc::clone(kind));
    }
    if let (true, Some(name)) = (keeps.name, metadata("name")) {
        node = edit::make(&node, &["metadata", "name"], &mut |_| Arc::clone(name));
    }
    node = match metadata("namespace") {
        Some(namespace) => edit::make(&node, &["metadata", "namespace"], &mut |_| {
            Arc::clone(namespace)
        }),
        None => edit::at(&node, &["metadata"], &mut |found| {
            if found.get("namespace").is_some() {
                edit::without(found, "namespace")
            } else {
                Arc::clone(found)
            }
        }),
    };
    resources[at].change(node);
}
