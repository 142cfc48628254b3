//! One simple command of a shell: assignments before it, its words, its redirections, and what
//! it does to variables if it is one of the shell's own.

use super::word::{self, Word, ends_word, name_of};
use super::{Open, Run, Shell, Stop};
use crate::formats::dotenv::Trouble;
use crate::formats::dotenv::reading::{Known, Statement, inside_quotes};
use crate::formats::place::Place;

/// An assignment that is read and not yet done.
struct Setting {
    name: String,
    name_place: Place,
    word: Word,
    value_place: Place,
    place: Place,
}

/// A command as far as it matters.
#[derive(Default)]
struct Command {
    settings: Vec<Setting>,
    name: Option<String>,
    /// Its words behind the name, where it is one that names variables.
    arguments: Vec<String>,
    /// What its words set, where they do.
    declared: Vec<Setting>,
    /// Whether a file is opened that may not be there.
    may_fail: bool,
}

impl Shell<'_, '_> {
    /// Takes a command and does what it does to variables; `true` where nothing is run after
    /// it. A byte order mark before it is the beginning of its name.
    pub(super) fn command(&mut self, is_marked: bool) -> Result<bool, Stop> {
        let start = self.reading.cursor.here();
        let mut command = Command::default();
        if is_marked {
            word::value(self.reading).map_err(|trouble| (start, trouble))?;
            command.name = Some(String::new());
        }
        loop {
            self.skip_blanks();
            let here = self.reading.cursor.here();
            let Some(c) = self.reading.cursor.peek() else {
                break;
            };
            if matches!(c, '<' | '>') {
                let may_fail = self.redirection().map_err(|trouble| (here, trouble))?;
                command.may_fail |= may_fail;
            } else if c == '(' {
                return self.parenthesis(&command, here).map(|()| false);
            } else if ends_word(c) || (c == '#' && here != start) {
                break;
            } else if self.one_word(&mut command)? {
                return Ok(false);
            }
        }
        let place = self.reading.cursor.since(start);
        (self.ready, self.continues) = (true, false);
        Ok(self.done(command, place))
    }

    /// Takes a word; `true` where it is a keyword behind which another command begins.
    fn one_word(&mut self, command: &mut Command) -> Result<bool, Stop> {
        let here = self.reading.cursor.here();
        let at = |trouble| (here, trouble);
        let declares = command.name.as_deref().is_some_and(is_declaration);
        if command.name.is_none() || declares {
            let setting = self.setting().map_err(at)?;
            if let Some(mut setting) = setting {
                // braces make several words of one
                setting.word.unknown |= declares && setting.word.has_braces;
                let list = match declares {
                    true => &mut command.declared,
                    false => &mut command.settings,
                };
                list.push(setting);
                return Ok(false);
            }
        }
        let word = word::value(self.reading).map_err(at)?;
        if word.is_plain
            && word.text.bytes().all(|byte| byte.is_ascii_digit())
            && self.reading.cursor.rest().starts_with(['<', '>'])
        {
            return Ok(false);
        }
        if command.name.is_none() {
            let may_be_reserved = word.is_plain && command.settings.is_empty();
            if may_be_reserved && let Some(ends) = self.keyword(&word.text, here)? {
                return Ok(ends);
            }
            command.name = Some(word.text);
        } else if declares && !word.text.starts_with('-') {
            let place = inside_quotes(self.reading.text, self.reading.cursor.since(here));
            command.declared.extend(of_word(word, place));
        } else if command.name.as_deref() == Some("unset") {
            command.arguments.push(word.text);
        } else if command.name.as_deref() == Some("[[") && word.text != "]]" {
            self.skip_test().map_err(at)?;
        }
        Ok(false)
    }

