//! Files on disk below the named folders, reached by handle, name for name: links are followed
//! by us, so that none leads out, and nothing special is opened.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::list::{Entries, Lister};
use super::way::Way;
use super::{Unread, direct, named, names};

/// The most that is read of one file.
pub(super) const MAX_FILE: u64 = 64 << 20;
/// The most links that are followed on the way to a file.
const MAX_LINKS: usize = 40;
/// The most entries that are looked at for a listing.
const MAX_LISTED: usize = 100_000;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const PASS: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const PASS: OFlags = OFlags::RDONLY;

const FOLDER: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Not blocked by a pipe without a writer, if one takes the place of the file in between.
pub(super) const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// A folder that may be read, and everything below it.
#[derive(Debug)]
pub(super) struct Root {
    /// As users know it, clean.
    pub(super) shown: String,
    /// From the root of the system: as the user came there, and as it really is.
    pub(super) absolute: [String; 2],
    /// The folder from which findings below it are known, wherever the tool is started; asked
    /// for by audits alone.
    pub(super) anchor: OnceLock<String>,
    /// The open folder.
    pub(super) folder: OwnedFd,
}

/// The named folders.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// The current folder when they were named.
    pub(super) current: String,
    pub(super) roots: Vec<Root>,
    /// What was asked for last and is not there: each service of a project asks for the same.
    pub(super) missing: Mutex<VecDeque<String>>,
}

/// As many paths are known to be missing.
const KEPT: usize = 32;

/// Something that is there, and no link.
pub(super) struct Entry {
    /// As users know it.
    pub(super) path: String,
    is: FileType,
    at: At,
    root: usize,
}

/// How it is opened.
enum At {
    /// It is the root itself.
    Root,
    /// By its whole way from the root, on which no link was.
    Way,
    /// By its name in a folder.
    In(OwnedFd, Vec<u8>),
}

impl Files {
    /// The path as users know it of what is really there, all links followed.
    pub(super) fn resolve(&self, path: &str) -> Result<String, Unread> {
        self.find(path).map(|entry| entry.path)
    }

    /// The system's path of what is really there, from the root of the system.
    pub(super) fn real(&self, path: &str) -> Option<PathBuf> {
        let entry = self.find(path).ok()?;
        let root = &self.roots[entry.root];
        let way = names::below(&entry.path, &root.shown)?;
        let text = names::join(&root.absolute[1], way);
        Some(names::unshown(&text).unwrap_or_else(|| text.into()).into())
    }

    /// The path from the anchor; as it is where there is none around it.
    pub(super) fn lasting(&self, path: &str) -> Option<String> {
        let absolute = self.absolute(path)?;
        let (root, way) = self.root_of(&absolute)?;
        let root = &self.roots[root];
        let real = names::join(&root.absolute[1], way);
        names::below(&real, self.anchor(root)).map(str::to_owned)
    }

    /// Whether a path from an anchor, as [`lasting`](Files::lasting) gives it, lies in a root.
    pub(super) fn holds_lasting(&self, path: &str) -> bool {
        let anchors = self.roots.iter().map(|root| self.anchor(root));
        let mut absolute = anchors.filter_map(|anchor| names::clean(&format!("{anchor}/{path}")));
        absolute.any(|absolute| !matches!(self.resolve(&absolute), Err(Unread::Outside)))
    }

