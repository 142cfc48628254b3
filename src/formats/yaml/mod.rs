//! YAML of others as an untyped tree in which every value knows where it stands. Bounded in
//! depth and size, aliases included. What the values mean is for the formats to say.

mod build;
mod json;
mod quick;

use std::fmt;
use std::sync::Arc;

pub use super::place::Place;
pub use build::{read, read_from};
pub use json::read_json_quickly;
pub use quick::read_quickly;

/// The largest text that is read, in bytes.
pub const MAX_BYTES: usize = 16 << 20;
/// The deepest nesting, where aliases lead included.
pub const MAX_DEPTH: u32 = 100;
/// The most nodes, each counted as often as aliases repeat it.
pub const MAX_NODES: u64 = 1_000_000;

/// One value. Aliases share it.
#[derive(Clone)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Its tag as far as it is not YAML's own, like `!reset`.
    pub tag: Option<String>,
    /// Where it stands; of lists and mappings, where they begin.
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
        let (mut depth, mut nodes) = (1, 1_u64);
        let mut count = |child: &Node| {
            depth = depth.max(child.depth + 1);
            nodes = nodes.saturating_add(child.nodes);
        };
        match &value {
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter().for_each(|item| count(item)),
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    count(key);
                    count(value);
                }
            }
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

    /// How many nodes it is made of, each counted as often as it stands there.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.nodes
    }

    /// Whether it is within [`MAX_DEPTH`] and [`MAX_NODES`], what is shared counted as often as
    /// it stands there: trees that are put together from others can grow past them.
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
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

#[cfg(test)]
mod tests;
