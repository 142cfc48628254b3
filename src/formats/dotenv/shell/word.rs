//! A word of a shell: quotes, escapes, and what `$` stands for as far as that is known without
//! running anything.

use super::ansi;
use crate::formats::dotenv::Trouble;
use crate::formats::dotenv::reading::{Known, Reading, Statement};
use crate::formats::place::Place;

/// How deep `${…}` may stand in each other.
const MAX_DEPTH: u32 = 30;

/// How long a value may become: no process can be given a longer one.
const MAX_LENGTH: usize = 1 << 20;

/// A word, or a part of one.
#[derive(Default)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) references: Vec<String>,
    /// What keeps the text from being known.
    pub(super) unknown: bool,
    /// Whether `${NAME:?}` asks for something.
    pub(super) required: bool,
    /// Whether it is written as it is meant.
    pub(super) is_plain: bool,
    /// Whether something in it was replaced outside of quotes.
    pub(super) is_split: bool,
    /// Whether there is a `{` outside of quotes.
    pub(super) has_braces: bool,
}

/// What ends a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// A character that no word has in it.
    Blank,
    /// `"`.
    Quote,
    /// `}`, and whether double quotes are open.
    Brace(bool),
}

/// Characters that end a word.
pub(super) fn ends_word(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>'
    )
}

/// Takes the word at which the cursor stands. A tilde is that of a value.
pub(super) fn value(reading: &mut Reading<'_>) -> Result<Word, Trouble> {
    let mut word = Word {
        is_plain: true,
        ..Word::default()
    };
    tilde(reading, &mut word);
    text(reading, &mut word, Until::Blank, 0)?;
    Ok(word)
}

/// Takes what is in parentheses, the opening one behind the cursor.
pub(super) fn skip_parentheses(reading: &mut Reading<'_>) -> Result<(), Trouble> {
    let mut open = 1_u32;
    while open > 0 {
        match next(reading).ok_or(Trouble::Unterminated)? {
            '(' => open += 1,
            ')' => open -= 1,
            '\\' => {
                next(reading);
            }
            '\'' => skip_to(reading, '\'', false)?,
            '"' => skip_to(reading, '"', true)?,
            '`' => skip_to(reading, '`', true)?,
            '#' if open == 1 => {}
            _ => {}
        }
    }
    Ok(())
}

fn next(reading: &mut Reading<'_>) -> Option<char> {
    let c = reading.cursor.peek()?;
    reading.cursor.take(c.len_utf8());
    Some(c)
}

fn skip_to(reading: &mut Reading<'_>, end: char, has_escapes: bool) -> Result<(), Trouble> {
    while let Some(c) = next(reading) {
        if c == end {
            return Ok(());
        }
        if c == '\\' && has_escapes {
            next(reading);
        }
    }
    Err(Trouble::Unterminated)
}

fn text(
    reading: &mut Reading<'_>,
    word: &mut Word,
    until: Until,
    depth: u32,
) -> Result<(), Trouble> {
    let in_double = matches!(until, Until::Quote | Until::Brace(true));
    while let Some(c) = reading.cursor.peek() {
        match (c, until) {
            (c, Until::Blank) if ends_word(c) => return Ok(()),
            ('"', Until::Quote) | ('}', Until::Brace(_)) => {
                reading.cursor.take(1);
                return Ok(());
            }
            _ => {}
        }
        reading.cursor.take(c.len_utf8());
        word.is_split |= c == '$' && !in_double;
        word.has_braces |= c == '{' && !in_double;
        word.is_plain &= !matches!(c, '\\' | '\'' | '"' | '`' | '$');
        match c {
            '\\' => escape(reading, word, until),
            '\'' if !in_double => {
                let inside = reading.cursor.rest();
                let end = inside.find('\'').ok_or(Trouble::Unterminated)?;
                word.push(reading.cursor.take(end));
                reading.cursor.take(1);
            }
            '"' => {
                if depth >= MAX_DEPTH {
                    return Err(Trouble::TooLarge);
                }
                text(reading, word, Until::Quote, depth + 1)?;
            }
            '`' => {
                word.unknown = true;
                skip_to(reading, '`', true)?;
            }
            '$' => dollar(reading, word, in_double, depth)?,
            ':' if until == Until::Blank => {
                word.text.push(c);
                tilde(reading, word);
            }
            '\0' => {}
            _ => word.text.push(c),
        }
    }
    match until {
        Until::Blank => Ok(()),
        Until::Quote | Until::Brace(_) => Err(Trouble::Unterminated),
    }
}

fn escape(reading: &mut Reading<'_>, word: &mut Word, until: Until) {
    let Some(c) = next(reading) else {
        return word.text.push('\\');
    };
    let is_escape = match until {
        Until::Blank | Until::Brace(false) => true,
        Until::Quote => matches!(c, '$' | '`' | '"' | '\\' | '\n'),
        Until::Brace(true) => matches!(c, '$' | '`' | '"' | '\\' | '\n' | '}'),
    };
    if !is_escape {
        word.text.push('\\');
    }
    if c != '\n' {
        word.text.push(c);
    }
}

