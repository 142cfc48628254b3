//! The lines of a unit file or drop-in, as systemd's `config_parse` takes them (252): sections,
//! comments, lines that continue, comments between those. What settings mean is not known here.

use super::super::joined::{Joined, Pieces};
use super::super::place::{Cursor, Place};

/// The longest line, continued or not, in bytes: systemd takes no file with a longer one.
pub const MAX_LINE: usize = 1 << 20;

/// What a file says.
#[derive(Clone, Debug, Default)]
pub struct UnitFile {
    /// In the order of the file.
    pub settings: Vec<Setting>,
    /// What systemd passes over, or stops at.
    pub troubles: Vec<Trouble>,
    /// Whether systemd stopped there: a unit whose own file this is cannot be started.
    pub refused: bool,
}

/// `Name=value` in a section.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Without its brackets.
    pub section: String,
    /// What is set.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// What it is set to, without blanks at its ends.
    pub value: Joined,
}

/// Something in a file that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: UnitProblem,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitProblem {
    /// Not text: systemd reads no further.
    #[error("not UTF-8 text: systemd reads no further than here")]
    Encoding,
    /// `[Name` without its end: systemd reads no further.
    #[error("a section without `]`: systemd reads no further than here")]
    Section,
    /// More than [`MAX_LINE`]: systemd reads no further.
    #[error("longer than any line systemd takes: it reads no further than here")]
    TooLong,
    /// A setting before the first section.
    #[error("outside of any section: systemd passes over it")]
    Homeless,
    /// A line without `=`.
    #[error("not `Name=value`: systemd passes over it")]
    NoAssignment,
    /// Words that cannot be split.
    #[error(
        "quotes or escapes that systemd does not take: it passes over the rest of this setting"
    )]
    Words,
    /// Something that is no variable.
    #[error("not an assignment to a variable: systemd passes over it")]
    Assignment,
    /// A path that is not absolute, or a name that is none.
    #[error("not a path or name that systemd takes here: it passes over it")]
    Path,
    /// A `%` before a letter that is no specifier.
    #[error("`%` with something that is no specifier: systemd does not take it")]
    Specifier,
    /// A command that is none.
    #[error("not a command that systemd takes")]
    Command,
}

impl UnitProblem {
    fn is_fatal(self) -> bool {
        matches!(
            self,
            UnitProblem::Encoding | UnitProblem::Section | UnitProblem::TooLong
        )
    }
}

/// Reads a file. Never fails: what systemd does not take is among the troubles.
#[must_use]
pub fn read(bytes: &[u8], source: u32) -> UnitFile {
    let (text, bad) = placeholders(bytes);
    let mut reader = Reader {
        cursor: Cursor::new(&text, source),
        bad: &bad,
        section: None,
        file: UnitFile::default(),
    };
    while !reader.cursor.rest().is_empty() && !reader.file.refused {
        reader.logical_line();
    }
    reader.file
}

/// The text with every byte that is no text replaced by another one, and where those are.
fn placeholders(bytes: &[u8]) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(bytes.len());
    let mut bad = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            bad.push(text.len());
            text.push('?');
        }
    }
    (text, bad)
}

/// What systemd's `WHITESPACE` holds.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\0')
}

struct Reader<'t> {
    cursor: Cursor<'t>,
    /// Bytes that are no text, of those ahead.
    bad: &'t [usize],
    section: Option<String>,
    file: UnitFile,
}

impl<'t> Reader<'t> {
    /// A line with those that continue it.
    fn logical_line(&mut self) {
        let mut pieces = Pieces::default();
        let mut length = 0;
        let mut is_text = true;
        let start = self.cursor.here();
        while !self.cursor.rest().is_empty() {
            let (line, place) = self.physical_line();
            if line.trim_start_matches(is_blank).starts_with(['#', ';']) {
                self.skip_bad(place);
                if pieces.is_empty() {
                    return;
                }
                continue;
            }
            is_text &= !self.skip_bad(place);
            length += line.len();
            if length > MAX_LINE {
                return self.trouble(place, UnitProblem::TooLong);
            }
            let backslashes = line.len() - line.trim_end_matches('\\').len();
            if backslashes % 2 == 0 {
                pieces.push(line, place);
                break;
            }
            pieces.push(&line[..line.len() - 1], place);
            pieces.push(" ", after(place, line));
        }
        let line = pieces.join().trimmed(is_blank);
        if line.text().expose().is_empty() {
            return;
        }
        if !is_text {
            return self.trouble(start, UnitProblem::Encoding);
        }
        self.take(&line);
    }

