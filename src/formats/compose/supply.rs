//! How a project that leads to other files gets them: by path, from whoever reads files.

use std::sync::Arc;

/// Whoever gives the bytes of files.
pub trait Supply {
    /// The file at a path. It is absolute, or counts from where the project's folder counts.
    ///
    /// # Errors
    /// Why there are no bytes.
    fn file(&self, path: &str) -> Result<Supplied, Absent>;
}

/// A file's bytes.
#[derive(Clone)]
pub struct Supplied {
    /// What places in it say as their source.
    pub source: u32,
    /// Its name as users know it.
    pub name: String,
    /// All of it.
    pub bytes: Arc<dyn AsRef<[u8]>>,
}

/// Why a file is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Nothing is there.
    Missing,
    /// It lies outside of what is looked at.
    Outside,
    /// A folder, too large, or the system says no.
    Unreadable,
}

impl std::fmt::Debug for Supplied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Supplied({})", self.name)
    }
}
