//! The words of a Dockerfile: quotes and variables, as BuildKit's shell lexer takes them.

use crate::model::secret::Secret;

/// The deepest defaults in defaults.
const MAX_DEPTH: u32 = 20;
/// The longest text that a word becomes, in bytes: no process takes a longer variable.
const MAX_LENGTH: usize = 128 << 10;
/// The most variables that one word may name.
const MAX_NAMES: usize = 100;

/// A word after its quotes and variables.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The text.
    pub text: Option<Secret>,
    /// The variables that it names, in order.
    pub names: Vec<String>,
    /// Whether the word is one variable and nothing else.
    pub is_one_variable: bool,
}

/// Takes the quotes away and replaces variables. `lookup` says what one is: `None` where it is
/// not set, `Some(None)` where that is not known; then the text is not known either.
#[must_use]
pub fn expand(
    word: &str,
    escape: char,
    lookup: &dyn Fn(&str) -> Option<Option<Secret>>,
) -> Expanded {
    let mut reader = Reader {
        escape,
        lookup,
        names: Vec::new(),
        is_known: true,
    };
    let mut text = zeroize::Zeroizing::new(String::new());
    reader.word(word, &mut text, 0);
    let is_known = reader.is_known && text.len() <= MAX_LENGTH.max(word.len());
    let inner = word.trim_matches('"');
    let inside = inner.strip_prefix('$').map(|name| {
        let braced = name
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'));
        braced.unwrap_or(name)
    });
    let is_one_variable =
        reader.names.len() == 1 && inside.is_some_and(|name| name == reader.names[0]);
    Expanded {
        text: is_known.then(|| Secret::from(text)),
        names: reader.names,
        is_one_variable,
    }
}

struct Reader<'l> {
    escape: char,
    lookup: &'l dyn Fn(&str) -> Option<Option<Secret>>,
    names: Vec<String>,
    is_known: bool,
}

impl Reader<'_> {
    fn word(&mut self, word: &str, out: &mut String, depth: u32) {
        let mut rest = word;
        let mut in_quotes = false;
        let most = MAX_LENGTH.max(word.len());
        while let Some(c) = rest.chars().next().filter(|_| out.len() <= most) {
            rest = &rest[c.len_utf8()..];
            match c {
                '\'' if !in_quotes => {
                    let end = rest.find('\'').unwrap_or(rest.len());
                    out.push_str(&rest[..end]);
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                '"' => in_quotes = !in_quotes,
                '$' => rest = self.dollar(rest, out, depth),
                c if c == self.escape => {
                    let Some(next) = rest.chars().next() else {
                        continue;
                    };
                    if in_quotes && next != '"' && next != '$' && next != self.escape {
                        out.push(c);
                    }
                    out.push(next);
                    rest = &rest[next.len_utf8()..];
                }
                c => out.push(c),
            }
        }
        self.is_known &= rest.is_empty();
    }

    /// What stands after a `$`; returns what is left.
    fn dollar<'t>(&mut self, rest: &'t str, out: &mut String, depth: u32) -> &'t str {
        let Some(inside) = rest.strip_prefix('{') else {
            let length = name_length(rest);
            if length == 0 {
                out.push('$');
                return rest;
            }
            if let Some(value) = self.value(&rest[..length]) {
                out.push_str(value.expose());
            }
            return &rest[length..];
        };
        let Some(end) = closing(inside).filter(|_| depth < MAX_DEPTH) else {
            self.is_known = false;
            return "";
        };
        let (inside, further) = (&inside[..end], &inside[end + 1..]);
        let (name, operator) = inside.split_at(name_length(inside));
        let value = self.value(name);
        let needs_text = operator.starts_with(':');
        let operator = operator.strip_prefix(':').unwrap_or(operator);
        let value = value.filter(|value| !needs_text || !value.expose().is_empty());
        match (operator.chars().next(), value) {
            (None, value) => out.push_str(value.as_ref().map_or("", Secret::expose)),
            (Some('-' | '?'), Some(value)) => out.push_str(value.expose()),
            (Some('-'), None) | (Some('+'), Some(_)) => {
                self.word(&operator[1..], out, depth + 1);
            }
            (Some('+'), None) => {}
            // patterns, and what is needed and not there
            _ => self.is_known = false,
        }
        further
    }

    fn value(&mut self, name: &str) -> Option<Secret> {
        if self.names.len() >= MAX_NAMES {
            self.is_known = false;
            return None;
        }
        self.names.push(name.to_owned());
        match (self.lookup)(name)? {
            Some(value) => Some(value),
            None => {
                self.is_known = false;
                None
            }
        }
    }
}

fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 1;
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.find(|c| !is_name(c)).unwrap_or(text.len())
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 1_u32;
    let mut previous = '\0';
    for (at, c) in text.char_indices() {
        match c {
            '{' if previous == '$' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
        previous = c;
    }
    None
}
