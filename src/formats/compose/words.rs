//! A command line in one string as Compose splits it: quotes, backslashes, and an end at
//! what a shell would take for the end of the command.

use std::ops::Range;

/// A word, and where in the text it stands if it stands there as it is.
pub(super) type Word = (String, Option<Range<usize>>);

/// The words of a command line; nothing where quotes or brackets do not end.
pub(super) fn split(text: &str) -> Option<Vec<Word>> {
    let mut splitter = Splitter::default();
    for (at, c) in text.char_indices() {
        if !splitter.take(at, c)? {
            break;
        }
    }
    splitter.end_word();
    (!splitter.is_open()).then_some(splitter.words)
}

#[derive(Default)]
struct Splitter {
    words: Vec<Word>,
    word: String,
    from: Option<usize>,
    until: usize,
    is_altered: bool,
    has_word: bool,
    escaped: bool,
    /// Which of `"`, `'`, a backtick and `$(` is open.
    double: bool,
    single: bool,
    back: bool,
    dollar: bool,
}

impl Splitter {
    fn is_open(&self) -> bool {
        self.escaped || self.is_quoted()
    }

    fn is_quoted(&self) -> bool {
        self.single || self.double || self.back || self.dollar
    }

    fn end_word(&mut self) {
        if self.has_word {
            let whole = self.from.map(|from| from..self.until);
            let whole = whole.filter(|_| !self.is_altered);
            self.words.push((std::mem::take(&mut self.word), whole));
        }
        self.word.clear();
        (self.has_word, self.is_altered, self.from) = (false, false, None);
    }

    fn put(&mut self, at: usize, c: char) {
        self.from.get_or_insert(at);
        self.until = at + c.len_utf8();
        self.word.push(c);
    }

    /// Whether the command goes on; nothing where it is none.
    fn take(&mut self, at: usize, c: char) -> Option<bool> {
        if self.escaped {
            self.escaped = false;
            let meant = match c {
                't' => '\t',
                'n' => '\n',
                c => c,
            };
            self.put(at, meant);
            (self.has_word, self.is_altered) = (true, true);
            return Some(true);
        }
        match c {
            '\\' if self.single => self.put(at, c),
            '\\' => self.escaped = true,
            ' ' | '\t' | '\r' | '\n' if self.is_quoted() => self.put(at, c),
            ' ' | '\t' | '\r' | '\n' => self.end_word(),
            '"' if !self.single && !self.dollar => {
                self.has_word |= self.double;
                self.double = !self.double;
            }
            '\'' if !self.double && !self.dollar => {
                self.has_word |= self.single;
                self.single = !self.single;
            }
            ';' | '&' | '|' | '<' | '>' if !self.is_quoted() => {
                let is_number = self.word.bytes().all(|byte| byte.is_ascii_digit());
                if c == '>' && is_number && !self.word.is_empty() {
                    self.has_word = false;
                }
                return Some(false);
            }
            _ => return self.other(at, c),
        }
        Some(true)
    }

    fn other(&mut self, at: usize, c: char) -> Option<bool> {
        let is_bare = !self.single && !self.double && !self.back;
        match c {
            '`' if !self.single && !self.double && !self.dollar => self.back = !self.back,
            ')' if is_bare => self.dollar = !self.dollar,
            '(' if is_bare => {
                if self.dollar || !self.word.ends_with('$') {
                    return None;
                }
                self.dollar = true;
                self.put(at, c);
                return Some(true);
            }
            _ => {}
        }
        self.put(at, c);
        self.has_word = true;
        Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_would_and_their_places_are_known() {
        let words = split("redis-server --requirepass 'a b' c\\ d \"\" x;y").expect("words");
        let texts: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
        assert_eq!(
            texts,
            ["redis-server", "--requirepass", "a b", "c d", "", "x"]
        );
        assert_eq!(words[1].1, Some(13..26));
        assert_eq!(words[3].1, None);
        assert!(split("a 'b").is_none() && split("a (b)").is_none());
    }
}
