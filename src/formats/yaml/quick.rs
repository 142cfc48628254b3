//! YAML as machines and most people write it, read in a third of the time: block style, one line
//! a value or a list in brackets. Everything else is left to the real parser; what is read here,
//! that reads alike, places included (a test holds them against each other).

mod flow;
mod lexical;

use std::sync::Arc;

use flow::flow;
use lexical::{
    Key, closes, double_quoted, ends, is_blank, is_item, is_plain, single_quoted, split_key,
    without_comment,
};

use super::{MAX_BYTES, MAX_DEPTH, Node, Place, Scalar, Value};

/// Reads one document that is such YAML; `None` where it is not, which says nothing about it.
/// With `dash`, the first line begins with the dash of the list that it is an item of.
/// Keys for which `skip` says so, given the way to them, are left out with all below them.
#[must_use]
pub fn read_quickly(
    bytes: &[u8],
    first: Place,
    dash: bool,
    skip: fn(&[&str], &str) -> bool,
) -> Option<Arc<Node>> {
    let whole = first.column == 1 && bytes.last() == Some(&b'\n') && bytes.len() <= MAX_BYTES;
    if !whole {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let is_ascii = is_printable(bytes);
    if !is_ascii && !text.chars().all(is_plain_character) {
        return None;
    }
    let mut reader = Reader {
        text,
        is_ascii,
        first,
        next: 0,
        line: 0,
        here: Line::default(),
        way: Vec::new(),
        skip,
    };
    reader.advance();
    if !dash && reader.here.indent == 0 && reader.here.text == "---" {
        reader.advance();
    }
    if dash {
        let inside = reader.here.text.strip_prefix('-')?;
        let text = inside.trim_start_matches(' ');
        reader.here.start += 1 + inside.len() - text.len();
        reader.here.indent += 1 + inside.len() - text.len();
        reader.here.text = text;
        if inside.len() == text.len() {
            return None;
        }
    }
    let root = reader.block(reader.here, 1)?;
    (reader.here.text.is_empty() && root.is_within_bounds()).then_some(root)
}

/// Whether it is ASCII without control characters but line breaks. A block of bytes at a time,
/// which compilers make one instruction of.
pub(super) fn is_printable(bytes: &[u8]) -> bool {
    let other = |byte: &u8| !(0x20..0x7f).contains(byte) & (*byte != b'\n');
    bytes
        .chunks(64)
        .all(|block| !block.iter().fold(false, |found, byte| found | other(byte)))
}

/// Whether the real parser takes it for a character like others, and not for a line break, a
/// mark of byte order or something that no file may hold.
fn is_plain_character(character: char) -> bool {
    match character {
        '\n' | ' '..='~' => true,
        '\0'..'\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => false,
        other => u32::from(other) & 0xfffe != 0xfffe,
    }
}

/// What is left of a line that is not blank; empty at the end.
#[derive(Clone, Copy, Default)]
struct Line<'t> {
    text: &'t str,
    /// The byte at which it begins.
    start: usize,
    /// How many bytes of its line are before it.
    indent: usize,
}

struct Reader<'t> {
    text: &'t str,
    is_ascii: bool,
    first: Place,
    /// Where the next line begins, and how many came before it.
    next: usize,
    line: u32,
    here: Line<'t>,
    way: Vec<&'t str>,
    skip: fn(&[&str], &str) -> bool,
}

