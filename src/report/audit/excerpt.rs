//! The line that a place is on, and which part of it. Knows nothing of what may be shown.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::audit::tree::{Source, Tree};
use crate::formats::place::Place;

/// Longer lines, in bytes, are not shown.
const LONGEST: usize = 1_000;

/// The lines of the files of a tree.
pub(super) struct Lines<'v> {
    tree: &'v Tree,
    known: RefCell<HashMap<u32, Option<Rc<Indexed>>>>,
}

/// A file, and where each of its lines begins.
struct Indexed {
    source: Arc<Source>,
    starts: Vec<usize>,
}

/// A line of text.
pub(super) struct Excerpt {
    /// Its number, from 1.
    pub(super) number: u32,
    /// Without its end.
    pub(super) text: String,
    /// The part in question, in characters from 0; never empty.
    pub(super) part: Range<usize>,
}

impl<'v> Lines<'v> {
    pub(super) fn new(tree: &'v Tree) -> Lines<'v> {
        Lines {
            tree,
            known: RefCell::default(),
        }
    }

    /// The line of a place; `None` where it is empty, too long, or no text.
    pub(super) fn of(&self, place: Place) -> Option<Excerpt> {
        let indexed = self.indexed(place.source)?;
        let (text, start) = indexed.line(place.line)?;
        let from = usize::try_from(place.column).ok()?.checked_sub(1)?;
        let length = text.chars().count();
        let whole = || {
            let blank = text.chars().take_while(|c| c.is_whitespace()).count();
            let from = if from == 0 { blank } else { from };
            from..text.trim_end().chars().count().max(from + 1)
        };
        let begins = usize::try_from(place.start).ok()?;
        let ends = usize::try_from(place.end).ok()?.min(start + text.len());
        // a place may say no more than its line, or be one of a text within this one
        let part = match begins.checked_sub(start).zip(ends.checked_sub(start)) {
            Some((begins, ends))
                if begins < ends && text.get(..begins)?.chars().count() == from =>
            {
                from..from + text.get(begins..ends)?.chars().count()
            }
            _ => whole(),
        };
        (part.start < length).then(|| Excerpt {
            number: place.line,
            part: part.start..part.end.min(length),
            text: text.to_owned(),
        })
    }

    fn indexed(&self, source: u32) -> Option<Rc<Indexed>> {
        let mut known = self.known.borrow_mut();
        let entry = known.entry(source).or_insert_with(|| {
            let source = self.tree.source(source)?;
            let ends = memchr::memchr_iter(b'\n', &source.bytes).map(|at| at + 1);
            let starts = std::iter::once(0).chain(ends).collect();
            Some(Rc::new(Indexed { source, starts }))
        });
        entry.clone()
    }
}

impl Indexed {
    /// A line without its end, and the byte at which it begins.
    fn line(&self, number: u32) -> Option<(&str, usize)> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *self.starts.get(at)?;
        let end = self
            .starts
            .get(at + 1)
            .map_or(self.source.bytes.len(), |next| next - 1);
        if end.saturating_sub(start) > LONGEST {
            return None;
        }
        let text = std::str::from_utf8(self.source.bytes.get(start..end)?).ok()?;
        let marked = if at == 0 {
            text.strip_prefix('\u{feff}')
        } else {
            None
        };
        let start = if marked.is_some() { start + 3 } else { start };
        let text = marked.unwrap_or(text);
        Some((text.strip_suffix('\r').unwrap_or(text), start))
    }
}
