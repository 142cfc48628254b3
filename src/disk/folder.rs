//! A locked folder in which several files are replaced as one.

mod commit;
mod look;
mod remove;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

use super::journal::{self, STAGED};
use super::open::{self, Made};
use super::{Access, DiskError, Existing, plain};

/// A folder that this process alone works in, until it is dropped.
pub struct Folder {
    path: PathBuf,
    staged: Vec<Staged>,
    /// Folders made for it and in it: removed again if nothing is committed.
    made: Made,
    finished_earlier: bool,
    /// Holds the lock; last, so that it is let go of last.
    dir: File,
}

struct Staged {
    name: String,
    file: File,
    target: String,
    existing: Existing,
}

/// A file that was replaced, and where its former content is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The file.
    pub path: PathBuf,
    /// Its former content.
    pub kept: PathBuf,
}

impl Folder {
    /// Locks a folder that is there, and finishes what an interrupted run left in it.
    ///
    /// # Errors
    /// When it is missing, a link, no folder, or locked by another process.
    pub fn open(path: &Path) -> Result<Folder, DiskError> {
        let path = plain(path);
        let dir = open::open_folder(&path)?;
        open::lock(&dir, &path)?;
        let mut folder = Folder {
            path,
            staged: Vec::new(),
            made: Made::default(),
            finished_earlier: false,
            dir,
        };
        folder.recover()?;
        Ok(folder)
    }

    /// Like [`Folder::open`], but makes the folder and its missing parents first. They are
    /// removed again when nothing is committed.
    ///
    /// # Errors
    /// As [`Folder::open`], or when a folder cannot be made.
    pub fn create(path: &Path, access: Access) -> Result<Folder, DiskError> {
        let path = plain(path);
        let mut made = Made::default();
        loop {
            open::make_all(&path, access, &mut made)?;
            match Folder::open(&path) {
                // somebody else gave up on it and removed it between our two looks
                Ok(folder) if folder.is_gone() => {}
                Err(DiskError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Ok(mut folder) => {
                    if made.0.last() == Some(&path) {
                        open::set_access(&folder.dir, access, &path)?;
                    }
                    folder.made = made;
                    return Ok(folder);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an interrupted run had left its files to be put into place, and opening did so.
    #[must_use]
    pub fn finished_earlier(&self) -> bool {
        self.finished_earlier
    }

    /// Makes a folder inside, with its parents; one that is there keeps its bits and owner,
    /// unless an owner is asked for.
    ///
    /// # Errors
    /// When a component is a link or no folder, or the operating system refuses.
    pub fn folder(&mut self, name: &str, access: Access) -> Result<(), DiskError> {
        self.must_be_inside(name)?;
        let mut at = clone(&self.dir, &self.path)?;
        let mut path = self.path.clone();
        for part in name.split('/') {
            path.push(part);
            let made = rustix::fs::mkdirat(&at, part, Mode::RWXU);
            if made.is_ok() {
                self.made.0.push(path.clone());
            }
            at = match made {
                Ok(()) | Err(Errno::EXIST) => open::open_at(&at, part, &path)?,
                Err(error) => return Err(DiskError::io("make the folder", path)(error.into())),
            };
            let is_last = path == self.path.join(name);
            if made.is_ok() || is_last && access.owner.is_some() {
                open::set_access(&at, access, &path)?;
            }
        }
        Ok(())
    }

    /// Writes a file, to be put into its place by [`Folder::commit`]. Missing folders on the
    /// way are made private.
    ///
    /// # Errors
    /// When it cannot be written, or could not be put into place; whatever was staged is
    /// removed as the folder is dropped.
    pub fn stage(
        &mut self,
        target: &str,
        content: &[u8],
        access: Access,
        existing: Existing,
    ) -> Result<(), DiskError> {
        self.must_be_inside(target)?;
        if let Some((parent, _)) = target.rsplit_once('/') {
            self.folder(parent, Access::PRIVATE_FOLDER)?;
            let inner = self.parent_of(target)?.0;
            open::must_take_renames(&self.dir, &inner, &self.path.join(parent))?;
        }
        self.write_new(target, content, access, existing)
    }

    /// Stages a `.gitignore` that hides the whole folder from git, unless there is one.
    ///
    /// # Errors
    /// As [`Folder::stage`].
    pub fn ignore_in_git(&mut self) -> Result<(), DiskError> {
        const FILE: &str = ".gitignore";
        if self.has_staged(FILE) || self.read(FILE)?.is_some() {
            return Ok(());
        }
        self.stage(FILE, b"*\n", Access::PUBLIC, Existing::Replace)
    }

    fn write_new(
        &mut self,
        target: &str,
        content: &[u8],
        access: Access,
        existing: Existing,
    ) -> Result<(), DiskError> {
        let path = self.path.join(target);
        let name = staged_name().map_err(DiskError::io("draw a random name for", &path))?;
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.dir, name.as_str(), flags, Mode::RUSR | Mode::WUSR)
            .map_err(|error| DiskError::io("write", &path)(error.into()))?;
        self.staged.push(Staged {
            name,
            file: File::from(fd),
            target: target.to_owned(),
            existing,
        });
        let mut file = &self.staged[self.staged.len() - 1].file;
        open::set_access(file, access, &path)?;
        file.write_all(content)
            .map_err(DiskError::io("write", path))
    }

    /// Names come from users, by way of components and hosts.
    fn must_be_inside(&self, name: &str) -> Result<(), DiskError> {
        let staged_before = self.staged.iter().any(|staged| staged.target == name);
        if journal::is_inside(name) && !staged_before {
            return Ok(());
        }
        let source = io::Error::new(io::ErrorKind::InvalidInput, "not a name for a new file");
        Err(DiskError::io("write", self.path.join(name))(source))
    }

    fn is_gone(&self) -> bool {
        self.dir
            .metadata()
            .is_ok_and(|metadata| metadata.nlink() == 0)
    }
}

impl Drop for Folder {
    /// Leaves the disk as it was, unless [`Folder::commit`] went through.
    fn drop(&mut self) {
        for staged in &self.staged {
            let _ = rustix::fs::unlinkat(&self.dir, staged.name.as_str(), AtFlags::empty());
        }
    }
}

fn clone(dir: &File, path: &Path) -> Result<File, DiskError> {
    dir.try_clone().map_err(DiskError::io("open", path))
}

fn staged_name() -> io::Result<String> {
    let mut bytes = [0u8; 8];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(io::Error::other)?;
    Ok(format!(".{:016x}{STAGED}", u64::from_ne_bytes(bytes)))
}
