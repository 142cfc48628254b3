//! Texts in memory that are looked at as if they lay in folders.

use std::collections::BTreeMap;

use super::{Unread, names};

/// Clean paths and their bytes.
#[derive(Debug, Default)]
pub(super) struct Texts {
    files: BTreeMap<String, Vec<u8>>,
}

impl Texts {
    /// What lies above the current folder is outside.
    pub(super) fn new(texts: Vec<(String, Vec<u8>)>) -> Texts {
        let files = texts
            .into_iter()
            .filter_map(|(path, bytes)| Some((names::clean(&path)?, bytes)))
            .filter(|(path, _)| path.starts_with('/') || names::below(path, "").is_some())
            .collect();
        Texts { files }
    }

    /// The clean path of what is asked for.
    pub(super) fn resolve(&self, path: &str) -> Result<String, Unread> {
        let path = names::clean(path).ok_or(Unread::Outside)?;
        let inside = names::below(&path, "").is_some()
            || (path.starts_with('/') && self.files.keys().any(|file| file.starts_with('/')));
        inside.then_some(path).ok_or(Unread::Outside)
    }

    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Unread> {
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None if self.is_folder(path).is_some() => Err(Unread::NotAFile),
            None => Err(Unread::Missing),
        }
    }

    /// All of a text, which is empty then.
    pub(super) fn take(&mut self, path: &str) -> Option<Vec<u8>> {
        self.files.get_mut(path).map(std::mem::take)
    }

    pub(super) fn is_folder(&self, path: &str) -> Option<bool> {
        if self.files.contains_key(path) {
            return Some(false);
        }
        let folder = if path.is_empty() || path.ends_with('/') {
            path.to_owned()
        } else {
            format!("{path}/")
        };
        let first = self.files.range(folder.clone()..).next();
        first
            .is_some_and(|(file, _)| file.starts_with(&folder))
            .then_some(true)
    }

    pub(super) fn below(&self, folder: &str, most: usize) -> Vec<String> {
        self.files
            .keys()
            .filter(|file| file.as_str() != folder && names::below(file, folder).is_some())
            .take(most)
            .cloned()
            .collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.files.iter()
    }
}
