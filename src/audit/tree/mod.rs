//! The files that are looked at: walked once in parallel, kept by path, read again when
//! something refers to them. Never leaves the named folders.

mod around;
mod classify;
mod direct;
mod files;
mod given;
mod host;
mod ignored;
mod links;
mod list;
mod look;
mod make;
mod marks;
mod named;
mod names;
mod sources;
mod texts;
mod tracked;
mod walk;
mod way;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

pub use around::InGit;
use files::Files;
use given::Given;
pub(super) use given::TOO_MUCH;
use sources::{MAX_READ, Sources};
use texts::Texts;
use tracked::Repositories;

/// What a file is, as far as its name and its content tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Has `services:` at its top, or the name of a compose file.
    Compose,
    /// `kustomization.yaml` and its other names.
    Kustomization,
    /// YAML or JSON with `apiVersion` and `kind`.
    Kubernetes,
    /// A Helm chart's own templates and values, which only Helm can read.
    HelmSource,
    /// A systemd unit: `.service`, or a template of one.
    Unit,
    /// A file in `NAME.d/` of a unit.
    DropIn,
    /// A link to `/dev/null` in the place of a unit or a drop-in: it hides the one of its name.
    Mask,
    /// `.env`, `NAME.env`, `.env.NAME`, `/etc/default/NAME`, `environment.d/*.conf`: `NAME=value` lines.
    EnvFile,
    /// A configuration of Redis or Sentinel.
    RedisConf,
    /// `Dockerfile`, `Containerfile`, `NAME.Dockerfile`.
    Dockerfile,
    /// Holds PEM or DER certificates or keys, whatever its name.
    KeyMaterial,
    /// `stem-sec.yaml`.
    Manifest,
    /// Nothing known, but names one of Stem's variables, or has a key in it.
    Other,
}

/// A file that can matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Its path as users know it: the named folder joined with the way below it, `/` between.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
}

/// A file that was read. Its number stands in every place.
#[derive(Debug)]
pub struct Source {
    /// Its number: `Place::source`.
    pub number: u32,
    /// Its path as users know it; `-` for standard input.
    pub path: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Why a path that something refers to is not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unread {
    /// Nothing is there.
    Missing,
    /// It lies outside of what is looked at.
    Outside,
    /// It is a folder, a device, a pipe.
    NotAFile,
    /// It is larger than this many bytes.
    TooLarge(u64),
    /// The system says no: in words.
    Refused(String),
}

/// A file or folder that was met and not looked into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path as users know it.
    pub path: String,
    /// Why.
    pub why: Unread,
}

/// How a tree is walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only files whose name is one of a deployment's are opened.
    pub deployment_files: bool,
}

/// A path that was named and cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` cannot be read: {why}")]
pub struct TreeError {
    /// As it was named.
    pub path: String,
    /// Why.
    pub why: Unread,
}

impl TreeError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self.why {
            Unread::Missing => "check the spelling of the path",
            Unread::Refused(_) => "run it as a user who may read it, or name another path",
            _ => "name a folder or a file",
        };
        Some(hint.to_owned())
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::Missing => f.write_str("it is not there"),
            Unread::Outside => f.write_str("it lies outside of what is looked at"),
            Unread::NotAFile => f.write_str("it is no file"),
            Unread::TooLarge(limit) => write!(f, "it is larger than {limit} bytes"),
            Unread::Refused(why) => f.write_str(why),
        }
    }
}

/// What is looked at: folders and files on disk, or texts in memory.
#[derive(Debug)]
pub struct Tree {
    backing: Backing,
    found: Vec<Found>,
    skipped: Vec<Skipped>,
    stores: Vec<String>,
    sources: Mutex<Sources>,
    installed: OnceLock<Vec<host::Installed>>,
    repositories: Repositories,
    given: Given,
}

#[derive(Debug)]
enum Backing {
    Texts(Texts),
    Files(Files),
}

impl Tree {
    fn new(backing: Backing, found: Vec<Found>) -> Tree {
        Tree {
            backing,
            found,
            skipped: Vec::new(),
            stores: Vec::new(),
            sources: Mutex::default(),
            installed: OnceLock::new(),
            repositories: Repositories::default(),
            given: Given::default(),
        }
    }

    /// The files that can matter, sorted by path.
    #[must_use]
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// What was met and not looked into, sorted by path.
    #[must_use]
    pub fn skipped(&self) -> Vec<Skipped> {
        let mut all = self.skipped.clone();
        let refused = self.sources().refused.clone();
        all.extend(refused.into_iter().map(|(path, why)| Skipped { path, why }));
        all.sort();
        all.dedup();
        all
    }

    fn sources(&self) -> MutexGuard<'_, Sources> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folders `.stem-sec/` that were met: the tool's own stores, which are not walked.
    #[must_use]
    pub fn stores(&self) -> &[String] {
        &self.stores
    }

