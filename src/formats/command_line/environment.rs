//! What a command line makes of the environment before its program runs: `env`, and a shell's
//! own assignments, as far as they can be told without running anything.

use std::collections::{HashMap, HashSet};

use super::program::{assignment, base, inner, is_shell};
use super::script::{Script, last};
use super::{Join, Word};
use crate::formats::place::Place;
use crate::model::secret::Secret;

/// The most wrappers in wrappers.
const MAX_DEPTH: usize = 16;

/// One change, in the order in which they are made.
#[derive(Clone, Debug)]
pub enum Change {
    /// A variable is given a value; where the word is not known, some value.
    Set(String, Word),
    /// A variable is taken away.
    Unset(String, Place),
    /// All are: `env -i`.
    Clear(Place),
    /// A variable may be set, taken away, or left: a condition decides.
    Perhaps(String, Place),
    /// Anything may be set: a file that is read, a text that is made when it runs.
    Open(Place),
}

/// What is known of a variable that a command line is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// It has this value.
    Known(String),
    /// It has some value.
    Some,
    /// It is not set.
    Absent,
    /// It may be set.
    Unsure,
}

/// The changes that a command line makes for the program that it runs in the end, from the
/// environment that it is started with.
#[must_use]
pub fn changes(words: &[Word], given: &dyn Fn(&str) -> Given) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut words = words.to_vec();
    for _ in 0..MAX_DEPTH {
        let Some(first) = words.first() else {
            break;
        };
        let name = base(first.text.expose()).to_owned();
        let before = changes.len();
        let next = match name.as_str() {
            "env" => of_env(&words[1..], &mut changes),
            shell if is_shell(shell) => of_shell(&words[1..], given, before > 0, &mut changes),
            // it resets what it passes on, as its own settings say
            "sudo" => None,
            other => inner(other, &words),
        };
        match next {
            Some(next) => words = next,
            None => break,
        }
    }
    changes
}

/// `env [-i] [-u NAME] [NAME=value]… program`. Options come first, whatever their order.
fn of_env(words: &[Word], out: &mut Vec<Change>) -> Option<Vec<Word>> {
    let mut rest = words;
    let (mut unset, mut clear) = (Vec::new(), None);
    while let Some((first, after)) = rest.split_first() {
        let (text, place) = (first.text.expose(), first.place);
        if !text.starts_with('-') {
            break;
        }
        rest = after;
        let mut value = |inline: Option<&str>| match inline {
            Some(inline) => Some(inline.to_owned()),
            None => {
                let (next, after) = rest.split_first()?;
                rest = after;
                Some(next.text.expose().to_owned())
            }
        };
        let (option, inline) = match text.split_once('=') {
            Some((option, inline)) if text.starts_with("--") => (option, Some(inline)),
            _ => (text, None),
        };
        match option {
            "--" => break,
            "-" | "--ignore-environment" => clear = Some(place),
            "--null" | "--debug" => {}
            "--block-signal" | "--default-signal" | "--ignore-signal" => {}
            "--unset" => unset.extend(value(inline).map(|name| (name, place))),
            "--chdir" | "--argv0" => drop(value(inline)),
            _ if option.starts_with("--") => {
                out.push(Change::Open(place));
                return None;
            }
            cluster => {
                for (at, letter) in cluster[1..].char_indices() {
                    let inline = Some(&cluster[at + 1 + letter.len_utf8()..]);
                    let inline = inline.filter(|text| !text.is_empty());
                    match letter {
                        'i' => clear = Some(place),
                        '0' | 'v' => continue,
                        'u' => unset.extend(value(inline).map(|name| (name, place))),
                        'C' | 'a' => drop(value(inline)),
                        // it splits a word by rules of its own
                        _ => {
                            out.push(Change::Open(place));
                            return None;
                        }
                    }
                    if letter != 'i' {
                        break;
                    }
                }
            }
        }
    }
    out.extend(clear.map(Change::Clear));
    out.extend(
        unset
            .into_iter()
            .map(|(name, place)| Change::Unset(name, place)),
    );
    while let Some((first, after)) = rest.split_first() {
        if !first.text.expose().contains('=') {
            break;
        }
        match assignment(first) {
            Some((name, value)) => out.push(Change::Set(name, value)),
            // of `$A=b` not even the name is known
            None if !first.is_known => out.push(Change::Open(first.place)),
            None => {}
        }
        rest = after;
    }
    (!rest.is_empty()).then(|| rest.to_vec())
}

/// Words after which a command may not run, or not in this shell.
const RESERVED: [&str; 16] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac",
    "function", "select", "{", "!",
];

