//! The paths that a user names: what is walked, what is looked at, and how far references may
//! lead from there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use rustix::fs::{Mode, OFlags};

use super::files::{self, Files, Root};
use super::{TreeError, Unread, names};

/// What was named.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) files: Files,
    /// The roots that are walked.
    pub(super) walked: Vec<usize>,
    /// The files that were named themselves, as users know them.
    pub(super) single: Vec<String>,
}

/// Opens what was named. A named file's references may lead to its neighbours and below.
pub(super) fn open(paths: &[PathBuf]) -> Result<Named, TreeError> {
    let current = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
    let current = names::shown(current.as_os_str());
    let mut named = Named {
        files: Files {
            current,
            roots: Vec::new(),
            missing: Mutex::default(),
        },
        walked: Vec::new(),
        single: Vec::new(),
    };
    let mut single = Vec::new();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|error| refused(path, &error))?;
        if metadata.is_dir() {
            let root = root(path, &named.files.current)?;
            named.files.roots.push(root);
        } else if metadata.is_file() {
            single.push(path);
        } else {
            return Err(TreeError {
                path: names::shown(path.as_os_str()),
                why: Unread::NotAFile,
            });
        }
    }
    named.forget_nested();
    named.walked = (0..named.files.roots.len()).collect();
    for path in single {
        let file = named.single(path)?;
        named.single.push(file);
    }
    Ok(named)
}

impl Named {
    /// A folder in a folder is walked with it.
    fn forget_nested(&mut self) {
        let mut kept: Vec<Root> = Vec::new();
        for root in std::mem::take(&mut self.files.roots) {
            let real = |root: &Root| root.absolute[1].clone();
            let within =
                |inner: &Root, outer: &Root| names::below(&real(inner), &real(outer)).is_some();
            if kept.iter().any(|other| within(&root, other)) {
                continue;
            }
            kept.retain(|other| !within(other, &root));
            kept.push(root);
        }
        self.files.roots = kept;
    }

    /// A file that was named, by its way from a root.
    fn single(&mut self, path: &Path) -> Result<String, TreeError> {
        // as the user came there, or where it really lies
        let real = fs::canonicalize(path).map_err(|error| refused(path, &error))?;
        let absolute = names::shown(real.as_os_str());
        let parent = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if self.files.resolve(&absolute) == Err(Unread::Outside) {
            let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
            let folder = if is_link {
                real.parent().unwrap_or(&real)
            } else {
                parent
            };
            let root = root(folder, &self.files.current)?;
            self.files.roots.push(root);
        }
        self.files.resolve(&absolute).map_err(|why| TreeError {
            path: names::shown(path.as_os_str()),
            why,
        })
    }
}

fn root(path: &Path, current: &str) -> Result<Root, TreeError> {
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC | files::PASS;
    let folder = rustix::fs::open(path, flags, Mode::empty())
        .map_err(|error| refused(path, &error.into()))?;
    let real = fs::canonicalize(path).map_err(|error| refused(path, &error))?;
    let real_shown = names::shown(real.as_os_str());
    // `..` behind a link is not where the text says
    let leads_there = |text: &String| {
        let name = names::unshown(text).unwrap_or_else(|| text.into());
        *text == real_shown || fs::canonicalize(name).is_ok_and(|path| path == real)
    };
    let text = names::shown(path.as_os_str());
    let absolute = names::clean(&names::join(current, &text))
        .filter(|_| !text.starts_with('/'))
        .or_else(|| names::clean(&text).filter(|text| text.starts_with('/')))
        .filter(leads_there);
    let Some(absolute) = absolute else {
        return Ok(Root {
            shown: real_shown.clone(),
            absolute: [real_shown.clone(), real_shown],
            anchor: OnceLock::new(),
            folder,
        });
    };
    Ok(Root {
        shown: names::clean(&text).unwrap_or_else(|| absolute.clone()),
        absolute: [absolute, real_shown],
        anchor: OnceLock::new(),
        folder,
    })
}

/// The repository around a folder, else the folder of the manifest around it, else the current
/// folder where that is around it, else itself: so a baseline fits wherever the tool is started.
pub(super) fn anchor(real: &str, current: &str) -> String {
    let real = names::unshown(real).unwrap_or_else(|| real.into());
    let real = Path::new(&real);
    let around = |name: &str| {
        let mut folders = real.ancestors();
        folders.find(|folder| fs::symlink_metadata(folder.join(name)).is_ok())
    };
    let marked = around(".git").or_else(|| around("stem-sec.yaml"));
    let here = fs::canonicalize(names::unshown(current).unwrap_or_else(|| current.into()));
    let here = here.ok().filter(|here| real.starts_with(here));
    let anchor = marked.or(here.as_deref()).unwrap_or(real);
    names::shown(anchor.as_os_str())
}

fn refused(path: &Path, error: &io::Error) -> TreeError {
    let why = files::refused(error);
    TreeError {
        path: names::shown(path.as_os_str()),
        why,
    }
}
