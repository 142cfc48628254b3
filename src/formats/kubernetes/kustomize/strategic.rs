//! Strategic merge patches, by the rules of kustomize: lists of known objects are merged by
//! the key of their items, new items stand first, everything else is replaced.

use std::collections::HashMap;
use std::sync::Arc;

use crate::formats::kubernetes::edit;
use crate::formats::kubernetes::object::Object;
use crate::formats::yaml::{Node, Value};

/// By what the items of a list are told apart, in objects whose schema kustomize knows.
const KEYS: [(&str, &[&str]); 13] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("imagePullSecrets", &["name"]),
    ("secrets", &["name"]),
    ("hostAliases", &["ip"]),
    (
        "topologySpreadConstraints",
        &["topologyKey", "whenUnsatisfiable"],
    ),
    ("ports", &["containerPort", "protocol"]),
    ("ownerReferences", &["uid"]),
];

/// The object after the patch; `None` where the patch deletes it.
#[must_use]
pub fn apply(object: &Object, patch: &Arc<Node>) -> Option<Arc<Node>> {
    let known = has_schema(object);
    merge(&object.node, patch, known)
}

/// Whether kustomize knows how lists of such objects are merged.
fn has_schema(object: &Object) -> bool {
    let group = object.group.as_str();
    let core = matches!(group, "" | "apps" | "batch") && object.version == "v1";
    core || group.ends_with(".k8s.io") || matches!(group, "policy" | "autoscaling")
}

fn merge(old: &Arc<Node>, patch: &Arc<Node>, known: bool) -> Option<Arc<Node>> {
    let Some(entries) = patch.entries() else {
        return (!patch.is_null()).then(|| Arc::clone(patch));
    };
    match directive(patch) {
        Some("delete") => return None,
        Some("replace") => return Some(edit::without(patch, "$patch")),
        _ => {}
    }
    let mut merged: Vec<Option<(Arc<Node>, Arc<Node>)>> = old
        .entries()
        .unwrap_or_default()
        .iter()
        .cloned()
        .map(Some)
        .collect();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, entry) in merged.iter().enumerate() {
        let key = entry.as_ref().and_then(|(key, _)| key.as_text());
        places.extend(key.map(|key| (key.to_owned(), at)));
    }
    for (key, value) in entries {
        let Some(text) = key.as_text().filter(|key| *key != "$patch") else {
            continue;
        };
        let at = places.get(text).copied();
        let old = at.and_then(|at| merged[at].take());
        let new = match &old {
            Some((_, old)) => merge_field(text, old, value, known),
            None => added(value),
        };
        let key = old.map_or_else(|| Arc::clone(key), |(key, _)| key);
        let entry = new.map(|new| (key, new));
        match at {
            Some(at) => merged[at] = entry,
            None => {
                places.insert(text.to_owned(), merged.len());
                merged.push(entry);
            }
        }
    }
    let entries = merged.into_iter().flatten().collect();
    let base = if old.entries().is_some() { old } else { patch };
    Some(edit::same(base, Value::Mapping(entries)))
}

fn merge_field(key: &str, old: &Arc<Node>, patch: &Arc<Node>, known: bool) -> Option<Arc<Node>> {
    let (Some(items), Some(patches)) = (old.items(), patch.items()) else {
        return merge(old, patch, known);
    };
    let keys = KEYS.iter().find(|(name, _)| known && *name == key);
    match keys {
        Some((_, keys)) => merge_items(old, items, patches, keys),
        None => added(patch),
    }
}

/// What a patch brings where nothing is: without its directives and what it deletes.
fn added(patch: &Arc<Node>) -> Option<Arc<Node>> {
    match &patch.value {
        Value::Scalar(_) => (!patch.is_null()).then(|| Arc::clone(patch)),
        Value::Sequence(items) => {
            let kept = items.iter().filter(|item| !is_only_directive(item));
            let kept = kept.filter_map(|item| match item.entries() {
                Some(_) => added(item),
                None => Some(Arc::clone(item)),
            });
            Some(edit::same(patch, Value::Sequence(kept.collect())))
        }
        Value::Mapping(_) => match directive(patch) {
            Some("delete") => None,
            Some("replace") => Some(edit::without(patch, "$patch")),
            _ => merge(&edit::empty(patch.place), patch, false),
        },
    }
}

fn directive(node: &Node) -> Option<&str> {
    node.get("$patch").and_then(|directive| directive.as_text())
}

fn is_only_directive(item: &Node) -> bool {
    let entries = item.entries().unwrap_or_default();
    entries.len() == 1 && directive(item).is_some()
}

fn merge_items(
    old: &Arc<Node>,
    items: &[Arc<Node>],
    patches: &[Arc<Node>],
    keys: &[&str],
) -> Option<Arc<Node>> {
    let whole = patches.iter().find(|item| is_only_directive(item));
    match whole.and_then(|item| directive(item)) {
        Some("delete") => return None,
        Some("replace") => {
            let kept = patches.iter().filter(|item| !is_only_directive(item));
            return Some(edit::same(old, Value::Sequence(kept.cloned().collect())));
        }
        _ => {}
    }
    let mut left: Vec<Option<&Arc<Node>>> = items.iter().map(Some).collect();
    let mut merged = Vec::with_capacity(items.len() + patches.len());
    let by_id: HashMap<Vec<&str>, usize> = items
        .iter()
        .enumerate()
        .rev()
        .map(|(at, item)| (id(item, keys), at))
        .collect();
    for patch in patches.iter().filter(|item| !is_only_directive(item)) {
        let at = by_id.get(&id(patch, keys)).copied();
        match at.and_then(|at| left[at].take()) {
            // kustomize puts the old item back over the one that was to replace it
            Some(item) if directive(patch) == Some("replace") => merged.push(Arc::clone(item)),
            Some(item) => merged.extend(merge(item, patch, true)),
            None => merged.extend(added(patch)),
        }
    }
    merged.extend(left.into_iter().flatten().cloned());
    Some(edit::same(old, Value::Sequence(merged)))
}

fn id<'n>(item: &'n Node, keys: &[&str]) -> Vec<&'n str> {
    let text = |key: &&str| item.get(key).and_then(|value| value.as_text());
    keys.iter()
        .map(|key| text(key).unwrap_or_default())
        .collect()
}
