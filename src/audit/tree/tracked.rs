//! Which files git has under version control, as far as the index of their repository tells.
//! The repository may lie above what is looked at: of it only the index and the rules of what
//! is ignored are read.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::InGit;
use super::ignored::Rules;
use crate::formats::git_index::{self, Index};

/// The longest index that is read: one of some million files.
const MAX_INDEX: u64 = 512 << 20;
/// The longest file that says where a repository is.
const MAX_POINTER: u64 = 16 << 10;

/// What is known of the folders that were asked for.
#[derive(Debug, Default)]
pub(super) struct Repositories {
    /// The work trees, and their index if it could be read.
    known: Mutex<HashMap<PathBuf, Option<Arc<Index>>>>,
    rules: Rules,
}

impl Repositories {
    /// Whether the file is under version control; `None` where no repository is above it, or
    /// its index cannot be read. The path is absolute.
    pub(super) fn tracked(&self, path: &Path) -> Option<bool> {
        self.tracked_in(top_of(path)?, path)
    }

    /// How git stands to the file; `None` as for [`Repositories::tracked`].
    pub(super) fn of(&self, path: &Path) -> Option<InGit> {
        let top = top_of(path)?;
        Some(match self.tracked_in(top, path)? {
            true => InGit::Tracked,
            false if self.rules.ignore(top, git_folder(top).as_deref(), path) => InGit::Ignored,
            false => InGit::Open,
        })
    }

    fn tracked_in(&self, top: &Path, path: &Path) -> Option<bool> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let index = known
            .entry(top.to_owned())
            .or_insert_with(|| index_of(top).map(Arc::new))
            .clone()?;
        let way = path.strip_prefix(top).ok()?;
        Some(index.has(way.as_os_str().as_bytes()))
    }
}

/// The work tree that a path lies in.
fn top_of(path: &Path) -> Option<&Path> {
    let mut above = path.ancestors().skip(1);
    above.find(|folder| fs::symlink_metadata(folder.join(".git")).is_ok())
}

/// Where git keeps what belongs to a work tree.
fn git_folder(top: &Path) -> Option<PathBuf> {
    let git = top.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    // of a work tree that was added, or a submodule
    let pointer = read(&git, MAX_POINTER)?;
    let target = pointer.strip_prefix(b"gitdir: ")?.trim_ascii_end();
    Some(top.join(std::ffi::OsStr::from_bytes(target)))
}

fn index_of(top: &Path) -> Option<Index> {
    let folder = git_folder(top)?;
    match read(&folder.join("index"), MAX_INDEX) {
        Some(bytes) => git_index::read(&bytes),
        // nothing was added yet
        None if folder.join("HEAD").exists() && !folder.join("index").exists() => {
            Some(Index::default())
        }
        None => None,
    }
}

/// A file as far as so many bytes.
pub(super) fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    // a pipe would block
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut bytes = Vec::new();
    let read = File::open(path).ok()?.take(most).read_to_end(&mut bytes);
    read.ok().map(|_| bytes)
}
