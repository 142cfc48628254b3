//! Env files as python-dotenv reads them with `load_dotenv`: a file in text mode, so that every
//! line break is `\n`; lines that it cannot make sense of are left out; `${NAME}` and
//! `${NAME:-default}` are replaced in every value, whatever its quotes. The environment goes
//! before the file.

use std::collections::HashSet;

use super::Trouble;
use super::reading::{Known, Reading, Statement};
use crate::formats::place::Place;

/// Reads the file.
pub(super) fn read(reading: &mut Reading<'_>) {
    let mut all = reading.cursor.here();
    all.end = u32::try_from(reading.text.len()).unwrap_or(u32::MAX);
    if !reading.is_utf8(all) {
        return reading.refuse(all, Trouble::NotUtf8);
    }
    let mut bare = HashSet::new();
    loop {
        reading.cursor.take_while(is_space);
        let place = reading.cursor.here();
        if reading.cursor.rest().is_empty() {
            return;
        }
        match binding(reading) {
            Ok(Some(found)) => add(reading, &found, place, &mut bare),
            Ok(None) => {}
            Err(trouble) => {
                reading.trouble(place, trouble);
                reading.cursor.take_while(|c| !is_break(c));
            }
        }
    }
}

struct Found<'t> {
    name: &'t str,
    name_place: Place,
    value: Option<(String, Place)>,
    end: Place,
}

fn add<'t>(
    reading: &mut Reading<'t>,
    found: &Found<'t>,
    start: Place,
    bare: &mut HashSet<&'t str>,
) {
    let Some((text, value_place)) = &found.value else {
        // a name alone takes away what was set before, and is empty to what follows
        reading.remove(found.name);
        bare.insert(found.name);
        return reading.trouble(start, Trouble::NoEquals);
    };
    let mut references = Vec::new();
    let value = replaced(reading, text, bare, &mut references);
    bare.remove(found.name);
    reading.add(Statement {
        name: found.name,
        name_place: found.name_place,
        exact: value.is_some(),
        value,
        value_place: *value_place,
        references,
        place: Place {
            end: found.end.end,
            ..start
        },
    });
}

fn binding<'t>(reading: &mut Reading<'t>) -> Result<Option<Found<'t>>, Trouble> {
    let after = reading.cursor.rest().strip_prefix("export");
    if after.is_some_and(|after| after.starts_with(is_blank)) {
        reading.cursor.take("export".len());
        reading.cursor.take_while(is_blank);
    }
    if reading.cursor.peek() == Some('#') {
        reading.cursor.take_while(|c| !is_break(c));
        return Ok(None);
    }
    let (name, name_place) = name(reading)?;
    reading.cursor.take_while(is_blank);
    let mut end = name_place;
    let mut found = None;
    if reading.cursor.peek() == Some('=') {
        reading.cursor.take(1);
        let blanks = reading.cursor.take_while(is_blank);
        let start = reading.cursor.here();
        let is_comment = !blanks.is_empty() && reading.cursor.peek() == Some('#');
        let (text, place) = if is_comment {
            (String::new(), start)
        } else {
            value(reading)?
        };
        end = reading.cursor.since(start);
        found = Some((text, place));
    }
    rest_of_line(reading)?;
    Ok(Some(Found {
        name,
        name_place,
        value: found,
        end,
    }))
}

fn name<'t>(reading: &mut Reading<'t>) -> Result<(&'t str, Place), Trouble> {
    let quoted = reading.cursor.peek() == Some('\'');
    reading.cursor.take(usize::from(quoted));
    let start = reading.cursor.here();
    let name = match quoted {
        true => reading.cursor.take_while(|c| c != '\''),
        false => reading
            .cursor
            .take_while(|c| !matches!(c, '=' | '#') && !is_space(c)),
    };
    let place = reading.cursor.since(start);
    if name.is_empty() {
        return Err(Trouble::NoName);
    }
    if quoted && reading.cursor.rest().is_empty() {
        return Err(Trouble::Unterminated);
    }
    reading.cursor.take(usize::from(quoted));
    Ok((name, place))
}

