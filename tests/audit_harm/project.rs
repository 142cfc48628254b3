//! A rendered project in a folder of its own, to be harmed: rendered once a posture and target,
//! then copied with its modes. Edits panic where what they look for is not there.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::case::Case;
use crate::common;

/// The components of every project, with their roles.
pub(crate) const COMPONENTS: [(&str, &str); 8] = [
    ("producer", "producer"),
    ("worker", "worker"),
    ("beat", "beat"),
    ("cli", "cli"),
    ("dashboard", "dashboard"),
    ("redis", "broker"),
    ("db", "store"),
    ("exporter", "other"),
];

/// Those that read Stem's variables.
pub(crate) const STEM: [&str; 5] = ["producer", "worker", "beat", "cli", "dashboard"];

/// Where the rendered folder will live on its target.
pub(crate) const INSTALL: &str = "/etc/stem";

/// A project that may be harmed.
pub(crate) struct Project {
    pub(crate) case: Case,
    /// Which of a harm's variants is asked for.
    pub(crate) variant: Cell<usize>,
    root: TempDir,
}

/// A place that a harm made wrong.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) path: String,
    /// With what the line begins; any line where it is empty.
    pub(crate) marker: String,
    /// An earlier line, where several begin with the marker: with what it begins, or all of it
    /// where that begins with blanks.
    pub(crate) after: String,
    /// How many lines from there on are as good.
    pub(crate) lines: usize,
}

impl Spot {
    /// Somewhere in a file.
    pub(crate) fn file(path: &str) -> Spot {
        Spot::line(path, "")
    }

    /// The first line that begins so.
    pub(crate) fn line(path: &str, marker: &str) -> Spot {
        Spot {
            path: path.to_owned(),
            marker: marker.to_owned(),
            after: String::new(),
            lines: 1,
        }
    }

    /// The first line that begins so behind another.
    pub(crate) fn line_after(path: &str, after: &str, marker: &str) -> Spot {
        Spot {
            after: after.to_owned(),
            ..Spot::line(path, marker)
        }
    }

    /// Or on one of the lines that follow.
    pub(crate) fn within(self, lines: usize) -> Spot {
        Spot { lines, ..self }
    }

    /// The lines that it means, the first and the last, counted from one; `None` where any will do.
    #[track_caller]
    pub(crate) fn range(&self, project: &Project) -> Option<(usize, usize)> {
        if self.marker.is_empty() {
            return None;
        }
        let text = project.read(&self.path);
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let start = match self.after.is_empty() {
            true => 0,
            false => behind(&lines, &self.after, &self.path),
        };
        let at = start + position(&lines[start..], &self.marker, &self.path) + 1;
        Some((at, at + self.lines - 1))
    }
}

impl Project {
    /// A copy of what is rendered for a case.
    pub(crate) fn new(case: Case, variant: usize) -> Project {
        let root = common::folder();
        copy(rendered(case), root.path());
        Project {
            case,
            variant: Cell::new(variant),
            root,
        }
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Writes a file; one that is there keeps its mode, a new one is private.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let is_new = !self.exists(path);
        let full = self.path(path);
        fs::create_dir_all(full.parent().expect("a folder")).expect("is made");
        fs::write(full, text).expect("is written");
        if is_new {
            self.chmod(path, 0o600);
        }
    }

