//! The only module that writes files. A [`Folder`] is locked, files are staged in it, and
//! all of them appear together or none does: a crash at any moment leaves the old state or
//! the new one. Symbolic links are not followed, nothing is overwritten unless asked, and a
//! private file is 0600 from its first byte.

mod durable;
mod folder;
mod journal;
mod open;
mod read;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

pub use folder::{Folder, Kept};
pub use read::{MAX_FILE, read_file, read_optional};

/// Who owns a file, as numbers; `None` leaves that half as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// User.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
}

impl Owner {
    /// Whether this process may give a file away to it.
    #[must_use]
    pub fn can_be_given(&self) -> bool {
        let me = rustix::process::geteuid();
        me.is_root()
            || self.uid.is_none_or(|uid| uid == me.as_raw())
                && self
                    .gid
                    .is_none_or(|gid| gid == rustix::process::getegid().as_raw())
    }
}

impl fmt::Display for Owner {
    /// As `chown` takes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(uid) = self.uid {
            write!(f, "{uid}")?;
        }
        match self.gid {
            Some(gid) => write!(f, ":{gid}"),
            None => Ok(()),
        }
    }
}

/// Permission bits and owner of a file or folder to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The nine permission bits, whatever the umask.
    pub mode: u32,
    /// `None`: whoever runs the tool.
    pub owner: Option<Owner>,
}

impl Access {
    /// For files that hold a secret.
    pub const PRIVATE: Access = Access {
        mode: 0o600,
        owner: None,
    };
    /// For files that hold a secret of a group's.
    pub const GROUP: Access = Access {
        mode: 0o640,
        owner: None,
    };
    /// For files that hold none.
    pub const PUBLIC: Access = Access {
        mode: 0o644,
        owner: None,
    };
    /// For folders that hold secrets.
    pub const PRIVATE_FOLDER: Access = Access {
        mode: 0o700,
        owner: None,
    };
    /// For folders that hold secrets of a group's.
    pub const GROUP_FOLDER: Access = Access {
        mode: 0o750,
        owner: None,
    };
    /// For folders that hold none themselves.
    pub const PUBLIC_FOLDER: Access = Access {
        mode: 0o755,
        owner: None,
    };

    /// Whether a file of this owner is owned as was asked for.
    fn fits(self, asked: Option<Owner>) -> bool {
        let own = self.owner.unwrap_or_default();
        let asked = asked.unwrap_or_default();
        asked.uid.is_none_or(|uid| own.uid == Some(uid))
            && asked.gid.is_none_or(|gid| own.gid == Some(gid))
    }

    /// The same bits for another owner.
    #[must_use]
    pub fn owned_by(self, owner: Option<Owner>) -> Access {
        Access { owner, ..self }
    }
}

/// What to do with a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Fail, and leave it.
    Refuse,
    /// Put the new one in its place and keep the old one beside it as `NAME.old-N`.
    Keep,
    /// Put the new one in its place; for files that the tool alone writes.
    Replace,
}

/// Why nothing, or not everything, could be written or read.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// A component of the path is a symbolic link.
    #[error("`{0}` is a symbolic link, and links are not followed when writing")]
    Symlink(PathBuf),
    /// A folder was expected.
    #[error("`{0}` is not a folder")]
    NotAFolder(PathBuf),
    /// A regular file was expected.
    #[error("`{0}` is not a regular file")]
    NotAFile(PathBuf),
    /// A file larger than anything this tool reads.
    #[error("`{0}` is larger than {MAX_FILE} bytes")]
    TooLarge(PathBuf),
    /// Files that would have been overwritten.
    #[error("{} already there", list(.0))]
    Exists(Vec<PathBuf>),
    /// A sub-folder that files cannot be moved into from the folder around it.
    #[error("`{0}` is a mount of its own, and cannot change as one with the folder around it")]
    OtherMount(PathBuf),
    /// Another process works in the folder.
    #[error("`{0}` is locked by another process")]
    Locked(PathBuf),
    /// The record of an interrupted run is not one that this tool wrote.
    #[error(
        "`{0}` is not a journal that this version wrote in this folder, so it was not acted upon"
    )]
    Journal(PathBuf),
    /// The new state is decided, but not every file is in its place, or not surely on the disk.
    #[error("interrupted while putting files into `{path}`: {source}")]
    Interrupted {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Anything else that the operating system refused.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// A verb.
        action: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl DiskError {
    /// Puts a verb and a path to an error of the operating system.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> DiskError {
        let path = path.into();
        move |source| DiskError::Io {
            action,
            path,
            source,
        }
    }

    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            DiskError::Symlink(_) => {
                "name what the link points to, or move the link away".to_owned()
            }
            DiskError::NotAFolder(_) => "name a folder, or a path where one can be made".to_owned(),
            DiskError::NotAFile(_) => "name the file itself".to_owned(),
            DiskError::TooLarge(_) => {
                "check the path: no key, certificate or manifest is that large".to_owned()
            }
            DiskError::Exists(_) => {
                "name another place, or pass --force: the files that are replaced are kept"
                    .to_owned()
            }
            DiskError::OtherMount(_) => {
                "unmount it while this runs, or name another place".to_owned()
            }
            DiskError::Locked(_) => {
                "wait until it is done, then run the same command again".to_owned()
            }
            DiskError::Journal(path) => format!("look at it, and remove it: rm {}", path.display()),
            DiskError::Interrupted { path, .. } => format!(
                "mend that and run the same command again: it goes on where this one stopped \
                 (what is left to do stands in {})",
                path.join(journal::JOURNAL).display()
            ),
            DiskError::Io { source, .. } => return io_hint(source.kind()),
        };
        Some(hint)
    }
}

/// `None` where the error is that there is no such thing.
fn if_there<T>(found: Result<T, DiskError>) -> Result<Option<T>, DiskError> {
    match found {
        Ok(thing) => Ok(Some(thing)),
        Err(DiskError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn io_hint(kind: io::ErrorKind) -> Option<String> {
    let hint = match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run the same command again"
        }
        io::ErrorKind::PermissionDenied => {
            "run it as a user who may do that, or name another place"
        }
        io::ErrorKind::ReadOnlyFilesystem => "name a place on a file system that can be written to",
        io::ErrorKind::NotFound => "check the spelling of the path",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn list(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| format!("`{}`", path.display()))
        .collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

/// Whether a folder is there; a missing one is `false`.
///
/// # Errors
/// When something else is there, or it cannot be looked at.
pub fn is_folder(path: &Path) -> Result<bool, DiskError> {
    let path = plain(path);
    match open::open_folder(&path) {
        Ok(_) => Ok(true),
        Err(DiskError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// The path without `.` and trailing slashes, so that its last component is the thing itself
/// and not what a link of that name points to.
fn plain(path: &Path) -> PathBuf {
    let plain: PathBuf = path.components().collect();
    if plain.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        plain
    }
}
