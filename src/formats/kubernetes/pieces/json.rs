//! The values of a JSON text, and the items of the lists among them, found by their brackets.

use super::Piece;
use crate::formats::json::Cursor;
use crate::formats::place::Place;

/// Cuts a document that is JSON; `false` where it is none, or looks otherwise than expected.
pub(super) fn cut(text: &[u8], document: Place, pieces: &mut Vec<Piece>) -> bool {
    let mut scanner = Scanner {
        text,
        cursor: Cursor::new(text, document),
        document,
    };
    scanner.cursor.blank();
    if scanner.cursor.peek() != Some(b'{') {
        return false;
    }
    let before = pieces.len();
    while scanner.cursor.peek() == Some(b'{') {
        if scanner.value(pieces).is_none() {
            pieces.truncate(before);
            return false;
        }
        scanner.cursor.blank();
    }
    if !scanner.cursor.is_at_end() {
        pieces.truncate(before);
        return false;
    }
    true
}

struct Scanner<'b> {
    text: &'b [u8],
    cursor: Cursor<'b>,
    document: Place,
}

impl<'b> Scanner<'b> {
    fn string(&mut self) -> Option<&'b [u8]> {
        let inside = self.cursor.string()?;
        Some(&self.text[inside])
    }

    /// One object at the top: a piece, or one for each item if it is a list.
    fn value(&mut self, pieces: &mut Vec<Piece>) -> Option<()> {
        let before = pieces.len();
        let begin = self.here();
        let mut is_list = false;
        self.cursor.step();
        loop {
            self.cursor.blank();
            match self.cursor.peek()? {
                b'}' => break,
                b',' => self.cursor.step(),
                b'"' => {
                    let key = self.string()?;
                    self.cursor.blank();
                    self.cursor.take(b':')?;
                    self.cursor.blank();
                    match self.cursor.peek()? {
                        b'[' if key == b"items" && pieces.len() == before => {
                            self.items(pieces)?;
                        }
                        b'{' | b'[' => self.cursor.pass()?,
                        b'"' => {
                            let text = self.string()?;
                            is_list |= key == b"kind" && text.ends_with(b"List");
                        }
                        _ => {
                            self.cursor
                                .until(|byte| matches!(byte, b',' | b'}' | b'\n'))?;
                        }
                    }
                }
                _ => return None,
            }
        }
        self.cursor.step();
        if !is_list || pieces.len() == before {
            pieces.truncate(before);
            pieces.push(self.piece(begin));
        }
        Some(())
    }

    fn items(&mut self, pieces: &mut Vec<Piece>) -> Option<()> {
        self.cursor.step();
        loop {
            self.cursor.blank();
            match self.cursor.peek()? {
                b']' => {
                    self.cursor.step();
                    return Some(());
                }
                b',' => self.cursor.step(),
                b'{' => {
                    let begin = self.here();
                    self.cursor.pass()?;
                    pieces.push(self.piece(begin));
                }
                _ => return None,
            }
        }
    }

    fn here(&self) -> Place {
        let at = self.cursor.at();
        self.cursor.place(at..at)
    }

    /// The piece from there to here.
    fn piece(&self, begin: Place) -> Piece {
        Piece {
            place: self.cursor.since(begin),
            dash: false,
            document: self.document,
        }
    }
}