/// What `sh -c TEXT` does up to the command that stays.
fn of_shell(
    words: &[Word],
    given: &dyn Fn(&str) -> Given,
    is_changed: bool,
    out: &mut Vec<Change>,
) -> Option<Vec<Word>> {
    let script = Script::of(words)?;
    let first = script.split(&|_| None);
    let mut touched = HashSet::new();
    let mut is_open = is_changed;
    for command in &first.commands {
        is_open |= touches(command, &mut touched);
    }
    // a value that the script changes is that of no one moment
    let known = |name: &str| {
        let is_kept = !is_open && !touched.contains(name);
        let Given::Known(text) = given(name) else {
            return None;
        };
        // a blank or a pattern in it may be more than one word
        (is_kept && !text.contains([' ', '\t', '\n', '*', '?', '[', '~'])).then_some(text)
    };
    let parts = script.split(&known);
    let end = last(&parts.commands)?;
    let is_first = |command: &Vec<Word>| {
        let text = command.first().map(|word| word.text.expose());
        text.is_some_and(|text| RESERVED.contains(&text))
    };
    let is_straight = script.is_known
        && !parts.is_broken
        && !script.is_odd()
        && !parts.commands.iter().any(is_first);
    let certain = certain(&parts.joins, end);
    let mut shell = Shell {
        exports_all: script.exports_all,
        own: HashMap::new(),
        marked: HashSet::new(),
        may_export: false,
        given,
        out,
    };
    let mut commands = parts.commands;
    let mut stays = commands.swap_remove(end);
    commands.truncate(end);
    for (command, is_certain) in commands.into_iter().zip(certain) {
        shell.run(&command, is_straight && is_certain);
    }
    while stays.len() > 1 && RESERVED.contains(&stays[0].text.expose()) {
        stays.remove(0);
    }
    let count = stays.iter().map_while(assignment).count();
    for (name, value) in stays.iter().take(count).filter_map(assignment) {
        let value = shell_value(value);
        shell.out.push(match is_straight {
            true => Change::Set(name, value),
            false => Change::Perhaps(name, value.place),
        });
    }
    stays.drain(..count);
    (!stays.is_empty()).then_some(stays)
}

/// Which of the commands before the one that stays have run when it does.
fn certain(joins: &[Join], end: usize) -> Vec<bool> {
    let begins = |at: &usize| joins[*at] == Join::Next;
    let list = (0..=end).rev().find(begins).unwrap_or(0);
    (0..end)
        .map(|at| match at < list {
            // of `a && b; c` only the first is sure to have run
            true => joins[at] == Join::Next,
            false => joins[at + 1..=end]
                .iter()
                .chain([&joins[at]])
                .all(|join| *join != Join::Other),
        })
        .collect()
}

/// The names that a command may change; whether it may change any.
fn touches(command: &[Word], names: &mut HashSet<String>) -> bool {
    let texts = command.iter().map(|word| word.text.expose());
    let is_open = texts
        .clone()
        .any(|text| matches!(text, "." | "source" | "eval"));
    names.extend(texts.filter_map(|text| {
        let name = text.split(['=', '+']).next().unwrap_or_default();
        Some(name.to_owned()).filter(|name| is_name(name))
    }));
    is_open
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What a shell makes of more than quotes in a value is not followed.
fn shell_value(value: Word) -> Word {
    let is_plain = !value.text.expose().contains(['~', '{']);
    Word {
        is_known: value.is_known && is_plain,
        ..value
    }
}

/// A shell that runs one command after the other.
struct Shell<'s> {
    exports_all: bool,
    /// Its own variables, which no program gets.
    own: HashMap<String, Word>,
    /// Those that are exported once they have a value.
    marked: HashSet<String>,
    /// Whether a condition decides if all are exported.
    may_export: bool,
    given: &'s dyn Fn(&str) -> Given,
    out: &'s mut Vec<Change>,
}

