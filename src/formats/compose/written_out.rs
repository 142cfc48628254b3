//! One compose file without its abbreviations: merge keys (`<<`) and `extends` within the
//! file are written out. What leads to other files is refused.

use std::sync::Arc;

use super::error::{ComposeError, Problem};
use super::merge::{Entries, Path, joined, mapping, position};
use crate::formats::yaml::{Node, Place, Value};

/// How many services may extend each other in a row.
const MAX_EXTENDS: usize = 20;

/// Writes out the merge keys of a whole file, and what its services extend. Refuses keys that
/// stand twice and what leads to other files.
///
/// # Errors
/// With the place, and what it is that cannot be followed.
pub(super) fn written_out(root: &Arc<Node>, files: &[String]) -> Result<Arc<Node>, ComposeError> {
    let root = without_merge_keys(root, files)?;
    let Some(entries) = root.entries() else {
        let problem = Problem::Shape("a compose file".to_owned());
        return Err(ComposeError::new(files, root.place, problem));
    };
    if let Some(include) = root.get("include") {
        return Err(ComposeError::new(
            files,
            include.place,
            Problem::Unfollowed("include"),
        ));
    }
    let mut written = Vec::new();
    for (key, value) in entries {
        let value = match key.as_text() {
            Some("services") if !value.is_null() => extended_services(value, files)?,
            _ => Arc::clone(value),
        };
        written.push((Arc::clone(key), value));
    }
    Ok(mapping(written, &root))
}

fn without_merge_keys(node: &Arc<Node>, files: &[String]) -> Result<Arc<Node>, ComposeError> {
    let value = match &node.value {
        Value::Scalar(_) => return Ok(Arc::clone(node)),
        Value::Sequence(items) => Value::Sequence(
            items
                .iter()
                .map(|item| without_merge_keys(item, files))
                .collect::<Result<_, _>>()?,
        ),
        Value::Mapping(entries) => {
            let mut own: Entries = Vec::new();
            let mut merged: Entries = Vec::new();
            for (key, value) in entries {
                let value = without_merge_keys(value, files)?;
                if key
                    .scalar()
                    .is_some_and(|key| key.plain && key.text == "<<")
                {
                    merge_key(&mut merged, &value, files)?;
                    continue;
                }
                let Some(name) = key.as_text() else {
                    let problem = Problem::Shape("a key".to_owned());
                    return Err(ComposeError::new(files, key.place, problem));
                };
                if position(&own, name).is_some() {
                    let problem = Problem::Repeated(name.to_owned());
                    return Err(ComposeError::new(files, key.place, problem));
                }
                own.push((Arc::clone(key), value));
            }
            for (key, value) in merged {
                if position(&own, key.as_text().unwrap_or_default()).is_none() {
                    own.push((key, value));
                }
            }
            Value::Mapping(own)
        }
    };
    Ok(Arc::new(Node::new(value, node.tag.clone(), node.place)))
}

/// What stands earlier wins.
fn merge_key(
    merged: &mut Entries,
    value: &Arc<Node>,
    files: &[String],
) -> Result<(), ComposeError> {
    let several = value.items();
    let mappings = several.unwrap_or(std::slice::from_ref(value));
    for mapping in mappings {
        let Some(entries) = mapping.entries() else {
            let problem = Problem::Shape("<<".to_owned());
            return Err(ComposeError::new(files, mapping.place, problem));
        };
        for (key, value) in entries {
            if position(merged, key.as_text().unwrap_or_default()).is_none() {
                merged.push((Arc::clone(key), Arc::clone(value)));
            }
        }
    }
    Ok(())
}

fn extended_services(services: &Arc<Node>, files: &[String]) -> Result<Arc<Node>, ComposeError> {
    let Some(entries) = services.entries() else {
        let problem = Problem::Shape("services".to_owned());
        return Err(ComposeError::new(files, services.place, problem));
    };
    let mut written = Vec::new();
    for (name, _) in entries {
        let name_text = name.as_text().unwrap_or_default();
        written.push((Arc::clone(name), extended(services, name_text, files, 0)?));
    }
    Ok(mapping(written, services))
}

fn extended(
    services: &Node,
    name: &str,
    files: &[String],
    depth: usize,
) -> Result<Arc<Node>, ComposeError> {
    let refused = |place: Place, problem| ComposeError::new(files, place, problem);
    let Some(service) = services.get(name) else {
        return Err(refused(services.place, Problem::Extends));
    };
    let Some(extends) = service.get("extends") else {
        return Ok(Arc::clone(service));
    };
    if extends.get("file").is_some() {
        return Err(refused(extends.place, Problem::Unfollowed("extends: file")));
    }
    let parent = extends.get("service").unwrap_or(extends).as_text();
    let Some(parent) = parent.filter(|_| depth < MAX_EXTENDS) else {
        return Err(refused(extends.place, Problem::Extends));
    };
    if services.get(parent).is_none() {
        return Err(refused(extends.place, Problem::Extends));
    }
    let parent = extended(services, parent, files, depth + 1)?;
    let path = Path::root().of("services").of(name);
    Ok(joined(&parent, &without(service, "extends"), path))
}

fn without(node: &Node, key: &str) -> Arc<Node> {
    let entries = node.entries().unwrap_or_default().iter();
    let kept = entries.filter(|(name, _)| name.as_text() != Some(key));
    Arc::new(Node::new(
        Value::Mapping(kept.cloned().collect()),
        node.tag.clone(),
        node.place,
    ))
}
