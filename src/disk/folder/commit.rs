//! Putting staged files into place as one, and finishing that after a crash.
//!
//! Staged files and the journal of their moves are brought onto the disk; the journal's
//! appearance under its name is the moment of decision; then the files are moved, and the
//! journal is removed. A single new file needs no journal: its rename decides.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use rustix::fs::{AtFlags, FileType, RenameFlags};
use rustix::io::Errno;

use super::{Folder, Kept};
use crate::disk::durable::sync_together;
use crate::disk::journal::{self, JOURNAL, Move, STAGED};
use crate::disk::{Access, DiskError, Existing, open, plain, read};

impl Folder {
    /// Puts every staged file into its place, together.
    ///
    /// # Errors
    /// [`DiskError::Exists`] with everything that must not be overwritten. On any error but
    /// [`DiskError::Interrupted`] the disk is as it was.
    pub fn commit(mut self) -> Result<Vec<Kept>, DiskError> {
        let moves = self.plan()?;
        let [first, rest @ ..] = moves.as_slice() else {
            return Ok(Vec::new());
        };
        let keeps = first.keep.is_some() && self.is_there(&first.target)?;
        let journalled = keeps || !rest.is_empty();
        if journalled {
            self.write_new(
                JOURNAL,
                &journal::write(&moves, self.identity()?),
                Access::PRIVATE,
                Existing::Replace,
            )?;
        }
        self.make_durable()?;
        if journalled {
            self.publish_journal()?;
            // from here on the new state is the true one, even if this process dies
            self.keep_all();
        }
        let kept = match self.put_in_place(&moves) {
            Ok(kept) => kept,
            Err(error) if journalled => return Err(self.interrupted(error)),
            Err(error) => {
                return Err(DiskError::io("write", self.path.join(&first.target))(error));
            }
        };
        self.keep_all();
        self.make_moves_durable(&moves)
            .map_err(|error| self.interrupted(error))?;
        if journalled {
            // if it stays, the next run finds nothing left to do and removes it
            let _ = rustix::fs::unlinkat(&self.dir, JOURNAL, AtFlags::empty());
        }
        Ok(kept)
    }

    /// Whether [`Folder::commit`] would find everything as it should be. For whoever changes
    /// two folders, and wants to know of the second before the first is changed.
    ///
    /// # Errors
    /// [`DiskError::Exists`], as [`Folder::commit`].
    pub fn check(&self) -> Result<(), DiskError> {
        self.plan().map(drop)
    }

    /// Finishes the moves of an interrupted run, and removes what one left before it had decided.
    pub(super) fn recover(&mut self) -> Result<(), DiskError> {
        if let Some(moves) = self.read_journal()? {
            self.make_missing_folders(&moves)?;
            self.put_in_place(&moves)
                .and_then(|_| self.make_moves_durable(&moves))
                .map_err(|error| self.interrupted(error))?;
            rustix::fs::unlinkat(&self.dir, JOURNAL, AtFlags::empty())
                .map_err(|error| DiskError::io("remove", self.path.join(JOURNAL))(error.into()))?;
            self.made.keep();
            self.finished_earlier = true;
        }
        self.remove_leftovers()
    }

    /// From now on dropping it takes nothing back.
    fn keep_all(&mut self) {
        self.staged.clear();
        self.made.keep();
    }

    fn interrupted(&self, source: io::Error) -> DiskError {
        DiskError::Interrupted {
            path: self.path.clone(),
            source,
        }
    }

    /// What is to be moved where; refuses where something must not be overwritten.
    pub(super) fn plan(&self) -> Result<Vec<Move>, DiskError> {
        let mut in_the_way = Vec::new();
        for staged in &self.staged {
            let path = self.path.join(&staged.target);
            match self.kind_of(&staged.target)? {
                None => {}
                Some(FileType::Symlink) => return Err(DiskError::Symlink(path)),
                Some(_) if staged.existing == Existing::Refuse => in_the_way.push(path),
                Some(FileType::RegularFile) => {}
                Some(_) => return Err(DiskError::NotAFile(path)),
            }
        }
        if !in_the_way.is_empty() {
            return Err(DiskError::Exists(in_the_way));
        }
        let suffix = self.free_suffix()?;
        let moves = self.staged.iter().map(|staged| Move {
            staged: staged.name.clone(),
            target: staged.target.clone(),
            // a file that somebody else puts there at this moment is kept too
            keep: (staged.existing != Existing::Replace)
                .then(|| format!("{}{suffix}", staged.target)),
        });
        Ok(moves.collect())
    }

    /// `.old-N`, with one number for all files of the batch.
    fn free_suffix(&self) -> Result<String, DiskError> {
        let mut number = 1;
        loop {
            let suffix = format!(".old-{number}");
            let mut free = true;
            for staged in &self.staged {
                free &= !self.is_there(&format!("{}{suffix}", staged.target))?;
            }
            if free {
                return Ok(suffix);
            }
            number += 1;
        }
    }

    /// Brings the staged files, and the folders made for them, onto the disk itself.
    fn make_durable(&self) -> Result<(), DiskError> {
        let parents: BTreeSet<PathBuf> = self
            .made
            .0
            .iter()
            .filter_map(|made| made.parent().map(plain))
            // synced when something is moved in it
            .filter(|parent| *parent != self.path)
            .collect();
        let parents: Vec<File> = parents
            .iter()
            .map(|parent| open::open_folder(parent))
            .collect::<Result<_, _>>()?;
        let staged = self.staged.iter().map(|staged| &staged.file);
        sync_together(&staged.chain(&parents).collect::<Vec<_>>())
            .map_err(DiskError::io("write", &self.path))
    }

