//! A locked folder in which several files are replaced as one.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{DirBuilder, File, TryLockError};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::TryRng;
use rand::rngs::SysRng;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, RenameFlags, Uid};
use rustix::io::Errno;

use super::journal::{self, JOURNAL, Move, STAGED};
use super::{Access, DiskError, Existing, plain, read};

/// How long to wait for another process before saying that the folder is locked.
const PATIENCE: Duration = Duration::from_secs(2);

/// A folder that this process alone works in, until it is dropped.
pub struct Folder {
    path: PathBuf,
    dir: File,
    /// Folders made for this one, outermost first: removed again if nothing is committed.
    made: Vec<PathBuf>,
    /// Folders made inside it, in order.
    made_inside: Vec<String>,
    staged: Vec<Staged>,
    finished_earlier: bool,
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
        let dir = lock(open_folder(&path)?, &path)?;
        let mut folder = Folder {
            path,
            dir,
            made: Vec::new(),
            made_inside: Vec::new(),
            staged: Vec::new(),
            finished_earlier: false,
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
        loop {
            let made = make_all(&path, access)?;
            let opened = Folder::open(&path);
            match opened {
                // somebody else gave up on it and removed it between our two looks
                Ok(folder) if folder.is_gone() => {}
                Err(DiskError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                Ok(mut folder) => {
                    if made.last() == Some(&path) {
                        set_access(&folder.dir, access, &path)?;
                    }
                    folder.made = made;
                    return Ok(folder);
                }
                Err(error) => {
                    remove_folders(&made);
                    return Err(error);
                }
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
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match rustix::fs::openat(&parent, last, flags, Mode::empty()) {
            Ok(fd) => read::read_open(fd, &path).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP) => Err(DiskError::Symlink(path)),
            Err(error) => Err(DiskError::io("read", path)(error.into())),
        }
    }

    /// Makes a folder inside, with its parents; one that is there keeps its bits and owner.
    ///
    /// # Errors
    /// When a component is a link or no folder, or the operating system refuses.
    pub fn folder(&mut self, name: &str, access: Access) -> Result<(), DiskError> {
        let mut at = clone(&self.dir, &self.path)?;
        let mut so_far = String::new();
        for part in name.split('/') {
            if !so_far.is_empty() {
                so_far.push('/');
            }
            so_far.push_str(part);
            let path = self.path.join(&so_far);
            match rustix::fs::mkdirat(&at, part, Mode::RWXU) {
                Ok(()) => {
                    self.made_inside.push(so_far.clone());
                    let made = open_at(&at, part, &path)?;
                    set_access(&File::from(made), access, &path)?;
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(DiskError::io("make the folder", path)(error.into())),
            }
            at = File::from(open_at(&at, part, &path)?);
        }
        Ok(())
    }

    /// Writes a file beside its target, to be put into place by [`Folder::commit`]. Missing
    /// folders on the way are made private.
    ///
    /// # Errors
    /// When it cannot be written; whatever was staged is then removed as the folder is dropped.
    pub fn stage(
        &mut self,
        target: &str,
        content: &[u8],
        access: Access,
        existing: Existing,
    ) -> Result<(), DiskError> {
        if let Some((parent, _)) = target.rsplit_once('/') {
            self.folder(parent, Access::PRIVATE_FOLDER)?;
        }
        let name = staged_name()?;
        let file = self.write_new(&name, target, content, access)?;
        self.staged.push(Staged {
            name,
            file,
            target: target.to_owned(),
            existing,
        });
        Ok(())
    }

    /// Puts every staged file into its place, together.
    ///
    /// # Errors
    /// [`DiskError::Exists`] with everything that must not be overwritten. On any error but
    /// [`DiskError::Interrupted`] the disk is as it was.
    pub fn commit(mut self) -> Result<Vec<Kept>, DiskError> {
        let moves = self.plan()?;
        if moves.is_empty() {
            return Ok(Vec::new());
        }
        let several = moves.len() > 1;
        self.make_durable(several.then_some(&moves))?;
        if !several {
            let kept = self
                .moves_done(&moves)
                .map_err(DiskError::io("write", self.path.join(&moves[0].target)))?;
            self.keep_all();
            return Ok(kept);
        }
        // from here on the new state is the true one, even if this process dies
        self.keep_all();
        let kept = self
            .moves_done(&moves)
            .map_err(|source| DiskError::Interrupted {
                path: self.path.clone(),
                source,
            })?;
        // if it stays, the next run finds nothing left to do and removes it
        let _ = rustix::fs::unlinkat(&self.dir, JOURNAL, AtFlags::empty());
        Ok(kept)
    }

    /// From now on dropping it takes nothing back.
    fn keep_all(&mut self) {
        self.staged.clear();
        self.made.clear();
        self.made_inside.clear();
    }

    fn is_gone(&self) -> bool {
        self.dir
            .metadata()
            .is_ok_and(|metadata| metadata.nlink() == 0)
    }

    /// What is to be moved where; refuses where something must not be overwritten.
    fn plan(&self) -> Result<Vec<Move>, DiskError> {
        let mut in_the_way = Vec::new();
        for staged in &self.staged {
            if self.is_there(&staged.target)? && staged.existing == Existing::Refuse {
                in_the_way.push(self.path.join(&staged.target));
            }
        }
        if !in_the_way.is_empty() {
            return Err(DiskError::Exists(in_the_way));
        }
        let suffix = self.free_suffix()?;
        Ok(self
            .staged
            .iter()
            .map(|staged| Move {
                staged: staged.name.clone(),
                target: staged.target.clone(),
                // a file that somebody else puts there at this moment is kept too
                keep: (staged.existing != Existing::Replace)
                    .then(|| format!("{}{suffix}", staged.target)),
            })
            .collect())
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

    fn is_there(&self, name: &str) -> Result<bool, DiskError> {
        let (parent, last) = self.parent_of(name)?;
        match rustix::fs::statat(&parent, last, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if rustix::fs::FileType::from_raw_mode(stat.st_mode).is_symlink() => {
                Err(DiskError::Symlink(self.path.join(name)))
            }
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(DiskError::io("look at", self.path.join(name))(error.into())),
        }
    }

    fn parent_of<'n>(&self, name: &'n str) -> Result<(File, &'n OsStr), DiskError> {
        let mut at = clone(&self.dir, &self.path)?;
        let mut path = self.path.clone();
        let (parents, last) = match name.rsplit_once('/') {
            Some((parents, last)) => (Some(parents), last),
            None => (None, name),
        };
        for part in parents.into_iter().flat_map(|parents| parents.split('/')) {
            path.push(part);
            at = File::from(open_at(&at, part, &path)?);
        }
        Ok((at, OsStr::new(last)))
    }

    fn write_new(
        &self,
        name: &str,
        target: &str,
        content: &[u8],
        access: Access,
    ) -> Result<File, DiskError> {
        let path = self.path.join(target);
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&self.dir, name, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|error| DiskError::io("write", &path)(error.into()))?;
        let mut file = File::from(fd);
        let written = set_access(&file, access, &path).and_then(|()| {
            file.write_all(content)
                .map_err(DiskError::io("write", &path))
        });
        if let Err(error) = written {
            let _ = rustix::fs::unlinkat(&self.dir, name, AtFlags::empty());
            return Err(error);
        }
        Ok(file)
    }

    /// Brings the staged files, and the journal of their moves, onto the disk itself.
    fn make_durable(&mut self, journal: Option<&Vec<Move>>) -> Result<(), DiskError> {
        if let Some(moves) = journal {
            let name = staged_name()?;
            let file = self.write_new(&name, JOURNAL, &journal::write(moves), Access::PRIVATE)?;
            self.staged.push(Staged {
                name,
                file,
                target: JOURNAL.to_owned(),
                existing: Existing::Replace,
            });
        }
        let files: Vec<&File> = self.staged.iter().map(|staged| &staged.file).collect();
        sync_together(&files).map_err(DiskError::io("write", &self.path))?;
        for parent in self.parents_of_made() {
            sync_folder(&parent)?;
        }
        if journal.is_none() {
            return Ok(());
        }
        let entry = self.staged.pop().expect("the journal was staged last");
        let put = rustix::fs::renameat(&self.dir, entry.name.as_str(), &self.dir, JOURNAL)
            .map_err(io::Error::from)
            .and_then(|()| self.dir.sync_all());
        put.map_err(|error| {
            // the journal must be gone for good before the files that it names go
            let _ = rustix::fs::unlinkat(&self.dir, entry.name.as_str(), AtFlags::empty());
            let _ = rustix::fs::unlinkat(&self.dir, JOURNAL, AtFlags::empty());
            let _ = self.dir.sync_all();
            DiskError::io("write", &self.path)(error)
        })
    }

    /// The folders whose entries name the folders that were made, the folder itself excepted.
    fn parents_of_made(&self) -> BTreeSet<PathBuf> {
        let inside = self.made_inside.iter().map(|name| self.path.join(name));
        self.made
            .iter()
            .cloned()
            .chain(inside)
            .filter_map(|path| path.parent().map(plain))
            .filter(|parent| *parent != self.path)
            .collect()
    }

    fn moves_done(&self, moves: &[Move]) -> io::Result<Vec<Kept>> {
        let mut kept = Vec::new();
        let mut touched = BTreeSet::new();
        for entry in moves {
            kept.extend(self.move_one(entry)?);
            touched.insert(
                entry
                    .target
                    .rsplit_once('/')
                    .map_or("", |(parent, _)| parent),
            );
        }
        let mut folders = vec![self.dir.try_clone()?];
        for parent in touched.into_iter().filter(|parent| !parent.is_empty()) {
            let (dir, last) = self.parent_of(parent).map_err(io::Error::other)?;
            folders.push(File::from(
                open_at(&dir, last, &self.path).map_err(io::Error::other)?,
            ));
        }
        sync_together(&folders.iter().collect::<Vec<_>>())?;
        Ok(kept)
    }

    /// Idempotent: does nothing when the staged file is no longer there.
    fn move_one(&self, entry: &Move) -> io::Result<Option<Kept>> {
        let staged =
            match rustix::fs::statat(&self.dir, entry.staged.as_str(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                Err(Errno::NOENT) => return Ok(None),
                Err(error) => return Err(error.into()),
            };
        let (parent, last) = self.parent_of(&entry.target).map_err(io::Error::other)?;
        let mut kept = None;
        if let Some(keep) = &entry.keep {
            let put = rustix::fs::renameat_with(
                &self.dir,
                entry.staged.as_str(),
                &parent,
                last,
                RenameFlags::NOREPLACE,
            );
            match put {
                Ok(()) => return Ok(None),
                // file systems without that flag answer INVAL
                Err(Errno::EXIST | Errno::INVAL | Errno::NOSYS) => {}
                Err(error) => return Err(error.into()),
            }
            let (_, keep_last) = keep.rsplit_once('/').unwrap_or(("", keep));
            match rustix::fs::linkat(&parent, last, &parent, keep_last, AtFlags::empty()) {
                Ok(()) | Err(Errno::EXIST) => {
                    kept = Some(Kept {
                        path: self.path.join(&entry.target),
                        kept: self.path.join(keep),
                    });
                }
                Err(Errno::NOENT) => {}
                Err(error) => return Err(error.into()),
            }
        }
        debug_assert!(rustix::fs::FileType::from_raw_mode(staged.st_mode).is_file());
        rustix::fs::renameat(&self.dir, entry.staged.as_str(), &parent, last)?;
        Ok(kept)
    }

    /// Finishes the moves of an interrupted run, and removes what one left before it had decided.
    fn recover(&mut self) -> Result<(), DiskError> {
        if let Some(bytes) = self.read(JOURNAL)? {
            let path = self.path.join(JOURNAL);
            let moves = journal::read(&bytes)
                .filter(|_| self.is_mine(JOURNAL))
                .ok_or(DiskError::Journal(path))?;
            self.moves_done(&moves)
                .map_err(|source| DiskError::Interrupted {
                    path: self.path.clone(),
                    source,
                })?;
            rustix::fs::unlinkat(&self.dir, JOURNAL, AtFlags::empty())
                .map_err(|error| DiskError::io("remove", self.path.join(JOURNAL))(error.into()))?;
            self.finished_earlier = true;
        }
        self.remove_leftovers()
    }

    fn is_mine(&self, name: &str) -> bool {
        rustix::fs::statat(&self.dir, name, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(|stat| {
            stat.st_uid == rustix::process::geteuid().as_raw() && stat.st_mode & 0o077 == 0
        })
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

impl Drop for Folder {
    /// Leaves the disk as it was, unless [`Folder::commit`] went through.
    fn drop(&mut self) {
        for staged in &self.staged {
            let _ = rustix::fs::unlinkat(&self.dir, staged.name.as_str(), AtFlags::empty());
        }
        for name in self.made_inside.iter().rev() {
            let _ = std::fs::remove_dir(self.path.join(name));
        }
        remove_folders(&self.made);
    }
}

fn remove_folders(made: &[PathBuf]) {
    for path in made.iter().rev() {
        // fails, as it should, when somebody has put something into it
        let _ = std::fs::remove_dir(path);
    }
}

/// Makes the folder and its missing parents; returns those made, outermost first.
fn make_all(path: &Path, access: Access) -> Result<Vec<PathBuf>, DiskError> {
    let mut missing = Vec::new();
    let mut at = path;
    while let Err(error) = std::fs::symlink_metadata(at) {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(DiskError::io("look at", at)(error));
        }
        missing.push(at.to_owned());
        match at.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => at = parent,
            _ => break,
        }
    }
    let mut made: Vec<PathBuf> = Vec::new();
    for folder in missing.into_iter().rev() {
        let mode = if folder == path {
            access.mode
        } else {
            Access::PUBLIC_FOLDER.mode
        };
        match DirBuilder::new().mode(mode).create(&folder) {
            Ok(()) => made.push(folder),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                remove_folders(&made);
                return Err(DiskError::io("make the folder", folder)(error));
            }
        }
    }
    Ok(made)
}

fn open_folder(path: &Path) -> Result<File, DiskError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(fd) => Ok(File::from(fd)),
        Err(error) => Err(not_a_folder(error, path)),
    }
}

fn open_at(dir: &File, name: impl rustix::path::Arg, path: &Path) -> Result<OwnedFd, DiskError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(dir, name, flags, Mode::empty()).map_err(|error| not_a_folder(error, path))
}

