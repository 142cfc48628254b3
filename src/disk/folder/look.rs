//! Looking at what is in a locked folder, without following a link.

use std::fs::File;

use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;

use super::{Folder, clone};
use crate::disk::{Access, DiskError, Owner, if_there, open, read};

impl Folder {
    /// Reads a file in it, `None` when there is none. Links are not followed.
    ///
    /// # Errors
    /// When it cannot be read, or is no regular file.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, DiskError> {
        let path = self.path.join(name);
        let Some((parent, last)) = if_there(self.parent_of(name))? else {
            return Ok(None);
        };
        match open::open_to_read(&parent, last) {
            Ok(fd) => read::read_open(fd, &path).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP) => Err(DiskError::Symlink(path)),
            Err(error) => Err(DiskError::io("read", path)(error.into())),
        }
    }

    /// Whether a file is to be put into that place.
    #[must_use]
    pub fn has_staged(&self, target: &str) -> bool {
        self.staged.iter().any(|staged| staged.target == target)
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
        let Some(dir) = if_there(opened)? else {
            return Ok(Vec::new());
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

    /// The permission bits of the folder itself.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn mode(&self) -> Result<u32, DiskError> {
        use std::os::unix::fs::PermissionsExt;
        let metadata = self.dir.metadata();
        let metadata = metadata.map_err(DiskError::io("look at", &self.path))?;
        Ok(metadata.permissions().mode() & 0o777)
    }

    /// Permission bits and owner of a file that is there; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be looked at, or is a link.
    pub fn access_of(&self, name: &str) -> Result<Option<Access>, DiskError> {
        let Some(stat) = self.stat(name)? else {
            return Ok(None);
        };
        if FileType::from_raw_mode(stat.st_mode).is_symlink() {
            return Err(DiskError::Symlink(self.path.join(name)));
        }
        Ok(Some(Access {
            mode: stat.st_mode & 0o777,
            owner: Some(Owner {
                uid: Some(stat.st_uid),
                gid: Some(stat.st_gid),
            }),
        }))
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

    pub(super) fn is_there(&self, name: &str) -> Result<bool, DiskError> {
        Ok(self.stat(name)?.is_some())
    }

    pub(super) fn kind_of(&self, name: &str) -> Result<Option<FileType>, DiskError> {
        let stat = self.stat(name)?;
        Ok(stat.map(|stat| FileType::from_raw_mode(stat.st_mode)))
    }

    fn stat(&self, name: &str) -> Result<Option<Stat>, DiskError> {
        let Some((parent, last)) = if_there(self.parent_of(name))? else {
            return Ok(None);
        };
        match rustix::fs::statat(&parent, last, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(DiskError::io("look at", self.path.join(name))(error.into())),
        }
    }

    /// The folder that a name lies in, and the name's last part.
    pub(super) fn parent_of<'n>(&self, name: &'n str) -> Result<(File, &'n str), DiskError> {
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
