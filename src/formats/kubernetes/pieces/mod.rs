//! A stream of manifests cut into its objects without parsing it: documents at `---`, the
//! items of a `List` where its own indentation or its brackets say. By the rules of YAML no
//! value of an object can reach over such a cut: what goes on must be indented deeper. What
//! does not parse by itself is left to be parsed as a whole.

mod json;
pub mod words;

use crate::formats::place::Place;

/// A part of a file that is one object, or a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins, and its last byte.
    pub place: Place,
    /// Whether the dash of a list stands where it begins.
    pub dash: bool,
    /// The document that it is part of, all of it.
    pub document: Place,
}

impl Piece {
    /// Its bytes.
    #[must_use]
    pub fn bytes<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        &bytes[self.place.start as usize..self.place.end as usize]
    }
}

/// The pieces of a file of less than 4 GiB, in order.
#[must_use]
pub fn cut(bytes: &[u8], source: u32) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = Lines::new(bytes);
    let mut begin = lines.here();
    let mut from = lines.here();
    loop {
        let here = lines.here();
        let Some(line) = lines.next() else {
            cut_document(bytes, (begin, lines.here()), source, &mut pieces);
            return pieces;
        };
        let ends = is_marker(line, b"...");
        if is_marker(line, b"---") || ends {
            if from.at > begin.at {
                cut_document(bytes, (begin, here), source, &mut pieces);
            }
            begin = if ends { lines.here() } else { here };
        }
        from = lines.here();
    }
}

fn is_marker(line: &[u8], marker: &[u8]) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\t' | b'\r')))
}

/// A position at the beginning of a line.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    line: u32,
}

struct Lines<'b> {
    bytes: &'b [u8],
    here: Mark,
}

impl<'b> Lines<'b> {
    fn new(bytes: &'b [u8]) -> Lines<'b> {
        Lines::from(bytes, Mark { at: 0, line: 1 })
    }

    fn from(bytes: &'b [u8], here: Mark) -> Lines<'b> {
        Lines { bytes, here }
    }

    fn here(&self) -> Mark {
        self.here
    }

    fn next(&mut self) -> Option<&'b [u8]> {
        let rest = &self.bytes[self.here.at..];
        if rest.is_empty() {
            return None;
        }
        let (length, with_break) = match memchr::memchr(b'\n', rest) {
            Some(at) => (at, at + 1),
            None => (rest.len(), rest.len()),
        };
        self.here.at += with_break;
        self.here.line = self.here.line.saturating_add(1);
        Some(&rest[..length])
    }
}

fn span(source: u32, from: Mark, to: usize) -> Place {
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        source,
        line: from.line,
        column: 1,
        start: narrow(from.at),
        end: narrow(to),
    }
}

fn cut_document(bytes: &[u8], (from, to): (Mark, Mark), source: u32, pieces: &mut Vec<Piece>) {
    let document = span(source, from, to.at);
    let text = &bytes[..to.at];
    if json::cut(&text[from.at..], document, pieces) {
        return;
    }
    match items(text, from) {
        Some(items) => pieces.extend(items.windows(2).map(|pair| Piece {
            place: span(source, pair[0], pair[1].at),
            dash: true,
            document,
        })),
        None => pieces.push(Piece {
            place: document,
            dash: false,
            document,
        }),
    }
}

/// Where the items of a block-style `List` begin, and where the last one ends.
fn items(text: &[u8], from: Mark) -> Option<Vec<Mark>> {
    let mut lines = Lines::from(text, from);
    let mut is_list = false;
    let mut marks: Vec<Mark> = Vec::new();
    let mut is_mapping = false;
    loop {
        let here = lines.here();
        let Some(line) = lines.next() else {
            break;
        };
        match line.first() {
            None | Some(b'#' | b' ' | b'\r') => continue,
            Some(b'-') if is_marker(line, b"---") && here.at == from.at => {
                if line.iter().any(|byte| !matches!(byte, b'-' | b' ' | b'\r')) {
                    return None;
                }
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let key = line.iter().position(|byte| *byte == b':')?;
                is_mapping = true;
                let (key, value) = (&line[..key], line[key + 1..].trim_ascii());
                if key == b"kind" {
                    let value = value.trim_ascii_end();
                    is_list = value.ends_with(b"List");
                } else if key == b"items" {
                    if !value.is_empty() || !marks.is_empty() {
                        return None;
                    }
                    marks = item_marks(text, &mut lines)?;
                }
            }
            _ => return None,
        }
    }
    (is_list && is_mapping && marks.len() > 1).then_some(marks)
}

/// The beginnings of a sequence's items and its end; the lines then stand at that end.
fn item_marks<'b>(text: &'b [u8], lines: &mut Lines<'b>) -> Option<Vec<Mark>> {
    let mut marks = Vec::new();
    let mut indent = None;
    loop {
        let here = lines.here();
        let Some(line) = lines.next() else {
            marks.push(here);
            return indent.map(|_| marks);
        };
        let Some(depth) = line.iter().position(|byte| *byte != b' ') else {
            continue;
        };
        if matches!(line[depth], b'#' | b'\r') {
            continue;
        }
        let dash = line[depth] == b'-' && matches!(line.get(depth + 1), None | Some(b' '));
        let own = *indent.get_or_insert(depth);
        if depth == own && dash {
            marks.push(here);
        } else if depth <= own {
            if depth > 0 || marks.is_empty() {
                return None;
            }
            marks.push(here);
            *lines = Lines::from(text, here);
            return Some(marks);
        }
    }
}

#[cfg(test)]
mod tests;