fn not_a_folder(error: Errno, path: &Path) -> DiskError {
    match error {
        Errno::LOOP | Errno::NOTDIR if path.is_symlink() => DiskError::Symlink(path.to_owned()),
        Errno::NOTDIR => DiskError::NotAFolder(path.to_owned()),
        error => DiskError::io("open", path)(error.into()),
    }
}

fn clone(dir: &File, path: &Path) -> Result<File, DiskError> {
    dir.try_clone().map_err(DiskError::io("open", path))
}

fn lock(dir: File, path: &Path) -> Result<File, DiskError> {
    let start = Instant::now();
    loop {
        match dir.try_lock() {
            Ok(()) => return Ok(dir),
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => return Err(DiskError::Locked(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(DiskError::io("lock", path)(error)),
        }
    }
}

fn staged_name() -> Result<String, DiskError> {
    let mut bytes = [0u8; 8];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| DiskError::io("draw a random name for", ".")(io::Error::other(error)))?;
    Ok(format!(".{:016x}{STAGED}", u64::from_ne_bytes(bytes)))
}

fn set_access(file: &File, access: Access, path: &Path) -> Result<(), DiskError> {
    if let Some(owner) = access.owner {
        rustix::fs::fchown(
            file,
            owner.uid.map(Uid::from_raw),
            owner.gid.map(Gid::from_raw),
        )
        .map_err(|error| DiskError::io("change the owner of", path)(error.into()))?;
    }
    file.set_permissions(std::fs::Permissions::from_mode(access.mode))
        .map_err(DiskError::io("set the mode of", path))
}

fn sync_folder(path: &Path) -> Result<(), DiskError> {
    open_folder(path)?
        .sync_all()
        .map_err(DiskError::io("write", path))
}

/// Waits for all of them at once: the file system then needs one journal commit, not one each.
fn sync_together(files: &[&File]) -> io::Result<()> {
    let [first, rest @ ..] = files else {
        return Ok(());
    };
    if rest.is_empty() {
        return first.sync_all();
    }
    std::thread::scope(|scope| {
        let waiting: Vec<_> = files
            .chunks(files.len().div_ceil(8))
            .map(|chunk| scope.spawn(move || chunk.iter().try_for_each(|file| file.sync_all())))
            .collect();
        waiting
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("a thread died")))
            })
            .collect::<io::Result<Vec<()>>>()
            .map(drop)
    })
}
