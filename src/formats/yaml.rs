//! YAML of others as an untyped tree in which every value knows where it stands. Bounded in
//! depth and size, aliases included. What the values mean is for the formats to say.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

/// The largest text that is read, in bytes.
pub const MAX_BYTES: usize = 16 << 20;
/// The deepest nesting, where aliases lead included.
pub const MAX_DEPTH: u32 = 100;
/// The most nodes, each counted as often as aliases repeat it.
pub const MAX_NODES: u64 = 1_000_000;

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which of the caller's files.
    pub source: u32,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// One value. Aliases share it.
#[derive(Clone)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Its tag as far as it is not YAML's own, like `!reset`.
    pub tag: Option<String>,
    /// Where it begins.
    pub place: Place,
    depth: u32,
    nodes: u64,
}

/// What a node is.
#[derive(Clone)]
pub enum Value {
    /// Text.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Arc<Node>>),
    /// Keys and values in the order of the file; keys may repeat, and `<<` is one of them.
    Mapping(Vec<(Arc<Node>, Arc<Node>)>),
}

/// The text of a scalar.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar {
    /// After unquoting and unescaping.
    pub text: String,
    /// Whether it stands there without quotes, so that it may be a number or null.
    pub plain: bool,
}

/// Why a text is not taken as YAML. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {problem}", .place.line, .place.column)]
pub struct YamlError {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub problem: YamlProblem,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YamlProblem {
    /// A byte that is no text.
    #[error("not UTF-8 text")]
    Encoding,
    /// Something that YAML does not allow.
    #[error("not valid YAML")]
    Syntax,
    /// More than a deployment file ever is.
    #[error("too large or too deeply nested")]
    TooLarge,
    /// An alias inside its own anchor.
    #[error("an alias refers to what it is part of")]
    Cycle,
}

impl Node {
    /// A scalar that no file holds.
    #[must_use]
    pub fn text(text: &str, place: Place) -> Node {
        Node::new(
            Value::Scalar(Scalar {
                text: text.to_owned(),
                plain: false,
            }),
            None,
            place,
        )
    }

    /// The absence of a value, where no file says it.
    #[must_use]
    pub fn null(place: Place) -> Node {
        let text = String::new();
        Node::new(Value::Scalar(Scalar { text, plain: true }), None, place)
    }

    /// A node with these parts.
    #[must_use]
    pub fn new(value: Value, tag: Option<String>, place: Place) -> Node {
        let children: Box<dyn Iterator<Item = &Arc<Node>>> = match &value {
            Value::Scalar(_) => Box::new(std::iter::empty()),
            Value::Sequence(items) => Box::new(items.iter()),
            Value::Mapping(entries) => {
                Box::new(entries.iter().flat_map(|(key, value)| [key, value]))
            }
        };
        let (mut depth, mut nodes) = (1, 1_u64);
        for child in children {
            depth = depth.max(child.depth + 1);
            nodes = nodes.saturating_add(child.nodes);
        }
        Node {
            value,
            tag,
            place,
            depth,
            nodes,
        }
    }

    /// The scalar, if it is one.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.scalar().map(|scalar| scalar.text.as_str())
    }

    /// The items of a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Arc<Node>]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    #[must_use]
    pub fn entries(&self) -> Option<&[(Arc<Node>, Arc<Node>)]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a mapping's key. Of a key that repeats, the last.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<Node>> {
        let mut entries = self.entries()?.iter().rev();
        let found = entries.find(|(name, _)| name.as_text() == Some(key));
        found.map(|(_, value)| value)
    }

    /// Whether it says that there is no value.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalar()
            .is_some_and(|scalar| scalar.plain && is_null(&scalar.text))
    }

    fn is_within_bounds(&self) -> bool {
        self.depth <= MAX_DEPTH && self.nodes <= MAX_NODES
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

impl fmt::Debug for Node {
    // what stands in the file may be secret
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.value {
            Value::Scalar(_) => "scalar",
            Value::Sequence(_) => "sequence",
            Value::Mapping(_) => "mapping",
        };
        write!(f, "{kind}@{}:{}", self.place.line, self.place.column)
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scalar(…)")
    }
}