/// `~` at the beginning of a value, and behind a `:` in it.
fn tilde(reading: &mut Reading<'_>, word: &mut Word) {
    let Some(after) = reading.cursor.rest().strip_prefix('~') else {
        return;
    };
    let end =
        after.find(|c| ends_word(c) || matches!(c, '/' | ':' | '\\' | '\'' | '"' | '$' | '`'));
    let name = &after[..end.unwrap_or(after.len())];
    let is_quoted = after[name.len()..].starts_with(['\\', '\'', '"', '$', '`']);
    if is_quoted {
        return;
    }
    reading.cursor.take(1 + name.len());
    word.is_plain = false;
    match reading.inside_first("HOME") {
        Known::Set(home) if name.is_empty() => {
            word.push(&home);
            word.references.push("HOME".to_owned());
        }
        _ => word.unknown = true,
    }
}

fn dollar(
    reading: &mut Reading<'_>,
    word: &mut Word,
    in_double: bool,
    depth: u32,
) -> Result<(), Trouble> {
    match reading.cursor.peek() {
        Some('{') => {
            reading.cursor.take(1);
            braces(reading, word, in_double, depth)?;
        }
        Some('(') => {
            reading.cursor.take(1);
            word.unknown = true;
            skip_parentheses(reading)?;
        }
        Some('[') => {
            word.unknown = true;
            skip_to(reading, ']', true)?;
        }
        Some('\'') if !in_double => {
            reading.cursor.take(1);
            match ansi::quoted(reading)? {
                Some(text) => word.push(&text),
                None => word.unknown = true,
            }
        }
        Some('"') if !in_double => {}
        Some('@' | '*' | '#' | '?' | '-' | '$' | '!' | '0'..='9') => {
            reading.cursor.take(1);
            word.unknown = true;
        }
        _ => {
            let name = take_name(reading);
            if name.is_empty() {
                word.text.push('$');
            } else {
                word.variable(reading, name);
            }
        }
    }
    Ok(())
}

/// `${…}`, the opening brace behind the cursor.
fn braces(
    reading: &mut Reading<'_>,
    word: &mut Word,
    in_double: bool,
    depth: u32,
) -> Result<(), Trouble> {
    if depth >= MAX_DEPTH {
        return Err(Trouble::TooLarge);
    }
    let name = take_name(reading);
    let rest = reading.cursor.rest();
    let nonempty = rest.starts_with(':');
    let operator = rest[usize::from(nonempty)..].chars().next();
    let mut inner = Word::default();
    if name.is_empty()
        || !matches!(operator, Some('}' | '-' | '+' | '=' | '?'))
        || rest.starts_with(":}")
    {
        word.unknown = true;
        return text(reading, &mut inner, Until::Brace(in_double), depth + 1);
    }
    if rest.starts_with('}') {
        reading.cursor.take(1);
        word.variable(reading, name);
        return Ok(());
    }
    reading.cursor.take(1 + usize::from(nonempty));
    let start = reading.cursor.here();
    text(reading, &mut inner, Until::Brace(in_double), depth + 1)?;
    let mut place = reading.cursor.since(start);
    place.end -= 1;
    word.references.push(name.to_owned());
    let known = match reading.inside_first(name) {
        Known::Set(value) if nonempty && value.is_empty() => Known::Unset,
        known => known,
    };
    match (operator, known) {
        (_, Known::Unclear) => word.unknown = true,
        (Some('+'), Known::Unset) => {}
        (Some('+'), Known::Set(_)) | (Some('-'), Known::Unset) => word.append(inner),
        (_, Known::Set(value)) => word.push(&value),
        (Some('='), Known::Unset) => {
            assign(reading, name, &inner, place);
            word.append(inner);
        }
        (_, Known::Unset) => (word.required, word.unknown) = (true, true),
    }
    Ok(())
}

/// `${NAME:=value}` sets it.
fn assign(reading: &mut Reading<'_>, name: &str, word: &Word, place: Place) {
    reading.add(Statement {
        name,
        name_place: place,
        value: Some(word.text.clone()).filter(|_| !word.unknown),
        value_place: place,
        references: word.references.clone(),
        exact: !word.unknown,
        place,
    });
}

/// Takes a name, if there is one.
pub(super) fn take_name<'t>(reading: &mut Reading<'t>) -> &'t str {
    let rest = reading.cursor.rest();
    let name = name_of(rest);
    reading.cursor.take(name.len())
}

/// The name with which a text begins.
pub(super) fn name_of(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        ""
    } else {
        &text[..end]
    }
}

impl Word {
    fn push(&mut self, value: &str) {
        if self.text.len() + value.len() > MAX_LENGTH && !value.is_empty() {
            self.unknown = true;
        } else {
            self.text.extend(value.chars().filter(|c| *c != '\0'));
        }
    }

    fn append(&mut self, word: Word) {
        self.push(&word.text);
        self.references.extend(word.references);
        self.unknown |= word.unknown;
        self.required |= word.required;
    }

    fn variable(&mut self, reading: &Reading<'_>, name: &str) {
        self.references.push(name.to_owned());
        match reading.inside_first(name) {
            Known::Set(value) => self.push(&value),
            Known::Unset => {}
            Known::Unclear => self.unknown = true,
        }
    }
}
