//! What is in a folder, in the order of the file system.

use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType};

use super::Unread;
use super::files::unread;

/// Names in the system's bytes, and what they name.
pub(super) type Entries = Vec<(Vec<u8>, FileType)>;

/// A buffer for listings, used again and again.
pub(super) struct Lister {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    buffer: Vec<u8>,
}

impl Lister {
    /// What is in an open folder; at most that many entries.
    pub(super) fn list(&mut self, folder: &OwnedFd, most: usize) -> Result<Entries, Unread> {
        let mut entries = Vec::new();
        self.each(folder, |name, is| {
            if name != b"." && name != b".." {
                entries.push((name.to_vec(), kind_of(folder, name, is)));
            }
            entries.len() < most
        })?;
        Ok(entries)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
impl Lister {
    pub(super) fn new() -> Lister {
        Lister {
            buffer: Vec::with_capacity(32 << 10),
        }
    }

    fn each(
        &mut self,
        folder: &OwnedFd,
        mut take: impl FnMut(&[u8], FileType) -> bool,
    ) -> Result<(), Unread> {
        let mut entries = rustix::fs::RawDir::new(folder, self.buffer.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(unread)?;
            if !take(entry.file_name().to_bytes(), entry.file_type()) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
impl Lister {
    pub(super) fn new() -> Lister {
        Lister {}
    }

    fn each(
        &mut self,
        folder: &OwnedFd,
        mut take: impl FnMut(&[u8], FileType) -> bool,
    ) -> Result<(), Unread> {
        for entry in rustix::fs::Dir::read_from(folder).map_err(unread)? {
            let entry = entry.map_err(unread)?;
            if !take(entry.file_name().to_bytes(), entry.file_type()) {
                break;
            }
        }
        Ok(())
    }
}

/// What an entry is, where the file system's listing does not say it.
fn kind_of(folder: &OwnedFd, name: &[u8], listed: FileType) -> FileType {
    if listed != FileType::Unknown {
        return listed;
    }
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_or(FileType::Unknown, |stat| {
        FileType::from_raw_mode(stat.st_mode)
    })
}