/// Reads the documents of a file. `source` is what the places will say of it.
///
/// # Errors
/// When it is no YAML, or more than the bounds above.
pub fn read(bytes: &[u8], source: u32) -> Result<Vec<Arc<Node>>, YamlError> {
    let problem = |place, problem| YamlError { place, problem };
    let first = Place {
        source,
        line: 1,
        column: 1,
    };
    if bytes.len() > MAX_BYTES {
        return Err(problem(first, YamlProblem::TooLarge));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            return Err(problem(end_of(&before, source), YamlProblem::Encoding));
        }
    };
    let mut builder = Builder {
        source,
        open: Vec::new(),
        finished: HashMap::new(),
        documents: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| problem(place(*error.marker(), source), YamlProblem::Syntax))?;
        let place = place(span.start, source);
        builder
            .take(event, place)
            .map_err(|found| problem(place, found))?;
    }
    Ok(builder.documents)
}

fn place(marker: Marker, source: u32) -> Place {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        source,
        line: narrow(marker.line()),
        column: narrow(marker.col()).saturating_add(1),
    }
}

fn end_of(text: &str, source: u32) -> Place {
    let last = text.rsplit('\n').next().unwrap_or_default();
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        source,
        line: narrow(text.matches('\n').count() + 1),
        column: narrow(last.chars().count() + 1),
    }
}

/// A list or mapping whose end has not come yet.
struct Open {
    place: Place,
    anchor: usize,
    tag: Option<String>,
    is_mapping: bool,
    children: Vec<Arc<Node>>,
    nodes: u64,
}

struct Builder {
    source: u32,
    open: Vec<Open>,
    finished: HashMap<usize, Arc<Node>>,
    documents: Vec<Arc<Node>>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), YamlProblem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                };
                let is_text = tag.as_deref().and_then(Tag::core_suffix) == Some("str");
                let scalar = Scalar {
                    plain: scalar.plain && !is_text,
                    ..scalar
                };
                let node = Node::new(Value::Scalar(scalar), own_tag(tag.as_deref()), place);
                self.add(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(place, anchor, tag.as_deref(), false)
            }
            Event::MappingStart(_, anchor, tag) => self.begin(place, anchor, tag.as_deref(), true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(id) => {
                let node = self.finished.get(&id).ok_or(YamlProblem::Cycle)?;
                let node = Arc::clone(node);
                self.attach(node)
            }
            Event::DocumentStart(..) => {
                self.finished.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        place: Place,
        anchor: usize,
        tag: Option<&Tag>,
        is_mapping: bool,
    ) -> Result<(), YamlProblem> {
        if self.open.len() as u64 >= u64::from(MAX_DEPTH) {
            return Err(YamlProblem::TooLarge);
        }
        self.open.push(Open {
            place,
            anchor,
            tag: own_tag(tag),
            is_mapping,
            children: Vec::new(),
            nodes: 0,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), YamlProblem> {
        let Some(open) = self.open.pop() else {
            return Err(YamlProblem::Syntax);
        };
        let value = if open.is_mapping {
            let mut children = open.children.into_iter();
            let mut entries = Vec::with_capacity(children.len() / 2);
            while let (Some(key), Some(value)) = (children.next(), children.next()) {
                entries.push((key, value));
            }
            Value::Mapping(entries)
        } else {
            Value::Sequence(open.children)
        };
        self.add(Node::new(value, open.tag, open.place), open.anchor)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), YamlProblem> {
        let node = Arc::new(node);
        if anchor != 0 {
            self.finished.insert(anchor, Arc::clone(&node));
        }
        self.attach(node)
    }

    fn attach(&mut self, node: Arc<Node>) -> Result<(), YamlProblem> {
        if !node.is_within_bounds() {
            return Err(YamlProblem::TooLarge);
        }
        let Some(open) = self.open.last_mut() else {
            debug_assert_eq!(node.place.source, self.source);
            self.documents.push(node);
            return Ok(());
        };
        open.nodes = open.nodes.saturating_add(node.nodes);
        if open.nodes > MAX_NODES {
            return Err(YamlProblem::TooLarge);
        }
        open.children.push(node);
        Ok(())
    }
}

/// A tag that is not YAML's own.
fn own_tag(tag: Option<&Tag>) -> Option<String> {
    let tag = tag?;
    if tag.core_suffix().is_some() {
        return None;
    }
    Some(format!("{}{}", tag.handle(), tag.suffix()))
}
