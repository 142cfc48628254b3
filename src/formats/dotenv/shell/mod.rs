//! Env files as bash reads them with `source`, without running anything: assignments in order,
//! alone, behind `export` and its like, joined by `;`, `&&` and `||`. What depends on a
//! command is not known, and said so.

mod ansi;
mod command;
mod word;

use std::collections::HashSet;

use super::Trouble;
use super::reading::Reading;
use crate::formats::place::Place;
use word::ends_word;

/// Reads the file.
pub(super) fn read(reading: &mut Reading<'_>) {
    let mut shell = Shell {
        reading,
        open: Vec::new(),
        run: Run::Yes,
        status: None,
        in_pipe: false,
        ready: false,
        continues: false,
        is_function: false,
        documents: Vec::new(),
        arrays: HashSet::new(),
        safe: 0,
    };
    if let Err((place, trouble)) = shell.all() {
        // bash reads a whole command before it runs it
        shell.reading.trouble(place, trouble);
        let safe = shell.safe;
        shell.reading.truncate(safe);
    }
}

/// Why reading ends early.
type Stop = (Place, Trouble);

/// Whether the next command is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Yes,
    Maybe,
    No,
}

/// What is open around a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `if`, a loop, a function: it runs, or not.
    Condition,
    /// `case`, in which patterns end in `)`.
    Case,
    /// `{`, which changes nothing.
    Braces,
    /// `(`, out of which nothing is set.
    Subshell,
}

struct Shell<'s, 'r> {
    reading: &'s mut Reading<'r>,
    open: Vec<Open>,
    run: Run,
    /// How the last command ended, if that is known.
    status: Option<bool>,
    in_pipe: bool,
    /// A command stands before here that `;` and its like could end.
    ready: bool,
    /// An operator stands before here that asks for a command.
    continues: bool,
    /// The next `{` is a function's.
    is_function: bool,
    /// The ends of here-documents that begin on the next line, and whether tabs go before them.
    documents: Vec<(String, bool)>,
    /// Names that were once set to lists.
    arrays: HashSet<String>,
    /// How many assignments stand before the command that is being read.
    safe: usize,
}

impl<'r> Shell<'_, 'r> {
    fn all(&mut self) -> Result<(), Stop> {
        if self.reading.has_mark() && self.command(true)? {
            return Ok(());
        }
        loop {
            self.skip_blanks();
            let here = self.reading.cursor.here();
            let Some(c) = self.reading.cursor.peek() else {
                return match self.open.is_empty() && !self.continues {
                    true => Ok(()),
                    false => Err((here, Trouble::Syntax)),
                };
            };
            match c {
                '\n' => self.line_break(),
                '#' => {
                    self.reading.cursor.take_line();
                }
                ';' | '&' | '|' => self.operator(c).map_err(|trouble| (here, trouble))?,
                '(' => {
                    self.reading.cursor.take(1);
                    self.open.push(Open::Subshell);
                }
                ')' => {
                    self.reading.cursor.take(1);
                    self.close_parenthesis(here)?;
                }
                _ => {
                    if self.command(false)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn operator(&mut self, c: char) -> Result<(), Trouble> {
        let rest = self.reading.cursor.rest();
        let twice = rest.as_bytes().get(1) == Some(&(c as u8));
        let in_case = self.open.contains(&Open::Case);
        let run = match (c, twice) {
            (';', true) if in_case => {
                self.ready = true;
                Run::Yes
            }
            (';', true) => return Err(Trouble::Syntax),
            ('&', true) => self.after(true),
            ('|', true) => self.after(false),
            _ => Run::Yes,
        };
        if !self.ready {
            return Err(Trouble::Syntax);
        }
        self.reading.cursor.take(1 + usize::from(twice));
        (self.run, self.in_pipe) = (run, c == '|' && !twice);
        (self.ready, self.continues) = (false, c == '|' || (c == '&' && twice));
        Ok(())
    }

    /// Whether the command behind `&&`, or `||`, is run.
    fn after(&self, wanted: bool) -> Run {
        match self.status {
            Some(status) if status == wanted => Run::Yes,
            Some(_) => Run::No,
            None => Run::Maybe,
        }
    }

    fn line_break(&mut self) {
        self.reading.cursor.take(1);
        if !self.continues {
            (self.run, self.in_pipe, self.ready) = (Run::Yes, false, false);
        }
        for (end, has_tabs) in std::mem::take(&mut self.documents) {
            while !self.reading.cursor.rest().is_empty() {
                let line = self.reading.cursor.take_line();
                let line = if has_tabs {
                    line.trim_start_matches('\t')
                } else {
                    line
                };
                let is_end = line == end;
                if !self.reading.cursor.rest().is_empty() {
                    self.reading.cursor.take(1);
                }
                if is_end {
                    break;
                }
            }
        }
        if self.open.is_empty() && !self.continues {
            self.safe = self.reading.count();
        }
    }

    fn close_parenthesis(&mut self, here: Place) -> Result<(), Stop> {
        match self.open.last() {
            Some(Open::Subshell) => {
                self.open.pop();
                self.status = None;
                self.end_of_group(here)
            }
            Some(Open::Case) => {
                self.ready = false;
                Ok(())
            }
            _ => Err((here, Trouble::Syntax)),
        }
    }

    /// What ends a group may be followed by an operator, but by no word.
    pub(super) fn end_of_group(&mut self, here: Place) -> Result<(), Stop> {
        (self.ready, self.continues) = (true, false);
        self.skip_blanks();
        let rest = self.reading.cursor.rest();
        let next = &rest[..rest.find(ends_word).unwrap_or(rest.len())];
        let may_follow = ["", "fi", "done", "esac", "}", "then", "do", "else", "elif"];
        if may_follow.contains(&next) || next.starts_with('#') {
            return Ok(());
        }
        Err((here, Trouble::Syntax))
    }

    /// Blanks, and line breaks behind a backslash.
    fn skip_blanks(&mut self) {
        loop {
            self.reading
                .cursor
                .take_while(|c| matches!(c, ' ' | '\t' | '\0'));
            if !self.reading.cursor.rest().starts_with("\\\n") {
                return;
            }
            self.reading.cursor.take(2);
        }
    }
}