    /// Takes `NAME=value`, if that is ahead.
    fn setting(&mut self) -> Result<Option<Setting>, Trouble> {
        let rest = self.reading.cursor.rest();
        let name = name_of(rest);
        let after = &rest[name.len()..];
        let adds = after.starts_with("+=");
        if name.is_empty() || !(adds || after.starts_with('=')) {
            return Ok(None);
        }
        let start = self.reading.cursor.here();
        self.reading.cursor.take(name.len());
        let name_place = self.reading.cursor.since(start);
        self.reading.cursor.take(1 + usize::from(adds));
        let value = self.reading.cursor.here();
        let mut word = Word::default();
        if adds {
            word = self.current(name);
        }
        if self.reading.cursor.peek() == Some('(') {
            self.reading.cursor.take(1);
            word::skip_parentheses(self.reading)?;
            word::value(self.reading)?;
            word.unknown = true;
            self.arrays.insert(name.to_owned());
        } else {
            let added = word::value(self.reading)?;
            word = Word {
                text: word.text + &added.text,
                unknown: word.unknown || added.unknown,
                ..added
            };
        }
        let value_place = self.reading.cursor.since(value);
        Ok(Some(Setting {
            name: name.to_owned(),
            name_place,
            word,
            value_place: inside_quotes(self.reading.text, value_place),
            place: self.reading.cursor.since(start),
        }))
    }

    fn current(&self, name: &str) -> Word {
        let mut word = Word::default();
        match self.reading.inside_first(name) {
            Known::Set(text) => word.text = text,
            Known::Unset => {}
            Known::Unclear => word.unknown = true,
        }
        word
    }

    /// What a reserved word does; `None` where it is none.
    fn keyword(&mut self, word: &str, here: Place) -> Result<Option<bool>, Stop> {
        let at = |trouble| (here, trouble);
        (self.ready, self.continues) = (false, false);
        match word {
            "if" | "while" | "until" => self.open.push(Open::Condition),
            "for" | "select" | "case" => {
                let kind = if word == "case" {
                    Open::Case
                } else {
                    Open::Condition
                };
                self.open.push(kind);
                self.skip_head(word == "case").map_err(at)?;
            }
            "function" => {
                self.is_function = true;
                self.skip_head(false).map_err(at)?;
            }
            "{" => {
                let is_function = std::mem::take(&mut self.is_function);
                let kind = if is_function {
                    Open::Condition
                } else {
                    Open::Braces
                };
                self.open.push(kind);
            }
            "then" | "else" | "elif" | "do" | "time" | "!" => {}
            "fi" | "done" | "esac" | "}" => {
                let expected = match word {
                    "esac" => Open::Case,
                    _ => Open::Condition,
                };
                match self.open.pop() {
                    Some(Open::Braces) if word == "}" => {}
                    Some(kind) if kind == expected => self.status = None,
                    _ => return Err(at(Trouble::Syntax)),
                }
                self.end_of_group(here)?;
            }
            _ => return Ok(None),
        }
        if !matches!(
            word,
            "{" | "}" | "then" | "else" | "do" | "fi" | "done" | "esac" | "time"
        ) {
            self.reading.trouble(here, Trouble::Command);
        }
        Ok(Some(true))
    }

