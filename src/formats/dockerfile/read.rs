//! The lines of a Dockerfile, put together into stages of instructions.

use std::ops::Range;

use super::{Copy, Dockerfile, Form, Heredoc, Instruction, Pair, Stage};
use crate::formats::joined::{Joined, Pieces};
use crate::formats::place::{Cursor, Place};
use crate::model::secret::Secret;

/// The most instructions that are read.
const MAX_INSTRUCTIONS: usize = 10_000;

/// Reads a file. Never fails: what a build would not take is among the troubles.
#[must_use]
pub fn read(bytes: &[u8], source: u32) -> Dockerfile {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // one for one, so that places hold
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    let mut reader = Reader {
        escape: escape_of(&text),
        cursor: Cursor::new(&text, source),
        file: Dockerfile::default(),
    };
    for _ in 0..MAX_INSTRUCTIONS {
        let Some((line, heredocs)) = reader.instruction() else {
            break;
        };
        reader.take(&line, heredocs);
    }
    reader.file.escape = reader.escape;
    reader.file
}

/// `# escape=` among the directives at the top.
fn escape_of(text: &str) -> char {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for line in text.lines() {
        let Some(comment) = line.trim().strip_prefix('#') else {
            break;
        };
        let Some((name, value)) = comment.split_once('=') else {
            break;
        };
        match name.trim().to_ascii_lowercase().as_str() {
            "escape" => return if value.trim() == "`" { '`' } else { '\\' },
            "syntax" | "check" => {}
            _ => break,
        }
    }
    '\\'
}

struct Reader<'t> {
    escape: char,
    cursor: Cursor<'t>,
    file: Dockerfile,
}

impl<'t> Reader<'t> {
    /// The next instruction with the lines that continue it, and its heredocs.
    fn instruction(&mut self) -> Option<(Joined, Vec<Heredoc>)> {
        let mut pieces = Pieces::default();
        loop {
            if self.cursor.rest().is_empty() {
                break;
            }
            let (line, place) = self.line();
            let is_nothing = line.trim().is_empty() || line.trim_start().starts_with('#');
            if is_nothing {
                // also between lines that continue
                continue;
            }
            let trimmed = line.trim_end_matches([' ', '\t', '\r']);
            match trimmed.strip_suffix(self.escape) {
                Some(before) => pieces.push(before, place),
                None => {
                    pieces.push(line, place);
                    break;
                }
            }
        }
        if pieces.is_empty() {
            return None;
        }
        let line = pieces.join().trimmed(char::is_whitespace);
        let heredocs = self.heredocs(line.text().expose());
        Some((line, heredocs))
    }

    fn line(&mut self) -> (&'t str, Place) {
        let start = self.cursor.here();
        let line = self.cursor.take_line();
        let place = self.cursor.since(start);
        if self.cursor.peek().is_some() {
            self.cursor.take(1);
        }
        (line, place)
    }

    /// The texts after a line with `<<NAME`, which only these instructions have.
    fn heredocs(&mut self, line: &str) -> Vec<Heredoc> {
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let has_any = ["RUN", "COPY", "ADD"]
            .iter()
            .any(|word| name.eq_ignore_ascii_case(word));
        let mut heredocs = Vec::new();
        for word in rest.split_whitespace().filter(|_| has_any) {
            let Some(end) = heredoc_end(word) else {
                continue;
            };
            let start = self.cursor.here();
            let mut text = zeroize::Zeroizing::new(String::new());
            let mut last = start;
            while !self.cursor.rest().is_empty() {
                let (line, _) = self.line();
                let line = match word.starts_with("<<-") {
                    true => line.trim_start_matches('\t'),
                    false => line,
                };
                if line.trim_end_matches('\r') == end {
                    break;
                }
                text.push_str(line);
                text.push('\n');
                last = self.cursor.here();
            }
            heredocs.push(Heredoc {
                name: end.to_owned(),
                text: Secret::from(text),
                place: Place {
                    end: last.start,
                    ..start
                },
            });
        }
        heredocs
    }

    fn take(&mut self, line: &Joined, heredocs: Vec<Heredoc>) {
        let text = line.text().expose();
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let name = text[..end].to_ascii_uppercase();
        let rest = line.slice(end..text.len()).trimmed(char::is_whitespace);
        let instruction = match name.as_str() {
            "FROM" => return self.from(&rest, line.place()),
            "ENV" => Instruction::Env(self.pairs(&rest)),
            "LABEL" => Instruction::Label(self.pairs(&rest)),
            "ARG" => {
                let arguments = self.arguments(&rest);
                if self.file.stages.is_empty() {
                    self.file.arguments.extend(arguments);
                    return;
                }
                Instruction::Arg(arguments)
            }
            "WORKDIR" => Instruction::Workdir(rest),
            "COPY" | "ADD" => match self.copy(&rest, heredocs, line.place()) {
                Some(copy) => Instruction::Copy(copy),
                None => return,
            },
            "ENTRYPOINT" => Instruction::Entrypoint(form(&rest)),
            "CMD" => Instruction::Cmd(form(&rest)),
            _ => return,
        };
        match self.file.stages.last_mut() {
            Some(stage) => stage.instructions.push(instruction),
            None => self.trouble(line.place(), "stands before the first FROM"),
        }
    }

    fn trouble(&mut self, place: Place, what: &'static str) {
        self.file.troubles.push((place, what));
    }

