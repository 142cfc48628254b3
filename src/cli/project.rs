//! Reads the compose project that the manifest names: its files, the env files and whatever
//! of the host its services see. Judges nothing.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use zeroize::Zeroizing;

use super::Failure;
use super::place::{STORE, real};
use crate::disk::{read_file, read_optional};
use crate::model::manifest::{Manifest, Target};
use crate::model::secret::Secret;
use crate::render::RenderError;
use crate::render::compose::existing::{Existing, Mounted, MountedFile, may_matter};

/// How many files of a mounted folder are looked at.
const MAX_FILES: usize = 20_000;
/// Larger files are no keys and no env files.
const MAX_KEY_FILE: u64 = 256 << 10;
/// What the kernel shows as files is nobody's key.
const KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// Names that Compose finds by itself, and what it then puts on top.
const DEFAULTS: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];
const ON_TOP: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// Reads the project, where the manifest is for one. `out` is where files are written.
pub(crate) fn read(
    folder: &Path,
    manifest: &Manifest,
    out: &Path,
) -> anyhow::Result<Option<Existing>> {
    let Some(name) = manifest.render.project.as_deref() else {
        return Ok(None);
    };
    if manifest.render.target != Target::Compose {
        return Ok(None);
    }
    let file = folder.join(name);
    let base = file.parent().unwrap_or(Path::new(""));
    let mut compose = vec![(name.to_owned(), text(&file, read_file(&file)?)?)];
    compose.extend(on_top(name, &file)?);
    let dotenv = base.join(".env");
    let guarded = [folder.join(STORE), out.to_owned()];
    let mut existing = Existing {
        compose,
        folder: absolute(base)?,
        out: absolute(out)?,
        guarded: guarded.iter().map(|path| shown(&real(path))).collect(),
        home: std::env::var("HOME").ok(),
        dotenv: read_optional(&dotenv)?
            .map(|bytes| text(&dotenv, bytes))
            .transpose()?,
        env_files: BTreeMap::new(),
        mounts: BTreeMap::new(),
    };
    let project = existing.project(&[]).map_err(RenderError::from)?;
    for path in project.env_files() {
        let at = Path::new(path);
        let found = read_optional(at)?
            .map(|bytes| text(at, bytes))
            .transpose()?;
        existing.env_files.insert(path.to_owned(), found);
    }
    for path in project.host_paths() {
        if !existing.mounts.contains_key(path) {
            existing
                .mounts
                .insert(path.to_owned(), mounted(Path::new(path)));
        }
    }
    Ok(Some(existing))
}

/// The paths of the project's files.
pub(crate) fn files(folder: &Path, manifest: &Manifest) -> Vec<PathBuf> {
    let name = manifest.render.project.as_deref();
    let Some(name) = name.filter(|_| manifest.render.target == Target::Compose) else {
        return Vec::new();
    };
    let file = folder.join(name);
    let on_top = ON_TOP.iter().map(|name| file.with_file_name(name));
    let on_top = on_top.filter(|path| path.is_file()).take(1);
    let is_default = has_default_name(&file);
    let on_top: Vec<PathBuf> = on_top.filter(|_| is_default).collect();
    std::iter::once(file).chain(on_top).collect()
}

fn has_default_name(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| DEFAULTS.contains(&name))
}

/// The override that Compose takes without being told, where it finds the file by itself.
fn on_top(name: &str, file: &Path) -> anyhow::Result<Option<(String, Secret)>> {
    if !has_default_name(file) {
        return Ok(None);
    }
    for candidate in ON_TOP {
        let path = file.with_file_name(candidate);
        if let Some(bytes) = read_optional(&path)? {
            let name = Path::new(name).with_file_name(candidate);
            return Ok(Some((shown(&name), text(&path, bytes)?)));
        }
    }
    Ok(None)
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<Secret, Failure> {
    let bytes = Zeroizing::new(bytes);
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Secret::new(text.to_owned())),
        Err(_) => Err(Failure {
            message: format!("`{}` is not UTF-8 text", path.display()),
            hint: "see what is in it: Compose reads it as text".to_owned(),
        }),
    }
}

/// Without `.` and `..`, as Compose makes paths absolute: whatever links there are.
fn absolute(path: &Path) -> anyhow::Result<String> {
    // a parent may be empty, which is no path
    let path =
        std::path::absolute(Path::new(".").join(path)).context("the current folder is gone")?;
    let path = path
        .to_str()
        .with_context(|| format!("`{}` is not UTF-8 text", path.display()))?;
    Ok(crate::formats::compose::paths::absolute("/", path))
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Every file at or below a path, the nearest first. Links inside lead elsewhere in a
/// container, and are not followed.
fn mounted(path: &Path) -> Mounted {
    let mut found = Mounted {
        real: shown(&real(path)),
        ..Mounted::default()
    };
    if KERNEL.iter().any(|kernel| path.starts_with(kernel)) {
        return found;
    }
    let mut seen = 0;
    let mut waiting: VecDeque<(PathBuf, bool)> = VecDeque::from([(path.to_owned(), true)]);
    while let Some((at, is_top)) = waiting.pop_front() {
        let metadata = if is_top {
            fs::metadata(&at)
        } else {
            fs::symlink_metadata(&at)
        };
        let Ok(metadata) = metadata else {
            found.is_cut |= !is_top;
            continue;
        };
        if metadata.is_dir() {
            let Ok(entries) = fs::read_dir(&at) else {
                found.is_cut = true;
                continue;
            };
            let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            entries.sort();
            seen += entries.len();
            if seen > MAX_FILES {
                found.is_cut = true;
                entries.clear();
            }
            waiting.extend(entries.into_iter().map(|entry| (entry, false)));
        } else if metadata.is_file() {
            let content = (metadata.len() <= MAX_KEY_FILE).then(|| read_file(&at));
            found.is_cut |= matches!(content, Some(Err(_)));
            let content = content.and_then(Result::ok).map(Zeroizing::new);
            let matters = content.filter(|bytes| may_matter(bytes));
            found.files.push(MountedFile {
                path: shown(&at),
                text: matters
                    .map(|bytes| Secret::new(String::from_utf8_lossy(&bytes).into_owned())),
            });
        }
    }
    found
}
