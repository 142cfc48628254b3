//! Splits a shell's text into its simple commands and their words.

use super::Word;
use crate::formats::place::Place;
use crate::model::secret::Secret;
use zeroize::Zeroizing;

/// The most words that are made of one text.
const MAX_WORDS: usize = 10_000;

/// The deepest substitutions in substitutions.
const MAX_DEPTH: u32 = 20;

/// What a text is made of.
#[derive(Debug, Default)]
pub struct Split {
    /// The simple commands, in order, without the operators between them. Loops and conditions
    /// are not taken apart: their words stand here like commands.
    pub commands: Vec<Vec<Word>>,
    /// What stands before each of them.
    pub joins: Vec<Join>,
    /// Whether quotes do not end, or there is more than is read: the last word is incomplete.
    pub is_broken: bool,
}

/// What stands before a simple command, and says when it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// Nothing, `;` or the end of a line: it runs after the one before.
    #[default]
    Next,
    /// `&&`: if that one did well.
    And,
    /// `||`, a pipe, `&` or a parenthesis: it may not run, or not in the same shell.
    Other,
}

/// Splits a text. `place` says where a part of it stands, by the byte at which it begins and
/// ends; `lookup` knows variables: `None` where it does not.
#[must_use]
pub fn split(
    text: &str,
    place: &mut dyn FnMut(usize, usize) -> Place,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Split {
    let mut reader = Reader {
        text,
        at: 0,
        place,
        lookup,
        out: Split::default(),
        command: Vec::new(),
        join: Join::Next,
        depth: 0,
        word: Building::default(),
        words: 0,
    };
    reader.read();
    reader.out
}

/// A word that is being read.
#[derive(Default)]
struct Building {
    /// Where it begins, once it has.
    start: Option<usize>,
    text: Zeroizing<String>,
    is_unknown: bool,
}

struct Reader<'r> {
    text: &'r str,
    at: usize,
    place: &'r mut dyn FnMut(usize, usize) -> Place,
    lookup: &'r dyn Fn(&str) -> Option<String>,
    out: Split,
    command: Vec<Word>,
    join: Join,
    /// How many parentheses are open.
    depth: usize,
    word: Building,
    words: usize,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(c) = self.text[self.at..].chars().next() {
            if self.words > MAX_WORDS {
                self.out.is_broken = true;
                break;
            }
            let start = self.at;
            self.at += c.len_utf8();
            match c {
                ' ' | '\t' | '\r' => self.end_word(start),
                '\n' | ';' | '&' | '|' | '(' | ')' => {
                    self.end_word(start);
                    self.end_command();
                    self.join(c);
                }
                '<' | '>' => self.redirection(start),
                '#' if self.begins_comment(start) => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find('\n').unwrap_or(rest.len());
                }
                '\\' => self.escaped(start),
                '\'' => {
                    self.begin(start);
                    let rest = &self.text[self.at..];
                    let end = rest.find('\'');
                    self.out.is_broken |= end.is_none();
                    let end = end.unwrap_or(rest.len());
                    self.word.text.push_str(&rest[..end]);
                    self.at = (self.at + end + 1).min(self.text.len());
                }
                '"' => {
                    self.begin(start);
                    self.double_quoted();
                }
                '$' => {
                    self.begin(start);
                    self.dollar(true);
                }
                '`' => {
                    self.begin(start);
                    self.skip_to('`', start);
                }
                '*' | '?' | '[' => {
                    self.begin(start);
                    self.word.text.push(c);
                }
                c => {
                    self.begin(start);
                    self.word.text.push(c);
                }
            }
        }
        self.end_word(self.at);
        self.end_command();
    }

    /// What stands after a command, before the next.
    fn join(&mut self, operator: char) {
        let doubled = self.text[self.at..].starts_with(operator);
        match operator {
            '(' => self.depth += 1,
            ')' => {
                self.depth = self.depth.saturating_sub(1);
                self.join = Join::Next;
            }
            '&' if doubled => {
                self.at += 1;
                self.join = Join::And;
            }
            '|' if doubled => {
                self.at += 1;
                self.join = Join::Other;
            }
            '&' | '|' => {
                // the one before runs in a shell of its own
                if let Some(before) = self.out.joins.last_mut() {
                    *before = Join::Other;
                }
                self.join = if operator == '|' {
                    Join::Other
                } else {
                    Join::Next
                };
            }
            // the end of a line after an operator ends nothing
            _ => {}
        }
    }

    /// A `#` does only at the beginning of what is written as a word.
    fn begins_comment(&self, start: usize) -> bool {
        let before = self.text[..start].chars().next_back();
        self.word.start.is_none() && before.is_none_or(|c| " \t\r\n;&|()<>".contains(c))
    }

    fn begin(&mut self, start: usize) {
        self.word.start.get_or_insert(start);
    }

    fn end_word(&mut self, end: usize) {
        let word = std::mem::take(&mut self.word);
        if let Some(start) = word.start {
            self.words += 1;
            self.command.push(Word {
                text: Secret::from(word.text),
                place: (self.place)(start, end),
                is_known: !word.is_unknown,
            });
        }
    }

    fn end_command(&mut self) {
        if !self.command.is_empty() {
            self.out.commands.push(std::mem::take(&mut self.command));
            let join = std::mem::take(&mut self.join);
            let is_inside = self.depth > 0;
            self.out
                .joins
                .push(if is_inside { Join::Other } else { join });
        }
    }

    /// `>file`, `2>&1`, `<file`: no words of the command.
    fn redirection(&mut self, start: usize) {
        let is_number =
            !self.word.text.is_empty() && self.word.text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            self.word = Building::default();
        }
        self.end_word(start);
        let rest = &self.text[self.at..];
        let target = rest.trim_start_matches(['<', '>', '&', '|', '-']);
        let target = target.trim_start_matches([' ', '\t']);
        let end = target.find([' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>']);
        self.at = self.text.len() - target.len() + end.unwrap_or(target.len());
    }

    fn escaped(&mut self, start: usize) {
        let Some(next) = self.text[self.at..].chars().next() else {
            self.begin(start);
            self.word.text.push('\\');
            return;
        };
        self.at += next.len_utf8();
        if next != '\n' {
            self.begin(start);
            self.word.text.push(next);
        }
    }

    fn double_quoted(&mut self) {
        while let Some(c) = self.text[self.at..].chars().next() {
            let start = self.at;
            self.at += c.len_utf8();
            match c {
                '"' => return,
                '\\' => match self.text[self.at..].chars().next() {
                    Some('\n') => self.at += 1,
                    Some(c @ ('$' | '`' | '"' | '\\')) => {
                        self.word.text.push(c);
                        self.at += 1;
                    }
                    _ => self.word.text.push('\\'),
                },
                '$' => self.dollar(false),
                '`' => self.skip_to('`', start),
                c => self.word.text.push(c),
            }
        }
        self.out.is_broken = true;
    }

    /// What stands as it is written, since only the run shows what it is.
    fn unknown(&mut self, start: usize) {
        self.word.is_unknown = true;
        self.word.text.push_str(&self.text[start..self.at]);
    }

    fn skip_to(&mut self, end: char, start: usize) {
        let rest = &self.text[self.at..];
        self.at += match rest.find(end) {
            Some(found) => found + 1,
            None => {
                self.out.is_broken = true;
                rest.len()
            }
        };
        self.unknown(start);
    }

    /// What stands after a `$`.
    fn dollar(&mut self, is_bare: bool) {
        let start = self.at - 1;
        let rest = &self.text[self.at..];
        match rest.chars().next() {
            Some(open @ ('{' | '(')) => {
                let length = closing(&rest[1..], open);
                self.out.is_broken |= length.is_none();
                let inside = length.map_or(&rest[1..], |length| &rest[1..=length]);
                self.at = (self.at + inside.len() + 2).min(self.text.len());
                match (open, braced(inside, self.lookup)) {
                    ('{', Some(value)) => self.value(&value, is_bare),
                    _ => self.unknown(start),
                }
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let length = rest.find(|c| !name(c)).unwrap_or(rest.len());
                self.at += length;
                match (self.lookup)(&rest[..length]) {
                    Some(value) => self.value(&Zeroizing::new(value), is_bare),
                    None => self.unknown(start),
                }
            }
            Some(c) if c.is_ascii_digit() || "@*#?$!-".contains(c) => {
                self.at += 1;
                self.unknown(start);
            }
            _ => self.word.text.push('$'),
        }
    }

    /// A variable's value, which outside of quotes is split at its blanks.
    fn value(&mut self, value: &str, is_bare: bool) {
        if !is_bare {
            return self.word.text.push_str(value);
        }
        let start = self.word.start;
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n');
        let mut parts = value.split(blank).filter(|part| !part.is_empty());
        if value.starts_with(blank) && !self.word.text.is_empty() {
            self.end_word(self.at);
        }
        if let Some(first) = parts.next() {
            self.word.start = start;
            self.word.text.push_str(first);
        } else if self.word.text.is_empty() {
            // nothing is no word
            self.word = Building::default();
        }
        for part in parts.take(MAX_WORDS) {
            self.end_word(self.at);
            self.word.start = start;
            self.word.text.push_str(part);
        }
        if value.ends_with(blank) && self.word.start.is_some() {
            self.end_word(self.at);
        }
    }
}

