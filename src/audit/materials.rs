//! The certificates and keys that processes read, for the questions that rules put to them.
//! Each file is read once, however many processes see it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::contents::Library;
use super::process::{Content, How, Process, Readable};
use super::tree::Tree;
use crate::formats::pem::{self, Piece, Pieces, Trouble};
use crate::formats::place::Place;
use crate::mint::x509::Certificate;

/// What was looked into so far.
#[derive(Debug)]
pub struct Materials<'t> {
    tree: &'t Tree,
    library: &'t Library<'t>,
    read: RefCell<HashMap<Place, Rc<Pieces>>>,
}

/// Certificates and keys in one file, in its order.
#[derive(Clone, Debug)]
pub struct Material {
    pieces: Rc<Pieces>,
    /// The file, or the text in one, that they stand in.
    pub place: Place,
}

impl Material {
    /// Its certificates, with their places in the file itself.
    pub fn certificates(&self) -> impl Iterator<Item = (Place, &Certificate)> {
        self.pieces
            .pieces
            .iter()
            .filter_map(|(place, piece)| match piece {
                Piece::Certificate(certificate) => Some((*place, certificate.as_ref())),
                _ => None,
            })
    }

    /// Its private keys: where, and the public half if it can be told.
    pub fn keys(&self) -> impl Iterator<Item = (Place, &pem::PrivateKey)> {
        self.pieces
            .pieces
            .iter()
            .filter_map(|(place, piece)| match piece {
                Piece::PrivateKey(key) => Some((*place, key)),
                _ => None,
            })
    }

    /// Where a block in it is damaged, and how.
    pub fn troubles(&self) -> impl Iterator<Item = (Place, Trouble)> {
        self.pieces.troubles.iter().copied()
    }

    /// Whether it holds something that is neither certificate nor key: PKCS#12, for one.
    #[must_use]
    pub fn is_something_else(&self) -> bool {
        let mut all = self.pieces.pieces.iter();
        all.any(|(_, piece)| matches!(piece, Piece::Other))
    }

    /// The first certificate that is no CA: what a server or client shows.
    #[must_use]
    pub fn leaf(&self) -> Option<(Place, &Certificate)> {
        self.certificates().find(|(_, one)| !one.is_ca)
    }

    /// The certificates of CAs.
    #[must_use]
    pub fn authorities(&self) -> Vec<&Certificate> {
        let certificates = self.certificates().map(|(_, one)| one);
        certificates.filter(|one| one.is_ca).collect()
    }
}

impl<'t> Materials<'t> {
    /// Of the files of a tree.
    pub(super) fn new(tree: &'t Tree, library: &'t Library<'t>) -> Materials<'t> {
        Materials {
            tree,
            library,
            read: RefCell::default(),
        }
    }

    /// What is in a file; `None` where the files at hand do not say it.
    #[must_use]
    pub fn of(&self, file: &Readable) -> Option<Material> {
        let place = match &file.content {
            Content::File(source) => Place::top(*source),
            Content::Text(_, place) => *place,
            Content::Unknown(_) => return None,
        };
        if let Some(pieces) = self.read.borrow().get(&place) {
            let pieces = Rc::clone(pieces);
            return Some(Material { pieces, place });
        }
        let mut pieces = match &file.content {
            Content::File(source) => pem::read(&self.tree.source(*source)?.bytes, *source),
            Content::Text(text, _) => pem::read(text.expose().as_bytes(), place.source),
            Content::Unknown(_) => return None,
        };
        if matches!(file.content, Content::Text(..)) {
            let inner = pieces.pieces.iter_mut().map(|(inner, _)| inner);
            for inner in inner.chain(pieces.troubles.iter_mut().map(|(inner, _)| inner)) {
                *inner = self.library.inside(place, *inner);
            }
        }
        let pieces = Rc::new(pieces);
        self.read.borrow_mut().insert(place, Rc::clone(&pieces));
        Some(Material { pieces, place })
    }

    /// What is in the file at a path in the process's own view; `None` where it cannot read one
    /// there, or what is in it is not known.
    #[must_use]
    pub fn at(&self, process: &Process, path: &str) -> Option<Material> {
        let files = &process.files;
        let exact = files.iter().find(|file| file.path == path);
        self.of(exact.or_else(|| {
            files
                .iter()
                .find(|file| is_declared_at(process, file, path))
        })?)
    }
}

/// Whether a path can be that of a file in the folder of a component, of which nothing says
/// where it will live.
fn is_declared_at(process: &Process, file: &Readable, path: &str) -> bool {
    let is_declared = file.said.iter().any(|said| said.how == How::Manifest);
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    is_declared
        && !file.path.starts_with('/')
        && path.ends_with(&format!("/{}/{name}", process.name))
}
