//! What a command line makes of the environment before its program runs: `env`, and a shell's
//! own assignments, as far as they can be told without running anything.

mod shell;

use std::collections::{HashMap, HashSet};

use self::shell::{Shell, is_name, shell_value};
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
