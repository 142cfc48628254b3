//! The files that are looked at: walked once in parallel, kept by path, read again when
//! something refers to them. Never leaves the named folders.

use std::sync::Arc;

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
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// What is looked at: folders and files on disk, or texts in memory.
#[derive(Debug)]
pub struct Tree {
    _private: (),
}

impl Tree {
    /// A tree of texts, for tests and standard input: paths and their bytes.
    #[must_use]
    pub fn of_texts(texts: Vec<(String, Vec<u8>)>) -> Tree {
        let _ = texts;
        Tree { _private: () }
    }

    /// Reads the file at a path as users know it (`.` and `..` are resolved as text). The same
    /// path gives the same source.
    ///
    /// # Errors
    /// When it is not there, lies outside, or cannot be read.
    pub fn read(&self, path: &str) -> Result<Arc<Source>, Unread> {
        let _ = path;
        Err(Unread::Missing)
    }

    /// The source with this number.
    #[must_use]
    pub fn source(&self, number: u32) -> Option<Arc<Source>> {
        let _ = number;
        None
    }

    /// The paths of all files below a folder, links not followed, at most
    /// [`MAX_BELOW`](Tree::MAX_BELOW); empty when it is none. Sorted.
    #[must_use]
    pub fn below(&self, folder: &str) -> Vec<String> {
        let _ = folder;
        Vec::new()
    }

    /// Whether something is there, and whether it is a folder.
    #[must_use]
    pub fn is_folder(&self, path: &str) -> Option<bool> {
        let _ = path;
        None
    }

    /// The path in the tree that an absolute path of the host means, said in the file `from`:
    /// the path itself where it lies inside; else, where the tree holds a host's `etc/` (then
    /// `from` lies in one), from there; else, where `stem-sec.yaml` says where its folder is
    /// installed (`render.install`), from `render.out`.
    #[must_use]
    pub fn host_path(&self, from: &str, absolute: &str) -> Option<String> {
        let _ = (from, absolute);
        None
    }

    /// The most files that [`Tree::below`] lists.
    pub const MAX_BELOW: usize = 1_000;
}
