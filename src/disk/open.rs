//! Opening, locking and making folders by handle, so that no link is followed on the way.

use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Access as May, AtFlags, Gid, Mode, OFlags, Uid};
use rustix::io::Errno;

use super::{Access, DiskError};

/// How long to wait for another process before saying that the folder is locked.
const PATIENCE: Duration = Duration::from_secs(2);

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Folders made on the way, in order. Dropped, it removes them again, so far as they are empty.
#[derive(Default)]
pub(super) struct Made(pub(super) Vec<PathBuf>);

impl Made {
    /// From now on they stay.
    pub(super) fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            // fails, as it should, when somebody has put something into it
            let _ = std::fs::remove_dir(path);
        }
    }
}

/// Makes the folder and its missing parents.
pub(super) fn make_all(path: &Path, access: Access, made: &mut Made) -> Result<(), DiskError> {
    for folder in missing(path)?.into_iter().rev() {
        let mode = if folder == path {
            access.mode
        } else {
            Access::PUBLIC_FOLDER.mode
        };
        match DirBuilder::new().mode(mode).create(&folder) {
            Ok(()) => made.0.push(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                let parent = folder.parent().unwrap_or(&folder);
                return Err(DiskError::NotAFolder(parent.to_owned()));
            }
            Err(error) => return Err(DiskError::io("make the folder", folder)(error)),
        }
    }
    Ok(())
}

/// The folder and those above it that are not there, innermost first.
fn missing(path: &Path) -> Result<Vec<PathBuf>, DiskError> {
    let mut missing = Vec::new();
    for at in path.ancestors().filter(|at| !at.as_os_str().is_empty()) {
        match std::fs::symlink_metadata(at) {
            Ok(_) => break,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                missing.push(at.to_owned());
            }
            Err(error) => return Err(DiskError::io("look at", at)(error)),
        }
    }
    Ok(missing)
}

pub(super) fn open_folder(path: &Path) -> Result<File, DiskError> {
    match rustix::fs::open(path, FOLDER, Mode::empty()) {
        Ok(fd) => Ok(File::from(fd)),
        Err(error) => Err(not_a_folder(error, path)),
    }
}

/// Opens a folder by its name in another; `path` is for the error.
pub(super) fn open_at(dir: &File, name: &str, path: &Path) -> Result<File, DiskError> {
    match rustix::fs::openat(dir, name, FOLDER, Mode::empty()) {
        Ok(fd) => Ok(File::from(fd)),
        Err(error) => Err(not_a_folder(error, path)),
    }
}

fn not_a_folder(error: Errno, path: &Path) -> DiskError {
    match error {
        Errno::LOOP | Errno::NOTDIR if path.is_symlink() => DiskError::Symlink(path.to_owned()),
        Errno::NOTDIR => DiskError::NotAFolder(path.to_owned()),
        error => DiskError::io("open", path)(error.into()),
    }
}

pub(super) fn lock(dir: &File, path: &Path) -> Result<(), DiskError> {
    let start = Instant::now();
    loop {
        match dir.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => return Err(DiskError::Locked(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(DiskError::io("lock", path)(error)),
        }
    }
}

pub(super) fn set_access(file: &File, access: Access, path: &Path) -> Result<(), DiskError> {
    if let Some(owner) = access.owner {
        let (uid, gid) = (owner.uid.map(Uid::from_raw), owner.gid.map(Gid::from_raw));
        rustix::fs::fchown(file, uid, gid)
            .map_err(|error| DiskError::io("change the owner of", path)(error.into()))?;
    }
    file.set_permissions(Permissions::from_mode(access.mode))
        .map_err(DiskError::io("set the mode of", path))
}

/// Refuses where a rename from `dir` into `inner` could fail: after the journal is written
/// it is too late for that.
pub(super) fn must_take_renames(dir: &File, inner: &File, path: &Path) -> Result<(), DiskError> {
    rustix::fs::accessat(inner, ".", May::WRITE_OK | May::EXEC_OK, AtFlags::empty())
        .map_err(|error| DiskError::io("write into", path)(error.into()))?;
    let look = |dir| mount(dir).map_err(|error| DiskError::io("look at", path)(error.into()));
    if look(dir)? != look(inner)? {
        return Err(DiskError::OtherMount(path.to_owned()));
    }
    Ok(())
}

/// What must be equal for renames between two folders.
#[cfg(target_os = "linux")]
fn mount(dir: &File) -> Result<(u64, u64), Errno> {
    use rustix::fs::{StatxFlags, statx};
    let found = statx(
        dir,
        "",
        AtFlags::EMPTY_PATH,
        StatxFlags::BASIC_STATS | StatxFlags::MNT_ID,
    )?;
    let device = u64::from(found.stx_dev_major) << 32 | u64::from(found.stx_dev_minor);
    Ok((device, found.stx_mnt_id))
}

#[cfg(not(target_os = "linux"))]
fn mount(dir: &File) -> Result<u64, Errno> {
    Ok(rustix::fs::fstat(dir)?.st_dev as u64)
}

/// Reads nothing, follows nothing, and does not hang on special files.
pub(super) fn open_to_read(dir: &File, name: &str) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::openat(dir, name, flags, Mode::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_a_mount_of_its_own_takes_no_renames_from_around_it() {
        let [dev, shm] = ["/dev", "/dev/shm"].map(Path::new);
        let [around, inner] = [dev, shm].map(|path| open_folder(path).unwrap());
        let refused = must_take_renames(&around, &inner, shm).unwrap_err();
        assert!(matches!(refused, DiskError::OtherMount(_)), "{refused}");
        assert!(must_take_renames(&inner, &inner, shm).is_ok());
    }
}
