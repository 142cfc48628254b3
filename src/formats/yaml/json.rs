//! JSON as machines write it, read without the YAML parser, which would take it too: ASCII,
//! within the bounds of depth and size. Everything else is left to that parser; places are
//! the same (a test holds them against each other).

use std::sync::Arc;

use super::{MAX_BYTES, MAX_DEPTH, Node, Place, Scalar, Value};

/// Reads one object; `None` where it is none, or more than is understood here. Keys for which
/// `skip` says so, given the way to them, are left out with all below them.
#[must_use]
pub fn read_json_quickly(
    bytes: &[u8],
    first: Place,
    skip: fn(&[&str], &str) -> bool,
) -> Option<Arc<Node>> {
    let plain = |byte: &u8| (0x20..0x7f).contains(byte) || *byte == b'\n';
    if bytes.first() != Some(&b'{') || bytes.len() > MAX_BYTES || !bytes.iter().all(plain) {
        return None;
    }
    let mut reader = Reader {
        text: std::str::from_utf8(bytes).ok()?,
        at: 0,
        line: 0,
        line_start: 0,
        first,
        way: Vec::new(),
        skip,
    };
    let root = reader.value(1)?;
    reader.blank();
    (reader.at == bytes.len() && root.is_within_bounds()).then_some(root)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    line_start: usize,
    first: Place,
    way: Vec<&'t str>,
    skip: fn(&[&str], &str) -> bool,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' => {}
                b'\n' => {
                    self.line += 1;
                    self.line_start = self.at + 1;
                }
                _ => return,
            }
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.blank();
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// From a byte to where it stands now, in one line.
    fn place(&self, start: usize, end: usize) -> Place {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let before = if self.line == 0 { self.first.column } else { 1 };
        Place {
            source: self.first.source,
            line: self.first.line.saturating_add(self.line),
            column: narrow(start - self.line_start).saturating_add(before),
            start: self.first.start.saturating_add(narrow(start)),
            end: self.first.start.saturating_add(narrow(end)),
        }
    }

    fn scalar(&self, start: usize, text: String, plain: bool) -> Arc<Node> {
        let value = Value::Scalar(Scalar { text, plain });
        Arc::new(Node::new(value, None, self.place(start, self.at)))
    }

    fn value(&mut self, depth: u32) -> Option<Arc<Node>> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.blank();
        let start = self.at;
        match self.peek()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => {
                let text = self.string()?;
                Some(self.scalar(start, unescape(text)?, false))
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'-' => {
                let inside =
                    |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let rest = &self.text.as_bytes()[start..];
                self.at += rest.iter().position(|byte| !inside(byte))?;
                let word = &self.text[start..self.at];
                let known = matches!(word, "true" | "false" | "null");
                let number = word.ends_with(|last: char| last.is_ascii_digit())
                    && !word.starts_with(|first: char| first.is_ascii_alphabetic());
                (known || number).then(|| self.scalar(start, word.to_owned(), true))
            }
            _ => None,
        }
    }

    fn object(&mut self, depth: u32) -> Option<Arc<Node>> {
        let place = self.place(self.at, self.at + 1);
        self.at += 1;
        let mut entries = Vec::new();
        self.blank();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(Arc::new(Node::new(Value::Mapping(entries), None, place)));
        }
        loop {
            self.blank();
            let start = self.at;
            let key = self.string()?;
            let node = self.scalar(start, unescape(key)?, false);
            self.take(b':')?;
            self.blank();
            if matches!(self.peek()?, b'{' | b'[') && (self.skip)(&self.way, key) {
                self.pass()?;
            } else {
                self.way.push(key);
                let value = self.value(depth + 1)?;
                self.way.pop();
                entries.push((node, value));
            }
            self.blank();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(Arc::new(Node::new(Value::Mapping(entries), None, place)))
    }

    fn list(&mut self, depth: u32) -> Option<Arc<Node>> {
        let place = self.place(self.at, self.at + 1);
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(Arc::new(Node::new(Value::Sequence(items), None, place)));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(Arc::new(Node::new(Value::Sequence(items), None, place)))
    }

    /// What stands between two quotes, as it stands there.
    fn string(&mut self) -> Option<&'t str> {
        if self.peek()? != b'"' {
            return None;
        }
        let from = self.at + 1;
        let mut at = from;
        loop {
            at += memchr::memchr3(b'"', b'\\', b'\n', self.text.as_bytes().get(at..)?)?;
            match self.text.as_bytes()[at] {
                b'"' => break,
                b'\\' => at += 2,
                _ => return None,
            }
        }
        self.at = at + 1;
        Some(&self.text[from..at])
    }

    /// Passes over what is between brackets.
    fn pass(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'\n' => {
                    self.line += 1;
                    self.line_start = self.at + 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }
}

fn unescape(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        plain.push(match characters.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            quoted @ ('"' | '\\' | '/') => quoted,
            'u' => {
                let high = four_digits(&mut characters)?;
                if (0xd800..0xdc00).contains(&high) {
                    let escape = (characters.next()?, characters.next()?);
                    let low = four_digits(&mut characters).filter(|_| escape == ('\\', 'u'))?;
                    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)?
                } else {
                    char::from_u32(high)?
                }
            }
            _ => return None,
        });
    }
    Some(plain)
}

fn four_digits(characters: &mut std::str::Chars<'_>) -> Option<u32> {
    let mut number = 0;
    for _ in 0..4 {
        number = number * 16 + characters.next()?.to_digit(16)?;
    }
    Some(number)
}

#[cfg(test)]
mod tests;
