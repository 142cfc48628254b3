//! The commands of `ExecStart=` and its siblings: prefixes, words, several in one setting, and
//! what becomes of `$NAME` and `${NAME}` when they are run.

use super::super::joined::Joined;
use super::super::place::Place;
use super::specifiers::{Scope, UnitName, expand};
use super::unit::UnitProblem;
use super::words::{Escapes, Word, Words};
use crate::model::secret::Secret;

/// One command.
#[derive(Clone, Debug)]
pub struct Command {
    /// The program and its arguments, specifiers replaced; the program first.
    pub words: Vec<CommandWord>,
    /// Whether `$` stays as it is (`:`).
    pub is_literal: bool,
    /// Whether it runs with all rights, whatever `User=` says (`+`).
    pub is_privileged: bool,
}

/// A word of a command; may hold a secret.
#[derive(Clone, Debug)]
pub struct CommandWord {
    /// Without quotes, escapes and specifiers.
    pub text: Secret,
    /// Where it stands.
    pub place: Place,
    /// A specifier in it that only the host knows.
    pub unknown: Option<char>,
    /// The variable of which it is the value, where it is nothing but that.
    pub variable: Option<String>,
    /// Whether part of it is not known: a specifier, or a variable.
    pub is_open: bool,
}

/// The commands of one setting; none where it is empty, which resets the list.
///
/// # Errors
/// Where systemd would not take it: the unit then has no such command.
pub fn commands(
    value: &Joined,
    unit: &UnitName,
    scope: Scope,
) -> Result<Vec<Command>, UnitProblem> {
    let mut words = Words::new(value.text().expose(), Escapes::Any);
    let mut locator = value.locator();
    let mut finish = |word: Word, from: usize| {
        let text = String::from_utf8(word.bytes).map_err(|_| UnitProblem::Command)?;
        let expanded = expand(&text[from..], unit, scope).ok_or(UnitProblem::Specifier)?;
        Ok(CommandWord {
            text: Secret::new(expanded.text),
            place: locator.place(word.range),
            unknown: expanded.unknown,
            variable: None,
            is_open: expanded.unknown.is_some(),
        })
    };
    let mut commands = Vec::new();
    while let Some(first) = words.next() {
        let first = first.map_err(|_| UnitProblem::Words)?;
        if first.bytes == b";" {
            continue;
        }
        let prefix = prefix_of(&first.bytes);
        let mut command = Command {
            words: vec![finish(first, prefix.len())?],
            is_literal: prefix.contains(&b':'),
            is_privileged: prefix.contains(&b'+'),
        };
        if command.words[0].text.expose().is_empty() {
            return Err(UnitProblem::Command);
        }
        let mut names_itself = prefix.contains(&b'@');
        while !words.rest().is_empty() {
            if is_separator(words.rest(), ";") {
                words.pass(1);
                break;
            }
            let word = if is_separator(words.rest(), "\\;") {
                let start = words.offset();
                words.pass(2);
                Word {
                    bytes: vec![b';'],
                    range: start..start + 2,
                }
            } else {
                let Some(word) = words.next() else { break };
                word.map_err(|_| UnitProblem::Words)?
            };
            let word = finish(word, 0)?;
            // with `@` the second word is only what the process is called
            if !std::mem::take(&mut names_itself) {
                command.words.push(word);
            }
        }
        commands.push(command);
    }
    Ok(commands)
}

/// What may stand before a program, each meaning something.
fn prefix_of(word: &[u8]) -> Vec<u8> {
    let is_prefix = |byte: &&u8| b"-@:+!".contains(byte);
    word.iter().take_while(is_prefix).copied().collect()
}

fn is_separator(rest: &str, separator: &str) -> bool {
    let after = rest.strip_prefix(separator);
    after.is_some_and(|after| after.is_empty() || after.starts_with(super::unit::is_blank))
}

