//! From the parser's events to the tree, within the bounds.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use crate::formats::place::Cursor;

use super::{
    MAX_BYTES, MAX_DEPTH, MAX_NODES, Node, Place, Scalar, Value, YamlError, YamlProblem,
    read_quickly,
};

/// Reads the documents of a file. `source` is what the places will say of it.
///
/// # Errors
/// When it is no YAML, or more than the bounds above.
pub fn read(bytes: &[u8], source: u32) -> Result<Vec<Arc<Node>>, YamlError> {
    let all = |_: &[&str], _: &str| false;
    match read_quickly(bytes, Place::top(source), false, all) {
        Some(document) => Ok(vec![document]),
        None => read_from(bytes, Place::top(source)),
    }
}

/// Reads the documents of a part of a file, which begins at this place of it.
///
/// # Errors
/// As [`read`].
pub fn read_from(bytes: &[u8], first: Place) -> Result<Vec<Arc<Node>>, YamlError> {
    let problem = |place, problem| YamlError { place, problem };
    if bytes.len() > MAX_BYTES {
        return Err(problem(first, YamlProblem::TooLarge));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            return Err(problem(
                moved(end_of(&before, first.source), first),
                YamlProblem::Encoding,
            ));
        }
    };
    let mut builder = Builder {
        source: first.source,
        open: Vec::new(),
        finished: HashMap::new(),
        documents: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| problem(place(*error.marker(), first), YamlProblem::Syntax))?;
        let place = Place {
            end: place(span.end, first).start,
            ..place(span.start, first)
        };
        builder
            .take(event, place)
            .map_err(|found| problem(place, found))?;
    }
    Ok(builder.documents)
}

fn place(marker: Marker, first: Place) -> Place {
    let place = Place {
        source: first.source,
        line: narrow(marker.line()),
        column: narrow(marker.col()).saturating_add(1),
        start: byte(marker),
        end: byte(marker),
    };
    moved(place, first)
}

/// A place in a part of a file that begins at another.
fn moved(place: Place, first: Place) -> Place {
    let column = if place.line == 1 { first.column } else { 1 };
    Place {
        line: place.line.saturating_add(first.line - 1),
        column: place.column.saturating_add(column - 1),
        start: place.start.saturating_add(first.start),
        end: place.end.saturating_add(first.start),
        ..place
    }
}

fn byte(marker: Marker) -> u32 {
    narrow(marker.byte_offset().unwrap_or_default())
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn end_of(text: &str, source: u32) -> Place {
    let mut cursor = Cursor::new(text, source);
    cursor.take(cursor.rest().len());
    cursor.here()
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
