//! Changed copies of nodes. What does not change is shared, with its places.

use std::sync::Arc;

use crate::formats::yaml::{Node, Place, Value};

/// The mapping with this value at this key: in its place where it is there, else at the end.
#[must_use]
pub fn with(mapping: &Node, key: &str, value: Arc<Node>) -> Arc<Node> {
    let mut entries = mapping.entries().unwrap_or_default().to_vec();
    let found = entries
        .iter_mut()
        .rev()
        .find(|(name, _)| name.as_text() == Some(key));
    match found {
        Some(entry) => entry.1 = value,
        None => entries.push((Arc::new(Node::text(key, value.place)), value)),
    }
    same(mapping, Value::Mapping(entries))
}

/// The mapping without this key.
#[must_use]
pub fn without(mapping: &Node, key: &str) -> Arc<Node> {
    let mut entries = mapping.entries().unwrap_or_default().to_vec();
    entries.retain(|(name, _)| name.as_text() != Some(key));
    same(mapping, Value::Mapping(entries))
}

/// A list or mapping where another stood.
#[must_use]
pub fn same(old: &Node, value: Value) -> Arc<Node> {
    Arc::new(Node::new(value, old.tag.clone(), old.place))
}

/// An empty mapping.
#[must_use]
pub fn empty(place: Place) -> Arc<Node> {
    Arc::new(Node::new(Value::Mapping(Vec::new()), None, place))
}

/// A mapping with these entries.
#[must_use]
pub fn mapping(place: Place, entries: Vec<(&str, Arc<Node>)>) -> Arc<Node> {
    let entries = entries
        .into_iter()
        .map(|(key, value)| (Arc::new(Node::text(key, place)), value))
        .collect();
    Arc::new(Node::new(Value::Mapping(entries), None, place))
}

/// The node with what stands at a path replaced, in every item of the lists on the way.
/// Nothing is made that is not there.
#[must_use]
pub fn at(
    node: &Arc<Node>,
    path: &[&str],
    change: &mut dyn FnMut(&Arc<Node>) -> Arc<Node>,
) -> Arc<Node> {
    if let Value::Sequence(items) = &node.value {
        let new: Vec<Arc<Node>> = items.iter().map(|item| at(item, path, change)).collect();
        let unchanged = new
            .iter()
            .zip(items)
            .all(|(new, old)| Arc::ptr_eq(new, old));
        return if unchanged {
            Arc::clone(node)
        } else {
            same(node, Value::Sequence(new))
        };
    }
    let Some((first, rest)) = path.split_first() else {
        return change(node);
    };
    let Some(old) = node.get(first) else {
        return Arc::clone(node);
    };
    let new = at(old, rest, change);
    if Arc::ptr_eq(&new, old) {
        Arc::clone(node)
    } else {
        with(node, first, new)
    }
}

/// The same, where the mappings on the way are made if they are not there.
#[must_use]
pub fn make(
    node: &Arc<Node>,
    path: &[&str],
    change: &mut dyn FnMut(&Arc<Node>) -> Arc<Node>,
) -> Arc<Node> {
    let Some((first, rest)) = path.split_first() else {
        return change(node);
    };
    let old = match node.get(first) {
        Some(old) if !old.is_null() => Arc::clone(old),
        _ => empty(node.place),
    };
    with(node, first, make(&old, rest, change))
}
