//! The one cursor over JSON as machines write it: blanks, strings, what stands between two
//! brackets, and where that is. What the values mean is for those who move it.

use std::ops::Range;

use super::place::Place;

/// A position in a text that begins at a place of its file. Columns are counted in bytes, which
/// JSON of machines has in ASCII: to count the characters of one long line again for each of
/// its values would take forever.
pub(in crate::formats) struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
    first: Place,
    lines: u32,
    line_start: usize,
}

impl<'b> Cursor<'b> {
    /// At the beginning of a text, which is this place.
    pub(in crate::formats) fn new(bytes: &'b [u8], first: Place) -> Cursor<'b> {
        Cursor {
            bytes,
            at: 0,
            first,
            lines: 0,
            line_start: 0,
        }
    }

    /// The byte at which it stands.
    pub(in crate::formats) fn at(&self) -> usize {
        self.at
    }

    /// The next byte.
    pub(in crate::formats) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether nothing is ahead.
    pub(in crate::formats) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Passes over the next byte, which is no line break.
    pub(in crate::formats) fn step(&mut self) {
        self.at += 1;
    }

    /// Passes over this byte, if it comes next.
    pub(in crate::formats) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.step())
    }

    /// Passes over all up to the first such byte, which must come in this line.
    pub(in crate::formats) fn until(&mut self, ends: impl Fn(u8) -> bool) -> Option<Range<usize>> {
        let from = self.at;
        let rest = self.bytes.get(from..)?;
        self.at += rest.iter().position(|byte| ends(*byte))?;
        Some(from..self.at)
    }

    /// Passes over blanks and line breaks.
    pub(in crate::formats) fn blank(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' => self.end_line(),
                _ => return,
            }
            self.at += 1;
        }
    }

    fn end_line(&mut self) {
        self.lines = self.lines.saturating_add(1);
        self.line_start = self.at + 1;
    }

    /// Passes over a string: where its content stands, as it stands there.
    pub(in crate::formats) fn string(&mut self) -> Option<Range<usize>> {
        self.take(b'"')?;
        let from = self.at;
        let mut at = from;
        loop {
            at += memchr::memchr3(b'"', b'\\', b'\n', self.bytes.get(at..)?)?;
            match self.bytes[at] {
                b'"' => break,
                b'\\' => at += 2,
                _ => return None,
            }
        }
        self.at = at + 1;
        Some(from..at)
    }

    /// Passes over everything up to the bracket that closes the one here.
    pub(in crate::formats) fn pass(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                b'\n' => self.end_line(),
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// The place of these bytes, which begin in the line where it stands.
    pub(in crate::formats) fn place(&self, bytes: Range<usize>) -> Place {
        let before = match self.lines {
            0 => self.first.column,
            _ => 1,
        };
        Place {
            source: self.first.source,
            line: self.first.line.saturating_add(self.lines),
            column: narrow(bytes.start - self.line_start).saturating_add(before),
            start: self.first.start.saturating_add(narrow(bytes.start)),
            end: self.first.start.saturating_add(narrow(bytes.end)),
        }
    }

    /// From an earlier place of this cursor to where it stands.
    pub(in crate::formats) fn since(&self, earlier: Place) -> Place {
        Place {
            end: self.first.start.saturating_add(narrow(self.at)),
            ..earlier
        }
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(text: &str) -> Cursor<'_> {
        let first = Place {
            column: 5,
            start: 100,
            ..Place::line(2, 7)
        };
        Cursor::new(text.as_bytes(), first)
    }

    #[test]
    fn places_are_those_of_the_file() {
        let mut cursor = cursor("{\n \"a\"");
        let begin = cursor.place(0..1);
        assert_eq!((begin.line, begin.column, begin.start), (7, 5, 100));
        cursor.step();
        cursor.blank();
        let key = cursor.place(3..6);
        assert_eq!((key.source, key.line, key.column), (2, 8, 2));
        assert_eq!((key.start, key.end), (103, 106));
        assert_eq!(cursor.string(), Some(4..5));
        assert!(cursor.is_at_end());
        assert_eq!(cursor.since(begin).end, 106);
    }

    #[test]
    fn strings_end_at_their_quote_and_in_their_line() {
        assert_eq!(cursor(r#""a\"b\\""#).string(), Some(1..7));
        for open in ["\"a", "\"a\\", "\"a\n\"", "a", ""] {
            assert_eq!(cursor(open).string(), None, "{open}");
        }
    }

    #[test]
    fn brackets_are_passed_with_all_between_them() {
        let mut closed = cursor("[{\"]\": \"}\\\"\"}\n] x");
        assert_eq!(closed.pass(), Some(()));
        assert_eq!(closed.peek(), Some(b' '));
        assert_eq!(closed.place(17..18).line, 8);
        for open in ["[{}", "]", "[\"]", ""] {
            assert_eq!(cursor(open).pass(), None, "{open}");
        }
    }
}
