//! What is around a file: who else may read it, and how git stands to it.

use std::sync::Arc;

use super::{Backing, Source, Tree};
use crate::formats::place::Place;

/// How git stands to a file in a work tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InGit {
    /// It is under version control.
    Tracked,
    /// It is not, and the work tree's own rules keep it out.
    Ignored,
    /// Neither: the next `git add` takes it.
    Open,
}

impl Tree {
    /// Whether git has the file at this path under version control; `None` where no repository
    /// is around it, or its index cannot be read, or it is a text in memory.
    #[must_use]
    pub fn tracked(&self, path: &str) -> Option<bool> {
        match &self.backing {
            Backing::Texts(_) => None,
            Backing::Files(files) => self.repositories.tracked(&files.real(path)?),
        }
    }

    /// How git stands to the file at this path; `None` where no repository is around it, or its
    /// index cannot be read, or it is a text in memory.
    #[must_use]
    pub fn in_git(&self, path: &str) -> Option<InGit> {
        match &self.backing {
            Backing::Texts(_) => None,
            Backing::Files(files) => self.repositories.of(&files.real(path)?),
        }
    }

    /// The permission bits of what is at a path, all links followed; `None` for a text in memory
    /// and for what is not there.
    #[must_use]
    pub fn mode(&self, path: &str) -> Option<u32> {
        match &self.backing {
            Backing::Texts(_) => None,
            Backing::Files(files) => files.mode(path),
        }
    }

    /// Whether the folders of the tree between its root and a path let only their owners and
    /// groups, or fewer, through to it.
    #[must_use]
    pub fn is_behind_closed_folder(&self, path: &str) -> bool {
        let Backing::Files(files) = &self.backing else {
            return false;
        };
        let real = files.resolve(path).unwrap_or_else(|_| path.to_owned());
        files
            .folders_above(&real)
            .any(|folder| files.mode(folder).is_some_and(|mode| mode & 0o001 == 0))
    }

    /// The place to report of a path that is not read: a folder, or a file that cannot be.
    #[must_use]
    pub fn place_of(&self, path: &str) -> Place {
        let mut sources = self.sources();
        let known = sources.by_path.get(path).or(sources.pointed.get(path));
        if let Some(number) = known {
            return Place::top(sources.read[*number].number);
        }
        let at = sources.read.len();
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        sources.read.push(Arc::new(Source {
            number,
            path: path.to_owned(),
            bytes: Vec::new(),
        }));
        sources.pointed.insert(path.to_owned(), at);
        Place::top(number)
    }
}
