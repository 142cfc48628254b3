//! A line of somebody's file as it may be shown: names stay, values are masked at equal
//! width. What is not known to be harmless is a value.

mod words;

use words::{is_harmless, is_number, is_paths, is_public, is_tls, is_word, normal};

/// The only blanks that are shown: others can hide or move text.
const BLANKS: [char; 2] = [' ', '\t'];

/// Stands for each character of what is not shown.
const MASK: char = '*';

/// Keys below which `NAME=value` stands.
const ENVIRONMENTS: [&str; 6] = ["arg", "args", "env", "environment", "label", "labels"];

/// First words that are followed by a blank and a value.
const DIRECTIVES: [&str; 22] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "FROM",
    "RUN",
    "USER",
    "VOLUME",
    "WORKDIR",
    "aclfile",
    "bind",
    "dir",
    "include",
    "masterauth",
    "port",
    "protected-mode",
    "requirepass",
    "sentinel",
    "user",
    "export",
];

/// The line with every value masked.
pub(super) fn masked(line: &str) -> String {
    let mut line = Line {
        text: line,
        out: String::with_capacity(line.len()),
    };
    line.whole();
    line.out
}

/// What is left of a line, and what is shown of the part before.
struct Line<'l> {
    text: &'l str,
    out: String,
}

/// What ends a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The line.
    End,
    /// A comma or bracket of a flow collection.
    Piece,
}

impl<'l> Line<'l> {
    fn whole(&mut self) {
        self.blanks();
        if is_boundary(self.text.trim_end_matches(BLANKS)) {
            return self.show(self.text.len());
        }
        for mark in ["#", ";", "//"] {
            if self.text.starts_with(mark) {
                self.show(mark.len());
                return self.hide(self.text.len());
            }
        }
        while self.text.starts_with("- ") {
            self.show(1);
            self.blanks();
        }
        self.entry("", Until::End);
        self.hide(self.text.len());
    }

    /// `name: value`, `NAME=value`, `directive value`, or a value of the key.
    fn entry(&mut self, key: &str, until: Until) {
        if self.text.starts_with(['{', '[']) {
            return self.flow(key);
        }
        if let Some(inner) = self.quoted() {
            let after = self.text[inner.len() + 2..].trim_start_matches(BLANKS);
            if after.starts_with(':') && is_word(inner) {
                self.show(inner.len() + 2);
                self.blanks();
                self.show(1);
                return self.value(inner, until);
            }
            return self.value(key, until);
        }
        let end = self.text.find(['=', ':']).unwrap_or(self.text.len());
        let name = self.text[..end].trim_end_matches(BLANKS);
        let after = &self.text[end..];
        let is_end = after.len() == 1 || after[1.min(after.len())..].starts_with([' ', '\t']);
        let separates = after.starts_with('=') || (after.starts_with(':') && is_end);
        if separates && is_word(name.trim_start_matches('-')) {
            self.show(end + 1);
            let name = name.trim_start_matches('-');
            return match after.starts_with('=') {
                true => self.text_of(name, until),
                false => self.value(name, until),
            };
        }
        let word = self.text.split([' ', '\t']).next().unwrap_or_default();
        if word.len() < self.text.len() && (is_tls(word) || DIRECTIVES.contains(&word)) {
            self.show(word.len());
            self.blanks();
            return match word {
                "ENV" | "ARG" | "export" => self.entry("env", until),
                _ => self.text_of(word, until),
            };
        }
        self.value(key, until);
    }

    /// The value of a key.
    fn value(&mut self, key: &str, until: Until) {
        self.blanks();
        if self.text.starts_with(['{', '[']) {
            return self.flow(key);
        }
        if matches!(
            self.text.trim_end_matches(BLANKS),
            "|" | "|-" | "|+" | ">" | ">-" | ">+"
        ) {
            return self.show(self.text.len());
        }
        self.text_of(key, until);
    }

    /// A value that is no collection, whatever it begins with.
    fn text_of(&mut self, key: &str, until: Until) {
        self.blanks();
        if let Some(inner) = self.quoted() {
            self.show(1);
            self.scalar(key, inner.len());
            self.show(1);
            self.blanks();
            if until == Until::End && self.text.starts_with(',') {
                self.show(1);
            }
            return;
        }
        let end = match until {
            Until::End => self.text.find(" #").unwrap_or(self.text.len()),
            Until::Piece => self
                .text
                .find([',', '{', '}', '[', ']'])
                .unwrap_or(self.text.len()),
        };
        let value = self.text[..end].trim_end_matches(BLANKS).len();
        self.scalar(key, value);
    }

