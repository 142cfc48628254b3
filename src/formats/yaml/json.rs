//! JSON as machines write it, read without the YAML parser, which would take it too: ASCII,
//! within the bounds of depth and size. Everything else is left to that parser; places are
//! the same (a test holds them against each other).

use std::sync::Arc;

use crate::formats::json::Cursor;

use super::quick::is_printable;
use super::{MAX_BYTES, MAX_DEPTH, Node, Place, Scalar, Value};

/// Reads one object; `None` where it is none, or more than is understood here. Keys for which
/// `skip` says so, given the way to them, are left out with all below them.
#[must_use]
pub fn read_json_quickly(
    bytes: &[u8],
    first: Place,
    skip: fn(&[&str], &str) -> bool,
) -> Option<Arc<Node>> {
    if bytes.first() != Some(&b'{') || bytes.len() > MAX_BYTES || !is_printable(bytes) {
        return None;
    }
    let mut reader = Reader {
        text: std::str::from_utf8(bytes).ok()?,
        cursor: Cursor::new(bytes, first),
        way: Vec::new(),
        skip,
    };
    let root = reader.value(1)?;
    reader.cursor.blank();
    (reader.cursor.is_at_end() && root.is_within_bounds()).then_some(root)
}

struct Reader<'t> {
    text: &'t str,
    cursor: Cursor<'t>,
    way: Vec<&'t str>,
    skip: fn(&[&str], &str) -> bool,
}

impl<'t> Reader<'t> {
    /// What stands between two quotes, as it stands there.
    fn string(&mut self) -> Option<&'t str> {
        let inside = self.cursor.string()?;
        self.text.get(inside)
    }

    fn scalar(&self, start: usize, text: String, plain: bool) -> Arc<Node> {
        let value = Value::Scalar(Scalar { text, plain });
        Arc::new(Node::new(
            value,
            None,
            self.cursor.place(start..self.cursor.at()),
        ))
    }

    /// Where a list or mapping begins.
    fn opening(&self) -> Place {
        let at = self.cursor.at();
        self.cursor.place(at..at + 1)
    }

    fn value(&mut self, depth: u32) -> Option<Arc<Node>> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.cursor.blank();
        let start = self.cursor.at();
        match self.cursor.peek()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => {
                let text = self.string()?;
                Some(self.scalar(start, unescape(text)?, false))
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'-' => {
                let inside =
                    |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let word = self.cursor.until(|byte| !inside(byte))?;
                let word = &self.text[word];
                let known = matches!(word, "true" | "false" | "null");
                let number = word.ends_with(|last: char| last.is_ascii_digit())
                    && !word.starts_with(|first: char| first.is_ascii_alphabetic());
                (known || number).then(|| self.scalar(start, word.to_owned(), true))
            }
            _ => None,
        }
    }

    fn object(&mut self, depth: u32) -> Option<Arc<Node>> {
        let place = self.opening();
        self.cursor.step();
        let mut entries = Vec::new();
        self.cursor.blank();
        if self.cursor.peek()? == b'}' {
            self.cursor.step();
            return Some(Arc::new(Node::new(Value::Mapping(entries), None, place)));
        }
        loop {
            self.cursor.blank();
            let start = self.cursor.at();
            let key = self.string()?;
            let node = self.scalar(start, unescape(key)?, false);
            self.cursor.blank();
            self.cursor.take(b':')?;
            self.cursor.blank();
            if matches!(self.cursor.peek()?, b'{' | b'[') && (self.skip)(&self.way, key) {
                self.cursor.pass()?;
            } else {
                self.way.push(key);
                let value = self.value(depth + 1)?;
                self.way.pop();
                entries.push((node, value));
            }
            self.cursor.blank();
            match self.cursor.peek()? {
                b',' => self.cursor.step(),
                b'}' => break,
                _ => return None,
            }
        }
        self.cursor.step();
        Some(Arc::new(Node::new(Value::Mapping(entries), None, place)))
    }

    fn list(&mut self, depth: u32) -> Option<Arc<Node>> {
        let place = self.opening();
        self.cursor.step();
        let mut items = Vec::new();
        self.cursor.blank();
        if self.cursor.peek()? == b']' {
            self.cursor.step();
            return Some(Arc::new(Node::new(Value::Sequence(items), None, place)));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.cursor.blank();
            match self.cursor.peek()? {
                b',' => self.cursor.step(),
                b']' => break,
                _ => return None,
            }
        }
        self.cursor.step();
        Some(Arc::new(Node::new(Value::Sequence(items), None, place)))
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
