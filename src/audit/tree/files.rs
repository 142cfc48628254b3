//! Files on disk below the named folders, reached by handle, name for name: links are followed
//! by us, so that none leads out, and nothing special is opened.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::{Unread, names};

/// The most that is read of one file.
pub(super) const MAX_FILE: u64 = 64 << 20;
/// The most links that are followed on the way to a file.
const MAX_LINKS: usize = 40;
/// The most entries that are looked at for a listing.
const MAX_LISTED: usize = 100_000;

#[cfg(any(target_os = "linux", target_os = "android"))]
const PASS: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PASS: OFlags = OFlags::RDONLY;

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
    /// The open folder.
    pub(super) folder: OwnedFd,
}

/// The named folders.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// The current folder when they were named.
    pub(super) current: String,
    pub(super) roots: Vec<Root>,
}

/// Something that is there, and no link.
struct Entry {
    /// As users know it.
    path: String,
    is: FileType,
    /// The folder in which it lies, and its name there; none for a root.
    inside: Option<(OwnedFd, Vec<u8>)>,
    root: usize,
}

impl Files {
    /// The path as users know it of what is really there, all links followed.
    pub(super) fn resolve(&self, path: &str) -> Result<String, Unread> {
        self.find(path).map(|entry| entry.path)
    }

    pub(super) fn is_folder(&self, path: &str) -> Option<bool> {
        self.find(path)
            .ok()
            .map(|entry| entry.is == FileType::Directory)
    }

    /// Reads a whole file.
    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Unread> {
        let entry = self.find(path)?;
        let Some((folder, name)) = entry.inside else {
            return Err(Unread::NotAFile);
        };
        if entry.is != FileType::RegularFile {
            return Err(Unread::NotAFile);
        }
        let fd = rustix::fs::openat(folder, &name, FILE, Mode::empty()).map_err(unread)?;
        read_whole(fd)
    }

    /// Files below a folder in the order of their names, links left out.
    pub(super) fn below(&self, path: &str, most: usize) -> Vec<String> {
        let mut listing = Listing {
            files: Vec::new(),
            most,
            looked: 0,
        };
        if let Ok(entry) = self.find(path)
            && entry.is == FileType::Directory
            && let Some(folder) = self.open_folder(&entry)
        {
            listing.add(folder, entry.path);
        }
        listing.files
    }

    fn open_folder(&self, entry: &Entry) -> Option<OwnedFd> {
        let flags = FOLDER | OFlags::RDONLY;
        match &entry.inside {
            Some((folder, name)) => rustix::fs::openat(folder, name, flags, Mode::empty()),
            None => {
                let root = &self.roots[entry.root].folder;
                rustix::fs::openat(root, ".", flags, Mode::empty())
            }
        }
        .ok()
    }

    /// The root that holds an absolute path, and the way from there.
    fn root_of<'p>(&self, absolute: &'p str) -> Option<(usize, &'p str)> {
        let inside = |root: &Root| {
            let forms = root.absolute.iter();
            forms.filter_map(|form| names::below(absolute, form)).next()
        };
        let roots = self.roots.iter().enumerate();
        roots
            .filter_map(|(number, root)| Some((number, inside(root)?)))
            .next()
    }

    fn find(&self, path: &str) -> Result<Entry, Unread> {
        let absolute = if path.starts_with('/') {
            names::clean(path)
        } else {
            names::clean(&format!("{}/{path}", self.current))
        };
        let mut absolute = absolute.ok_or(Unread::Outside)?;
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
        let mut entry = Entry {
            path: root.shown.clone(),
            is: FileType::Directory,
            inside: None,
            root: number,
        };
        let mut at = String::new();
        let mut rest = way;
        while !rest.is_empty() {
            let (part, after) = rest.split_once('/').unwrap_or((rest, ""));
            rest = after;
            let above = entry.inside.take();
            let folder = match &above {
                Some((folder, name)) => {
                    rustix::fs::openat(folder, name, FOLDER | PASS, Mode::empty())
                        .map_err(unread)?
                }
                None => root.folder.try_clone().map_err(|_| full())?,
            };
            let (name, is) = look(&folder, part)?;
            if is == FileType::Symlink {
                let target = rustix::fs::readlinkat(&folder, &name, Vec::new()).map_err(unread)?;
                let mut target = names::shown(std::ffi::OsStr::from_bytes(target.as_bytes()));
                if !target.starts_with('/') {
                    target = format!("{}/{at}/{target}", root.absolute[0]);
                }
                let target = format!("{target}/{rest}");
                return names::clean(&target).map(Step::Link).ok_or(Unread::Outside);
            }
            at = names::join(&at, part);
            entry.path = names::join(&root.shown, &at);
            entry.is = is;
            entry.inside = Some((folder, name));
        }
        Ok(Step::There(entry))
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
        error => Unread::Refused(format!("the system says {}", error.raw_os_error())),
    }
}

fn refused(error: &std::io::Error) -> Unread {
    Errno::from_io_error(error).map_or_else(|| Unread::Refused("no reason".to_owned()), unread)
}

fn full() -> Unread {
    Unread::Refused("too many files are open".to_owned())
}

struct Listing {
    files: Vec<String>,
    most: usize,
    looked: usize,
}

impl Listing {
    /// Depth first, with a stack of our own: folders may be nested deeper than ours is.
    fn add(&mut self, folder: OwnedFd, path: String) {
        let mut stack = vec![(folder, path)];
        while let Some((folder, path)) = stack.pop() {
            let mut folders = Vec::new();
            for (name, is) in self.entries(&folder) {
                let shown = names::shown(std::ffi::OsStr::from_bytes(&name));
                let path = names::join(&path, &shown);
                match is {
                    FileType::RegularFile if self.files.len() < self.most => self.files.push(path),
                    FileType::Directory if name != b".git" => {
                        let flags = FOLDER | OFlags::RDONLY;
                        let open = rustix::fs::openat(&folder, &name, flags, Mode::empty());
                        folders.extend(open.ok().map(|open| (open, path)));
                    }
                    _ => {}
                }
            }
            if self.files.len() >= self.most || self.looked >= MAX_LISTED {
                return;
            }
            stack.extend(folders.into_iter().rev());
        }
    }

    fn entries(&mut self, folder: &OwnedFd) -> Vec<(Vec<u8>, FileType)> {
        let mut entries = Vec::new();
        let Ok(dir) = Dir::read_from(folder) else {
            return entries;
        };
        for entry in dir.flatten() {
            let name = entry.file_name().to_bytes();
            if self.looked >= MAX_LISTED {
                break;
            }
            self.looked += 1;
            if name != b"." && name != b".." {
                entries.push((name.to_vec(), kind_of(folder, name, entry.file_type())));
            }
        }
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        entries
    }
}

/// What an entry is, where the file system's listing does not say it.
pub(super) fn kind_of(folder: impl AsFd, name: &[u8], listed: FileType) -> FileType {
    if listed != FileType::Unknown {
        return listed;
    }
    rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_or(FileType::Unknown, |stat| {
        FileType::from_raw_mode(stat.st_mode)
    })
}
