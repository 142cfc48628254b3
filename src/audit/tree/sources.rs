//! What was read of a tree, and what could not be: each file once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Source, Unread};

/// The most that is read and kept of all files together: they stay in memory.
pub(super) const MAX_READ: usize = if cfg!(test) { 256 << 20 } else { 1 << 30 };

/// What was read, in the order of the numbers.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) read: Vec<Arc<Source>>,
    pub(super) bytes: usize,
    pub(super) by_path: HashMap<String, usize>,
    /// What has a number to be named by, and was not read.
    pub(super) pointed: HashMap<String, usize>,
    /// What was asked for, is there, and was not read.
    pub(super) refused: BTreeMap<String, Unread>,
}

impl Sources {
    /// Gives what was read its number.
    pub(super) fn keep(&mut self, path: String, bytes: Vec<u8>) -> Arc<Source> {
        self.bytes += bytes.len();
        let number = self.read.len();
        let source = Arc::new(Source {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            path: path.clone(),
            bytes,
        });
        self.read.push(Arc::clone(&source));
        self.by_path.insert(path, number);
        source
    }

    /// Takes note of what is there and was not read.
    pub(super) fn refuse(&mut self, path: &str, why: &Unread) {
        if matches!(why, Unread::TooLarge(_) | Unread::Refused(_)) {
            self.refused.insert(path.to_owned(), why.clone());
        }
    }
}
