//! Where something stands in a file, and the one cursor that every lexer of ours moves along
//! a text with, so that lines, columns and byte ranges are counted in one way.

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which of the caller's files.
    pub source: u32,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The byte at which it begins, from 0, a byte order mark included.
    pub start: u32,
    /// The byte after its last one.
    pub end: u32,
}

impl Place {
    /// The beginning of a file.
    #[must_use]
    pub fn top(source: u32) -> Place {
        Place::line(source, 1)
    }

    /// The beginning of a line, where no more is known.
    #[must_use]
    pub fn line(source: u32, line: u32) -> Place {
        Place {
            source,
            line,
            column: 1,
            start: 0,
            end: 0,
        }
    }
}

/// A position that moves forward over a text and knows its line and column.
#[derive(Clone)]
pub struct Cursor<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
    source: u32,
}

impl<'t> Cursor<'t> {
    /// At the beginning of a text; a byte order mark there is passed over and has no column.
    #[must_use]
    pub fn new(text: &'t str, source: u32) -> Cursor<'t> {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Cursor {
            text,
            at,
            line: 1,
            column: 1,
            source,
        }
    }

    /// What is still ahead.
    #[must_use]
    pub fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next character.
    #[must_use]
    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The byte at which it stands.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Takes that many bytes, which must end between two characters.
    pub fn take(&mut self, bytes: usize) -> &'t str {
        let taken = &self.rest()[..bytes];
        let last = match taken.rfind('\n') {
            Some(last) => {
                let breaks = taken.bytes().filter(|byte| *byte == b'\n').count();
                self.line = self.line.saturating_add(narrow(breaks));
                self.column = 1;
                &taken[last + 1..]
            }
            None => taken,
        };
        self.column = self.column.saturating_add(narrow(last.chars().count()));
        self.at += bytes;
        taken
    }

    /// Takes as long as the characters are such.
    pub fn take_while(&mut self, is_such: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        self.take(rest.find(|c| !is_such(c)).unwrap_or(rest.len()))
    }

    /// Takes the rest of the line without its line break.
    pub fn take_line(&mut self) -> &'t str {
        self.take_while(|c| c != '\n')
    }

    /// The empty place at which it stands.
    #[must_use]
    pub fn here(&self) -> Place {
        Place {
            source: self.source,
            line: self.line,
            column: self.column,
            start: narrow(self.at),
            end: narrow(self.at),
        }
    }

    /// From an earlier place of this cursor to where it stands.
    #[must_use]
    pub fn since(&self, earlier: Place) -> Place {
        Place {
            end: narrow(self.at),
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

    #[test]
    fn lines_columns_and_bytes_are_counted() {
        let mut cursor = Cursor::new("\u{feff}é=1\nab=ü", 3);
        assert_eq!((cursor.here().column, cursor.here().start), (1, 3));
        cursor.take_while(|c| c != '=');
        assert_eq!((cursor.here().column, cursor.here().start), (2, 5));
        cursor.take_line();
        cursor.take(1);
        let start = cursor.here();
        assert_eq!((start.line, start.column), (2, 1));
        cursor.take_line();
        let place = cursor.since(start);
        assert_eq!(
            (place.source, place.line, place.start, place.end),
            (3, 2, 8, 13)
        );
    }
}
