//! One compose file on top of another, by Compose's rules: mappings are joined, lists
//! appended, `!reset` takes away, `!override` replaces.

use std::sync::Arc;

use super::paths::mount_parts;
use crate::formats::yaml::{Node, Value};

/// Takes away.
const RESET: &str = "!reset";
/// Replaces.
const OVERRIDE: &str = "!override";
/// Marks variables that Compose keeps as a list: nothing in them can be reset any more.
const LISTED: &str = "a list";

pub(super) type Entries = Vec<(Arc<Node>, Arc<Node>)>;

/// The file `over` on top of `base`; both written out.
#[must_use]
pub(super) fn merged(base: &Arc<Node>, over: &Arc<Node>) -> Arc<Node> {
    joined(base, over, Path::root())
}

/// A file by itself: what it resets is gone, what it overrides is there.
#[must_use]
pub(super) fn settled(node: &Arc<Node>) -> Arc<Node> {
    match &node.value {
        Value::Scalar(_) => Arc::new(untagged(node)),
        Value::Sequence(items) => {
            let items = items.iter().map(settled).collect();
            Arc::new(Node::new(Value::Sequence(items), None, node.place))
        }
        Value::Mapping(entries) => {
            let kept = entries.iter().filter(|(_, value)| !is_tagged(value, RESET));
            let kept = kept.map(|(key, value)| (Arc::clone(key), settled(value)));
            let tag = node.tag.clone().filter(|tag| tag == LISTED);
            Arc::new(Node::new(Value::Mapping(kept.collect()), tag, node.place))
        }
    }
}

fn untagged(node: &Node) -> Node {
    Node::new(node.value.clone(), None, node.place)
}

/// Where in the file a value stands, as far as the rules ask: the keys, outermost first.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    depth: usize,
    section: &'p str,
    keys: [&'p str; 2],
}

impl<'p> Path<'p> {
    pub(super) fn root() -> Path<'p> {
        Path {
            depth: 0,
            section: "",
            keys: [""; 2],
        }
    }

    pub(super) fn of(self, key: &'p str) -> Path<'p> {
        let mut path = self;
        match self.depth {
            0 => path.section = key,
            2 => path.keys[0] = key,
            3 => path.keys[1] = key,
            _ => {}
        }
        path.depth += 1;
        path
    }

    /// The key in a service, if this is one.
    fn in_service(&self) -> Option<&str> {
        (self.section == "services" && self.depth == 3).then_some(self.keys[0])
    }

    fn rule(&self) -> Rule {
        if self.section == "services" && self.depth == 4 && self.keys == ["healthcheck", "test"] {
            return Rule::Replace;
        }
        match self.in_service() {
            Some("command" | "entrypoint") => Rule::Replace,
            Some("environment" | "labels" | "annotations" | "sysctls" | "extra_hosts") => {
                Rule::Variables
            }
            Some("volumes" | "secrets" | "configs") => Rule::ByTarget,
            _ => Rule::Join,
        }
    }
}

enum Rule {
    /// The later one alone.
    Replace,
    /// `NAME=value` lists and mappings, name by name.
    Variables,
    /// One entry a target.
    ByTarget,
    /// By kind.
    Join,
}

pub(super) fn joined(base: &Arc<Node>, over: &Arc<Node>, path: Path<'_>) -> Arc<Node> {
    if is_tagged(over, OVERRIDE) || base.is_null() {
        return settled(over);
    }
    if over.is_null() {
        return Arc::clone(base);
    }
    match (path.rule(), &base.value, &over.value) {
        (Rule::Join, Value::Mapping(below), Value::Mapping(above)) => {
            join_mappings(base, below, above, path)
        }
        (Rule::Variables, ..) => join_variables(base, over, path),
        (Rule::ByTarget, Value::Sequence(below), Value::Sequence(above)) => {
            let mut items = below.clone();
            for item in above {
                let target = target(item);
                items.retain(|known| self::target(known) != target);
                items.push(settled(item));
            }
            list(items, base)
        }
        (Rule::Replace, ..) | (_, Value::Scalar(_), Value::Scalar(_)) => settled(over),
        // lists, and kinds that Compose makes lists of before it joins them
        _ => {
            let mut items = items_of(base);
            items.extend(items_of(&settled(over)));
            list(items, base)
        }
    }
}

