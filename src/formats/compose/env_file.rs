//! Env files as Compose reads them: `export`, quotes over several lines, comments,
//! interpolation. Every statement keeps its own text, so that it can be copied as it stands.

use super::interpolate::expand;
use crate::model::secret::Secret;

/// One statement of an env file.
#[derive(Clone, Debug)]
pub struct Statement<'t> {
    /// The variable.
    pub name: &'t str,
    /// What it is set to; `None` where it is taken over from Compose's own environment.
    pub value: Option<Secret>,
    /// The variables that its value names.
    pub references: Vec<String>,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// All of it, without the line break at its end.
    pub text: Text<'t>,
}

/// A part of an env file; may be secret.
#[derive(Clone, Copy)]
pub struct Text<'t>(pub &'t str);

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text(…)")
    }
}

/// How an env file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Compose's own.
    Compose,
    /// `format: raw`: every value up to the end of its line, as it stands.
    Raw,
}

/// Reads every statement. `lookup` knows the variables that are set outside of the file.
///
/// # Errors
/// The line, from 1, on which something stands that Compose would not take, or that it
/// takes in a way that is not known here.
pub fn read<'t>(
    text: &'t str,
    format: Format,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Statement<'t>>, u32> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        found: Vec::new(),
        lookup,
    };
    while reader.next(format)? {}
    Ok(reader.found)
}

struct Reader<'t, 'l> {
    text: &'t str,
    at: usize,
    line: u32,
    found: Vec<Statement<'t>>,
    lookup: &'l dyn Fn(&str) -> Option<String>,
}

impl<'t> Reader<'t, '_> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip(&mut self, bytes: usize) {
        let passed = &self.rest()[..bytes];
        let breaks = passed.matches('\n').count();
        self.line += u32::try_from(breaks).unwrap_or(u32::MAX);
        self.at += bytes;
    }

    fn line_end(&self) -> usize {
        self.rest().find('\n').unwrap_or(self.rest().len())
    }

    fn next(&mut self, format: Format) -> Result<bool, u32> {
        let blank = self.rest().len() - self.rest().trim_start().len();
        self.skip(blank);
        if self.rest().is_empty() {
            return Ok(false);
        }
        if self.rest().starts_with('#') {
            self.skip(self.line_end());
            return Ok(true);
        }
        let (start, line) = (self.at, self.line);
        let name = self.name()?;
        let value = match (self.rest().starts_with(['=', ':']), format) {
            (false, _) => None,
            (true, Format::Raw) => {
                self.skip(1);
                let end = self.line_end();
                let value = self.rest()[..end].trim_end_matches('\r').to_owned();
                self.skip(end);
                Some((value, false))
            }
            (true, Format::Compose) => {
                self.skip(1);
                Some(self.value()?)
            }
        };
        let mut references = Vec::new();
        let value = match value {
            Some((value, true)) => {
                let expanded = expand(&value, &|name| self.known(name));
                if expanded.broken {
                    return Err(line);
                }
                references = expanded.names;
                Some(Secret::new(expanded.text))
            }
            other => other.map(|(value, _)| Secret::new(value)),
        };
        let text = Text(self.text[start..self.at].trim_end());
        self.found.push(Statement {
            name,
            value,
            references,
            line,
            text,
        });
        Ok(true)
    }

    /// What the file said of it so far; else what is set outside.
    fn known(&self, name: &str) -> Option<String> {
        let here = self.found.iter().rev().find(|found| found.name == name);
        match here.and_then(|found| found.value.as_ref()) {
            Some(value) => Some(value.expose().to_owned()),
            None => (self.lookup)(name),
        }
    }

    fn name(&mut self) -> Result<&'t str, u32> {
        if let Some(after) = self.rest().strip_prefix("export")
            && after.starts_with([' ', '\t'])
        {
            let blank = after.len() - after.trim_start_matches([' ', '\t']).len();
            self.skip("export".len() + blank);
        }
        let end = self
            .rest()
            .find(|c: char| !c.is_ascii_alphanumeric() && !"_.-".contains(c))
            .unwrap_or(self.rest().len());
        let name = &self.rest()[..end];
        if name.is_empty() {
            return Err(self.line);
        }
        self.skip(end);
        let blank = self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\r']).len();
        self.skip(blank);
        if self.rest().is_empty() || self.rest().starts_with(['=', ':', '\n']) {
            Ok(name)
        } else {
            Err(self.line)
        }
    }

    /// The value, and whether variables in it are replaced.
    fn value(&mut self) -> Result<(String, bool), u32> {
        let blank = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        self.skip(blank);
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => {
                let end = self.line_end();
                let line = &self.rest()[..end];
                let value = line[..line.find(" #").unwrap_or(end)].trim_end().to_owned();
                self.skip(end);
                Ok((value, true))
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<(String, bool), u32> {
        let inside = &self.rest()[1..];
        let mut escaped = false;
        let end = inside.char_indices().find(|(_, c)| {
            let ends = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let (end, _) = end.ok_or(self.line)?;
        let value = &inside[..end];
        self.skip(end + 2);
        let after = self.rest()[..self.line_end()].trim();
        if !(after.is_empty() || after.starts_with('#')) {
            return Err(self.line);
        }
        if quote == '\'' {
            return Ok((value.replace("\\'", "'"), false));
        }
        Ok((unescaped(value), true))
    }
}

/// What a value in double quotes says. `$$` is what interpolation makes one `$` of.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('$') => text.push_str("$$"),
            Some(same @ ('"' | '\\')) => text.push(same),
            Some(other) => text.extend(['\\', other]),
            None => text.push('\\'),
        }
    }
    text
}
