//! Reading files of bounded size: no special files, which could hang, and nothing huge.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::{DiskError, if_there};

/// The most that is read of one file: 4 MiB, far above any key, bundle or manifest.
pub const MAX_FILE: u64 = 4 << 20;

/// Reads a whole regular file; links are followed, as the user named it.
///
/// # Errors
/// When it cannot be opened or read, is no regular file, or is larger than [`MAX_FILE`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, DiskError> {
    // NONBLOCK: opening a named pipe without a writer must not hang
    let fd = rustix::fs::open(
        path,
        OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .map_err(|error| DiskError::io("read", path)(error.into()))?;
    read_open(fd, path)
}

/// Like [`read_file`]; `None` when there is no such file.
///
/// # Errors
/// As [`read_file`].
pub fn read_optional(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    if_there(read_file(path))
}

pub(super) fn read_open(fd: OwnedFd, path: &Path) -> Result<Vec<u8>, DiskError> {
    let file = File::from(fd);
    let metadata = file.metadata().map_err(DiskError::io("read", path))?;
    if !metadata.is_file() {
        return Err(DiskError::NotAFile(path.to_owned()));
    }
    let mut bytes =
        Vec::with_capacity(usize::try_from(metadata.len().min(MAX_FILE)).unwrap_or(0) + 1);
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(DiskError::io("read", path))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(DiskError::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}
