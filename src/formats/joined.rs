//! A text that is put together from pieces of a file, such as lines that continue, and knows
//! where each part of it stands.

use std::ops::Range;

use super::place::Place;
use crate::model::secret::Secret;

/// A text in one piece or several. May be secret.
#[derive(Clone)]
pub struct Joined {
    text: Secret,
    pieces: Vec<Piece>,
}

/// What stands on one line.
#[derive(Clone, Copy)]
struct Piece {
    /// The byte of the text at which it begins.
    at: usize,
    place: Place,
}

/// Collects the pieces of a text.
#[derive(Default)]
pub struct Pieces {
    text: String,
    pieces: Vec<Piece>,
}

impl Pieces {
    /// Adds what stands at a place; it must have no line break that is not also in the file.
    pub fn push(&mut self, text: &str, place: Place) {
        let at = self.text.len();
        self.pieces.push(Piece { at, place });
        self.text.push_str(text);
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What they are together.
    #[must_use]
    pub fn join(self) -> Joined {
        Joined {
            text: Secret::new(self.text),
            pieces: self.pieces,
        }
    }
}

impl Joined {
    /// A text that stands in one piece.
    #[must_use]
    pub fn new(text: &str, place: Place) -> Joined {
        let mut pieces = Pieces::default();
        pieces.push(text, place);
        pieces.join()
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> &Secret {
        &self.text
    }

    /// A part of it.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Joined {
        let text = &self.text.expose()[range.clone()];
        let mut pieces = Pieces::default();
        let mut locator = self.locator();
        let first = self.piece_of(range.start);
        let inside = self.pieces.iter().skip(first);
        let starts = inside.map(|piece| piece.at.max(range.start));
        let starts: Vec<usize> = starts.take_while(|at| *at < range.end).collect();
        for (number, start) in starts.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(range.end);
            let part = &text[start - range.start..end - range.start];
            pieces.push(part, locator.place(*start..end));
        }
        if pieces.is_empty() {
            pieces.push("", locator.place(range.start..range.start));
        }
        pieces.join()
    }

    /// It without these characters at its ends.
    #[must_use]
    pub fn trimmed(&self, is_such: impl Fn(char) -> bool) -> Joined {
        let text = self.text.expose();
        let start = text.len() - text.trim_start_matches(&is_such).len();
        let end = start + text[start..].trim_end_matches(&is_such).len();
        self.slice(start..end)
    }

    /// Where all of it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        self.locator().place(0..self.text.expose().len())
    }

    /// Says where parts of it stand; fast where they are asked for in their order.
    #[must_use]
    pub fn locator(&self) -> Locator<'_> {
        Locator {
            joined: self,
            piece: 0,
            at: 0,
            column: 0,
        }
    }

    fn piece_of(&self, at: usize) -> usize {
        let after = self.pieces.partition_point(|piece| piece.at <= at);
        after.saturating_sub(1)
    }
}

impl std::fmt::Debug for Joined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Joined(…)")
    }
}

/// Says where the parts of a text stand.
pub struct Locator<'j> {
    joined: &'j Joined,
    piece: usize,
    /// How far the columns of that piece are counted, and how many they are.
    at: usize,
    column: u32,
}

impl Locator<'_> {
    /// Where a part of the text stands.
    pub fn place(&mut self, range: Range<usize>) -> Place {
        let number = self.joined.piece_of(range.start);
        let Some(piece) = self.joined.pieces.get(number).copied() else {
            return Place::default();
        };
        if number != self.piece || range.start < self.at || self.at < piece.at {
            (self.piece, self.at, self.column) = (number, piece.at, 0);
        }
        let passed = &self.joined.text.expose()[self.at..range.start];
        self.column = self.column.saturating_add(narrow(passed.chars().count()));
        self.at = range.start;
        let last = match range.end.checked_sub(1) {
            Some(last) if last >= range.start => self.joined.piece_of(last),
            _ => number,
        };
        let last = self.joined.pieces[last];
        Place {
            column: piece.place.column.saturating_add(self.column),
            start: piece
                .place
                .start
                .saturating_add(narrow(range.start - piece.at)),
            end: last.place.start.saturating_add(narrow(range.end - last.at)),
            ..piece.place
        }
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(line: u32, start: u32) -> Place {
        Place {
            source: 0,
            line,
            column: 1,
            start,
            end: start,
        }
    }

    #[test]
    fn a_part_stands_where_its_line_is() {
        let mut pieces = Pieces::default();
        pieces.push("é=a ", line(4, 100));
        pieces.push("  b c ", line(6, 200));
        let joined = pieces.join();
        let mut locator = joined.locator();
        let shown = |place: Place| (place.line, place.column, place.start, place.end);
        assert_eq!(shown(locator.place(3..4)), (4, 3, 103, 104));
        assert_eq!(shown(locator.place(7..8)), (6, 3, 202, 203));
        assert_eq!(shown(locator.place(9..10)), (6, 5, 204, 205));
        assert_eq!(shown(locator.place(3..8)), (4, 3, 103, 203));
        let value = joined.slice(3..joined.text().expose().len());
        let value = value.trimmed(|c| c == ' ');
        assert_eq!(value.text().expose(), "a   b c");
        assert_eq!(shown(value.place()), (4, 3, 103, 205));
        assert_eq!(shown(value.locator().place(6..7)), (6, 5, 204, 205));
    }
}
