//! A line of arguments as Redis' `sdssplitargs` splits it.

use std::ops::Range;

/// An argument.
#[derive(PartialEq, Eq)]
pub(super) struct Word {
    /// Without quotes and escapes: any bytes.
    pub(super) bytes: Vec<u8>,
    /// Where its text stands in the line, inside the quotes that are around it.
    pub(super) range: Range<usize>,
}

/// What C's `isspace` finds.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 11 | 12)
}

/// The arguments; `None` where quotes do not end, or end within a word.
pub(super) fn split(line: &[u8]) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        while line.get(at).copied().is_some_and(is_blank) {
            at += 1;
        }
        if at >= line.len() {
            return Some(words);
        }
        let mut word = Word {
            bytes: Vec::new(),
            range: at..at,
        };
        at = take(line, at, &mut word)?;
        words.push(word);
    }
}

/// Takes a word; returns where it ends.
fn take(line: &[u8], start: usize, word: &mut Word) -> Option<usize> {
    let mut at = start;
    while let Some(byte) = line.get(at).copied().filter(|byte| !is_blank(*byte)) {
        match byte {
            b'"' | b'\'' => {
                let inside = at + 1;
                at = quoted(line, inside, byte, &mut word.bytes)?;
                // the closing quote must end the word
                if line.get(at).copied().is_some_and(|byte| !is_blank(byte)) {
                    return None;
                }
                word.range = match inside - 1 == start {
                    true => inside..at - 1,
                    false => start..at,
                };
                return Some(at);
            }
            // an end like any other in C
            0 => return Some(line.len()).inspect(|_| word.range.end = at),
            byte => {
                word.bytes.push(byte);
                at += 1;
            }
        }
    }
    word.range.end = at;
    Some(at)
}

/// What stands in quotes; returns where the closing one ends.
fn quoted(line: &[u8], start: usize, quote: u8, out: &mut Vec<u8>) -> Option<usize> {
    let mut at = start;
    loop {
        let byte = *line.get(at)?;
        at += 1;
        match byte {
            byte if byte == quote => return Some(at),
            b'\\' if quote == b'\'' => match line.get(at) {
                Some(b'\'') => {
                    out.push(b'\'');
                    at += 1;
                }
                _ => out.push(b'\\'),
            },
            b'\\' => at = escaped(line, at, out),
            byte => out.push(byte),
        }
    }
}

/// What stands after a backslash in double quotes.
fn escaped(line: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    let digit = |at: usize| char::from(*line.get(at)?).to_digit(16);
    if line.get(at) == Some(&b'x')
        && let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2))
    {
        out.push(u8::try_from(high * 16 + low).unwrap_or_default());
        return at + 3;
    }
    match line.get(at) {
        Some(b'n') => out.push(b'\n'),
        Some(b'r') => out.push(b'\r'),
        Some(b't') => out.push(b'\t'),
        Some(b'b') => out.push(8),
        Some(b'a') => out.push(7),
        Some(same) => out.push(*same),
        // a backslash that nothing follows: the quotes do not end either
        None => {
            out.push(b'\\');
            return at;
        }
    }
    at + 1
}
