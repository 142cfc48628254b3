//! What the readers of all dialects share: the text with its cursor, what was found so far,
//! and the bound on what interpolation may make of a small file.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;

use super::{Assignment, EnvFile, Trouble};
use crate::formats::place::{Cursor, Place};
use crate::model::secret::Secret;

/// How many bytes interpolation may add to all values of a file together: a line can double
/// what the line before it says.
const MAX_ADDED: usize = 1 << 24;

/// How many assignments, and how many troubles, are kept: no process can be given more
/// variables than that.
const MAX_FOUND: usize = 100_000;

/// Stands in the text for a byte that is no UTF-8, so that offsets hold. No loader takes it
/// for a blank or for a part of a name.
const SUBSTITUTE: char = '\u{1a}';

/// What is set outside of the file.
pub(super) type Lookup<'l> = &'l dyn Fn(&str) -> Option<String>;

/// A file that is being read.
pub(super) struct Reading<'r> {
    bytes: &'r [u8],
    /// All of it, a byte order mark included.
    pub(super) text: &'r str,
    /// Where reading stands; a byte order mark is passed over.
    pub(super) cursor: Cursor<'r>,
    lookup: Lookup<'r>,
    found: EnvFile,
    latest: HashMap<String, usize>,
    /// How many assignments there were when a name was last taken away.
    removed: HashMap<String, usize>,
    room: Cell<usize>,
    spent: Cell<bool>,
    is_full: bool,
}

/// A statement before it is added.
pub(super) struct Statement<'s> {
    pub(super) name: &'s str,
    pub(super) name_place: Place,
    pub(super) value: Option<String>,
    pub(super) value_place: Place,
    pub(super) references: Vec<String>,
    pub(super) exact: bool,
    pub(super) place: Place,
}

/// What a file says of a variable.
pub(super) enum Known {
    /// This.
    Set(String),
    /// Something that is not known.
    Unclear,
    /// Nothing.
    Unset,
}

/// The bytes as text of the same length.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| SUBSTITUTE));
    }
    Cow::Owned(text)
}

impl<'r> Reading<'r> {
    /// At the beginning.
    pub(super) fn new(bytes: &'r [u8], text: &'r str, source: u32, lookup: Lookup<'r>) -> Self {
        Reading {
            bytes,
            text,
            cursor: Cursor::new(text, source),
            lookup,
            found: EnvFile::default(),
            latest: HashMap::new(),
            removed: HashMap::new(),
            room: Cell::new(MAX_ADDED),
            spent: Cell::new(false),
            is_full: false,
        }
    }

    /// Whether a byte order mark was passed over.
    pub(super) fn has_mark(&self) -> bool {
        self.text.starts_with('\u{feff}')
    }

    /// What was found.
    pub(super) fn done(mut self) -> EnvFile {
        if !self.removed.is_empty() {
            let mut at = 0;
            self.found.assignments.retain(|found| {
                at += 1;
                self.removed
                    .get(&found.name)
                    .is_none_or(|until| at > *until)
            });
        }
        self.found
    }

    /// Whether these bytes are UTF-8.
    pub(super) fn is_utf8(&self, place: Place) -> bool {
        let range = place.start as usize..place.end as usize;
        let bytes = self.bytes.get(range).unwrap_or_default();
        std::str::from_utf8(bytes).is_ok()
    }

    /// Something is wrong there.
    pub(super) fn trouble(&mut self, place: Place, trouble: Trouble) {
        match self.found.troubles.len() {
            ..MAX_FOUND => self.found.troubles.push((place, trouble)),
            MAX_FOUND => self.found.troubles.push((place, Trouble::TooLarge)),
            _ => {}
        }
    }

    /// The loader refuses the file.
    pub(super) fn refuse(&mut self, place: Place, trouble: Trouble) {
        self.trouble(place, trouble);
        self.found.assignments.clear();
        self.found.refused = true;
    }

    /// Whether the file has set the name already.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.latest.contains_key(name)
    }

    /// How many assignments there are.
    pub(super) fn count(&self) -> usize {
        self.found.assignments.len()
    }

    /// Adds a statement. A value that cannot be held is none.
    pub(super) fn add(&mut self, statement: Statement<'_>) {
        let place = statement.value_place;
        if self.count() >= MAX_FOUND {
            // said once
            if !std::mem::replace(&mut self.is_full, true) {
                self.trouble(statement.place, Trouble::TooLarge);
            }
            return;
        }
        let (mut value, mut exact) = (statement.value.map(Secret::new), statement.exact);
        if value.is_some() && !self.is_utf8(place) {
            self.trouble(place, Trouble::NotUtf8);
            (value, exact) = (None, false);
        }
        if self.spent.take() {
            self.trouble(place, Trouble::TooLarge);
        }
        let name = statement.name.to_owned();
        self.latest.insert(name.clone(), self.count());
        self.found.assignments.push(Assignment {
            name,
            name_place: statement.name_place,
            value,
            value_place: place,
            references: statement.references,
            exact,
            place: statement.place,
        });
    }

    /// Takes a name away again.
    pub(super) fn remove(&mut self, name: &str) {
        self.latest.remove(name);
        self.removed.insert(name.to_owned(), self.count());
    }

    /// Forgets all but the first assignments: what followed was not run.
    pub(super) fn truncate(&mut self, count: usize) {
        self.found.assignments.truncate(count);
    }

    /// What a variable is, where the environment goes before the file.
    pub(super) fn outside_first(&self, name: &str) -> Known {
        match (self.lookup)(name) {
            Some(value) => self.charged(&value),
            None => self.inside(name),
        }
    }

    /// What a variable is, where the file goes before the environment.
    pub(super) fn inside_first(&self, name: &str) -> Known {
        match self.inside(name) {
            Known::Unset => (self.lookup)(name).map_or(Known::Unset, |value| self.charged(&value)),
            known => known,
        }
    }

    fn inside(&self, name: &str) -> Known {
        let found = self.latest.get(name);
        let Some(found) = found.and_then(|at| self.found.assignments.get(*at)) else {
            return Known::Unset;
        };
        match (&found.value, found.exact) {
            (Some(value), _) => self.charged(value.expose()),
            (None, false) => Known::Unclear,
            (None, true) => (self.lookup)(name).map_or(Known::Unset, |value| self.charged(&value)),
        }
    }

    fn charged(&self, value: &str) -> Known {
        match self.room.get().checked_sub(value.len()) {
            Some(room) => {
                self.room.set(room);
                Known::Set(value.to_owned())
            }
            None => {
                self.spent.set(true);
                Known::Unclear
            }
        }
    }
}

/// The inside of a value that is one pair of quotes; else all of it.
pub(super) fn inside_quotes(text: &str, place: Place) -> Place {
    let written = text
        .get(place.start as usize..place.end as usize)
        .unwrap_or_default();
    let Some(quote) = written.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return place;
    };
    let mut escaped = false;
    let closing = written[1..].bytes().position(|byte| {
        let closes = byte == quote as u8 && !escaped;
        escaped = byte == b'\\' && !escaped && quote == '"';
        closes
    });
    if closing.map(|at| at + 2) != Some(written.len()) {
        return place;
    }
    Place {
        column: place.column + 1,
        start: place.start + 1,
        end: place.end - 1,
        ..place
    }
}