fn join_mappings(base: &Node, below: &Entries, above: &Entries, path: Path<'_>) -> Arc<Node> {
    let mut entries = below.clone();
    for (key, value) in above {
        let name = key.as_text().unwrap_or_default();
        match (position(&entries, name), is_tagged(value, RESET)) {
            (Some(at), true) => {
                entries.remove(at);
            }
            (None, true) => {}
            (Some(at), false) => entries[at].1 = joined(&entries[at].1, value, path.of(name)),
            (None, false) => entries.push((Arc::clone(key), settled(value))),
        }
    }
    mapping(entries, base)
}

/// What is reset is taken from a mapping; then Compose makes a list of both.
fn join_variables(base: &Arc<Node>, over: &Arc<Node>, path: Path<'_>) -> Arc<Node> {
    let mut entries = variables(base);
    if let (false, Some(above)) = (is_listed(base), over.entries()) {
        let is_reset = |name: &str| {
            let found = position(above, name);
            found.is_some_and(|at| is_tagged(&above[at].1, RESET))
        };
        entries.retain(|(key, _)| !key.as_text().is_some_and(is_reset));
    }
    let below = Node::new(Value::Mapping(entries.clone()), None, base.place);
    let joined = join_mappings(&below, &entries, &variables(&settled(over)), path);
    let entries = joined.entries().unwrap_or_default().to_vec();
    Arc::new(Node::new(
        Value::Mapping(entries),
        Some(LISTED.to_owned()),
        base.place,
    ))
}

/// Whether variables are a list, in the file or by Compose's making.
#[must_use]
pub(super) fn is_listed(node: &Node) -> bool {
    node.items().is_some() || is_tagged(node, LISTED)
}

/// A list of variables as the mapping that says the same.
#[must_use]
pub(super) fn variables(node: &Node) -> Vec<(Arc<Node>, Arc<Node>)> {
    if let Some(entries) = node.entries() {
        return entries.to_vec();
    }
    let mut entries: Entries = Vec::new();
    for item in node.items().unwrap_or_default() {
        let text = item.as_text().unwrap_or_default();
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Node::text(value, item.place)),
            None => (text, Node::null(item.place)),
        };
        let entry = (Arc::new(Node::text(name, item.place)), Arc::new(value));
        match position(&entries, name) {
            Some(at) => entries[at] = entry,
            None => entries.push(entry),
        }
    }
    entries
}

pub(super) fn mapping(entries: Entries, like: &Node) -> Arc<Node> {
    Arc::new(Node::new(
        Value::Mapping(entries),
        like.tag.clone(),
        like.place,
    ))
}

fn list(items: Vec<Arc<Node>>, like: &Node) -> Arc<Node> {
    Arc::new(Node::new(Value::Sequence(items), None, like.place))
}

fn items_of(node: &Arc<Node>) -> Vec<Arc<Node>> {
    node.items()
        .map_or_else(|| vec![Arc::clone(node)], <[_]>::to_vec)
}

/// Where in the container an item of `volumes`, `secrets` or `configs` appears.
fn target(item: &Node) -> Option<String> {
    if let Some(text) = item.as_text() {
        let parts: Vec<&str> = mount_parts(text);
        let target = parts.get(1).or(parts.first())?;
        return Some(target.trim_end_matches('/').to_owned());
    }
    let target = item.get("target").or_else(|| item.get("source"))?;
    Some(target.as_text()?.trim_end_matches('/').to_owned())
}

fn is_tagged(node: &Node, tag: &str) -> bool {
    node.tag.as_deref() == Some(tag)
}

pub(super) fn position(entries: &[(Arc<Node>, Arc<Node>)], key: &str) -> Option<usize> {
    entries
        .iter()
        .position(|(name, _)| name.as_text() == Some(key))
}
