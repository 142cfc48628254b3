//! The values of a JSON text, and the items of the lists among them, found by their brackets.

use super::{Mark, Piece};
use crate::formats::place::Place;

/// Where the scanner stands: byte, line, and the byte at which that line begins.
struct Scanner<'b> {
    text: &'b [u8],
    at: usize,
    line: u32,
    line_start: usize,
}

/// Cuts a text that is JSON; `false` where it is none, or looks otherwise than expected.
pub(super) fn cut(text: &[u8], from: Mark, document: Place, pieces: &mut Vec<Piece>) -> bool {
    let mut scanner = Scanner {
        text,
        at: from.at,
        line: from.line,
        line_start: from.at,
    };
    scanner.skip_blank();
    if scanner.peek() != Some(b'{') {
        return false;
    }
    let before = pieces.len();
    while scanner.peek() == Some(b'{') {
        if scanner.value(document, pieces).is_none() {
            pieces.truncate(before);
            return false;
        }
        scanner.skip_blank();
    }
    if scanner.at < text.len() {
        pieces.truncate(before);
        return false;
    }
    true
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.at + 1;
                }
                _ => return,
            }
            self.at += 1;
        }
    }

    /// A string; its content.
    fn string(&mut self) -> Option<&[u8]> {
        let from = self.at + 1;
        let mut at = from;
        loop {
            at += memchr::memchr3(b'"', b'\\', b'\n', &self.text[at..])?;
            match self.text[at] {
                b'"' => break,
                b'\\' => at += 2,
                _ => return None,
            }
            if at >= self.text.len() {
                return None;
            }
        }
        self.at = at + 1;
        Some(&self.text[from..at])
    }

    /// Passes over everything up to the bracket that closes the one here.
    fn pass(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    self.line_start = self.at + 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// One object at the top: a piece, or one for each item if it is a list.
    fn value(&mut self, document: Place, pieces: &mut Vec<Piece>) -> Option<()> {
        let before = pieces.len();
        let begin = self.place(document.source);
        let mut is_list = false;
        self.at += 1;
        loop {
            self.skip_blank();
            match self.peek()? {
                b'}' => break,
                b',' => self.at += 1,
                b'"' => {
                    let key = self.string()?;
                    let (is_kind, is_items) = (key == b"kind", key == b"items");
                    self.skip_blank();
                    if self.peek()? != b':' {
                        return None;
                    }
                    self.at += 1;
                    self.skip_blank();
                    match self.peek()? {
                        b'[' if is_items && pieces.len() == before => {
                            self.items(document, pieces)?;
                        }
                        b'{' | b'[' => self.pass()?,
                        b'"' => {
                            let text = self.string()?;
                            is_list |= is_kind && text.ends_with(b"List");
                        }
                        _ => {
                            let rest = &self.text[self.at..];
                            self.at += rest
                                .iter()
                                .position(|byte| matches!(byte, b',' | b'}' | b'\n'))?;
                        }
                    }
                }
                _ => return None,
            }
        }
        self.at += 1;
        if !is_list || pieces.len() == before {
            pieces.truncate(before);
            pieces.push(Piece {
                place: self.up_to_here(begin),
                dash: false,
                document,
            });
        }
        Some(())
    }

    fn items(&mut self, document: Place, pieces: &mut Vec<Piece>) -> Option<()> {
        self.at += 1;
        loop {
            self.skip_blank();
            match self.peek()? {
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                b'{' => {
                    let begin = self.place(document.source);
                    self.pass()?;
                    pieces.push(Piece {
                        place: self.up_to_here(begin),
                        dash: false,
                        document,
                    });
                }
                _ => return None,
            }
        }
    }

    fn up_to_here(&self, begin: Place) -> Place {
        Place {
            end: u32::try_from(self.at).unwrap_or(u32::MAX),
            ..begin
        }
    }

    fn place(&self, source: u32) -> Place {
        let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        // in bytes, which JSON of machines has in ASCII; counting characters of one long line
        // again for each of its items would take forever
        let column = self.at - self.line_start + 1;
        Place {
            source,
            line: self.line,
            column: narrow(column),
            start: narrow(self.at),
            end: narrow(self.at),
        }
    }
}
