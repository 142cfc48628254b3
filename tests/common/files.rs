//! The files of a deployment in the test data: read as they lie there, written with what
//! stands in `{{…}}` made.

// every test crate takes what it needs
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::mint::Mint;

/// For every file, the line that each of its lines was before it was filled.
pub(crate) type Lines = BTreeMap<String, Vec<u32>>;

/// Path below the folder, and content.
pub(crate) struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    /// All files of a folder, of which there is at least one.
    pub(crate) fn read(folder: &Path) -> Files {
        let mut files = BTreeMap::new();
        collect(folder, "", &mut files);
        assert!(!files.is_empty(), "{} has no files", folder.display());
        Files(files)
    }

    /// A line of a file, before it is filled.
    pub(crate) fn line(&self, path: &str, number: u32) -> Option<String> {
        let text = String::from_utf8_lossy(self.0.get(path)?);
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        text.lines().nth(index).map(str::to_owned)
    }

    /// Writes all of them, filled, for nobody but the user.
    pub(crate) fn write(&self, root: &Path, mint: &mut Mint) -> Lines {
        let mut lines = Lines::new();
        for (path, text) in &self.0 {
            let filled = mint.fill(text);
            let path_there = root.join(path);
            fs::create_dir_all(path_there.parent().expect("a folder")).expect("is made");
            fs::write(&path_there, filled.bytes).expect("is written");
            let private = fs::Permissions::from_mode(0o600);
            fs::set_permissions(path_there, private).expect("is its user's");
            lines.insert(path.clone(), filled.lines);
        }
        lines
    }
}

fn collect(folder: &Path, below: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        let entry = entry.expect("an entry");
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).expect("is read"));
        }
    }
}
