//! Merge keys (`<<`) written out; keys that stand twice are no compose file.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::error::{ComposeError, Problem};
use super::merge::Entries;
use super::sources::Sources;
use crate::formats::yaml::{Node, Value};

/// Writes out the merge keys of a whole file.
///
/// # Errors
/// With the place, where something stands that Compose does not take.
pub(super) fn without_merge_keys(
    node: &Arc<Node>,
    sources: &Sources,
) -> Result<Arc<Node>, ComposeError> {
    let value = match &node.value {
        Value::Scalar(_) => return Ok(Arc::clone(node)),
        Value::Sequence(items) => {
            let written = items.iter().map(|item| without_merge_keys(item, sources));
            let written: Vec<Arc<Node>> = written.collect::<Result<_, _>>()?;
            if written.iter().zip(items).all(|(a, b)| Arc::ptr_eq(a, b)) {
                return Ok(Arc::clone(node));
            }
            Value::Sequence(written)
        }
        Value::Mapping(entries) => match mapping(entries, sources)? {
            Some(written) => Value::Mapping(written),
            None => return Ok(Arc::clone(node)),
        },
    };
    Ok(Arc::new(Node::new(value, node.tag.clone(), node.place)))
}

/// Nothing where it is as it was.
fn mapping(entries: &Entries, sources: &Sources) -> Result<Option<Entries>, ComposeError> {
    let mut own: Entries = Vec::with_capacity(entries.len());
    let mut names: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
    let mut merged: Vec<Arc<Node>> = Vec::new();
    let mut is_same = true;
    for (key, value) in entries {
        let written = without_merge_keys(value, sources)?;
        is_same &= Arc::ptr_eq(value, &written);
        if key
            .scalar()
            .is_some_and(|key| key.plain && key.text == "<<")
        {
            is_same = false;
            merged.push(written);
            continue;
        }
        let Some(name) = key.as_text() else {
            is_same = false;
            sources.trouble(key.place, Problem::Shape("a key".to_owned()))?;
            continue;
        };
        if let Some(at) = names.get(name) {
            is_same = false;
            sources.trouble(key.place, Problem::Repeated(name.to_owned()))?;
            own[*at].1 = written;
            continue;
        }
        names.insert(name, own.len());
        own.push((Arc::clone(key), written));
    }
    if is_same {
        return Ok(None);
    }
    let names = names.into_keys().map(str::to_owned).collect();
    add_merged(&mut own, names, &merged, sources)?;
    Ok(Some(own))
}

/// What stands earlier wins.
fn add_merged(
    own: &mut Entries,
    mut names: HashSet<String>,
    merged: &[Arc<Node>],
    sources: &Sources,
) -> Result<(), ComposeError> {
    for value in merged {
        for mapping in value.items().unwrap_or(std::slice::from_ref(value)) {
            let Some(entries) = mapping.entries() else {
                sources.trouble(mapping.place, Problem::Shape("<<".to_owned()))?;
                continue;
            };
            for (key, value) in entries {
                let name = key.as_text().unwrap_or_default();
                if names.insert(name.to_owned()) {
                    own.push((Arc::clone(key), Arc::clone(value)));
                }
            }
        }
    }
    Ok(())
}