impl<'t> Reader<'t> {
    /// The next line as it stands there, without its break.
    fn raw(&mut self) -> Option<&'t str> {
        let rest = &self.text[self.next..];
        let end = memchr::memchr(b'\n', rest.as_bytes())?;
        self.next += end + 1;
        self.line += 1;
        Some(&rest[..end])
    }

    /// Goes to the next line that is neither blank nor a comment.
    fn advance(&mut self) {
        loop {
            let start = self.next;
            let Some(line) = self.raw() else {
                self.here = Line::default();
                return;
            };
            let text = line.trim_start_matches(' ');
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let indent = line.len() - text.len();
            self.here = Line {
                text: text.trim_end_matches(' '),
                start: start + indent,
                indent,
            };
            return;
        }
    }

    fn is_below(&self, indent: usize) -> bool {
        !self.here.text.is_empty() && self.here.indent > indent
    }

    fn place(&self, part: Line<'_>) -> Place {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let start = self.first.start.saturating_add(narrow(part.start));
        Place {
            source: self.first.source,
            line: self.first.line.saturating_add(self.line - 1),
            column: narrow(self.column(part)).saturating_add(1),
            start,
            end: start.saturating_add(narrow(part.text.len())),
        }
    }

    /// The characters of the line before this part of it.
    fn column(&self, part: Line<'_>) -> usize {
        let before = part.start - part.indent..part.start;
        match self.is_ascii {
            true => part.indent,
            false => self.text[before].chars().count(),
        }
    }

    fn scalar(&self, part: Line<'_>, text: String, plain: bool) -> Arc<Node> {
        let value = Value::Scalar(Scalar { text, plain });
        Arc::new(Node::new(value, None, self.place(part)))
    }

    /// What begins in this part of the current line.
    fn block(&mut self, part: Line<'t>, depth: u32) -> Option<Arc<Node>> {
        if depth > MAX_DEPTH || part.text.is_empty() {
            return None;
        }
        if is_item(part.text) {
            return self.sequence(part, part, depth);
        }
        let first = split_key(part.text)?;
        self.mapping(part, first, depth)
    }

    /// A mapping whose first line is this, split already.
    fn mapping(&mut self, part: Line<'t>, first: Key<'t>, depth: u32) -> Option<Arc<Node>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let begin = Line { text: "", ..part };
        let place = self.place(begin);
        let mut entries = Vec::new();
        let (mut part, mut split) = (part, first);
        loop {
            let (key, name, rest) = split;
            let key_node = self.scalar(Line { text: key, ..part }, name.to_owned(), key == name);
            let value = after(part, part.text.len() - rest.len());
            if is_blank(value.text) && (self.skip)(&self.way, name) {
                self.pass(part.indent)?;
            } else {
                self.way.push(name);
                let value = self.value(value, part.indent, depth)?;
                self.way.pop();
                entries.push((key_node, value));
            }
            if self.here.text.is_empty() || self.here.indent < part.indent {
                break;
            }
            if self.here.indent > part.indent || is_item(self.here.text) {
                return None;
            }
            part = self.here;
            split = split_key(part.text)?;
        }
        Some(Arc::new(Node::new(Value::Mapping(entries), None, place)))
    }

    fn value(&mut self, part: Line<'t>, indent: usize, depth: u32) -> Option<Arc<Node>> {
        if !is_blank(part.text) {
            return self.inline(part, indent);
        }
        self.advance();
        if self.here.indent == indent && is_item(self.here.text) {
            // such a list begins, for the real parser, behind its first dash
            let begin = after(self.here, 1);
            return if is_blank(begin.text) {
                None
            } else {
                self.sequence(self.here, begin, depth + 1)
            };
        }
        self.is_below(indent)
            .then(|| self.block(self.here, depth + 1))?
    }

    fn sequence(&mut self, part: Line<'t>, begin: Line<'t>, depth: u32) -> Option<Arc<Node>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let place = self.place(Line { text: "", ..begin });
        let mut items = Vec::new();
        let mut part = part;
        loop {
            let item = after(part, 1);
            if is_blank(item.text) {
                self.advance();
                if !self.is_below(part.indent) {
                    return None;
                }
                items.push(self.block(self.here, depth + 1)?);
            } else if is_item(item.text) {
                items.push(self.sequence(item, item, depth + 1)?);
            } else if let Some(first) = split_key(item.text) {
                items.push(self.mapping(item, first, depth + 1)?);
            } else {
                items.push(self.inline(item, part.indent)?);
            }
            let ends = self.here.text.is_empty() || self.here.indent < part.indent;
            if ends || (self.here.indent == part.indent && !is_item(self.here.text)) {
                break;
            }
            if self.here.indent > part.indent {
                return None;
            }
            part = self.here;
        }
        Some(Arc::new(Node::new(Value::Sequence(items), None, place)))
    }

    /// A value that ends with its line.
    fn inline(&mut self, part: Line<'t>, indent: usize) -> Option<Arc<Node>> {
        let text = part.text;
        let node = match text.as_bytes()[0] {
            b'|' => return self.literal(part, indent),
            b'"' => self.quoted(part, double_quoted(text)?)?,
            b'\'' => self.quoted(part, single_quoted(text)?)?,
            b'{' | b'[' => flow(self, part)?,
            _ => {
                let text = without_comment(text);
                if !is_plain(text) {
                    return None;
                }
                self.scalar(Line { text, ..part }, text.to_owned(), true)
            }
        };
        self.advance();
        (!self.is_below(indent)).then_some(node)
    }

    /// What is quoted, if nothing comes behind it.
    fn quoted(&self, part: Line<'t>, (length, quoted): (usize, String)) -> Option<Arc<Node>> {
        let (text, rest) = part.text.split_at(length);
        ends(rest).then(|| self.scalar(Line { text, ..part }, quoted, false))
    }

    /// A block scalar: `|` or `|-`, its own indentation found in its first line.
    fn literal(&mut self, part: Line<'t>, indent: usize) -> Option<Arc<Node>> {
        let keeps_break = match part.text {
            "|" => true,
            "|-" => false,
            _ => return None,
        };
        let from = self.next;
        let mut ahead = self.raw()?;
        let own = ahead.len() - ahead.trim_start_matches(' ').len();
        if own <= indent || own == ahead.len() {
            return None;
        }
        let begin = Line {
            text: "",
            start: from + own,
            indent: own,
        };
        let mut place = self.place(begin);
        let mut text = String::new();
        let mut last = from;
        loop {
            text.push_str(&ahead[own..]);
            text.push('\n');
            last = self.next.max(last);
            let (next, line) = (self.next, self.line);
            let Some(more) = self.raw() else {
                break;
            };
            let spaces = more.len() - more.trim_start_matches(' ').len();
            if spaces == more.len() {
                // blank lines within or behind: rare enough
                return None;
            }
            if spaces < own {
                // the real parser looks for the next line's content before it ends this one
                last = next + spaces;
                (self.next, self.line) = (next, line);
                break;
            }
            ahead = more;
        }
        if !keeps_break {
            text.pop();
        }
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        place.end = self.first.start.saturating_add(narrow(last));
        let value = Value::Scalar(Scalar { text, plain: false });
        self.advance();
        if self.is_below(indent) {
            return None;
        }
        Some(Arc::new(Node::new(value, None, place)))
    }

    /// Passes over all that is indented deeper: no quote and no bracket may reach beyond it.
    fn pass(&mut self, indent: usize) -> Option<()> {
        loop {
            self.advance();
            let beside = self.here.indent == indent && is_item(self.here.text);
            if !beside && !self.is_below(indent) {
                return Some(());
            }
            if !closes(self.here.text) {
                return None;
            }
        }
    }
}

/// The part behind so many bytes and the blanks that follow them.
fn after(part: Line<'_>, bytes: usize) -> Line<'_> {
    let rest = part.text[bytes..].trim_start_matches(' ');
    let passed = part.text.len() - rest.len();
    Line {
        text: rest,
        start: part.start + passed,
        indent: part.indent + passed,
    }
}

#[cfg(test)]
pub(super) mod tests;
