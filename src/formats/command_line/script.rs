//! The text that a shell is given with `-c`.

use super::program::base;
use super::{Split, Word, split};
use crate::formats::place::Place;

/// The text, and how the shell was told to take it.
pub(super) struct Script<'w> {
    text: &'w str,
    whole: Place,
    /// Whether what stands there is what the shell gets.
    pub(super) is_known: bool,
    /// `-a`: whatever is assigned is exported.
    pub(super) exports_all: bool,
}

impl<'w> Script<'w> {
    /// Of the words after the shell.
    pub(super) fn of(words: &'w [Word]) -> Option<Script<'w>> {
        let mut rest = words;
        let mut is_text = false;
        let mut exports_all = false;
        while let Some(first) = rest.first() {
            let text = first.text.expose();
            let Some(options) = text
                .strip_prefix(['-', '+'])
                .filter(|rest| !rest.is_empty())
            else {
                break;
            };
            rest = &rest[1..];
            if text.starts_with("--") {
                continue;
            }
            is_text |= options.contains('c') && text.starts_with('-');
            exports_all |= options.contains('a') && text.starts_with('-');
            if options.ends_with('o') {
                exports_all |= rest
                    .first()
                    .is_some_and(|name| name.text.expose() == "allexport");
                rest = rest.get(1..).unwrap_or_default();
            }
        }
        let first = rest.first().filter(|_| is_text)?;
        Some(Script {
            text: first.text.expose(),
            whole: first.place,
            is_known: first.is_known,
            exports_all,
        })
    }

    /// Its commands. A text that stands as it is written has its words where they are.
    pub(super) fn split(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Split {
        let (text, whole) = (self.text, self.whole);
        let is_exact =
            (whole.end.saturating_sub(whole.start)) as usize == text.len() && !text.contains('\n');
        let mut place = |start: usize, end: usize| {
            if !is_exact {
                return whole;
            }
            let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            Place {
                column: whole
                    .column
                    .saturating_add(narrow(text[..start].chars().count())),
                start: whole.start.saturating_add(narrow(start)),
                end: whole.start.saturating_add(narrow(end)),
                ..whole
            }
        };
        split(text, &mut place, lookup)
    }

    /// Whether shells differ in how they take it: `$'…'`, and documents within.
    pub(super) fn is_odd(&self) -> bool {
        ["$'", "$\"", "<<"]
            .iter()
            .any(|mark| self.text.contains(mark))
    }
}

/// The number of the command that stays: the last that is no mere end of the script.
pub(super) fn last(commands: &[Vec<Word>]) -> Option<usize> {
    commands.iter().rposition(|command| {
        let name = command.first().map(|word| base(word.text.expose()));
        !matches!(
            name,
            None | Some("fi" | "done" | "esac" | "}" | "wait" | "true" | ":" | "exit" | "sleep")
        )
    })
}