fn value(reading: &mut Reading<'_>) -> Result<(String, Place), Trouble> {
    let quote = reading.cursor.peek().filter(|c| matches!(c, '"' | '\''));
    let start = reading.cursor.here();
    let rest = reading.cursor.rest();
    let Some(quote) = quote else {
        let line = &rest[..rest.find(is_break).unwrap_or(rest.len())];
        let value = without_comment(line).trim_end_matches(is_space);
        reading.cursor.take(value.len());
        let place = reading.cursor.since(start);
        reading.cursor.take(line.len() - value.len());
        return Ok((value.to_owned(), place));
    };
    let mut escaped = false;
    let closing = rest[1..].bytes().position(|byte| {
        let closes = byte == quote as u8 && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    let length = closing.ok_or(Trouble::Unterminated)?;
    reading.cursor.take(1);
    let start = reading.cursor.here();
    let inside = reading.cursor.take(length);
    let place = reading.cursor.since(start);
    reading.cursor.take(1);
    let inside = inside.replace("\r\n", "\n").replace('\r', "\n");
    Ok((unescaped(&inside, quote), place))
}

/// What stands before the first `#` behind a blank.
fn without_comment(line: &str) -> &str {
    let mut before = None;
    let comment = line.char_indices().find(|(_, c)| {
        let is_comment = *c == '#' && before.is_some_and(is_space);
        before = Some(*c);
        is_comment
    });
    comment.map_or(line, |(at, _)| &line[..at])
}

fn unescaped(inside: &str, quote: char) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside.chars();
    while let Some(c) = rest.next() {
        let escaped = if c == '\\' { rest.clone().next() } else { None };
        let meant = match (escaped, quote) {
            (Some(same @ ('\\' | '\'')), _) | (Some(same @ '"'), '"') => same,
            (Some('a'), '"') => '\x07',
            (Some('b'), '"') => '\x08',
            (Some('f'), '"') => '\x0c',
            (Some('n'), '"') => '\n',
            (Some('r'), '"') => '\r',
            (Some('t'), '"') => '\t',
            (Some('v'), '"') => '\x0b',
            _ => {
                text.push(c);
                continue;
            }
        };
        rest.next();
        text.push(meant);
    }
    text
}

fn rest_of_line(reading: &mut Reading<'_>) -> Result<(), Trouble> {
    reading.cursor.take_while(is_blank);
    match reading.cursor.peek() {
        None => Ok(()),
        Some('#') => {
            reading.cursor.take_while(|c| !is_break(c));
            Ok(())
        }
        Some(c) if is_break(c) => Ok(()),
        Some(_) => Err(Trouble::Syntax),
    }
}

/// The value with its variables; `None` where one of them is not known.
fn replaced(
    reading: &Reading<'_>,
    value: &str,
    bare: &HashSet<&str>,
    references: &mut Vec<String>,
) -> Option<String> {
    let mut text = String::new();
    let mut rest = value;
    let mut exact = true;
    while let Some(at) = rest.find("${") {
        text.push_str(&rest[..at]);
        let inside = &rest[at + 2..];
        let Some(end) = inside.find('}') else {
            text.push_str(&rest[at..]);
            return Some(text).filter(|_| exact);
        };
        let (name, default) = match inside[..end].split_once(':') {
            None => (&inside[..end], ""),
            Some((name, default)) => match default.strip_prefix('-') {
                Some(default) => (name, default),
                None => {
                    // no variable; one may begin inside
                    let next = inside[..end].find("${").unwrap_or(end);
                    text.push_str(&rest[at..at + 2 + next]);
                    rest = &inside[next..];
                    continue;
                }
            },
        };
        references.push(name.to_owned());
        match reading.outside_first(name) {
            Known::Set(value) => text.push_str(&value),
            Known::Unset if bare.contains(name) => {}
            Known::Unset => text.push_str(default),
            Known::Unclear => exact = false,
        }
        rest = &inside[end + 1..];
    }
    text.push_str(rest);
    Some(text).filter(|_| exact)
}

/// What `\s` is to Python.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn is_blank(c: char) -> bool {
    is_space(c) && !is_break(c)
}