    fn anchor<'r>(&self, root: &'r Root) -> &'r str {
        let around = || named::anchor(&root.absolute[1], &self.current);
        root.anchor.get_or_init(around)
    }

    fn absolute(&self, path: &str) -> Option<String> {
        match path.starts_with('/') {
            true => names::clean(path),
            false => names::clean(&format!("{}/{path}", self.current)),
        }
    }

    pub(super) fn is_folder(&self, path: &str) -> Option<bool> {
        self.find(path)
            .ok()
            .map(|entry| entry.is == FileType::Directory)
    }

    /// The permission bits of what is really there.
    pub(super) fn mode(&self, path: &str) -> Option<u32> {
        let entry = self.find(path).ok()?;
        let stat = rustix::fs::fstat(self.open(&entry, PASS | OFlags::CLOEXEC).ok()?).ok()?;
        Some(stat.st_mode & 0o7777)
    }

    /// The folders between a clean path and the innermost root that holds it, both left out.
    pub(super) fn folders_above<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> {
        let roots = self.roots.iter();
        let ways = roots.filter_map(|root| names::below(path, &root.shown));
        let way = ways.map(str::len).min().unwrap_or(0);
        let root = path.len() - way;
        path.match_indices('/')
            .map(|(at, _)| at)
            .filter(move |at| *at > root)
            .map(|at| &path[..at])
    }

    /// Whether what is really there, all links followed, is a regular file.
    pub(super) fn is_file(&self, path: &str) -> Result<bool, Unread> {
        self.find(path)
            .map(|entry| entry.is == FileType::RegularFile)
    }

    /// Reads a whole file.
    pub(super) fn read(&self, entry: &Entry) -> Result<Vec<u8>, Unread> {
        if entry.is != FileType::RegularFile {
            return Err(Unread::NotAFile);
        }
        read_whole(self.open(entry, FILE).map_err(unread)?)
    }

    /// Files below a folder in the order of their names, links left out.
    pub(super) fn below(&self, path: &str, most: usize) -> Vec<String> {
        let mut listing = Listing {
            lister: Lister::new(),
            files: Vec::new(),
            most,
            looked: 0,
        };
        if let Ok(entry) = self.find(path)
            && entry.is == FileType::Directory
            && let Ok(folder) = self.open(&entry, FOLDER | PASS)
        {
            listing.add(&folder, &entry.path);
        }
        listing.files
    }

    fn open(&self, entry: &Entry, flags: OFlags) -> Result<OwnedFd, Errno> {
        let root = &self.roots[entry.root];
        match &entry.at {
            At::Root => rustix::fs::openat(&root.folder, ".", flags, Mode::empty()),
            At::In(folder, name) => rustix::fs::openat(folder, name, flags, Mode::empty()),
            At::Way => {
                let way = names::below(&entry.path, &root.shown).ok_or(Errno::NOENT)?;
                direct::open(&root.folder, way, flags)
            }
        }
    }

    /// The innermost root that holds an absolute path, and the way from there.
    fn root_of<'p>(&self, absolute: &'p str) -> Option<(usize, &'p str)> {
        let forms = self.roots.iter().enumerate().flat_map(|(number, root)| {
            let forms = root.absolute.iter();
            forms.map(move |form| (number, form))
        });
        forms
            .filter_map(|(number, form)| Some((number, names::below(absolute, form)?)))
            .min_by_key(|(_, way)| way.len())
    }

    /// What is really there, all links followed.
    pub(super) fn find(&self, path: &str) -> Result<Entry, Unread> {
        let missing = || self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if missing().iter().any(|known| known == path) {
            return Err(Unread::Missing);
        }
        let found = self.follow(path);
        if let Err(Unread::Missing) = found {
            let mut missing = missing();
            missing.truncate(KEPT - 1);
            missing.push_front(path.to_owned());
        }
        found
    }

    fn follow(&self, path: &str) -> Result<Entry, Unread> {
        let mut absolute = self.absolute(path).ok_or(Unread::Outside)?;
        for _ in 0..=MAX_LINKS {
            match self.walk_to(&absolute)? {
                Step::There(entry) => return Ok(entry),
                Step::Link(target) => absolute = target,
            }
        }
        Err(Unread::Refused("too many links".to_owned()))
    }

    /// Goes as far as the first link.
    fn walk_to(&self, absolute: &str) -> Result<Step, Unread> {
        let (number, way) = self.root_of(absolute).ok_or(Unread::Outside)?;
        let root = &self.roots[number];
        let there = |is, at| {
            let path = names::join(&root.shown, way);
            Ok(Step::There(Entry {
                path,
                is,
                at,
                root: number,
            }))
        };
        if way.is_empty() {
            return there(FileType::Directory, At::Root);
        }
        match direct::look(&root.folder, way) {
            direct::Step::There(is) => return there(is, At::Way),
            direct::Step::Missing => return Err(Unread::Missing),
            direct::Step::Unsure => {}
        }
        let mut is = FileType::Directory;
        let mut inside: Option<(OwnedFd, Vec<u8>)> = None;
        let mut at = 0;
        while at < way.len() {
            let end = way[at..].find('/').map_or(way.len(), |end| at + end);
            let folder = match inside.take() {
                Some((folder, name)) => {
                    rustix::fs::openat(folder, name, FOLDER | PASS, Mode::empty())
                        .map_err(unread)?
                }
                None => root.folder.try_clone().map_err(|error| refused(&error))?,
            };
            let name = look(&folder, &way[at..end])?;
            is = name.1;
            if is == FileType::Symlink {
                let target =
                    rustix::fs::readlinkat(&folder, &name.0, Vec::new()).map_err(unread)?;
                let target = names::shown(OsStr::from_bytes(target.as_bytes()));
                let absolute = if target.starts_with('/') {
                    format!("{target}{}", &way[end..])
                } else {
                    format!("{}/{}{target}{}", root.absolute[0], &way[..at], &way[end..])
                };
                return names::clean(&absolute)
                    .map(Step::Link)
                    .ok_or(Unread::Outside);
            }
            inside = Some((folder, name.0));
            at = end + 1;
        }
        there(
            is,
            inside.map_or(At::Root, |(folder, name)| At::In(folder, name)),
        )
    }
}

