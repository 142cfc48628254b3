//! A locked folder in which several files are replaced as one.

mod commit;
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
use super::{Access, DiskError, Existing, Owner, plain, read};

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

    /// Reads a file in it, `None` when there is none. Links are not followed.
    ///
    /// # Errors
    /// When it cannot be read, or is no regular file.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, DiskError> {
        let path = self.path.join(name);
        let (parent, last) = match self.parent_of(name) {
            Ok(found) => found,
            Err(DiskError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        match open::open_to_read(&parent, last) {
            Ok(fd) => read::read_open(fd, &path).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP) => Err(DiskError::Symlink(path)),
            Err(error) => Err(DiskError::io("read", path)(error.into())),
        }
    }

    /// The names in a folder inside it, sorted; none when there is no such folder. Names that
    /// are not UTF-8 were not written by this tool and are left out.
    ///
    /// # Errors
    /// When a component is a link or no folder, or it cannot be read.
    pub fn names(&self, folder: &str) -> Result<Vec<String>, DiskError> {
        let path = self.path.join(folder);
        let opened = self
            .parent_of(folder)
            .and_then(|(parent, last)| open::open_at(&parent, last, &path));
        let dir = match opened {
            Ok(dir) => dir,
            Err(DiskError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        let failed = |error: Errno| DiskError::io("read", &path)(error.into());
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            match entry.file_name().to_str() {
                Ok("." | "..") | Err(_) => {}
                Ok(name) => names.push(name.to_owned()),
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Permission bits and owner of a file that is there.
    ///
    /// # Errors
    /// When it cannot be looked at, or is a link.
    pub fn access_of(&self, name: &str) -> Result<Option<Access>, DiskError> {
        if !self.is_there(name)? {
            return Ok(None);
        }
        let (parent, last) = self.parent_of(name)?;
        let stat = rustix::fs::statat(&parent, last, AtFlags::SYMLINK_NOFOLLOW)
            .map_err(|error| DiskError::io("look at", self.path.join(name))(error.into()))?;
        Ok(Some(Access {
            mode: stat.st_mode & 0o777,
            owner: Some(Owner {
                uid: Some(stat.st_uid),
                gid: Some(stat.st_gid),
            }),
        }))
    }

    /// Whether [`Folder::commit`] would find everything as it should be. For whoever changes
    /// two folders, and wants to know of the second before the first is changed.
    ///
    /// # Errors
    /// [`DiskError::Exists`], as [`Folder::commit`].
    pub fn check(&self) -> Result<(), DiskError> {
        self.plan().map(drop)
    }

    /// Whether a file with this content, these bits and this owner is there already.
    ///
    /// # Errors
    /// As [`Folder::read`].
    pub fn is_there_as(
        &self,
        name: &str,
        content: &[u8],
        access: Access,
    ) -> Result<bool, DiskError> {
        if self.read(name)?.is_none_or(|bytes| bytes != content) {
            return Ok(false);
        }
        let there = self.access_of(name)?;
        Ok(there.is_some_and(|there| there.mode == access.mode && there.fits(access.owner)))
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

    /// The folder that a name lies in, and the name's last part.
    fn parent_of<'n>(&self, name: &'n str) -> Result<(File, &'n str), DiskError> {
        let mut at = clone(&self.dir, &self.path)?;
        let Some((parents, last)) = name.rsplit_once('/') else {
            return Ok((at, name));
        };
        let mut path = self.path.clone();
        for part in parents.split('/') {
            path.push(part);
            at = open::open_at(&at, part, &path)?;
        }
        Ok((at, last))
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
