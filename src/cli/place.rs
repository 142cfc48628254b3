//! Where the manifest and the store are: in the current folder or upward, or where the
//! user says.

use std::path::{Path, PathBuf};

use clap::Args;

/// The manifest's file name.
pub(crate) const MANIFEST: &str = "stem-sec.yaml";
/// The store's folder name, beside the manifest.
pub(crate) const STORE: &str = ".stem-sec";

/// Where the store is.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct StateArgument {
    /// The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]
    #[arg(long, value_name = "DIR")]
    pub(crate) state: Option<PathBuf>,
}

impl StateArgument {
    /// The store's folder; it need not exist.
    pub(crate) fn folder(&self) -> PathBuf {
        self.state.clone().unwrap_or_else(|| project().join(STORE))
    }
}

/// The nearest folder, from the current one upward, that holds a manifest or a store; else
/// the current one.
pub(crate) fn project() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let holds = |folder: &&Path| folder.join(MANIFEST).is_file() || folder.join(STORE).is_dir();
    match here.ancestors().find(holds) {
        Some(folder) if folder == here => PathBuf::new(),
        Some(folder) => folder.to_owned(),
        None => PathBuf::new(),
    }
}

/// The path with links on the way resolved, as far as it exists.
pub(crate) fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = path.ancestors().find_map(|there| {
        let real = there.canonicalize().ok()?;
        Some(real.join(path.strip_prefix(there).ok()?))
    });
    real.unwrap_or(path)
}