enum Step {
    There(Entry),
    /// An absolute path to go on from.
    Link(String),
}

/// The name in the system's bytes, and what it names.
fn look(folder: &OwnedFd, part: &str) -> Result<(Vec<u8>, FileType), Unread> {
    let stat = |name: &[u8]| rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    let mut name = part.as_bytes().to_vec();
    let mut found = stat(&name);
    if let (Err(Errno::NOENT), Some(bytes)) = (&found, names::unshown(part)) {
        name = bytes.as_bytes().to_vec();
        found = stat(&name);
    }
    let found = found.map_err(unread)?;
    Ok((name, FileType::from_raw_mode(found.st_mode)))
}

/// Reads an open file as far as [`MAX_FILE`].
fn read_whole(fd: OwnedFd) -> Result<Vec<u8>, Unread> {
    let mut file = File::from(fd);
    let metadata = file.metadata().map_err(|error| refused(&error))?;
    if !metadata.is_file() {
        return Err(Unread::NotAFile);
    }
    if metadata.len() > MAX_FILE {
        return Err(Unread::TooLarge(MAX_FILE));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    (&mut file)
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| refused(&error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Unread::TooLarge(MAX_FILE));
    }
    Ok(bytes)
}

/// Why the system gives something not, in our words: its own may change with the language.
pub(super) fn unread(error: Errno) -> Unread {
    match error {
        Errno::NOENT | Errno::NOTDIR => Unread::Missing,
        // a link took its place in between
        Errno::LOOP => Unread::NotAFile,
        Errno::ISDIR | Errno::NXIO => Unread::NotAFile,
        Errno::ACCESS | Errno::PERM => Unread::Refused("no permission".to_owned()),
        Errno::MFILE | Errno::NFILE => full(),
        Errno::NAMETOOLONG => Unread::Refused("its name is too long".to_owned()),
        Errno::IO => Unread::Refused("the disk cannot be read".to_owned()),
        error => Unread::Refused(format!("error {} of the system", error.raw_os_error())),
    }
}

pub(super) fn refused(error: &std::io::Error) -> Unread {
    Errno::from_io_error(error).map_or_else(|| Unread::Refused("no reason".to_owned()), unread)
}

fn full() -> Unread {
    Unread::Refused("too many files are open".to_owned())
}

/// The files of a folder and of those in it.
struct Listing {
    lister: Lister,
    files: Vec<String>,
    most: usize,
    looked: usize,
}

impl Listing {
    /// Depth first in the order of the names. Folders wait by name and not opened: there may be
    /// more of them than a process may open.
    fn add(&mut self, top: &OwnedFd, shown: &str) {
        let mut stack = vec![Way::default()];
        while let Some(way) = stack.pop() {
            let Ok(folder) = way.open(top) else {
                continue;
            };
            let place = names::join(shown, &names::shown(OsStr::from_bytes(&way.below)));
            let mut folders = Vec::new();
            for (name, is) in self.entries(&folder) {
                match is {
                    FileType::RegularFile if self.files.len() < self.most => {
                        let name = names::shown(OsStr::from_bytes(&name));
                        self.files.push(names::join(&place, &name));
                    }
                    FileType::Directory if name != b".git" => folders.push(way.to(&name, &folder)),
                    _ => {}
                }
            }
            if self.files.len() >= self.most || self.looked >= MAX_LISTED {
                return;
            }
            stack.extend(folders.into_iter().rev());
        }
    }

    fn entries(&mut self, folder: &OwnedFd) -> Entries {
        let room = MAX_LISTED - self.looked;
        let mut entries = self.lister.list(folder, room).unwrap_or_default();
        self.looked += entries.len();
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        entries
    }
}
