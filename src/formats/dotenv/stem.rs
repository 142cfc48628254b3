//! Env files as Stem's own command line reads them (`stem worker multi --env-file`): lines,
//! `export`, one pair of quotes, `\n`; no comments behind values. What the file says goes
//! before the environment.

use super::Trouble;
use super::reading::{Reading, Statement};
use crate::formats::place::Place;

/// Reads the file.
pub(super) fn read(reading: &mut Reading<'_>) {
    let all = Place {
        end: u32::try_from(reading.text.len()).unwrap_or(u32::MAX),
        ..reading.cursor.here()
    };
    if !reading.is_utf8(all) {
        return reading.refuse(all, Trouble::NotUtf8);
    }
    while !reading.cursor.rest().is_empty() {
        let rest = reading.cursor.rest();
        let raw = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
        let end = reading.cursor.offset() + raw.len();
        one_line(reading, raw);
        reading.cursor.take(end - reading.cursor.offset());
        let breaks = usize::from(!reading.cursor.rest().is_empty());
        reading.cursor.take(breaks);
    }
}

fn one_line(reading: &mut Reading<'_>, raw: &str) {
    let text = trimmed(raw);
    reading.cursor.take(raw.len() - trimmed_start(raw).len());
    if text.is_empty() || text.starts_with('#') {
        return;
    }
    let place = reading.cursor.here();
    let pair = text.strip_prefix("export ").unwrap_or(text);
    let all = Place {
        end: place
            .start
            .saturating_add(u32::try_from(text.len()).unwrap_or(u32::MAX)),
        ..place
    };
    let Some((left, right)) = pair.split_once('=') else {
        return reading.trouble(all, Trouble::NoEquals);
    };
    let name = trimmed(left);
    if name.is_empty() {
        return reading.trouble(all, Trouble::NoName);
    }
    reading
        .cursor
        .take(text.len() - pair.len() + left.len() - trimmed_start(left).len());
    let name_place = taken(reading, name);
    reading
        .cursor
        .take(trimmed_start(left).len() - name.len() + 1);
    reading
        .cursor
        .take(right.len() - trimmed_start(right).len());
    let written = trimmed(right);
    let value = unquoted(written);
    if value.len() < written.len() {
        reading.cursor.take(1);
    }
    let value_place = taken(reading, value);
    reading.add(Statement {
        name,
        name_place,
        value: Some(value.replace("\\n", "\n")),
        value_place,
        references: Vec::new(),
        exact: true,
        place: all,
    });
}

fn taken(reading: &mut Reading<'_>, text: &str) -> Place {
    let start = reading.cursor.here();
    reading.cursor.take(text.len());
    reading.cursor.since(start)
}

fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

// what Dart's trim takes away: white space and the byte order mark
fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(is_blank)
}

fn trimmed_start(text: &str) -> &str {
    text.trim_start_matches(is_blank)
}
