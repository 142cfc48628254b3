//! The words of a setting, as systemd's `extract_first_word` takes them: quotes anywhere in a
//! word, C escapes in and out of them.

use std::ops::Range;

/// How strict escapes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// An unknown one ends it: `Environment=`.
    Known,
    /// An unknown one stays as it is: command lines.
    Any,
    /// There are none: `PassEnvironment=`.
    None,
    /// There are none, and quotes need not end: a variable in a command line.
    Loose,
}

/// A word.
#[derive(Clone, PartialEq, Eq)]
pub struct Word {
    /// Without its quotes and escapes; escapes make any bytes.
    pub bytes: Vec<u8>,
    /// Where it stood in the text, quotes included.
    pub range: Range<usize>,
}

/// The words cannot be split any further: quotes that do not end, or an escape that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quotes or escapes that systemd does not take")]
pub struct Unbalanced;

/// Splits a text.
pub struct Words<'t> {
    text: &'t str,
    at: usize,
    escapes: Escapes,
}

impl<'t> Words<'t> {
    /// At the beginning of a text.
    #[must_use]
    pub fn new(text: &'t str, escapes: Escapes) -> Words<'t> {
        Words {
            text,
            at: 0,
            escapes,
        }
    }

    /// What is still ahead, without blanks before it.
    pub fn rest(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start_matches(super::unit::is_blank);
        self.at += rest.len() - trimmed.len();
        trimmed
    }

    /// Where it stands.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }

    /// Passes over that many bytes.
    pub fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    fn word(&mut self) -> Result<Word, Unbalanced> {
        let rest = self.rest().as_bytes();
        let start = self.at;
        let mut bytes = Vec::new();
        let mut quote = None;
        let mut at = 0;
        while let Some(byte) = rest.get(at).copied() {
            at += 1;
            match (byte, quote) {
                (b'\\', _) if matches!(self.escapes, Escapes::Known | Escapes::Any) => {
                    at += self.escape(&rest[at..], &mut bytes)?;
                }
                (b'\\', _) => match rest.get(at) {
                    Some(next) => {
                        bytes.push(*next);
                        at += 1;
                    }
                    None if self.escapes == Escapes::Loose => {}
                    None => return Err(Unbalanced),
                },
                (_, Some(open)) if byte == open => quote = None,
                (b'"' | b'\'', None) => quote = Some(byte),
                (b' ' | b'\t' | b'\n' | b'\r', None) => {
                    at -= 1;
                    break;
                }
                _ => bytes.push(byte),
            }
        }
        if quote.is_some() && self.escapes != Escapes::Loose {
            return Err(Unbalanced);
        }
        self.at += at;
        Ok(Word {
            bytes,
            range: start..self.at,
        })
    }

    fn escape(&self, after: &[u8], out: &mut Vec<u8>) -> Result<usize, Unbalanced> {
        if let Some(length) = unescape_one(after, out) {
            return Ok(length);
        }
        if self.escapes == Escapes::Known {
            return Err(Unbalanced);
        }
        // the backslash stays, and so does what it stands before
        out.push(b'\\');
        let Some(byte) = after.first() else {
            return Ok(0);
        };
        out.push(*byte);
        Ok(1)
    }
}

impl Iterator for Words<'_> {
    type Item = Result<Word, Unbalanced>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest().is_empty() {
            return None;
        }
        let word = self.word();
        if word.is_err() {
            self.at = self.text.len();
        }
        Some(word)
    }
}

/// All C escapes of a text undone, as in `SetCredential=`; `None` where there is one that is none.
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte == b'\\' {
            at += unescape_one(&bytes[at..], &mut out)?;
        } else {
            out.push(*byte);
        }
    }
    Some(out)
}

/// Takes what stands after a backslash; how many bytes that was.
fn unescape_one(after: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let simple = match after.first()? {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b's' => b' ',
        same @ (b'\\' | b'"' | b'\'') => *same,
        b'x' => {
            let value = number(after.get(1..3)?, 16)?;
            out.push(u8::try_from(value).ok().filter(|byte| *byte != 0)?);
            return Some(3);
        }
        b'u' => return character(after.get(1..5)?, out).map(|()| 5),
        b'U' => return character(after.get(1..9)?, out).map(|()| 9),
        b'0'..=b'7' => {
            let value = number(after.get(..3)?, 8)?;
            out.push(u8::try_from(value).ok().filter(|byte| *byte != 0)?);
            return Some(3);
        }
        _ => return None,
    };
    out.push(simple);
    Some(1)
}

fn character(digits: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let c = char::from_u32(number(digits, 16)?).filter(|c| *c != '\0')?;
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    Some(())
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let mut value = 0_u32;
    for digit in digits {
        value = value * radix + char::from(*digit).to_digit(radix)?;
    }
    Some(value)
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Word({:?})", self.range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, escapes: Escapes) -> Vec<Option<String>> {
        let word = |word: Result<Word, Unbalanced>| String::from_utf8(word.ok()?.bytes).ok();
        Words::new(text, escapes).map(word).collect()
    }

    fn some(words: &[&str]) -> Vec<Option<String>> {
        words.iter().map(|word| Some((*word).to_owned())).collect()
    }

    #[test]
    fn quotes_stand_anywhere_and_escapes_work_in_them() {
        let cases = [
            (r#"A=1 "B=2 3" C='4 5'"#, vec!["A=1", "B=2 3", "C=4 5"]),
            (r#"A="b c"d"#, vec!["A=b cd"]),
            (r"'a\'b' \x41\101\u00e9\U0001F600\s", vec!["a'b", "AAé😀 "]),
            (r#""" x"#, vec!["", "x"]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text, Escapes::Known), some(&expected), "{text}");
        }
    }

    #[test]
    fn an_unknown_escape_ends_the_words_or_stays() {
        assert_eq!(
            words(r"A=1 B=\q C=3", Escapes::Known),
            [some(&["A=1"]), vec![None]].concat()
        );
        assert_eq!(words(r"a \q b", Escapes::Any), some(&["a", r"\q", "b"]));
        assert_eq!(
            words("A=1 \"B", Escapes::Known),
            [some(&["A=1"]), vec![None]].concat()
        );
    }

    #[test]
    fn credentials_are_unescaped_whole() {
        assert_eq!(unescape(r"a\nb").as_deref(), Some(b"a\nb".as_slice()));
        assert_eq!(unescape(r"a\q"), None);
    }
}
