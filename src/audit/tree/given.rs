//! How much of a tree is given to its processes. A small file or folder can be given to each of
//! ten thousand of them: what that makes is bounded.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Backing, Tree, names};

/// The most variables and files that all processes together are given from files and folders.
const MOST: usize = if cfg!(test) { 50_000 } else { 1_000_000 };
/// What the listing of a folder costs beside what it gives.
const LISTING: usize = 200;
/// As many listings of folders are kept.
const KEPT: usize = 32;

/// What is said where no more is given.
pub(in crate::audit) const TOO_MUCH: &str =
    "all processes together are given more variables and files than are followed";

/// A listed folder and what is below it.
type Listed = (String, Arc<Vec<String>>);

/// What was given.
#[derive(Debug, Default)]
pub(super) struct Given {
    things: AtomicUsize,
    listed: Mutex<Vec<Listed>>,
}

impl Given {
    fn listed(&self) -> MutexGuard<'_, Vec<Listed>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tree {
    /// Whether so many more variables and files may be given to a process.
    pub(in crate::audit) fn gives(&self, things: usize) -> bool {
        let before = self.given.things.fetch_add(things, Ordering::Relaxed);
        before.saturating_add(things) <= MOST
    }

    /// Whether something was not given any more.
    pub(in crate::audit) fn is_given_away(&self) -> bool {
        self.given.things.load(Ordering::Relaxed) > MOST
    }

    /// The paths of files below a folder, links and `.git` left out, at most
    /// [`MAX_BELOW`](Tree::MAX_BELOW), those that can matter first; empty when it is none, or when
    /// no more is given in all. Sorted.
    #[must_use]
    pub fn below(&self, folder: &str) -> Arc<Vec<String>> {
        let room = |paths: Arc<Vec<String>>| match self.gives(paths.len() + 1) {
            true => paths,
            false => Arc::default(),
        };
        let known = |last: &[(String, Arc<Vec<String>>)]| {
            let known = last.iter().find(|(name, _)| name == folder);
            known.map(|(_, paths)| Arc::clone(paths))
        };
        if let Some(paths) = known(&self.given.listed()) {
            return room(paths);
        }
        if !self.gives(LISTING) {
            return Arc::default();
        }
        let paths = Arc::new(self.list_below(folder));
        let mut listed = self.given.listed();
        if listed.len() >= KEPT {
            listed.remove(0);
        }
        listed.push((folder.to_owned(), Arc::clone(&paths)));
        drop(listed);
        room(paths)
    }

    fn list_below(&self, folder: &str) -> Vec<String> {
        let (folder, listed) = match &self.backing {
            Backing::Texts(texts) => match texts.resolve(folder) {
                Ok(folder) => {
                    let listed = texts.below(&folder, Tree::MAX_BELOW);
                    (folder, listed)
                }
                Err(_) => return Vec::new(),
            },
            Backing::Files(files) => match files.resolve(folder) {
                Ok(folder) => {
                    let listed = files.below(&folder, Tree::MAX_BELOW);
                    (folder, listed)
                }
                Err(_) => return Vec::new(),
            },
        };
        let found = self.found.iter().map(|found| found.path.as_str());
        let mut paths: Vec<String> = found
            .filter(|path| *path != folder && names::below(path, &folder).is_some())
            .take(Tree::MAX_BELOW)
            .map(str::to_owned)
            .collect();
        let known: BTreeSet<String> = paths.iter().cloned().collect();
        let room = Tree::MAX_BELOW - paths.len();
        let others = listed.into_iter().filter(|path| !known.contains(path));
        paths.extend(others.take(room));
        paths.sort_unstable();
        paths
    }
}