    /// One line without its end, which is any of `\n`, `\r` and NUL, or one of each.
    fn physical_line(&mut self) -> (&'t str, Place) {
        let start = self.cursor.here();
        let line = self.cursor.take_while(|c| !ends_line(c));
        let place = self.cursor.since(start);
        let mut seen = Vec::new();
        while let Some(c) = self.cursor.peek().filter(|c| ends_line(*c)) {
            if seen.contains(&c) || seen.contains(&'\0') {
                break;
            }
            seen.push(c);
            self.cursor.take(1);
        }
        (line, place)
    }

    /// Whether there were bytes in a line that are no text; forgets those before its end.
    fn skip_bad(&mut self, place: Place) -> bool {
        let end = place.end as usize;
        let passed = self.bad.iter().take_while(|at| **at < end).count();
        self.bad = &self.bad[passed..];
        passed > 0
    }

    fn take(&mut self, line: &Joined) {
        let text = line.text().expose();
        if let Some(inside) = text.strip_prefix('[') {
            let Some(name) = inside.strip_suffix(']') else {
                return self.trouble(line.place(), UnitProblem::Section);
            };
            self.section = Some(name.to_owned());
            return;
        }
        let Some(section) = self.section.clone() else {
            return self.trouble(line.place(), UnitProblem::Homeless);
        };
        let Some(equals) = text.find('=') else {
            return self.trouble(line.place(), UnitProblem::NoAssignment);
        };
        let name = line.slice(0..equals).trimmed(is_blank);
        let value = line.slice(equals + 1..text.len()).trimmed(is_blank);
        self.file.settings.push(Setting {
            section,
            name: name.text().expose().to_owned(),
            place: name.place(),
            value,
        });
    }

    fn trouble(&mut self, place: Place, problem: UnitProblem) {
        self.file.refused |= problem.is_fatal();
        self.file.troubles.push(Trouble { place, problem });
    }
}

/// The last byte of a line, a backslash.
fn after(place: Place, line: &str) -> Place {
    let characters = u32::try_from(line.chars().count()).unwrap_or(u32::MAX);
    Place {
        column: place.column.saturating_add(characters).saturating_sub(1),
        start: place.end.saturating_sub(1),
        ..place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Vec<(String, String, u32, u32)> {
        let file = read(text.as_bytes(), 0);
        let each = |setting: &Setting| {
            let place = setting.value.place();
            (
                format!("{}.{}", setting.section, setting.name),
                setting.value.text().expose().to_owned(),
                place.line,
                place.column,
            )
        };
        file.settings.iter().map(each).collect()
    }

    #[test]
    fn sections_comments_and_continued_lines() {
        let text = "\u{feff}; a comment\n[Unit]\r\nDescription = x \r\n[Service]\nEnvironment=A=1 \\\n# between\n  \
                    B=2\\\n\nUser=\n";
        assert_eq!(
            settings(text),
            [
                ("Unit.Description".to_owned(), "x".to_owned(), 3, 15),
                (
                    "Service.Environment".to_owned(),
                    "A=1    B=2".to_owned(),
                    5,
                    13
                ),
                ("Service.User".to_owned(), String::new(), 9, 6),
            ]
        );
    }

    #[test]
    fn what_is_not_taken_is_said_and_what_comes_after_a_broken_section_is_not_read() {
        let file = read(b"A=1\n[S]\nnothing\n# \xff\nB=2\n[T\nC=3\n", 0);
        let problems: Vec<_> = file
            .troubles
            .iter()
            .map(|t| (t.place.line, t.problem))
            .collect();
        assert_eq!(
            problems,
            [
                (1, UnitProblem::Homeless),
                (3, UnitProblem::NoAssignment),
                (6, UnitProblem::Section)
            ]
        );
        assert_eq!(file.settings.len(), 1);
        assert!(file.refused);
        assert!(read(b"[S]\nA=\xff\nB=2\n", 0).settings.is_empty());
    }

    #[test]
    fn many_continued_lines_take_no_more_than_linear_time() {
        let mut text = "[Service]\nEnvironment=".to_owned();
        text.push_str(&"A=b\\\n".repeat(200_000));
        let file = read(text.as_bytes(), 0);
        assert_eq!((file.settings.len(), file.troubles.len()), (1, 0));
        let long = format!("[Service]\nA={}", "x".repeat(100 << 20));
        let file = read(long.as_bytes(), 0);
        assert!(file.refused);
    }
}
