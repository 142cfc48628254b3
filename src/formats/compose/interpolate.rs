//! `$NAME` and `${NAME…}` as Compose replaces them in its files and in env files.

use std::ops::Range;

/// How deep defaults may stand in defaults.
const MAX_DEPTH: u32 = 20;

/// How long a text may become by what variables add to it: no process can be given a longer one.
const MAX_ADDED: usize = 1 << 20;

/// A text after replacement.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text.
    pub text: String,
    /// Variables that it names, in order.
    pub names: Vec<String>,
    /// Those of them that are set nowhere and have no default.
    pub unset: Vec<String>,
    /// Where in the text each of the unset would stand.
    pub missing: Vec<usize>,
    /// Where in the text the values of variables stand, and of which, in order.
    pub replaced: Vec<(Range<usize>, String)>,
    /// Whether a `$` begins nothing known; it was left as it is.
    pub malformed: bool,
    /// Whether one of these was a `${` that is no variable, also where it is not used: env
    /// files take a lone `$` for text, and that not.
    pub broken: bool,
    /// Whether `${NAME:?}` asks for one of the unset.
    pub required: bool,
    /// Whether it would be too long; the text is not all of it then.
    pub too_long: bool,
}

impl std::fmt::Debug for Expanded {
    // values of variables may be secret
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expanded({:?})", self.names)
    }
}

/// Replaces every variable by what `lookup` says of it.
#[must_use]
pub fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Expanded {
    let mut expanded = Expanded::default();
    expand_into(&mut expanded, text, lookup, 0);
    expanded
}

fn expand_into(
    out: &mut Expanded,
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
    depth: u32,
) {
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(next) = after.strip_prefix('$') {
            out.text.push('$');
            rest = next;
        } else if let Some(inside) = after.strip_prefix('{') {
            let end = closing_brace(inside).filter(|_| depth < MAX_DEPTH);
            if out.too_long {
                return;
            }
            let Some(end) = end else {
                (out.malformed, out.broken) = (true, true);
                out.text.push_str(&rest[at..]);
                return;
            };
            braced(out, &inside[..end], lookup, depth);
            rest = &inside[end + 1..];
        } else {
            let name = name_of(after);
            if name.is_empty() {
                out.malformed = true;
                out.text.push('$');
            } else {
                replace(out, name, lookup);
            }
            rest = &after[name.len()..];
        }
    }
    out.text.push_str(rest);
}

fn braced(out: &mut Expanded, inside: &str, lookup: &dyn Fn(&str) -> Option<String>, depth: u32) {
    let name = name_of(inside);
    let operator = &inside[name.len()..];
    if name.is_empty() {
        (out.malformed, out.broken) = (true, true);
        return;
    }
    if operator.is_empty() {
        return replace(out, name, lookup);
    }
    out.names.push(name.to_owned());
    let (nonempty, operator) = match operator.strip_prefix(':') {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    let mut kinds = operator.chars();
    let kind = kinds.next();
    let mut word = Expanded::default();
    expand_into(&mut word, kinds.as_str(), lookup, depth + 1);
    out.broken |= word.broken;
    let value = lookup(name).filter(|value| !nonempty || !value.is_empty());
    match (kind, value) {
        (Some('-' | '?'), Some(value)) => out.put(name, &value),
        (Some('-'), None) | (Some('+'), Some(_)) => out.append(word),
        (Some('+'), None) => {}
        (Some('?'), None) => {
            out.required = true;
            out.miss(name);
        }
        _ => (out.malformed, out.broken) = (true, true),
    }
}

impl Expanded {
    /// Adds what a variable says.
    fn push(&mut self, value: &str) {
        self.too_long |= self.text.len() + value.len() > MAX_ADDED && !value.is_empty();
        if !self.too_long {
            self.text.push_str(value);
        }
    }

    fn put(&mut self, name: &str, value: &str) {
        let start = self.text.len();
        self.push(value);
        let range = start..self.text.len();
        self.replaced.push((range, name.to_owned()));
    }

    fn miss(&mut self, name: &str) {
        self.unset.push(name.to_owned());
        self.missing.push(self.text.len());
    }

    fn append(&mut self, word: Expanded) {
        let start = self.text.len();
        self.push(&word.text);
        if !self.too_long {
            let moved = |range: Range<usize>| range.start + start..range.end + start;
            let replaced = word.replaced.into_iter();
            self.replaced
                .extend(replaced.map(|(range, name)| (moved(range), name)));
        }
        self.names.extend(word.names);
        self.unset.extend(word.unset);
        self.missing
            .extend(word.missing.into_iter().map(|at| at + start));
        self.malformed |= word.malformed;
        self.required |= word.required;
        self.too_long |= word.too_long;
    }
}

fn replace(out: &mut Expanded, name: &str, lookup: &dyn Fn(&str) -> Option<String>) {
    out.names.push(name.to_owned());
    match lookup(name) {
        Some(value) => out.put(name, &value),
        None => out.miss(name),
    }
}

fn name_of(text: &str) -> &str {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    if starts { &text[..end] } else { "" }
}

/// Where the `}` stands that belongs to the `${` before the text: on the same line. Where
/// there are too few, the last one.
fn closing_brace(text: &str) -> Option<usize> {
    let mut open = 1_u32;
    let mut last = None;
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'\n') {
        match byte {
            b'$' if bytes.get(at + 1) == Some(&b'{') => {
                open += 1;
                at += 1;
            }
            b'}' => {
                open -= 1;
                last = Some(at);
            }
            _ => {}
        }
        if open == 0 {
            break;
        }
        at += 1;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(template: &str) -> String {
        expand(template, &|name| match name {
            "A" => Some("a".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        })
        .text
    }

    #[test]
    fn defaults_and_alternatives_are_those_of_compose() {
        let cases = [
            ("$A-${A}", "a-a"),
            ("$$A", "$A"),
            ("${A:-x}${B:-x}${B-y}", "axy"),
            ("${EMPTY:-x}${EMPTY-y}", "x"),
            ("${A:+yes}${B+yes}${EMPTY:+yes}", "yes"),
            ("${B:-${A}b}", "ab"),
            ("${A:?needed}", "a"),
            ("$B.", "."),
        ];
        for (template, expected) in cases {
            assert_eq!(text(template), expected, "{template}");
        }
    }

    #[test]
    fn it_is_known_which_part_came_from_where() {
        let expanded = expand("a$A${B:-$A}${EMPTY:-x}", &|name| {
            (name == "A").then(|| "value".to_owned())
        });
        let parts = expanded.replaced.iter().map(|(range, _)| range.clone());
        assert_eq!(parts.collect::<Vec<_>>(), [1..6, 6..11]);
    }

    #[test]
    fn what_is_set_nowhere_is_said() {
        let expanded = expand("$X ${Y} ${Z:-z} ${W:?no}", &|_| None);
        assert_eq!(expanded.unset, ["X", "Y", "W"]);
        assert_eq!(expanded.names, ["X", "Y", "Z", "W"]);
        assert!(expand("$ 5", &|_| None).malformed);
        assert!(expand("${A", &|_| None).malformed);
    }
}
