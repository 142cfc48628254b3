//! Env files as Docker Compose reads them (compose-go, `dotenv/parser.go`): `export`, `=` or
//! `:`, quotes over several lines, escapes in double ones, comments behind values,
//! interpolation in which the environment goes before the file.

use std::cell::Cell;

use super::Trouble;
use super::reading::{Known, Reading, Statement};
use crate::formats::compose::interpolate::expand;
use crate::formats::place::Place;

/// Reads the file.
pub(super) fn read(reading: &mut Reading<'_>) {
    loop {
        reading.cursor.take_while(char::is_whitespace);
        match reading.cursor.peek() {
            None => return,
            Some('#') => {
                reading.cursor.take_line();
            }
            Some(_) => {
                if let Err((place, trouble)) = statement(reading) {
                    return reading.refuse(place, trouble);
                }
            }
        }
    }
}

type Refused = (Place, Trouble);

/// A value as it stands, and what it says before interpolation.
struct Raw {
    text: String,
    place: Place,
    end: Place,
    is_literal: bool,
}

fn statement(reading: &mut Reading<'_>) -> Result<(), Refused> {
    let start = reading.cursor.here();
    skip_export(reading);
    if reading.cursor.rest().is_empty() {
        return Err((start, Trouble::NoName));
    }
    let name_start = reading.cursor.here();
    let (name, separator) = name(reading)?;
    let Some(separator) = separator else {
        // without a line break behind it, Compose takes a name for the value of none
        reading.trouble(name_start, Trouble::NoName);
        reading.cursor.take_line();
        return Ok(());
    };
    reading.cursor.take(name.len());
    let name_place = reading.cursor.since(name_start);
    reading.cursor.take_while(|c| c != separator);
    if separator == '\n' {
        if name.is_empty() {
            reading.trouble(name_start, Trouble::NoName);
        } else {
            let place = reading.cursor.since(start);
            reading.add(Statement {
                name,
                name_place,
                value: None,
                value_place: name_place,
                references: Vec::new(),
                exact: true,
                place: Place {
                    end: name_place.end,
                    ..place
                },
            });
        }
        return Ok(());
    }
    reading.cursor.take(1);
    reading.cursor.take_while(is_space);
    let raw = match reading.cursor.peek() {
        Some(quote @ ('"' | '\'')) => quoted(reading, quote)?,
        _ => bare(reading),
    };
    let place = Place {
        end: raw.end.end,
        ..start
    };
    let (value, references) = interpolated(reading, raw.text, raw.is_literal, raw.place)?;
    if name.is_empty() {
        reading.trouble(place, Trouble::NoName);
        return Ok(());
    }
    reading.add(Statement {
        name,
        name_place,
        exact: value.is_some(),
        value,
        value_place: raw.place,
        references,
        place,
    });
    Ok(())
}

fn skip_export(reading: &mut Reading<'_>) {
    let after = reading.cursor.rest().strip_prefix("export");
    if after.is_some_and(|after| after.starts_with(['\t', '\n', '\u{c}', '\r', ' '])) {
        reading.cursor.take("export".len());
        reading.cursor.take_while(is_space);
    }
}

/// The name ahead, and what ends it: a line break where nothing is assigned. Blanks may stand
/// in it, but no space.
fn name<'t>(reading: &Reading<'t>) -> Result<(&'t str, Option<char>), Refused> {
    let rest = reading.cursor.rest();
    let bad = (reading.cursor.here(), Trouble::BadName);
    for (at, c) in rest.char_indices() {
        if is_space(c) {
            continue;
        }
        if matches!(c, '=' | ':' | '\n') {
            let name = rest[..at].trim_end();
            return if name.contains(' ') {
                Err(bad)
            } else {
                Ok((name, Some(c)))
            };
        }
        let is_part =
            c.is_alphabetic() || c.is_numeric() || matches!(c, '_' | '.' | '-' | '[' | ']');
        if !is_part {
            return Err(bad);
        }
    }
    Ok(("", None))
}

fn bare(reading: &mut Reading<'_>) -> Raw {
    let start = reading.cursor.here();
    let rest = reading.cursor.rest();
    let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
    let value = line[..line.find(" #").unwrap_or(line.len())].trim_end();
    reading.cursor.take(value.len());
    let place = reading.cursor.since(start);
    reading.cursor.take(line.trim_end().len() - value.len());
    let end = reading.cursor.since(start);
    reading.cursor.take_line();
    Raw {
        text: value.to_owned(),
        place,
        end,
        is_literal: false,
    }
}

fn quoted(reading: &mut Reading<'_>, quote: char) -> Result<Raw, Refused> {
    let open = reading.cursor.here();
    reading.cursor.take(1);
    let start = reading.cursor.here();
    let mut text = String::new();
    let mut escaped = false;
    let closing = reading.cursor.rest().char_indices().find(|(_, c)| {
        match (*c, escaped) {
            ('\\', false) => {
                escaped = true;
                return false;
            }
            (c, false) if c == quote => return true,
            (c, true) if c != quote => text.extend(['\\', c]),
            (c, _) => text.push(c),
        }
        escaped = false;
        false
    });
    let Some((length, _)) = closing else {
        return Err((open, Trouble::Unterminated));
    };
    reading.cursor.take(length);
    let place = reading.cursor.since(start);
    reading.cursor.take(1);
    let is_literal = quote == '\'';
    Ok(Raw {
        text: if is_literal { text } else { unescaped(&text) },
        place,
        end: reading.cursor.since(open),
        is_literal,
    })
}

/// The value, where it can be known, and the variables that took part in it.
fn interpolated(
    reading: &mut Reading<'_>,
    text: String,
    is_literal: bool,
    place: Place,
) -> Result<(Option<String>, Vec<String>), Refused> {
    if is_literal || !text.contains('$') {
        return Ok((Some(text), Vec::new()));
    }
    let unclear = Cell::new(false);
    let expanded = expand(&text, &|name| match reading.outside_first(name) {
        Known::Set(value) => Some(value),
        Known::Unset => None,
        Known::Unclear => {
            unclear.set(true);
            None
        }
    });
    if expanded.broken {
        return Err((place, Trouble::Interpolation));
    }
    let mut value = Some(expanded.text).filter(|_| !unclear.get());
    if expanded.too_long {
        reading.trouble(place, Trouble::TooLarge);
        value = None;
    }
    if expanded.required {
        // refused, unless Compose's own environment has it
        reading.trouble(place, Trouble::Required);
        value = None;
    }
    Ok((value, expanded.names))
}

/// What a value in double quotes says. `$$` is what interpolation makes one `$` of.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            text.push('\\');
            break;
        };
        rest = &rest[c.len_utf8()..];
        match c {
            'a' => text.push('\x07'),
            'b' => text.push('\x08'),
            'f' => text.push('\x0c'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'v' => text.push('\x0b'),
            '$' => text.push_str("$$"),
            '"' | '\\' => text.push(c),
            '0' => rest = octal(&mut text, rest),
            other => text.extend(['\\', other]),
        }
    }
    text.push_str(rest);
    text
}

/// `\0` and up to three digits: a character where they are three octal ones of at most 377;
/// else Compose keeps all but the zero.
fn octal<'t>(text: &mut String, rest: &'t str) -> &'t str {
    let digits = rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at(digits);
    let number = u8::from_str_radix(digits, 8).ok();
    match number.filter(|_| digits.len() == 3) {
        Some(number) => text.push(char::from(number)),
        None => {
            text.push('\\');
            text.push_str(digits);
        }
    }
    rest
}

/// What Compose takes for a blank within a line.
fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}