    /// The words between `for`, `case` or `function` and what is run.
    fn skip_head(&mut self, is_case: bool) -> Result<(), Trouble> {
        loop {
            self.skip_blanks();
            match self.reading.cursor.peek() {
                Some('(') => {
                    self.reading.cursor.take(1);
                    word::skip_parentheses(self.reading)?;
                }
                Some(c) if !ends_word(c) => {
                    if self.reading.cursor.rest().starts_with('{') {
                        return Ok(());
                    }
                    let word = word::value(self.reading)?;
                    if is_case && word.text == "in" {
                        return Ok(());
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// The rest of `[[ … ]]`, in which `&&` and `<` mean something else.
    fn skip_test(&mut self) -> Result<(), Trouble> {
        loop {
            self.reading.cursor.take_while(char::is_whitespace);
            let rest = self.reading.cursor.rest();
            match rest.chars().next() {
                None => return Err(Trouble::Syntax),
                Some(c) if ends_word(c) => {
                    self.reading.cursor.take(1);
                }
                Some(_) => {
                    if word::value(self.reading)?.text == "]]" {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// `name()` begins a function; elsewhere a parenthesis within a command is none of bash's.
    fn parenthesis(&mut self, command: &Command, here: Place) -> Result<(), Stop> {
        self.reading.cursor.take(1);
        self.skip_blanks();
        if command.name.is_none() || !self.reading.cursor.rest().starts_with(')') {
            return match self.open.last() {
                Some(Open::Case) => Ok(()),
                _ => Err((here, Trouble::Syntax)),
            };
        }
        self.reading.cursor.take(1);
        self.reading.trouble(here, Trouble::Command);
        self.is_function = true;
        Ok(())
    }

    /// Takes a redirection, and says whether it may fail.
    fn redirection(&mut self) -> Result<bool, Trouble> {
        let rest = self.reading.cursor.rest();
        let is_document = rest.starts_with("<<") && !rest.starts_with("<<<");
        let has_tabs = rest.starts_with("<<-");
        if rest.starts_with("<(") || rest.starts_with(">(") {
            self.reading.cursor.take(2);
            return word::skip_parentheses(self.reading).map(|()| true);
        }
        let is_part = |c: char| matches!(c, '<' | '>' | '&' | '|');
        self.reading.cursor.take_while(is_part);
        if has_tabs {
            self.reading.cursor.take(1);
        }
        self.skip_blanks();
        let target = word::value(self.reading)?;
        if is_document {
            self.documents.push((target.text, has_tabs));
            return Ok(false);
        }
        Ok(target.text != "/dev/null")
    }

    /// Does what the command does; `true` where nothing is run after it.
    fn done(&mut self, command: Command, place: Place) -> bool {
        let rest = self.reading.cursor.rest();
        let is_alone = |c: char| rest.starts_with(c) && rest.as_bytes().get(1) != Some(&(c as u8));
        let is_lost = self.in_pipe
            || is_alone('|')
            || is_alone('&')
            || self.run == Run::No
            || self.open.contains(&Open::Subshell);
        let is_certain = self.run == Run::Yes
            && !command.may_fail
            && self
                .open
                .iter()
                .all(|open| matches!(open, Open::Braces | Open::Subshell));
        let mut status = Some(true);
        let mut ends = false;
        let (settings, declared) = match command.name.as_deref() {
            None => (command.settings, Vec::new()),
            Some(name) if is_declaration(name) => (Vec::new(), command.declared),
            Some("unset") => {
                for name in command.arguments.iter().filter(|_| !is_lost && is_certain) {
                    self.reading.remove(name);
                }
                (Vec::new(), Vec::new())
            }
            Some("exit" | "return") => {
                ends = is_certain && !is_lost;
                (Vec::new(), Vec::new())
            }
            Some(name) => {
                status = match name {
                    ":" | "true" | "set" | "echo" | "umask" | "shopt" => Some(true),
                    "false" => Some(false),
                    _ => None,
                };
                let is_harmless = matches!(name, "test" | "[" | "[[") || status.is_some();
                if !is_harmless && self.run != Run::No {
                    self.reading.trouble(place, Trouble::Command);
                }
                (Vec::new(), Vec::new())
            }
        };
        for setting in settings.into_iter().chain(declared) {
            if setting.word.unknown {
                status = None;
            }
            if !is_lost {
                self.add(setting, is_certain);
            }
        }
        match self.run {
            Run::Yes => self.status = status,
            Run::Maybe => self.status = None,
            Run::No => {}
        }
        ends
    }

    fn add(&mut self, setting: Setting, is_certain: bool) {
        // nothing exports an array
        let is_array = self.arrays.contains(&setting.name);
        let exact = is_certain && !setting.word.unknown && !is_array;
        if setting.word.required {
            self.reading.trouble(setting.value_place, Trouble::Required);
        } else if !exact {
            self.reading.trouble(setting.value_place, Trouble::Command);
        }
        self.reading.add(Statement {
            name: &setting.name,
            name_place: setting.name_place,
            value: Some(setting.word.text).filter(|_| exact),
            value_place: setting.value_place,
            references: setting.word.references,
            exact,
            place: setting.place,
        });
    }
}

fn is_declaration(name: &str) -> bool {
    matches!(name, "export" | "declare" | "typeset" | "readonly")
}

/// `export "NAME=value"`.
fn of_word(mut word: Word, place: Place) -> Option<Setting> {
    let (name, value) = word.text.split_once('=')?;
    if name.is_empty() || name_of(name) != name {
        return None;
    }
    let name = name.to_owned();
    // what is not quoted is split at blanks
    word.unknown |= word.is_split || word.has_braces;
    word.text = value.to_owned();
    Some(Setting {
        name,
        name_place: place,
        word,
        value_place: place,
        place,
    })
}
