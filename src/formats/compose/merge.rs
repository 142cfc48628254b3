//! One compose file on top of another, by Compose's rules: mappings are joined, lists
//! appended, `!reset` takes away, `!override` replaces.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::paths::{in_container, mount_parts};
use super::sources::Sources;
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
pub(super) fn merged(base: &Arc<Node>, over: &Arc<Node>, sources: &Sources) -> Arc<Node> {
    joined(base, over, Path::root(), sources)
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
        if self.section == "services" && self.depth == 4 {
            return match self.keys {
                ["healthcheck", "test"] => Rule::Replace,
                ["build", "args" | "labels"] => Rule::Variables,
                _ => Rule::Join,
            };
        }
        match self.in_service() {
            Some("command" | "entrypoint") => Rule::Replace,
            Some("environment" | "labels" | "annotations" | "sysctls" | "extra_hosts") => {
                Rule::Variables
            }
            Some("volumes") => Rule::ByTarget(""),
            Some("secrets") => Rule::ByTarget("/run/secrets/"),
            Some("configs") => Rule::ByTarget("/"),
            Some("build") => Rule::Build,
            _ => Rule::Join,
        }
    }
}

enum Rule {
    /// The later one alone.
    Replace,
    /// `NAME=value` lists and mappings, name by name.
    Variables,
    /// One entry a target; what is not said of it lies below this.
    ByTarget(&'static str),
    /// A mapping, or the context alone.
    Build,
    /// By kind.
    Join,
}

pub(super) fn joined(
    base: &Arc<Node>,
    over: &Arc<Node>,
    path: Path<'_>,
    sources: &Sources,
) -> Arc<Node> {
    if is_tagged(over, OVERRIDE) || base.is_null() {
        return settled(over);
    }
    let rule = path.rule();
    if over.is_null() && !matches!(rule, Rule::Replace) {
        return Arc::clone(base);
    }
    match (rule, &base.value, &over.value) {
        (Rule::Join, Value::Mapping(below), Value::Mapping(above)) => {
            join_mappings(base, below, above, path, sources)
        }
        (Rule::Build, ..) => match (build(base), build(over)) {
            (Some(below), Some(above)) => join_mappings(base, &below, &above, path, sources),
            _ => settled(over),
        },
        (Rule::Variables, ..) => join_variables(base, over, sources),
        (Rule::ByTarget(below), Value::Sequence(known), Value::Sequence(above)) => {
            let mut items = by_target(known, below, sources);
            items.extend(above.iter().map(settled));
            list(by_target(&items, below, sources), base)
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

/// `build` as the mapping that it stands for.
fn build(node: &Arc<Node>) -> Option<Entries> {
    match &node.value {
        Value::Mapping(entries) => Some(entries.clone()),
        Value::Scalar(_) => {
            let key = Arc::new(Node::text("context", node.place));
            Some(vec![(key, Arc::clone(node))])
        }
        Value::Sequence(_) => None,
    }
}

/// What comes later takes the place of what has the same target.
pub(super) fn by_target(items: &[Arc<Node>], below: &str, sources: &Sources) -> Vec<Arc<Node>> {
    let mut kept: Vec<Arc<Node>> = Vec::with_capacity(items.len());
    let mut targets: HashMap<String, usize> = HashMap::new();
    for item in items {
        let known = target(item, below, sources).map(|target| {
            let next = kept.len();
            *targets.entry(target).or_insert(next)
        });
        match known.filter(|at| *at < kept.len()) {
            Some(at) => kept[at] = Arc::clone(item),
            None => kept.push(Arc::clone(item)),
        }
    }
    kept
}

fn join_mappings(
    base: &Node,
    below: &Entries,
    above: &Entries,
    path: Path<'_>,
    sources: &Sources,
) -> Arc<Node> {
    let mut entries: Vec<Option<(Arc<Node>, Arc<Node>)>> =
        below.iter().cloned().map(Some).collect();
    let names = below.iter().enumerate();
    let names: HashMap<&str, usize> = names
        .map(|(at, (key, _))| (key.as_text().unwrap_or_default(), at))
        .collect();
    for (key, value) in above {
        let name = key.as_text().unwrap_or_default();
        let known = names.get(name).copied();
        match (known, is_tagged(value, RESET)) {
            (Some(at), true) => entries[at] = None,
            (None, true) => {}
            (Some(at), false) => match &mut entries[at] {
                Some((_, base)) if name.starts_with("x-") => *base = settled(value),
                Some((_, base)) => *base = joined(base, value, path.of(name), sources),
                gone => *gone = Some((Arc::clone(key), settled(value))),
            },
            (None, false) => entries.push(Some((Arc::clone(key), settled(value)))),
        }
    }
    mapping(entries.into_iter().flatten().collect(), base)
}

/// What is reset is taken from a mapping; then Compose makes a list of both.
fn join_variables(base: &Arc<Node>, over: &Arc<Node>, sources: &Sources) -> Arc<Node> {
    let mut entries = variables(base, sources);
    if let (false, Some(above)) = (is_listed(base), over.entries()) {
        let reset = above.iter().filter(|(_, value)| is_tagged(value, RESET));
        let reset: HashSet<&str> = reset.filter_map(|(key, _)| key.as_text()).collect();
        entries.retain(|(key, _)| key.as_text().is_none_or(|name| !reset.contains(name)));
    }
    // a name alone replaces a value, too
    let names = entries.iter().enumerate();
    let names: HashMap<String, usize> = names
        .map(|(at, (key, _))| (key.as_text().unwrap_or_default().to_owned(), at))
        .collect();
    for (key, value) in variables(&settled(over), sources) {
        match names.get(key.as_text().unwrap_or_default()) {
            Some(at) => entries[*at] = (key, value),
            None => entries.push((key, value)),
        }
    }
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

/// A list of variables as the mapping that says the same. The value of a name alone stands
/// where the name does.
#[must_use]
pub(super) fn variables(node: &Node, sources: &Sources) -> Vec<(Arc<Node>, Arc<Node>)> {
    if let Some(entries) = node.entries() {
        return entries.to_vec();
    }
    let mut entries: Entries = Vec::new();
    let mut names: HashMap<String, usize> = HashMap::new();
    for item in node.items().unwrap_or_default() {
        let (name, value) = listed(item, sources);
        let entry = (
            Arc::new(Node::text(&name, item.place)),
            Arc::new(value.unwrap_or_else(|| Node::null(item.place))),
        );
        match names.get(&name) {
            Some(at) => entries[*at] = entry,
            None => {
                names.insert(name, entries.len());
                entries.push(entry);
            }
        }
    }
    entries
}

/// `NAME=value`. Compose splits it after interpolation: only a name that holds a `$` shows that.
fn listed(item: &Node, sources: &Sources) -> (String, Option<Node>) {
    let text = item.as_text().unwrap_or_default();
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    if !name.contains('$') {
        return (
            name.to_owned(),
            value.map(|value| Node::text(value, item.place)),
        );
    }
    let completed = sources.text(item).ok().flatten();
    let completed = completed.map_or_else(String::new, |text| text.value.expose().to_owned());
    match completed.split_once('=') {
        // what it says now must not be completed again
        Some((name, value)) => {
            let value = Node::text(&value.replace('$', "$$"), item.place);
            (name.to_owned(), Some(value))
        }
        None => (completed, None),
    }
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
fn target(item: &Node, below: &str, sources: &Sources) -> Option<String> {
    let completed = |node: &Node| {
        let text = sources.text(node).ok().flatten();
        text.map(|text| text.value.expose().to_owned())
    };
    let said = match item.as_text() {
        Some(_) if !below.is_empty() => None,
        Some(_) => {
            let text = completed(item)?;
            let parts = mount_parts(&text);
            Some(in_container(parts.get(1).or(parts.first())?))
        }
        // Compose cleans the long form later, and then it is too late
        None => item.get("target").and_then(|node| completed(node)),
    };
    let target = match said {
        Some(target) => target,
        None => format!(
            "{below}{}",
            completed(item.get("source").map_or(item, AsRef::as_ref))?
        ),
    };
    Some(target)
}

fn is_tagged(node: &Node, tag: &str) -> bool {
    node.tag.as_deref() == Some(tag)
}
