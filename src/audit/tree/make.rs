//! From what was named, or given as text, to a tree.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::classify::by_content;
use super::marks::Marks;
use super::texts::Texts;
use super::{
    Backing, FileKind, Found, Options, Skipped, Tree, TreeError, Unread, named, names, walk,
};

impl Tree {
    /// A tree of texts, for tests and standard input: paths and their bytes.
    #[must_use]
    pub fn of_texts(texts: Vec<(String, Vec<u8>)>) -> Tree {
        let texts = Texts::new(texts);
        let charts: BTreeSet<&str> = texts
            .iter()
            .map(|(path, _)| names::split(path))
            .filter_map(|(folder, name)| (name == "Chart.yaml").then_some(folder))
            .collect();
        let kind = |path: &str, bytes: &[u8]| {
            let (folder, name) = names::split(path);
            let in_chart = charts
                .iter()
                .any(|chart| names::below(folder, chart).is_some());
            let mut marks = Marks::default();
            marks.add(bytes);
            by_content((folder, name), in_chart, bytes, marks)
        };
        let mut found = Vec::new();
        let mut stores = BTreeSet::new();
        for (path, bytes) in texts.iter() {
            let mut folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            let own = folders.find(|folder| matches!(names::split(folder).1, ".git" | ".stem-sec"));
            match own {
                Some(folder) if folder.ends_with(".stem-sec") => {
                    stores.insert(folder.to_owned());
                }
                Some(_) => {}
                None => found.extend(kind(path, bytes).map(|kind| Found {
                    path: path.clone(),
                    kind,
                })),
            }
        }
        let mut tree = Tree::new(Backing::Texts(texts), found);
        tree.stores = stores.into_iter().collect();
        tree
    }

    /// A tree of one text, whatever it is: standard input, at the path `-`.
    #[must_use]
    pub fn of_stdin(bytes: Vec<u8>) -> Tree {
        let mut tree = Tree::of_texts(vec![("-".to_owned(), bytes)]);
        tree.keep_only_text("-");
        if tree.found.is_empty() {
            tree.found.push(Found {
                path: "-".to_owned(),
                kind: FileKind::Other,
            });
        }
        tree
    }

    /// Walks folders and looks at files.
    ///
    /// # Errors
    /// When one of the paths cannot be opened; what is wrong below them is in
    /// [`Tree::skipped`].
    pub fn walk(paths: &[PathBuf], options: &Options) -> Result<Tree, TreeError> {
        let named = named::open(paths)?;
        let walked = walk::walk(&named.files, &named.walked, *options);
        let mut tree = Tree::new(Backing::Files(named.files), walked.found);
        tree.skipped = walked.skipped;
        tree.stores = walked.stores;
        for path in named.single {
            tree.add_single(path)?;
        }
        tree.found.sort_unstable();
        tree.found.dedup_by(|one, other| one.path == other.path);
        tree.skipped.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        tree.stores.sort_unstable();
        Ok(tree)
    }

    /// A file that was named matters, whatever is in it.
    fn add_single(&mut self, path: String) -> Result<(), TreeError> {
        let kind = match self.read(&path) {
            Ok(source) => {
                let mut marks = Marks::default();
                marks.add(&source.bytes);
                let in_chart = self.is_in_chart(&path);
                by_content(names::split(&path), in_chart, &source.bytes, marks)
            }
            Err(why @ Unread::TooLarge(_)) => {
                self.skipped.push(Skipped { path, why });
                return Ok(());
            }
            Err(why) => return Err(TreeError { path, why }),
        };
        let kind = kind.unwrap_or(FileKind::Other);
        self.found.push(Found { path, kind });
        Ok(())
    }

    fn is_in_chart(&self, path: &str) -> bool {
        let mut at = path;
        while let Some(end) = at.rfind('/') {
            at = &at[..end];
            if self.is_folder(&names::join(at, "Chart.yaml")) == Some(false) {
                return true;
            }
        }
        self.is_folder("Chart.yaml") == Some(false)
    }
}
