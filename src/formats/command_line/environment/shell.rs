//! The variables of a shell that runs one command after the other, and which of them the
//! programs that it starts are given.

use std::collections::{HashMap, HashSet};

use super::super::Word;
use super::super::program::assignment;
use super::{Change, Given, RESERVED};

pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What a shell makes of more than quotes in a value is not followed.
pub(super) fn shell_value(value: Word) -> Word {
    let is_plain = !value.text.expose().contains(['~', '{']);
    Word {
        is_known: value.is_known && is_plain,
        ..value
    }
}

/// A shell that runs one command after the other.
pub(super) struct Shell<'s> {
    pub(super) exports_all: bool,
    /// Its own variables, which no program gets.
    pub(super) own: HashMap<String, Word>,
    /// Those that are exported once they have a value.
    pub(super) marked: HashSet<String>,
    /// Whether a condition decides if all are exported.
    pub(super) may_export: bool,
    pub(super) given: &'s dyn Fn(&str) -> Given,
    pub(super) out: &'s mut Vec<Change>,
}

impl Shell<'_> {
    pub(super) fn run(&mut self, command: &[Word], is_certain: bool) {
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
