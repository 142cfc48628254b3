//! The files of the tree for whoever reads a project, and which of them were asked for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::audit::tree::{Source, Tree, Unread};
use crate::formats::compose::{Absent, Supplied, Supply};

/// The tree as a project sees it.
pub(super) struct FromTree<'t> {
    tree: &'t Tree,
    /// The compose file that absolute paths are said in.
    from: String,
    /// The paths of the files that were given, as users know them.
    pub(super) given: RefCell<BTreeSet<String>>,
}

impl<'t> FromTree<'t> {
    pub(super) fn new(tree: &'t Tree, from: &str) -> FromTree<'t> {
        FromTree {
            tree,
            from: from.to_owned(),
            given: RefCell::default(),
        }
    }
}

/// A path of a project as one of the tree.
pub(super) fn in_tree(tree: &Tree, from: &str, path: &str) -> Option<String> {
    match path.starts_with('/') {
        true => tree.host_path(from, path),
        false => Some(path.to_owned()),
    }
}

/// The file at a path of a project.
pub(super) fn read(tree: &Tree, from: &str, path: &str) -> Result<Arc<Source>, Unread> {
    let path = in_tree(tree, from, path).ok_or(Unread::Outside)?;
    tree.read(&path)
}

impl Supply for FromTree<'_> {
    fn file(&self, path: &str) -> Result<Supplied, Absent> {
        let source = read(self.tree, &self.from, path).map_err(|why| match why {
            Unread::Missing => Absent::Missing,
            Unread::Outside => Absent::Outside,
            _ => Absent::Unreadable,
        })?;
        self.given.borrow_mut().insert(source.path.clone());
        Ok(supplied(source))
    }
}

struct Bytes(Arc<Source>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

pub(super) fn supplied(source: Arc<Source>) -> Supplied {
    Supplied {
        source: source.number,
        name: source.path.clone(),
        bytes: Arc::new(Bytes(source)),
    }
}