    /// Reads the file at a path as users know it (`.` and `..` are resolved as text). The same
    /// path gives the same source, and so does a link to it.
    ///
    /// # Errors
    /// When it is not there, lies outside, or cannot be read.
    pub fn read(&self, path: &str) -> Result<Arc<Source>, Unread> {
        let known = |sources: &Sources, path: &str| {
            let number = sources.by_path.get(path)?;
            Some(Arc::clone(&sources.read[*number]))
        };
        // what is known by its real path needs no system to find it
        if let Some(source) = known(&self.sources(), path) {
            return Ok(source);
        }
        let (path, bytes) = match &self.backing {
            Backing::Texts(texts) => {
                let path = texts.resolve(path)?;
                let bytes = texts.read(&path);
                (path, bytes)
            }
            Backing::Files(files) => {
                let entry = files.find(path)?;
                if let Some(source) = known(&self.sources(), &entry.path) {
                    return Ok(source);
                }
                let bytes = files.read(&entry);
                (entry.path, bytes)
            }
        };
        let mut sources = self.sources();
        // somebody else may have been faster
        if let Some(source) = known(&sources, &path) {
            return Ok(source);
        }
        let bytes = bytes.inspect_err(|why| sources.refuse(&path, why))?;
        if sources.bytes.saturating_add(bytes.len()) > MAX_READ {
            let why = "the files before it are more than is read in all";
            let why = Unread::Refused(why.to_owned());
            sources.refuse(&path, &why);
            return Err(why);
        }
        Ok(sources.keep(path, bytes))
    }

    /// Reads a text for good, without a copy of it.
    fn keep_only_text(&mut self, path: &str) {
        if let Backing::Texts(texts) = &mut self.backing
            && let Some(bytes) = texts.take(path)
        {
            self.sources().keep(path.to_owned(), bytes);
        }
    }

    /// The source with this number.
    #[must_use]
    pub fn source(&self, number: u32) -> Option<Arc<Source>> {
        let sources = self.sources();
        sources.read.get(usize::try_from(number).ok()?).cloned()
    }

    /// The path of a source, as users know it; empty for a number that is none.
    #[must_use]
    pub fn path(&self, number: u32) -> String {
        let source = self.source(number);
        source.map(|source| source.path.clone()).unwrap_or_default()
    }

    /// The path as the current folder sees it, where it lies below that; `None` elsewhere.
    #[must_use]
    pub fn from_here(&self, path: &str) -> Option<String> {
        let below = match &self.backing {
            Backing::Files(files) if path.starts_with('/') => {
                let folder = files.current.trim_end_matches('/');
                path.strip_prefix(folder)?.strip_prefix('/')?
            }
            _ => path,
        };
        let names = names::clean(below)?;
        let is_above = names == ".." || names.starts_with("../") || names.starts_with('/');
        (!is_above && !names.is_empty()).then_some(names)
    }

    /// The path by which findings are known from run to run, wherever the tool is started and
    /// however the folder is named: from the repository or manifest around it.
    #[must_use]
    pub fn lasting_path(&self, path: &str) -> String {
        let lasting = match &self.backing {
            Backing::Texts(_) => None,
            Backing::Files(files) => files.lasting(path),
        };
        lasting.unwrap_or_else(|| path.to_owned())
    }

    /// Whether such a path lies in what is looked at, be it there or not.
    #[must_use]
    pub fn holds_lasting(&self, path: &str) -> bool {
        match &self.backing {
            Backing::Texts(_) => self.is_inside(path),
            Backing::Files(files) => files.holds_lasting(path),
        }
    }

    /// What a folder is called: the last part of its path, also of the current one.
    #[must_use]
    pub fn folder_name(&self, folder: &str) -> String {
        let current = match &self.backing {
            Backing::Texts(_) => "",
            Backing::Files(files) => files.current.as_str(),
        };
        let whole = names::clean(&format!("{current}/{folder}"));
        let path = if folder.starts_with('/') { None } else { whole };
        let path = path.as_deref().unwrap_or(folder).trim_end_matches('/');
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.is_empty() {
            ".".to_owned()
        } else {
            name.to_owned()
        }
    }

    /// Whether something is there, and whether it is a folder.
    #[must_use]
    pub fn is_folder(&self, path: &str) -> Option<bool> {
        match &self.backing {
            Backing::Texts(texts) => texts.is_folder(&texts.resolve(path).ok()?),
            Backing::Files(files) => files.is_folder(path),
        }
    }

    /// The path in the tree that an absolute path of the host means, said in the file `from`:
    /// the path itself where it lies inside; else, where the tree holds a host's `etc/` (then
    /// `from` lies in one), from there; else, where `stem-sec.yaml` says where its folder is
    /// installed (`render.install`), from `render.out`.
    #[must_use]
    pub fn host_path(&self, from: &str, absolute: &str) -> Option<String> {
        host::path(self, from, absolute)
    }

    /// Like [`host_path`](Tree::host_path), where it is known which folder is the host's root.
    #[must_use]
    pub fn path_on_host(&self, root: &str, absolute: &str) -> Option<String> {
        host::below(self, root, absolute)
    }

    /// Says where a folder of the tree will live on its host, whatever manifests say of it.
    pub fn install(&self, folder: &str, host: &str) {
        host::install(self, folder, host);
    }

    /// Whether the path would lie inside, if it were there.
    fn is_inside(&self, path: &str) -> bool {
        match &self.backing {
            Backing::Texts(texts) => texts.resolve(path).is_ok(),
            Backing::Files(files) => !matches!(files.resolve(path), Err(Unread::Outside)),
        }
    }

    /// The most files that [`Tree::below`] lists.
    pub const MAX_BELOW: usize = 1_000;
}

#[cfg(test)]
mod tests;
