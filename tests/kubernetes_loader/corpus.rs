//! Kustomizations in one text each: `-- path --` begins a file, the one in `root/` is built.

use std::fs;
use std::path::Path;

/// Files that belong together.
pub(crate) struct Case {
    /// What it is about.
    pub(crate) name: String,
    /// Paths and texts.
    pub(crate) files: Vec<(String, String)>,
}

impl Case {
    /// Every text in `cases/`.
    pub(crate) fn all() -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes_loader/cases");
        let mut cases: Vec<Case> = fs::read_dir(folder)
            .expect("the corpus")
            .map(|entry| entry.expect("a case").path())
            .map(|path| {
                let name = path.file_stem().expect("a name").to_string_lossy();
                let text = fs::read_to_string(&path).expect("a text");
                Case::of(&name, &text)
            })
            .collect();
        cases.sort_by(|one, other| one.name.cmp(&other.name));
        cases
    }

    /// The files in a text.
    pub(crate) fn of(name: &str, text: &str) -> Case {
        let mut files: Vec<(String, String)> = Vec::new();
        for line in text.split_inclusive('\n') {
            let path = line
                .trim_end()
                .strip_prefix("-- ")
                .and_then(|rest| rest.strip_suffix(" --"));
            match (path, files.last_mut()) {
                (Some(path), _) => files.push((path.to_owned(), String::new())),
                (None, Some((_, content))) => content.push_str(line),
                (None, None) => {}
            }
        }
        Case {
            name: name.to_owned(),
            files,
        }
    }

    /// Writes the files below a folder.
    pub(crate) fn write(&self, folder: &Path) {
        for (path, content) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
    }
}
