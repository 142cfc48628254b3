//! Objects as they stand in documents: what they are, what they are called, lists of them
//! unrolled, merge keys resolved. What is in them is for the modules of their kinds.

use std::sync::Arc;

use crate::formats::yaml::{Node, Place, Value};

/// An object of the cluster.
#[derive(Clone, Debug)]
pub struct Object {
    /// All of it.
    pub node: Arc<Node>,
    /// The group of `apiVersion`; empty for the core.
    pub group: String,
    /// The version of `apiVersion`.
    pub version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`; of a `generateName` what there is of it.
    pub name: String,
    /// `metadata.namespace`.
    pub namespace: Option<String>,
    /// Where the name stands; else where the object begins.
    pub place: Place,
}

impl Object {
    /// The object that a node is, if it has an `apiVersion` and a `kind`.
    #[must_use]
    pub fn of(node: &Arc<Node>) -> Option<Object> {
        let kind = node.get("kind")?.as_text()?;
        let api = node.get("apiVersion")?.as_text()?;
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let metadata = node.get("metadata");
        let field = |name: &str| metadata?.get(name).filter(|node| !node.is_null());
        let name = field("name").or_else(|| field("generateName"));
        Some(Object {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            name: name
                .and_then(|node| node.as_text())
                .unwrap_or_default()
                .to_owned(),
            namespace: field("namespace")
                .and_then(|node| node.as_text())
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
            place: name.unwrap_or(node).place,
            node: Arc::clone(node),
        })
    }

    /// What `metadata` says under this name, in `labels` or `annotations`.
    #[must_use]
    pub fn metadata(&self, of: &str, name: &str) -> Option<&Arc<Node>> {
        self.node.get("metadata")?.get(of)?.get(name)
    }
}

/// All objects of a document, in order; those in a `List` by themselves.
#[must_use]
pub fn objects(document: &Arc<Node>) -> Vec<Object> {
    let mut found = Vec::new();
    collect(document, 0, &mut found);
    found
}

fn collect(node: &Arc<Node>, depth: usize, found: &mut Vec<Object>) {
    const MAX_LISTS: usize = 8;
    let Some(object) = Object::of(node) else {
        return;
    };
    match node.get("items").and_then(|items| items.items()) {
        Some(items) if object.kind.ends_with("List") && depth < MAX_LISTS => {
            for item in items {
                collect(item, depth + 1, found);
            }
        }
        _ => found.push(object),
    }
}

/// The same document with every `<<` replaced by what it brings: keys that stand there
/// themselves win, and of several the first.
#[must_use]
pub fn without_merge_keys(node: &Arc<Node>) -> Arc<Node> {
    if has_merge_key(node) {
        resolved(node)
    } else {
        Arc::clone(node)
    }
}

/// Machines write none: to see that costs less than to look for what becomes of each value.
fn has_merge_key(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(_) => false,
        Value::Sequence(items) => items.iter().any(|item| has_merge_key(item)),
        Value::Mapping(entries) => entries
            .iter()
            .any(|(key, value)| is_merge_key(key) || has_merge_key(value)),
    }
}

fn is_merge_key(key: &Node) -> bool {
    key.scalar()
        .is_some_and(|key| key.plain && key.text == "<<")
}

fn resolved(node: &Arc<Node>) -> Arc<Node> {
    match &node.value {
        Value::Scalar(_) => Arc::clone(node),
        Value::Sequence(items) => {
            let new: Vec<Arc<Node>> = items.iter().map(resolved).collect();
            let same = new
                .iter()
                .zip(items)
                .all(|(new, old)| Arc::ptr_eq(new, old));
            if same {
                return Arc::clone(node);
            }
            Arc::new(Node::new(
                Value::Sequence(new),
                node.tag.clone(),
                node.place,
            ))
        }
        Value::Mapping(entries) => {
            let mut new = Vec::with_capacity(entries.len());
            let mut brought = Vec::new();
            let mut same = true;
            for (key, value) in entries {
                let resolved = resolved(value);
                same &= Arc::ptr_eq(&resolved, value);
                let is_merge = is_merge_key(key);
                match &resolved.value {
                    Value::Mapping(_) if is_merge => brought.push(resolved),
                    Value::Sequence(several) if is_merge => brought.extend(several.iter().cloned()),
                    _ => new.push((Arc::clone(key), resolved)),
                }
            }
            if same && brought.is_empty() {
                return Arc::clone(node);
            }
            add_missing(&mut new, &brought);
            Arc::new(Node::new(Value::Mapping(new), node.tag.clone(), node.place))
        }
    }
}

fn add_missing(entries: &mut Vec<(Arc<Node>, Arc<Node>)>, brought: &[Arc<Node>]) {
    let mut known: std::collections::HashSet<String> = entries
        .iter()
        .filter_map(|(key, _)| key.as_text().map(str::to_owned))
        .collect();
    for (key, value) in brought.iter().filter_map(|node| node.entries()).flatten() {
        if key.as_text().is_none_or(|key| known.insert(key.to_owned())) {
            entries.push((Arc::clone(key), Arc::clone(value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::yaml::read;

    fn first(text: &str) -> Arc<Node> {
        without_merge_keys(&read(text.as_bytes(), 0).expect("YAML")[0])
    }

    #[test]
    fn lists_are_unrolled_and_strangers_left() {
        let list = first(
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: a, namespace: n}}\n- x\n- {kind: Pod}\n",
        );
        let found = objects(&list);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (
                found[0].group.as_str(),
                found[0].name.as_str(),
                found[0].namespace.as_deref()
            ),
            ("apps", "a", Some("n"))
        );
        assert_eq!((found[0].place.line, found[0].place.column), (4, 60));
    }

    #[test]
    fn own_keys_win_over_merged_ones_and_earlier_over_later() {
        let node = first("a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 0\n");
        let c = node.get("c").expect("c");
        let value = |key| c.get(key).and_then(|node| node.as_text());
        assert_eq!(
            [value("x"), value("y"), value("z")],
            [Some("0"), Some("1"), Some("2")]
        );
        assert!(value("<<").is_none());
    }
}
