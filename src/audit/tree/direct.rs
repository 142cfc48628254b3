//! The short way to a file: in one step, which the system refuses if a link lies on it. Where
//! the system cannot do that, or a link does, the way is gone name by name.

use std::os::fd::OwnedFd;

use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

/// What one step tells.
pub(super) enum Step {
    /// It is there, and no link was on the way.
    There(FileType),
    /// Nothing is there.
    Missing,
    /// Go name by name.
    Unsure,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    use rustix::fs::{Mode, ResolveFlags};

    use super::{Errno, OFlags, OwnedFd};

    pub(super) fn open(root: &OwnedFd, way: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
        let no_link = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        rustix::fs::openat2(root, way, flags, Mode::empty(), no_link)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use super::{Errno, OFlags, OwnedFd};

    pub(super) fn open(_: &OwnedFd, _: &str, _: OFlags) -> Result<OwnedFd, Errno> {
        Err(Errno::NOSYS)
    }
}

/// Opens what [`look`] has found.
pub(super) fn open(root: &OwnedFd, way: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    system::open(root, way, flags)
}

/// What lies at the end of a clean way. Nothing is opened but a name.
pub(super) fn look(root: &OwnedFd, way: &str) -> Step {
    let pass = super::files::PASS | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match system::open(root, way, pass) {
        Ok(fd) => match rustix::fs::fstat(&fd).map(|stat| FileType::from_raw_mode(stat.st_mode)) {
            // only a link on the way is refused, not one at its end
            Ok(FileType::Symlink) | Err(_) => Step::Unsure,
            Ok(is) => Step::There(is),
        },
        // a name that is no UTF-8 is written in another way
        Err(Errno::NOENT | Errno::NOTDIR) if !way.contains("\\x") => Step::Missing,
        Err(_) => Step::Unsure,
    }
}