/// The length of what stands before the brace or parenthesis that closes one.
fn closing(text: &str, open: char) -> Option<usize> {
    let close = if open == '{' { '}' } else { ')' };
    let mut depth = 1_u32;
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' if quote != Some('\'') => {
                characters.next();
            }
            '"' | '\'' if quote.is_none() => quote = Some(c),
            c if quote == Some(c) => quote = None,
            c if quote.is_none() && c == open => depth += 1,
            c if quote.is_none() && c == close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// `${…}` as far as it is a plain variable, or one with a default or alternative.
fn braced(inside: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Zeroizing<String>> {
    braced_at(inside, lookup, 0)
}

fn braced_at(
    inside: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
    depth: u32,
) -> Option<Zeroizing<String>> {
    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = inside.find(|c| !name(c)).unwrap_or(inside.len());
    let (name, operator) = inside.split_at(length);
    let is_name = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
    if !is_name || depth > MAX_DEPTH {
        return None;
    }
    let value = lookup(name)?;
    let counts = !operator.starts_with(':') || !value.is_empty();
    let operator = operator.strip_prefix(':').unwrap_or(operator);
    match operator.chars().next() {
        None => Some(Zeroizing::new(value)),
        Some('-' | '?' | '=') if counts => Some(Zeroizing::new(value)),
        Some('+') if !counts => Some(Zeroizing::default()),
        Some('-' | '+' | '=') if !operator[1..].contains(['$', '`', '"', '\'', '\\']) => {
            Some(Zeroizing::new(operator[1..].to_owned()))
        }
        _ => None,
    }
}
