//! Reads a configuration of Redis or Sentinel, line by line as Redis 7 does. Follows no
//! `include`: [`effective`](super::effective) does.

use super::split::{is_blank, split};
use crate::formats::place::{Cursor, Place};
use crate::model::secret::Secret;

/// The most directives of one file.
pub const MAX_DIRECTIVES: usize = 100_000;

/// What a file says.
#[derive(Debug, Default)]
pub struct Conf {
    /// In the order of the file.
    pub directives: Vec<Directive>,
    /// Lines at which Redis refuses to start.
    pub troubles: Vec<(Place, ConfProblem)>,
}

/// A directive with its arguments.
#[derive(Clone, Debug)]
pub struct Directive {
    /// In lower case.
    pub name: String,
    /// Without quotes and escapes; may be secret.
    pub arguments: Vec<Secret>,
    /// All of its line.
    pub place: Place,
    /// Where each argument stands, inside its quotes.
    pub argument_places: Vec<Place>,
}

/// Why Redis does not take a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfProblem {
    /// Quotes that do not end, or have something behind them.
    #[error("quotes that do not end: Redis does not start")]
    Quotes,
    /// An argument that is no text. Redis takes it; this tool cannot show it.
    #[error("an argument that is not UTF-8 text")]
    Encoding,
    /// A file that includes itself, or many that include many.
    #[error("includes that lead back to themselves: Redis does not start")]
    Cycle,
    /// More than anyone writes.
    #[error("more directives than are read")]
    TooMany,
}

impl Directive {
    /// The argument with this number, if it has so many.
    #[must_use]
    pub fn argument(&self, number: usize) -> Option<(&Secret, Place)> {
        let text = self.arguments.get(number)?;
        Some((text, *self.argument_places.get(number)?))
    }
}

/// Reads a file. Never fails: what Redis does not take is among the troubles.
#[must_use]
pub fn read(bytes: &[u8], source: u32) -> Conf {
    let text = one_to_one(bytes);
    let mut cursor = Cursor::new(&text, source);
    let mut conf = Conf::default();
    while !cursor.rest().is_empty() {
        let start = cursor.here();
        cursor.take_line();
        let place = cursor.since(start);
        if cursor.peek().is_some() {
            cursor.take(1);
        }
        let range = place.start as usize..place.end as usize;
        let Some(line) = bytes.get(range) else {
            break;
        };
        if conf.directives.len() >= MAX_DIRECTIVES {
            conf.troubles.push((place, ConfProblem::TooMany));
            break;
        }
        take(line, place, &mut conf);
    }
    conf
}

/// The text with every byte that is none replaced by one that is, so that places hold.
fn one_to_one(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

/// One line.
fn take(line: &[u8], place: Place, conf: &mut Conf) {
    let trimmed = line
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    if trimmed.is_none_or(|at| line[at] == b'#' || line[at] == 0) {
        return;
    }
    let Some(words) = split(line) else {
        conf.troubles.push((place, ConfProblem::Quotes));
        return;
    };
    let mut columns = Columns::new(line, place);
    let mut words = words.into_iter();
    let Some(name) = words.next() else {
        return;
    };
    let mut directive = Directive {
        name: String::from_utf8_lossy(&name.bytes).to_ascii_lowercase(),
        arguments: Vec::new(),
        place: trim(line, place),
        argument_places: Vec::new(),
    };
    for word in words {
        let at = columns.place(word.range.start, word.range.end);
        if std::str::from_utf8(&word.bytes).is_err() {
            conf.troubles.push((at, ConfProblem::Encoding));
        }
        let text = match String::from_utf8(word.bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        directive.arguments.push(Secret::new(text));
        directive.argument_places.push(at);
    }
    conf.directives.push(directive);
}

/// A line without the blanks around it.
fn trim(line: &[u8], place: Place) -> Place {
    let lead = line.iter().take_while(|byte| is_blank(**byte)).count();
    let tail = line
        .iter()
        .rev()
        .take_while(|byte| is_blank(**byte))
        .count();
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        column: place.column.saturating_add(narrow(lead)),
        start: place.start.saturating_add(narrow(lead)),
        end: place.end.saturating_sub(narrow(tail)),
        ..place
    }
}

/// Counts columns along a line.
struct Columns<'l> {
    line: &'l [u8],
    place: Place,
    at: usize,
    column: u32,
}

impl<'l> Columns<'l> {
    fn new(line: &'l [u8], place: Place) -> Columns<'l> {
        Columns {
            line,
            place,
            at: 0,
            column: place.column,
        }
    }

    fn place(&mut self, start: usize, end: usize) -> Place {
        let passed = &self.line[self.at..start.max(self.at)];
        // bytes that go on with a character have no column
        let characters = passed.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.column = self.column.saturating_add(narrow(characters));
        self.at = start.max(self.at);
        Place {
            column: self.column,
            start: self.place.start.saturating_add(narrow(start)),
            end: self.place.start.saturating_add(narrow(end)),
            ..self.place
        }
    }
}
