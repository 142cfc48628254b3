//! Env files as bash reads them with `source`, without running anything: assignments in order,
//! alone, behind `export` and its like, joined by `;`, `&&` and `||`. What depends on a
//! command is not known, and said so.

mod ansi;
mod command;
mod word;

use super::Trouble;
use super::reading::Reading;
use crate::formats::place::Place;

/// Reads the file.
pub(super) fn read(reading: &mut Reading<'_>) {
    let mut shell = Shell {
        has_mark: reading.has_mark(),
        reading,
        open: Vec::new(),
        run: Run::Yes,
        status: None,
        in_pipe: false,
        is_function: false,
        documents: Vec::new(),
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
    /// A byte order mark is still to be taken for the beginning of the first word.
    has_mark: bool,
    open: Vec<Open>,
    run: Run,
    /// How the last command ended, if that is known.
    status: Option<bool>,
    in_pipe: bool,
    /// The next `{` is a function's.
    is_function: bool,
    /// The ends of here-documents that begin on the next line, and whether tabs go before them.
    documents: Vec<(String, bool)>,
    /// How many assignments stand before the command that is being read.
    safe: usize,
}

impl<'r> Shell<'_, 'r> {
    fn all(&mut self) -> Result<(), Stop> {
        loop {
            self.skip_blanks();
            let here = self.reading.cursor.here();
            let Some(c) = self.reading.cursor.peek() else {
                return match self.open.is_empty() {
                    true => Ok(()),
                    false => Err((here, Trouble::Syntax)),
                };
            };
            let twice = self.reading.cursor.rest().as_bytes().get(1) == Some(&(c as u8));
            match c {
                _ if std::mem::take(&mut self.has_mark) => {
                    self.command()?;
                }
                '\n' => self.line_break(),
                '#' => {
                    self.reading.cursor.take_line();
                }
                ';' => self.separator(1, Run::Yes),
                '&' if twice => self.separator(2, self.after(true)),
                '|' if twice => self.separator(2, self.after(false)),
                '&' => self.separator(1, Run::Yes),
                '|' => {
                    self.separator(1, Run::Yes);
                    self.in_pipe = true;
                }
                '(' => {
                    self.reading.cursor.take(1);
                    self.open.push(Open::Subshell);
                }
                ')' => {
                    self.reading.cursor.take(1);
                    self.close_parenthesis(here)?;
                }
                _ => {
                    if self.command()? {
                        return Ok(());
                    }
                }
            };
        }
    }

    /// Whether the command behind `&&`, or `||`, is run.
    fn after(&self, wanted: bool) -> Run {
        match self.status {
            Some(status) if status == wanted => Run::Yes,
            Some(_) => Run::No,
            None => Run::Maybe,
        }
    }

    fn separator(&mut self, bytes: usize, run: Run) {
        self.reading.cursor.take(bytes);
        (self.run, self.in_pipe) = (run, false);
    }

    fn line_break(&mut self) {
        self.separator(1, Run::Yes);
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
        if self.open.is_empty() {
            self.safe = self.reading.count();
        }
    }

    fn close_parenthesis(&mut self, here: Place) -> Result<(), Stop> {
        match self.open.last() {
            Some(Open::Subshell) => {
                self.open.pop();
                self.status = None;
                Ok(())
            }
            Some(Open::Case) => Ok(()),
            _ => Err((here, Trouble::Syntax)),
        }
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
