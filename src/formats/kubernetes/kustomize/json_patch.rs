//! JSON patches (RFC 6902) on nodes.

use std::sync::Arc;

use crate::formats::kubernetes::edit;
use crate::formats::yaml::{Node, Place, Value};

/// The most operations of one patch.
pub const MAX_OPERATIONS: usize = 10_000;

/// One operation.
#[derive(Debug)]
pub struct Operation {
    what: What,
    path: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

#[derive(Debug)]
enum What {
    Add(Arc<Node>),
    Remove,
    Replace(Arc<Node>),
    Move(Vec<String>),
    Copy(Vec<String>),
    Test(Arc<Node>),
}

/// Why a patch does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// Nothing is there to be changed.
    #[error("a patch changes what is not there")]
    Missing,
    /// More work than any patch of a deployment is.
    #[error("a patch is too large")]
    TooLarge,
    /// `test` failed.
    #[error("a patch tests for what is not so")]
    Test,
}

/// The operations that a node lists, if it is a JSON patch.
#[must_use]
pub fn operations(node: &Node) -> Option<Vec<Operation>> {
    let items = node.items()?;
    (items.len() <= MAX_OPERATIONS).then_some(())?;
    items.iter().map(operation).collect()
}

fn operation(node: &Arc<Node>) -> Option<Operation> {
    let text = |key: &str| node.get(key).and_then(|node| node.as_text());
    let value = || {
        let null = || Arc::new(Node::null(node.place));
        node.get("value").map_or_else(null, Arc::clone)
    };
    let what = match text("op")? {
        "add" => What::Add(value()),
        "remove" => What::Remove,
        "replace" => What::Replace(value()),
        "move" => What::Move(pointer(text("from")?)?),
        "copy" => What::Copy(pointer(text("from")?)?),
        "test" => What::Test(value()),
        _ => return None,
    };
    Some(Operation {
        what,
        path: pointer(text("path")?)?,
        place: node.place,
    })
}

fn pointer(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let parts = text.strip_prefix('/')?.split('/');
    Some(
        parts
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect(),
    )
}

/// The most entries and items that the operations of one patch may pass.
const MAX_PASSED: usize = 20_000_000;

/// The object after all of the operations.
///
/// # Errors
/// When one of them does not apply: its place, and why.
pub fn apply(root: &Arc<Node>, operations: &[Operation]) -> Result<Arc<Node>, (Place, PatchError)> {
    let mut room = MAX_PASSED;
    let mut root = Arc::clone(root);
    for operation in operations {
        let new = apply_one(&root, operation, &mut room);
        root = new.map_err(|error| (operation.place, error))?;
        if !root.is_within_bounds() {
            return Err((operation.place, PatchError::TooLarge));
        }
    }
    Ok(root)
}

fn apply_one(
    root: &Arc<Node>,
    operation: &Operation,
    room: &mut usize,
) -> Result<Arc<Node>, PatchError> {
    let path = &operation.path;
    let mut change = |root: &Arc<Node>, path: &[String], what| change(root, path, what, room);
    match &operation.what {
        What::Add(value) => change(root, path, Change::Add(value)),
        What::Remove => change(root, path, Change::Remove),
        What::Replace(value) => change(root, path, Change::Replace(value)),
        What::Move(from) => {
            let value = find(root, from).ok_or(PatchError::Missing)?;
            let without = change(root, from, Change::Remove)?;
            change(&without, path, Change::Add(&value))
        }
        What::Copy(from) => {
            let value = find(root, from).ok_or(PatchError::Missing)?;
            change(root, path, Change::Add(&value))
        }
        What::Test(value) => match find(root, path) {
            Some(found) if equal(&found, value) => Ok(Arc::clone(root)),
            _ => Err(PatchError::Test),
        },
    }
}

fn find(root: &Arc<Node>, path: &[String]) -> Option<Arc<Node>> {
    let found = path.iter().try_fold(root, |node, part| match node.items() {
        Some(items) => items.get(index(part)?),
        None => node.get(part),
    });
    found.map(Arc::clone)
}

fn index(part: &str) -> Option<usize> {
    let plain = part.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| part.parse().ok()).flatten()
}

#[derive(Clone, Copy)]
enum Change<'c> {
    Add(&'c Arc<Node>),
    Remove,
    Replace(&'c Arc<Node>),
}

fn change(
    node: &Arc<Node>,
    path: &[String],
    what: Change<'_>,
    room: &mut usize,
) -> Result<Arc<Node>, PatchError> {
    let entries = node.entries().map_or(0, <[_]>::len) + node.items().map_or(0, <[_]>::len);
    *room = room.checked_sub(entries + 1).ok_or(PatchError::TooLarge)?;
    let Some((first, rest)) = path.split_first() else {
        return match what {
            Change::Add(value) | Change::Replace(value) => Ok(Arc::clone(value)),
            Change::Remove => Err(PatchError::Missing),
        };
    };
    match &node.value {
        Value::Sequence(items) => change_item(node, items, (first, rest), what, room),
        Value::Mapping(_) => change_entry(node, (first, rest), what, room),
        Value::Scalar(_) => Err(PatchError::Missing),
    }
}

fn change_entry(
    node: &Arc<Node>,
    (key, rest): (&String, &[String]),
    what: Change<'_>,
    room: &mut usize,
) -> Result<Arc<Node>, PatchError> {
    let old = node.get(key);
    if !rest.is_empty() {
        let new = change(old.ok_or(PatchError::Missing)?, rest, what, room)?;
        return Ok(edit::with(node, key, new));
    }
    match (what, old) {
        (Change::Add(value), _) | (Change::Replace(value), Some(_)) => {
            Ok(edit::with(node, key, Arc::clone(value)))
        }
        (Change::Remove, Some(_)) => Ok(edit::without(node, key)),
        (_, None) => Err(PatchError::Missing),
    }
}

fn change_item(
    node: &Arc<Node>,
    items: &[Arc<Node>],
    (part, rest): (&String, &[String]),
    what: Change<'_>,
    room: &mut usize,
) -> Result<Arc<Node>, PatchError> {
    let mut items = items.to_vec();
    let adds = matches!(what, Change::Add(_)) && rest.is_empty();
    let at = if adds && part == "-" {
        items.len()
    } else {
        index(part).ok_or(PatchError::Missing)?
    };
    match what {
        Change::Add(value) if adds => {
            if at > items.len() {
                return Err(PatchError::Missing);
            }
            items.insert(at, Arc::clone(value));
        }
        Change::Remove if rest.is_empty() => {
            if at >= items.len() {
                return Err(PatchError::Missing);
            }
            items.remove(at);
        }
        _ => {
            let item = items.get_mut(at).ok_or(PatchError::Missing)?;
            *item = change(item, rest, what, room)?;
        }
    }
    Ok(edit::same(node, Value::Sequence(items)))
}

fn equal(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Scalar(one), Value::Scalar(other)) => {
            use crate::formats::kubernetes::scalar::kind;
            one.text == other.text && kind(one) == kind(other)
        }
        (Value::Sequence(one), Value::Sequence(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Mapping(entries), Value::Mapping(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|(key, value)| {
                    let same = key.as_text().and_then(|key| other.get(key));
                    same.is_some_and(|other| equal(value, other))
                })
        }
        _ => false,
    }
}