    fn publish_journal(&mut self) -> Result<(), DiskError> {
        let staged = self.staged.last().map_or("", |journal| &journal.name);
        rustix::fs::renameat(&self.dir, staged, &self.dir, JOURNAL)
            .map_err(io::Error::from)
            .and_then(|()| self.dir.sync_all())
            .map_err(|error| {
                // it must be gone for good before the files that it names go
                let _ = rustix::fs::unlinkat(&self.dir, JOURNAL, AtFlags::empty());
                let _ = self.dir.sync_all();
                DiskError::io("write", &self.path)(error)
            })
    }

    pub(super) fn put_in_place(&self, moves: &[Move]) -> io::Result<Vec<Kept>> {
        let mut kept = Vec::new();
        for entry in moves {
            kept.extend(self.put_one_in_place(entry)?);
        }
        Ok(kept)
    }

    fn make_moves_durable(&self, moves: &[Move]) -> io::Result<()> {
        let mut folders = vec![self.dir.try_clone()?];
        let inner: BTreeSet<&str> = moves
            .iter()
            .filter_map(|entry| Some(entry.target.rsplit_once('/')?.0))
            .collect();
        for name in inner {
            let (parent, last) = self.parent_of(name).map_err(io::Error::other)?;
            folders.push(
                open::open_at(&parent, last, &self.path.join(name)).map_err(io::Error::other)?,
            );
        }
        sync_together(&folders.iter().collect::<Vec<_>>())
    }

    /// Idempotent: does nothing when the staged file is no longer there.
    fn put_one_in_place(&self, entry: &Move) -> io::Result<Option<Kept>> {
        if !self.is_there(&entry.staged).map_err(io::Error::other)? {
            return Ok(None);
        }
        let (parent, last) = self.parent_of(&entry.target).map_err(io::Error::other)?;
        let mut kept = None;
        if let Some(keep) = &entry.keep {
            match rename_new(&self.dir, &entry.staged, &parent, last) {
                Ok(()) => return Ok(None),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            set_aside(
                &parent,
                last,
                keep.rsplit_once('/').map_or(keep, |(_, last)| last),
            )?;
            kept = Some(Kept {
                path: self.path.join(&entry.target),
                kept: self.path.join(keep),
            });
        }
        rustix::fs::renameat(&self.dir, entry.staged.as_str(), &parent, last)?;
        Ok(kept)
    }

    /// `None` when there is no journal; an error when it is not this user's own.
    fn read_journal(&self) -> Result<Option<Vec<Move>>, DiskError> {
        let path = self.path.join(JOURNAL);
        let fd = match open::open_to_read(&self.dir, JOURNAL) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(None),
            Err(_) => return Err(DiskError::Journal(path)),
        };
        let mine = rustix::fs::fstat(&fd).is_ok_and(|stat| {
            stat.st_uid == rustix::process::geteuid().as_raw() && stat.st_mode & 0o077 == 0
        });
        let moves = mine
            .then(|| read::read_open(fd, &path))
            .transpose()?
            .map(|bytes| Ok::<_, DiskError>(journal::read(&bytes, self.identity()?)))
            .transpose()?
            .flatten();
        moves.map(Some).ok_or(DiskError::Journal(path))
    }

    fn identity(&self) -> Result<journal::Identity, DiskError> {
        let stat = rustix::fs::fstat(&self.dir)
            .map_err(|error| DiskError::io("look at", &self.path)(error.into()))?;
        Ok((stat.st_dev, stat.st_ino))
    }

    /// Somebody may have tidied up between the crash and this run.
    fn make_missing_folders(&mut self, moves: &[Move]) -> Result<(), DiskError> {
        for entry in moves {
            if let Some((parent, _)) = entry.target.rsplit_once('/') {
                self.folder(parent, Access::PRIVATE_FOLDER)?;
            }
        }
        Ok(())
    }

    fn remove_leftovers(&self) -> Result<(), DiskError> {
        let entries = rustix::fs::Dir::read_from(&self.dir)
            .map_err(|error| DiskError::io("read", &self.path)(error.into()))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_bytes();
            if name.starts_with(b".") && name.ends_with(STAGED.as_bytes()) {
                // somebody else's, if it cannot be removed: it harms nobody
                let _ = rustix::fs::unlinkat(&self.dir, entry.file_name(), AtFlags::empty());
            }
        }
        Ok(())
    }
}

/// Gives a file a second name before its own is taken over, so that there is no moment
/// without a file. Idempotent.
fn set_aside(dir: &File, name: &str, keep: &str) -> Result<(), Errno> {
    match rustix::fs::linkat(dir, name, dir, keep, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(Errno::EXIST) if is_same(dir, name, keep)? => Ok(()),
        // no second names here, or not for files of somebody else
        Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS | Errno::MLINK) => {
            rename_new(dir, name, dir, keep)
        }
        Err(error) => Err(error),
    }
}

fn is_same(dir: &File, name: &str, other: &str) -> Result<bool, Errno> {
    let look = |name| rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW);
    let (one, two) = (look(name)?, look(other)?);
    Ok((one.st_dev, one.st_ino) == (two.st_dev, two.st_ino))
}

/// Renames, unless something bears the new name.
fn rename_new(from: &File, name: &str, to: &File, new: &str) -> Result<(), Errno> {
    match rustix::fs::renameat_with(from, name, to, new, RenameFlags::NOREPLACE) {
        // file systems that know no flags
        Err(Errno::INVAL | Errno::NOSYS) => {}
        answered => return answered,
    }
    match rustix::fs::statat(to, new, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Err(Errno::EXIST),
        Err(Errno::NOENT) => rustix::fs::renameat(from, name, to, new),
        Err(error) => Err(error),
    }
}
