//! The secrets that lie where no process reads them.

use std::collections::BTreeSet;

use crate::audit::contents::{Library, Piece};
use crate::audit::holding::{self, Held, Shown};
use crate::audit::tree::{Found, Tree};
use crate::formats::place::Place;

/// A secret that no process reads.
#[derive(Debug, PartialEq, Eq)]
pub struct Loose {
    /// What it is.
    pub artifact: Held,
    /// What may be shown of it.
    pub shown: Shown,
    /// Where it lies.
    pub place: Place,
}

/// The secrets of a file that nothing used.
pub(super) fn of(
    found: &Found,
    tree: &Tree,
    used: &BTreeSet<u32>,
    library: &Library<'_>,
) -> Vec<Loose> {
    let Ok(source) = tree.read(&found.path) else {
        return Vec::new();
    };
    if used.contains(&source.number) {
        return Vec::new();
    }
    let Some(contents) = library.of_source(source.number) else {
        return Vec::new();
    };
    let pieces = contents.pieces.iter().filter_map(|piece| match piece {
        Piece::Certificate { .. } | Piece::Broken { .. } => None,
        Piece::PrivateKey { public, place } => {
            let known = public.as_deref().and_then(|public| library.key_of(public));
            let known = known.or_else(|| holding::key_called(&found.path));
            Some(Loose {
                artifact: known.map_or(Held::PrivateKey, Held::Artifact),
                shown: Shown::Marks(public.iter().cloned().collect()),
                place: *place,
            })
        }
        Piece::Statement {
            artifact,
            shown,
            place,
        } => artifact.is_secret().then(|| Loose {
            artifact: Held::Artifact(*artifact),
            shown: shown.clone(),
            place: *place,
        }),
    });
    let mut loose: Vec<Loose> = pieces.collect();
    if let Some(bare) = contents.bare(&found.path).filter(|_| loose.is_empty()) {
        loose.push(Loose {
            artifact: Held::Artifact(bare.artifact),
            shown: bare.shown,
            place: bare.place,
        });
    }
    loose
}