impl Shell<'_> {
    fn run(&mut self, command: &[Word], is_certain: bool) {
        let mut words = command;
        while let Some((first, rest)) = words.split_first() {
            let text = first.text.expose();
            if !matches!(text, "command" | "builtin") && !RESERVED.contains(&text) {
                break;
            }
            words = rest;
        }
        let count = words.iter().map_while(assignment).count();
        let (assigned, words) = words.split_at(count);
        let Some((first, operands)) = words.split_first() else {
            for (name, value) in assigned.iter().filter_map(assignment) {
                self.assign(name, shell_value(value), is_certain, false);
            }
            return;
        };
        let name = first.text.expose();
        if matches!(name, "." | "source" | "eval") {
            return self.out.push(Change::Open(first.place));
        }
        if is_special(name) {
            // what stands before one of these may stay
            let names = assigned.iter().filter_map(assignment);
            self.out
                .extend(names.map(|(name, value)| Change::Perhaps(name, value.place)));
        }
        match name {
            "export" => self.export(operands, is_certain),
            "unset" => self.unset(operands, is_certain),
            "set" if is_certain => self.exports_all |= sets_all(operands),
            "set" => self.may_export |= sets_all(operands),
            "readonly" | "declare" | "typeset" | "local" | "read" | "mapfile" | "readarray"
            | "getopts" | "printf" => self.perhaps(operands),
            // `A+=b`
            _ if name.split_once("+=").is_some_and(|(name, _)| is_name(name)) => {
                self.perhaps(&words[..1]);
            }
            _ => {}
        }
    }

    fn assign(&mut self, name: String, value: Word, is_certain: bool, is_exported: bool) {
        // what it was started with stays exported
        let given = match self.is_changed(&name) {
            true => Given::Some,
            false if self.may_export => Given::Unsure,
            false => (self.given)(&name),
        };
        let is_exported = is_exported || self.exports_all || self.marked.contains(&name);
        match given {
            _ if !is_certain => {
                self.own.remove(&name);
                self.out.push(Change::Perhaps(name, value.place));
            }
            Given::Absent if !is_exported => {
                self.own.insert(name, value);
            }
            Given::Unsure if !is_exported => {
                self.out.push(Change::Perhaps(name.clone(), value.place));
                self.own.insert(name, value);
            }
            _ => self.out.push(Change::Set(name, value)),
        }
    }

    fn is_changed(&self, name: &str) -> bool {
        self.out.iter().any(|change| match change {
            Change::Set(known, _) | Change::Perhaps(known, _) => known == name,
            Change::Unset(..) | Change::Clear(_) | Change::Open(_) => false,
        })
    }

    fn export(&mut self, operands: &[Word], is_certain: bool) {
        if operands
            .iter()
            .any(|word| word.text.expose().starts_with("-n"))
        {
            return self.perhaps(operands);
        }
        for word in operands {
            if let Some((name, value)) = assignment(word) {
                self.assign(name, shell_value(value), is_certain, true);
            } else if let Some(value) = self.own.remove(word.text.expose()) {
                let name = word.text.expose().to_owned();
                self.assign(name, value, is_certain, true);
            } else if !word.is_known {
                self.out.push(Change::Open(word.place));
            } else if is_certain {
                self.marked.insert(word.text.expose().to_owned());
            } else {
                self.perhaps(std::slice::from_ref(word));
            }
        }
    }

    fn unset(&mut self, operands: &[Word], is_certain: bool) {
        if operands
            .iter()
            .any(|word| word.text.expose().starts_with("-f"))
        {
            return;
        }
        for word in operands.iter().filter(|word| is_name(word.text.expose())) {
            let name = word.text.expose().to_owned();
            self.own.remove(&name);
            self.marked.remove(&name);
            self.out.push(match is_certain {
                true => Change::Unset(name, word.place),
                false => Change::Perhaps(name, word.place),
            });
        }
    }

    fn perhaps(&mut self, operands: &[Word]) {
        for word in operands {
            let name = word
                .text
                .expose()
                .split(['=', '+', '['])
                .next()
                .unwrap_or_default();
            if is_name(name) {
                self.own.remove(name);
                self.out.push(Change::Perhaps(name.to_owned(), word.place));
            }
        }
    }
}

/// The built-ins before which an assignment stays, in a shell that follows POSIX.
fn is_special(name: &str) -> bool {
    matches!(
        name,
        ":" | "export" | "readonly" | "set" | "shift" | "times" | "trap" | "unset" | "exec"
    )
}

/// `set -a`, `set -ea`, `set -o allexport`. What `set +a` ends is exported all the same.
fn sets_all(operands: &[Word]) -> bool {
    let mut texts = operands.iter().map(|word| word.text.expose());
    texts.any(|text| {
        let is_option = text.starts_with('-') && !text.starts_with("--");
        text == "allexport" || is_option && text.contains('a')
    })
}

/// The text of a value, and where it stands behind its name.
#[must_use]
pub fn behind_name(name: &str, value: &Word) -> (Secret, Place) {
    let (text, place) = (value.text.clone(), value.place);
    let before = u32::try_from(name.len() + 1).unwrap_or(u32::MAX);
    let length = text.expose().len() + name.len() + 1;
    let is_exact = (place.end.saturating_sub(place.start)) as usize == length;
    let place = match is_exact {
        true => Place {
            column: place.column.saturating_add(before),
            start: place.start.saturating_add(before),
            ..place
        },
        false => place,
    };
    (text, place)
}

#[cfg(test)]
mod tests;
