//! What git leaves out of a work tree: the `.gitignore` of each folder and `info/exclude`. What
//! the user's own settings leave out does not count: others have none of them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::tracked::read;

/// The longest file of rules that is read.
const MAX_RULES: u64 = 1 << 20;
/// The longest file that says where the common part of a repository is.
const MAX_POINTER: u64 = 16 << 10;

/// The rules of the folders that were asked for.
#[derive(Debug, Default)]
pub(super) struct Rules {
    known: Mutex<HashMap<PathBuf, Arc<Gitignore>>>,
}

impl Rules {
    /// Whether a file of the work tree `top` is left out. What lies in a folder that is left
    /// out is so whatever the rules of that folder say.
    pub(super) fn ignore(&self, top: &Path, git: Option<&Path>, path: &Path) -> bool {
        let Ok(way) = path.strip_prefix(top) else {
            return false;
        };
        let mut lists = Vec::new();
        if let Some(git) = git {
            lists.push(self.of(top, &common(git).join("info/exclude")));
        }
        let mut folder = top.to_owned();
        for part in way.components() {
            lists.push(self.of(&folder, &folder.join(".gitignore")));
            folder.push(part);
            let is_folder = folder != path;
            let said = lists.iter().rev();
            let mut said = said.map(|list| list.matched(&folder, is_folder));
            if matches!(said.find(|said| !said.is_none()), Some(Match::Ignore(_))) {
                return true;
            }
        }
        false
    }

    /// The rules in a file, for what is below a folder.
    fn of(&self, folder: &Path, file: &Path) -> Arc<Gitignore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let rules = known.entry(file.to_owned());
        Arc::clone(rules.or_insert_with(|| Arc::new(rules_in(folder, file))))
    }
}

fn rules_in(folder: &Path, file: &Path) -> Gitignore {
    // git follows no link here
    let is_file = fs::symlink_metadata(file).is_ok_and(|file| file.is_file());
    let bytes = is_file.then(|| read(file, MAX_RULES)).flatten();
    let mut builder = GitignoreBuilder::new(folder);
    for line in String::from_utf8_lossy(&bytes.unwrap_or_default()).split('\n') {
        // a line that git cannot make sense of leaves nothing out
        let _ = builder.add_line(None, line.trim_start_matches('\u{feff}'));
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Where a work tree that was added keeps what it shares with the first one.
fn common(git: &Path) -> PathBuf {
    let named = read(&git.join("commondir"), MAX_POINTER);
    let named = named.and_then(|text| String::from_utf8(text).ok());
    named.map_or_else(|| git.to_owned(), |text| git.join(text.trim_end()))
}

#[cfg(test)]
mod tests;