    /// A flow collection, as far as it stands on this line.
    fn flow(&mut self, key: &str) {
        let mut key = key.to_owned();
        while let Some(first) = self.text.chars().next() {
            let before = self.text.len();
            match first {
                '{' | '[' | ',' => {
                    self.show(1);
                    self.blanks();
                }
                '}' | ']' => {
                    self.show(1);
                    self.blanks();
                    key.clear();
                }
                _ => {
                    let piece = self.text;
                    self.entry(&key, Until::Piece);
                    self.blanks();
                    let taken = piece[..piece.len() - self.text.len()].trim_end_matches(BLANKS);
                    if let Some(name) = taken.strip_suffix(':') {
                        key = name.trim().trim_matches('"').to_owned();
                    }
                }
            }
            if self.text.len() == before {
                // neither an entry nor a bracket: the rest of it is no flow collection
                return;
            }
        }
    }

    /// That many bytes of a value.
    fn scalar(&mut self, key: &str, bytes: usize) {
        let text = &self.text[..bytes];
        let key = normal(key);
        let holds_pairs = key.is_empty() || ENVIRONMENTS.contains(&key.as_str());
        if let Some((name, value)) = text.split_once('=')
            && holds_pairs
            && is_word(name)
        {
            self.show(name.len() + 1);
            return self.scalar(name, value.len());
        }
        if key.ends_with("-url") {
            return self.url(bytes);
        }
        let is_public = match key.as_str() {
            "" | "volumes" | "secrets" | "configs" => is_paths(text),
            key => is_public(key) && is_harmless(text),
        };
        match is_public || is_reference(text) {
            true => self.show(bytes),
            false => self.hide(bytes),
        }
    }

    /// A URL: scheme, host, port and number of a database.
    fn url(&mut self, bytes: usize) {
        let text = &self.text[..bytes];
        let scheme = text.split("://").next().unwrap_or_default();
        let is_known = matches!(
            scheme,
            "redis" | "rediss" | "redis+tls" | "tls" | "postgres" | "postgresql" | "postgresql+ssl"
        );
        if !is_known || scheme.len() == text.len() {
            return self.hide(bytes);
        }
        let rest = &text[scheme.len() + 3..];
        let user = rest.rfind('@').map_or(0, |at| at + 1);
        let host = &rest[user..];
        let (host, path) = host.split_at(host.find('/').unwrap_or(host.len()));
        let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
        let is_host = name.split('.').all(is_word) && is_number(port.trim_start_matches(':'));
        if !is_host {
            return self.hide(bytes);
        }
        let plain = |text: &str| {
            text.chars()
                .all(|c| c.is_ascii_lowercase() || "._-/".contains(c))
        };
        let database = path.split('?').next().unwrap_or_default();
        let is_database = is_number(database.trim_start_matches('/')) || plain(database);
        if user == 0 && !(is_database && name == name.to_ascii_lowercase()) {
            return self.hide(bytes);
        }
        let path = match is_number(path.trim_start_matches('/')) {
            true => path.len(),
            false => 0,
        };
        self.show(scheme.len() + 3);
        if user > 0 {
            self.hide(user - 1);
            self.show(1);
        }
        let shown = host.len() + path;
        self.show(shown);
        self.hide(rest.len() - user - shown);
    }

    /// What stands between the quotes that the rest begins with.
    fn quoted(&self) -> Option<&'l str> {
        let quote = self
            .text
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))?;
        let mut escaped = false;
        for (at, c) in self.text.char_indices().skip(1) {
            match c {
                '\\' if quote == '"' && !escaped => escaped = true,
                c if c == quote && !escaped => return Some(&self.text[1..at]),
                _ => escaped = false,
            }
        }
        None
    }

    fn blanks(&mut self) {
        let rest = self.text.trim_start_matches(BLANKS);
        self.show(self.text.len() - rest.len());
    }

    fn show(&mut self, bytes: usize) {
        let (shown, rest) = self.text.split_at(bytes);
        self.out.push_str(shown);
        self.text = rest;
    }

    /// Blanks at its end are no part of a value.
    fn hide(&mut self, bytes: usize) {
        let (hidden, rest) = self.text.split_at(bytes);
        let value = hidden.trim_end_matches(BLANKS);
        self.out.extend(value.chars().map(|_| MASK));
        self.out.push_str(&hidden[value.len()..]);
        self.text = rest;
    }
}

/// `-----BEGIN CERTIFICATE-----` and its like, alone.
fn is_boundary(text: &str) -> bool {
    let inner = text
        .strip_prefix("-----BEGIN ")
        .or_else(|| text.strip_prefix("-----END "));
    let label = inner.and_then(|rest| rest.strip_suffix("-----"));
    label.is_some_and(|label| {
        label.len() < 30 && label.chars().all(|c| c.is_ascii_uppercase() || c == ' ')
    })
}

/// `${NAME}`, without a default.
fn is_reference(text: &str) -> bool {
    let name = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(is_word)
}

#[cfg(test)]
mod tests;
