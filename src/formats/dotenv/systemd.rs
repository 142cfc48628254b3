//! Env files as systemd reads them for `EnvironmentFile=` (`src/basic/env-file.c`): quotes that
//! may follow each other, backslashes, comments at the beginning of a line only, nothing
//! replaced. Then, as the manager does, names that it does not take for variables are left out.

use super::Trouble;
use super::reading::{Reading, Statement, inside_quotes};
use crate::formats::place::Place;

/// systemd reads no larger file.
const MAX_FILE: usize = (64 << 20) - 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    BeforeName,
    Name,
    BeforeValue,
    Value,
    ValueEscape,
    Single,
    Double,
    DoubleEscape,
    Comment,
    CommentEscape,
}

/// Reads the file.
pub(super) fn read(reading: &mut Reading<'_>) {
    let top = reading.cursor.here();
    if reading.text.len() > MAX_FILE {
        return reading.refuse(top, Trouble::TooLarge);
    }
    if reading.text.contains('\0') {
        return reading.refuse(top, Trouble::Nul);
    }
    let mut lexer = Lexer::new(top);
    if reading.has_mark() {
        // it is a letter of the first name
        lexer.state = State::Name;
        lexer.name.push('\u{feff}');
    }
    while let Some(c) = reading.cursor.peek() {
        if !lexer.step(reading, c) {
            return;
        }
    }
    lexer.end(reading);
}

struct Lexer {
    state: State,
    name: String,
    name_place: Place,
    value: String,
    /// From the first to the last character of the value that is no blank around it.
    value_place: Place,
    /// The length of the value without the blanks that it may end with.
    kept: usize,
    comment: Place,
}

impl Lexer {
    fn new(top: Place) -> Lexer {
        Lexer {
            state: State::BeforeName,
            name: String::new(),
            name_place: top,
            value: String::new(),
            value_place: top,
            kept: 0,
            comment: top,
        }
    }

    /// Takes a character; `false` when the file is refused.
    fn step(&mut self, reading: &mut Reading<'_>, c: char) -> bool {
        let before = reading.cursor.here();
        let is_break = matches!(c, '\n' | '\r');
        let is_blank = matches!(c, ' ' | '\t' | '\n' | '\r');
        if self.state == State::BeforeValue && !is_blank && self.value.is_empty() {
            self.begin(before);
        }
        reading.cursor.take(c.len_utf8());
        match self.state {
            State::BeforeName if matches!(c, '#' | ';') => {
                (self.state, self.comment) = (State::Comment, before);
            }
            State::BeforeName if is_blank => {}
            State::BeforeName => {
                (self.state, self.name_place) = (State::Name, before);
                self.name.push(c);
            }
            State::Name if is_break => {
                reading.trouble(reading.cursor.since(self.name_place), Trouble::NoEquals);
                self.reset();
            }
            State::Name if c == '=' => {
                self.state = State::BeforeValue;
                self.name_place.end = before.start;
                self.begin(reading.cursor.here());
            }
            State::Name => self.name.push(c),
            State::BeforeValue | State::Value if is_break => return self.push(reading),
            State::BeforeValue if c == '\'' => self.state = State::Single,
            State::BeforeValue if c == '"' => self.state = State::Double,
            State::BeforeValue | State::Value if c == '\\' => self.state = State::ValueEscape,
            State::BeforeValue if is_blank => {}
            State::BeforeValue => {
                self.state = State::Value;
                self.keep(c, reading);
            }
            State::Value if is_blank => self.value.push(c),
            State::Value => self.keep(c, reading),
            State::ValueEscape => {
                self.state = State::Value;
                self.kept = self.value.len();
                if !is_break {
                    self.keep(c, reading);
                }
            }
            _ => self.step_quoted(reading, c),
        }
        true
    }

    fn step_quoted(&mut self, reading: &mut Reading<'_>, c: char) {
        let is_break = matches!(c, '\n' | '\r');
        match self.state {
            State::Single if c == '\'' => self.close(reading),
            State::Double if c == '"' => self.close(reading),
            State::Double if c == '\\' => self.state = State::DoubleEscape,
            State::DoubleEscape => {
                self.state = State::Double;
                if !matches!(c, '"' | '\\' | '`' | '$' | '\n') {
                    self.value.push('\\');
                }
                if c != '\n' {
                    self.keep(c, reading);
                }
            }
            State::Comment if c == '\\' => self.state = State::CommentEscape,
            State::CommentEscape if is_break => {
                reading.trouble(self.comment, Trouble::CommentContinues);
                self.state = State::BeforeName;
            }
            State::Comment if is_break => self.state = State::BeforeName,
            State::Comment | State::CommentEscape => self.state = State::Comment,
            _ => self.keep(c, reading),
        }
    }

    fn begin(&mut self, at: Place) {
        self.value_place = at;
    }

    fn keep(&mut self, c: char, reading: &Reading<'_>) {
        self.value.push(c);
        self.kept = self.value.len();
        self.value_place = reading.cursor.since(self.value_place);
    }

    fn close(&mut self, reading: &Reading<'_>) {
        self.state = State::BeforeValue;
        self.kept = self.value.len();
        self.value_place = reading.cursor.since(self.value_place);
    }

    fn reset(&mut self) {
        self.state = State::BeforeName;
        self.name.clear();
        self.value.clear();
        self.kept = 0;
    }

    /// The end of a statement; `false` when the file is refused.
    fn push(&mut self, reading: &mut Reading<'_>) -> bool {
        let (name_place, value_place) = (self.name_place, self.value_place);
        let place = Place {
            end: value_place.end.max(name_place.end),
            ..name_place
        };
        if !reading.is_utf8(place) {
            reading.refuse(place, Trouble::NotUtf8);
            return false;
        }
        let name = self.name.trim_end_matches([' ', '\t']);
        let value = &self.value[..self.kept];
        if !is_name(name) {
            reading.trouble(name_place, Trouble::BadName);
        } else {
            let mut name_place = name_place;
            let blanks = u32::try_from(self.name.len() - name.len()).unwrap_or(u32::MAX);
            name_place.end = name_place.end.saturating_sub(blanks);
            reading.add(Statement {
                name,
                name_place,
                value: Some(value.to_owned()),
                value_place: inside_quotes(reading.text, value_place),
                references: Vec::new(),
                exact: true,
                place,
            });
        }
        self.reset();
        true
    }

    fn end(mut self, reading: &mut Reading<'_>) {
        match self.state {
            State::Name => reading.trouble(self.name_place, Trouble::NoEquals),
            State::BeforeName | State::Comment | State::CommentEscape => {}
            State::Single | State::Double | State::DoubleEscape => {
                reading.trouble(self.value_place, Trouble::Unterminated);
                self.kept = self.value.len();
                self.push(reading);
            }
            State::BeforeValue | State::Value | State::ValueEscape => {
                self.push(reading);
            }
        }
    }
}

/// What systemd takes for the name of a variable.
fn is_name(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