    pub(crate) fn chmod(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), PermissionsExt::from_mode(mode)).expect("a mode");
    }

    /// Lets everyone into the folders around a file: else its own mode lets nobody in.
    pub(crate) fn open_way_to(&self, path: &str) {
        for folder in Path::new(path).ancestors().skip(1) {
            if !folder.as_os_str().is_empty() {
                self.chmod(&folder.to_string_lossy(), 0o755);
            }
        }
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// The lines of a file, changed.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, change: impl FnOnce(&mut Vec<String>)) {
        let before = self.read(path);
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        change(&mut lines);
        let after: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.write(path, &after);
    }

    /// Another line for the first one that begins so, leading blanks apart.
    #[track_caller]
    pub(crate) fn replace_line(&self, path: &str, marker: &str, line: &str) {
        self.edit(path, |lines| {
            let at = position(lines, marker, path);
            lines[at] = line.to_owned();
        });
    }

    #[track_caller]
    pub(crate) fn remove_line(&self, path: &str, marker: &str) {
        self.edit(path, |lines| {
            lines.remove(position(lines, marker, path));
        });
    }

    /// New lines behind the first one that begins so.
    #[track_caller]
    pub(crate) fn insert_after(&self, path: &str, marker: &str, text: &str) {
        self.edit(path, |lines| {
            let at = position(lines, marker, path) + 1;
            lines.splice(at..at, text.lines().map(str::to_owned));
        });
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        let before = match self.exists(path) {
            true => self.read(path),
            false => String::new(),
        };
        self.write(path, &format!("{before}{text}"));
    }

    /// The first of the files whose path ends so.
    #[track_caller]
    pub(crate) fn find(&self, end: &str) -> String {
        let mut files = Vec::new();
        list(self.root(), "", &mut files);
        let found = files.into_iter().find(|path| path.ends_with(end));
        found.unwrap_or_else(|| panic!("no file ends with {end}"))
    }

    /// Every file with its mode and content: whether anything changed.
    pub(crate) fn state(&self) -> Vec<(String, u32, Vec<u8>)> {
        let mut files = Vec::new();
        list(self.root(), "", &mut files);
        let state = |path: String| {
            let full = self.path(&path);
            let mode = fs::metadata(&full).expect("a file").permissions().mode();
            (path, mode, fs::read(full).expect("is read"))
        };
        files.into_iter().map(state).collect()
    }
}

#[track_caller]
pub(crate) fn position(lines: &[String], marker: &str, path: &str) -> usize {
    let found = lines
        .iter()
        .position(|line| line.trim_start().starts_with(marker));
    found.unwrap_or_else(|| panic!("no line of {path} begins with {marker}"))
}

/// A line that begins so, blanks and all where it is said with blanks.
#[track_caller]
fn behind(lines: &[String], after: &str, path: &str) -> usize {
    if !after.starts_with(' ') {
        return position(lines, after, path);
    }
    let found = lines.iter().position(|line| line == after);
    found.unwrap_or_else(|| panic!("no line of {path} is {after}"))
}

/// The folder in which a case was rendered, once for all its harms.
fn rendered(case: Case) -> &'static Path {
    static RENDERED: [OnceLock<TempDir>; 36] = [const { OnceLock::new() }; 36];
    let all = Case::all();
    let at = all.iter().position(|one| *one == case).expect("one of all");
    let folder = RENDERED[at].get_or_init(|| {
        let folder = common::folder();
        let components = COMPONENTS.map(|(name, role)| format!("{name}={role}"));
        init(case, folder.path(), &["--install", INSTALL], &components);
        folder
    });
    folder.path()
}

/// `stem-sec init` in a folder; without components, the usual ones.
pub(crate) fn init(case: Case, folder: &Path, more: &[&str], components: &[String]) {
    let mut command = common::stem_sec();
    command
        .args(["init", "--yes", "--signing", case.signing.name()])
        .args(["--transport", case.transport.name()])
        .args(["--target", case.target.name()])
        .args(more)
        .current_dir(folder);
    for component in components {
        command.args(["--component", component]);
    }
    common::run(&mut command).ok();
}

/// Copies a folder with the modes of its files.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("is made");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &to);
            let mode = entry.metadata().expect("a folder").permissions();
            fs::set_permissions(to, mode).expect("a mode");
        } else {
            fs::copy(entry.path(), to).expect("is copied");
        }
    }
}

fn list(folder: &Path, below: &str, files: &mut Vec<String>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type().expect("a type").is_dir() {
            list(&entry.path(), &format!("{name}/"), files);
        } else {
            files.push(name);
        }
    }
}
