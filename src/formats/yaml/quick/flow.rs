//! Lists and mappings in brackets that close in the line where they open, of scalars as people
//! and machines write them there: `[a, "b"]`, `{c: d}`.

use std::sync::Arc;

use super::lexical::{double_quoted, ends, single_quoted};
use super::{Line, MAX_DEPTH, Node, Reader, Scalar, Value};

/// What is still ahead of a line.
struct Flow<'r, 't> {
    reader: &'r Reader<'t>,
    part: Line<'t>,
}

/// What this part of the reader's line is, if nothing comes behind the bracket that closes its
/// first.
pub(super) fn flow<'t>(reader: &Reader<'t>, part: Line<'t>) -> Option<Arc<Node>> {
    let mut flow = Flow { reader, part };
    let node = flow.collection(1)?;
    ends(flow.part.text).then_some(node)
}

impl<'t> Flow<'_, 't> {
    fn peek(&self) -> Option<u8> {
        self.part.text.as_bytes().first().copied()
    }

    fn take(&mut self, bytes: usize) -> Line<'t> {
        let (text, rest) = self.part.text.split_at(bytes);
        let taken = Line { text, ..self.part };
        self.part = Line {
            text: rest,
            start: self.part.start + bytes,
            indent: self.part.indent + bytes,
        };
        taken
    }

    fn blank(&mut self) {
        let rest = self.part.text.trim_start_matches(' ');
        self.take(self.part.text.len() - rest.len());
    }

    fn collection(&mut self, depth: u32) -> Option<Arc<Node>> {
        let is_mapping = match self.peek()? {
            _ if depth > MAX_DEPTH => return None,
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        let place = self.reader.place(self.take(1));
        let value = if is_mapping {
            Value::Mapping(self.listed(b'}', |flow| flow.entry(depth))?)
        } else {
            Value::Sequence(self.listed(b']', |flow| flow.value(depth))?)
        };
        Some(Arc::new(Node::new(value, None, place)))
    }

    /// What stands between commas, up to this bracket.
    fn listed<T>(&mut self, end: u8, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut all = Vec::new();
        if self.peek()? == end {
            self.take(1);
            return Some(all);
        }
        loop {
            self.blank();
            all.push(one(self)?);
            self.blank();
            let next = self.peek()?;
            if next != end && next != b',' {
                return None; // nor taken: it may be a part of a character
            }
            self.take(1);
            if next == end {
                return Some(all);
            }
        }
    }

    fn entry(&mut self, depth: u32) -> Option<(Arc<Node>, Arc<Node>)> {
        let key = self.scalar()?;
        if !self.part.text.starts_with(": ") {
            return None;
        }
        self.take(2);
        self.blank();
        Some((key, self.value(depth)?))
    }

    fn value(&mut self, depth: u32) -> Option<Arc<Node>> {
        match self.peek()? {
            b'{' | b'[' => self.collection(depth + 1),
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Option<Arc<Node>> {
        let text = self.part.text;
        let (length, text, plain) = match self.peek()? {
            b'"' => {
                let (length, text) = double_quoted(text)?;
                (length, text, false)
            }
            b'\'' => {
                let (length, text) = single_quoted(text)?;
                (length, text, false)
            }
            _ => {
                let length = plain(text)?;
                (length, text[..length].to_owned(), true)
            }
        };
        let part = self.take(length);
        let value = Value::Scalar(Scalar { text, plain });
        let node = Node::new(value, None, self.reader.place(part));
        Some(Arc::new(node))
    }
}

/// How long the plain scalar is that begins here.
fn plain(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let begins =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'/' | b'.' | b'$');
    let inside = |byte: u8| {
        begins(byte) || matches!(byte, b'-' | b'+' | b'=' | b'(' | b')' | b'@' | b'%' | b'~')
    };
    let first = *bytes.first()?;
    let dashed = first == b'-'
        && bytes
            .get(1)
            .is_some_and(|next| begins(*next) || *next == b'-');
    if !begins(first) && !dashed {
        return None;
    }
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        // a colon or a blank is a part of it only before more of it
        let joins = matches!(byte, b':' | b' ');
        let goes_on = || bytes.get(at + 1).is_some_and(|next| inside(*next));
        if !(inside(*byte) || joins && goes_on()) {
            break;
        }
        at += 1;
    }
    Some(at)
}

/// Whether the last bracket of a text closes its first, whatever is between them.
pub(super) fn closes(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut depth, mut at, mut before) = (0_usize, 0, b'[');
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1 == bytes.len();
                }
            }
            b'"' | b'\'' if matches!(before, b'{' | b'[' | b',' | b':') => {
                let rest = &text[at..];
                let quoted = match byte {
                    b'"' => double_quoted(rest),
                    _ => single_quoted(rest),
                };
                match quoted {
                    Some((length, _)) => at += length - 1,
                    None => return false,
                }
            }
            b'#' | b'"' | b'\'' => return false,
            _ => {}
        }
        if byte != b' ' {
            before = byte;
        }
        at += 1;
    }
    false
}
