//! The way to a folder that waits to be listed. It waits by name, because a process may not
//! have many folders open; but a long way would be slow to go, and longer than the system
//! takes, so it begins at an open folder not far above.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use super::Unread;
use super::files::unread;

/// As many levels are gone by name.
const MAX_LEVELS: usize = 64;
/// As long is the text of a way by name, but for one more name. The system's limit is 4,096.
const MAX_TEXT: usize = 3_500;

const LIST: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// From a root to a folder.
#[derive(Clone, Default)]
pub(super) struct Way {
    /// In the system's bytes.
    pub(super) below: Vec<u8>,
    near: Option<Arc<OwnedFd>>,
    /// Where in `below` the way from there begins, and over how many levels it goes.
    from: usize,
    levels: usize,
}

impl Way {
    /// Opens the folder to list it; no link is followed at its end.
    pub(super) fn open(&self, root: &OwnedFd) -> Result<Arc<OwnedFd>, Unread> {
        let folder = self.near.as_deref().unwrap_or(root);
        let below = &self.below[self.from..];
        let below = if below.is_empty() { b"." } else { below };
        rustix::fs::openat(folder, below, LIST, Mode::empty())
            .map(Arc::new)
            .map_err(unread)
    }

    /// On to a folder in this one, which is open.
    pub(super) fn to(&self, name: &[u8], folder: &Arc<OwnedFd>) -> Way {
        let mut below = Vec::with_capacity(self.below.len() + 1 + name.len());
        below.extend_from_slice(&self.below);
        if !below.is_empty() {
            below.push(b'/');
        }
        let (near, from, levels) =
            if self.levels >= MAX_LEVELS || below.len() - self.from > MAX_TEXT {
                (Some(Arc::clone(folder)), below.len(), 0)
            } else {
                (self.near.clone(), self.from, self.levels)
            };
        below.extend_from_slice(name);
        Way {
            below,
            near,
            from,
            levels: levels + 1,
        }
    }
}