/// What the process gets for its words: `$NAME` alone becomes the words of the variable, in any
/// other place `${NAME}` its text. `lookup` says what a variable is: `None` where it is not
/// set, `Some(None)` where that is not known, and then the word stays as it is.
#[must_use]
pub fn substitute(
    command: &Command,
    lookup: &dyn Fn(&str) -> Option<Option<Secret>>,
) -> Vec<CommandWord> {
    let mut words = Vec::with_capacity(command.words.len());
    for (number, word) in command.words.iter().enumerate() {
        let text = word.text.expose();
        if command.is_literal || number == 0 || !text.contains('$') {
            words.push(word.clone());
            continue;
        }
        let alone = text.strip_prefix('$');
        match alone.filter(|name| !name.starts_with(['{', '$'])) {
            Some(name) => match lookup(name) {
                None => {}
                Some(None) => words.push(CommandWord {
                    is_open: true,
                    ..word.clone()
                }),
                Some(Some(value)) => {
                    for part in Words::new(value.expose(), Escapes::Loose).flatten() {
                        let text = String::from_utf8_lossy(&part.bytes).into_owned();
                        words.push(CommandWord {
                            text: Secret::new(text),
                            variable: Some(name.to_owned()),
                            ..word.clone()
                        });
                    }
                }
            },
            None => {
                let name = text
                    .strip_prefix("${")
                    .and_then(|rest| rest.strip_suffix('}'));
                let name = name.filter(|name| !name.contains(['$', ':', '}']));
                let (text, is_open) = braces(text, lookup);
                words.push(CommandWord {
                    text,
                    variable: name.map(str::to_owned),
                    is_open: is_open || word.is_open,
                    ..word.clone()
                });
            }
        }
    }
    words
}

/// A text with `${NAME}` replaced, and `$$` by `$`; and whether one of them is not known.
fn braces(text: &str, lookup: &dyn Fn(&str) -> Option<Option<Secret>>) -> (Secret, bool) {
    let mut is_open = false;
    let mut out = zeroize::Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let inside = after.strip_prefix('{');
        let end = inside.and_then(|inside| inside.find(['}', ':']));
        if let (Some(inside), Some(end)) = (inside, end) {
            let (name, further) = (&inside[..end], &inside[end + 1..]);
            if inside[end..].starts_with(':') {
                // a shell's defaults are not known here, and stay as they are
                out.push_str(&rest[at..rest.len() - further.len()]);
                rest = further;
                continue;
            }
            match lookup(name) {
                None => {}
                Some(Some(value)) => out.push_str(value.expose()),
                Some(None) => {
                    is_open = true;
                    out.push_str(&rest[at..rest.len() - further.len()]);
                }
            }
            rest = further;
        } else if let Some(further) = after.strip_prefix('$') {
            out.push('$');
            rest = further;
        } else if inside.is_some() {
            // braces that do not end
            out.push_str(&rest[at..]);
            return (Secret::from(out), is_open);
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    (Secret::from(out), is_open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(value: &str) -> Result<Vec<Vec<String>>, UnitProblem> {
        let value = Joined::new(value, Place::top(0));
        let unit = UnitName::of("a@b.service").expect("a service");
        let lookup = |name: &str| match name {
            "TWO" => Some(Some(Secret::new("x 'y z'".to_owned()))),
            "HOST" => Some(None),
            _ => None,
        };
        let commands = commands(&value, &unit, Scope::System)?;
        let texts = |command: &Command| {
            let words = substitute(command, &lookup);
            words.iter().map(|w| w.text.expose().to_owned()).collect()
        };
        Ok(commands.iter().map(texts).collect())
    }

    #[test]
    fn prefixes_quotes_semicolons_and_specifiers() {
        let cases = [
            ("-@/bin/a b c", vec![vec!["/bin/a", "c"]]),
            (
                "/bin/a \"b c\" ; /bin/d \\; e",
                vec![vec!["/bin/a", "b c"], vec!["/bin/d", ";", "e"]],
            ),
            (
                "/bin/%p --name=%i %%",
                vec![vec!["/bin/a", "--name=b", "%"]],
            ),
            ("", vec![]),
        ];
        for (text, expected) in cases {
            assert_eq!(
                run(text),
                Ok(expected
                    .into_iter()
                    .map(|w| w.into_iter().map(str::to_owned).collect())
                    .collect()),
                "{text}"
            );
        }
        assert_eq!(run("/bin/a \"b"), Err(UnitProblem::Words));
    }

    #[test]
    fn variables_are_replaced_as_when_it_is_run() {
        let words = run("/bin/a $TWO ${TWO} a$TWO a${TWO}b $$TWO ${NONE} $NONE $HOST ${A:-b} ${x");
        let expected = [
            "/bin/a",
            "x",
            "y z",
            "x 'y z'",
            "a$TWO",
            "ax 'y z'b",
            "$TWO",
            "",
            "$HOST",
            "${A:-b}",
            "${x",
        ];
        assert_eq!(words, Ok(vec![expected.map(str::to_owned).to_vec()]));
        assert_eq!(
            run(":/bin/a $TWO"),
            Ok(vec![vec!["/bin/a".to_owned(), "$TWO".to_owned()]])
        );
    }
}