    fn from(&mut self, rest: &Joined, place: Place) {
        let text = rest.text().expose();
        let ranges = words(text, self.escape);
        let mut ranges = ranges
            .into_iter()
            .skip_while(|range| text[range.clone()].starts_with("--"));
        let Some(base) = ranges.next() else {
            return self.trouble(place, "names no image");
        };
        let is_as = ranges
            .next()
            .is_some_and(|range| text[range].eq_ignore_ascii_case("as"));
        let name = ranges.next().filter(|_| is_as);
        self.file.stages.push(Stage {
            name: name.map(|range| text[range].to_ascii_lowercase()),
            base: rest.slice(base),
            place,
            instructions: Vec::new(),
        });
    }

    /// `NAME=value …`, or `NAME value` to the end of the line.
    fn pairs(&mut self, rest: &Joined) -> Vec<Pair> {
        let text = rest.text().expose();
        let ranges = words(text, self.escape);
        let Some(first) = ranges.first() else {
            self.trouble(rest.place(), "sets nothing");
            return Vec::new();
        };
        if !text[first.clone()].contains('=') {
            let value = rest
                .slice(first.end..text.len())
                .trimmed(char::is_whitespace);
            return vec![Pair {
                name: text[first.clone()].to_owned(),
                place: rest.place(),
                value: Some(value),
            }];
        }
        ranges
            .into_iter()
            .filter_map(|range| self.pair(rest, range))
            .collect()
    }

    fn arguments(&mut self, rest: &Joined) -> Vec<Pair> {
        let text = rest.text().expose();
        let mut pairs = Vec::new();
        for range in words(text, self.escape) {
            let word = &text[range.clone()];
            match word.contains('=') {
                true => pairs.extend(self.pair(rest, range)),
                false => pairs.push(Pair {
                    name: word.to_owned(),
                    place: rest.slice(range).place(),
                    value: None,
                }),
            }
        }
        pairs
    }

    fn pair(&mut self, rest: &Joined, range: Range<usize>) -> Option<Pair> {
        let word = rest.slice(range);
        let text = word.text().expose();
        let Some(equals) = text.find('=').filter(|equals| *equals > 0) else {
            self.trouble(word.place(), "is no NAME=value");
            return None;
        };
        let name = text[..equals].trim_matches(['"', '\'']).to_owned();
        Some(Pair {
            name,
            value: Some(word.slice(equals + 1..text.len())),
            place: word.place(),
        })
    }

    fn copy(&mut self, rest: &Joined, heredocs: Vec<Heredoc>, place: Place) -> Option<Copy> {
        let text = rest.text().expose();
        let ranges = words(text, self.escape);
        let flags = ranges
            .iter()
            .take_while(|range| text[(*range).clone()].starts_with("--"));
        let flags: Vec<&str> = flags.map(|range| &text[range.clone()]).collect();
        let from = flags.iter().find_map(|flag| flag.strip_prefix("--from="));
        let mut operands: Vec<Joined> = match ranges.get(flags.len()) {
            Some(first) if text[first.start..].starts_with('[') => {
                let list = rest.slice(first.start..text.len());
                match list_of(&list) {
                    Some(items) => items.into_iter().map(|(_, item)| item).collect(),
                    None => Vec::new(),
                }
            }
            _ => Vec::new(),
        };
        if operands.is_empty() {
            operands = ranges[flags.len()..]
                .iter()
                .map(|range| rest.slice(range.clone()))
                .collect();
        }
        let Some(target) = operands.pop().filter(|_| !operands.is_empty()) else {
            self.trouble(place, "copies nothing, or nowhere");
            return None;
        };
        let is_file = |word: &Joined| heredoc_end(word.text().expose()).is_none();
        Some(Copy {
            from: from.map(str::to_owned),
            sources: operands.into_iter().filter(is_file).collect(),
            heredocs,
            target,
            place,
        })
    }
}

/// The line that ends what `<<NAME` begins.
fn heredoc_end(word: &str) -> Option<&str> {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let name = digits.strip_prefix("<<")?;
    let name = name.strip_prefix('-').unwrap_or(name);
    let inner = name.trim_matches(['"', '\'']);
    let is_name = !inner.is_empty() && !inner.contains(['<', '>', '"', '\'']);
    is_name.then_some(inner)
}

/// Where the words of a line stand: split at blanks that are in no quotes.
fn words(text: &str, escape: char) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        if c.is_whitespace() && quote.is_none() {
            found.extend(start.take().map(|start| start..at));
            continue;
        }
        start.get_or_insert(at);
        match (c, quote) {
            (c, quote) if c == escape && quote != Some('\'') => {
                characters.next();
            }
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            _ => {}
        }
    }
    found.extend(start.map(|start| start..text.len()));
    found
}

fn form(rest: &Joined) -> Form {
    match list_of(rest) {
        Some(items) => {
            let word = |(text, item): (Secret, Joined)| (text, item.place());
            Form::Exec(items.into_iter().map(word).collect())
        }
        None => Form::Shell(rest.clone()),
    }
}

/// The texts of a JSON list, each with where it stands; `None` where it is none, and then a
/// shell gets it.
fn list_of(rest: &Joined) -> Option<Vec<(Secret, Joined)>> {
    let text = rest.text().expose();
    if !text.starts_with('[') {
        return None;
    }
    let texts: Vec<String> = serde_json::from_str(text).ok()?;
    let mut ranges = Vec::with_capacity(texts.len());
    let mut start = None;
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match (c, start) {
            ('\\', Some(_)) => {
                characters.next();
            }
            ('"', Some(begun)) => {
                ranges.push(begun..at);
                start = None;
            }
            ('"', None) => start = Some(at + 1),
            _ => {}
        }
    }
    let items = texts.into_iter().zip(ranges);
    Some(
        items
            .map(|(text, range)| (Secret::new(text), rest.slice(range)))
            .collect(),
    )
}
