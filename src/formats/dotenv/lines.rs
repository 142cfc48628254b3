//! Env files of plain lines, as Go programs read them with `bufio.Scanner`: no quotes, no
//! escapes, no comments behind values; a line has an end.

use super::reading::{Reading, Statement};
use crate::formats::place::Place;

/// The longest line, without its line break, that fits Go's buffer of 64 KiB.
const MAX_LINE: usize = 65_535;

/// A line without what it begins with of blanks and ends with of line breaks.
pub(super) struct Line<'t> {
    /// The text.
    pub(super) text: &'t str,
    /// All of the line, for a judgement of its bytes.
    pub(super) place: Place,
    /// Whether it does not fit the loader's buffer.
    pub(super) too_long: bool,
    end: usize,
}

/// The two sides of a line.
pub(super) struct Pair<'t> {
    /// Before the first `=`.
    pub(super) name: &'t str,
    /// Where.
    pub(super) name_place: Place,
    /// Behind it.
    pub(super) value: Option<&'t str>,
    /// Where; the name where there is none.
    pub(super) value_place: Place,
    /// Both.
    pub(super) place: Place,
}

impl<'t> Reading<'t> {
    /// The next line; the cursor then stands at its text.
    pub(super) fn line(&mut self) -> Option<Line<'t>> {
        let rest = self.cursor.rest();
        if rest.is_empty() {
            return None;
        }
        let (raw, broken) = match rest.find('\n') {
            Some(end) => (&rest[..end], 1),
            None => (rest, 0),
        };
        let first = self.cursor.here();
        let mark = if self.has_mark() && first.start == 3 {
            3
        } else {
            0
        };
        let end = self.cursor.offset() + raw.len() + broken;
        let line = raw.strip_suffix('\r').unwrap_or(raw);
        let text = line.trim_start();
        let too_long = raw.len() + mark > MAX_LINE;
        let mut place = first;
        place.end = u32::try_from(end - broken).unwrap_or(u32::MAX);
        self.cursor.take(line.len() - text.len());
        Some(Line {
            text,
            place,
            too_long,
            end,
        })
    }

    /// Goes on behind the line.
    pub(super) fn end(&mut self, line: &Line<'_>) {
        self.cursor.take(line.end - self.cursor.offset());
    }

    /// The two sides of the line at whose text the cursor stands.
    pub(super) fn pair(&mut self, line: &Line<'t>) -> Pair<'t> {
        let start = self.cursor.here();
        let (name, value) = match line.text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (line.text, None),
        };
        self.cursor.take(name.len());
        let name_place = self.cursor.since(start);
        let mut value_place = name_place;
        if let Some(value) = value {
            self.cursor.take(1);
            let start = self.cursor.here();
            self.cursor.take(value.len());
            value_place = self.cursor.since(start);
        }
        Pair {
            name,
            name_place,
            value,
            value_place,
            place: self.cursor.since(start),
        }
    }

    /// Adds the two sides as they are.
    pub(super) fn add_pair(&mut self, pair: &Pair<'_>) {
        self.add(Statement {
            name: pair.name,
            name_place: pair.name_place,
            value: pair.value.map(str::to_owned),
            value_place: pair.value_place,
            references: Vec::new(),
            exact: true,
            place: pair.place,
        });
    }
}
