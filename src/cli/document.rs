//! Files that a command writes beside its answer: reports and baselines. They hold no secret.

use std::path::Path;

use super::Usage;
use crate::disk::{Access, Existing, Folder};

/// Writes a file that anybody may read, in the place of one that the tool wrote before.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .filter(|_| path.as_os_str() != "-")
        .ok_or_else(|| Usage {
            message: format!("`{}` does not name a file", path.display()),
            hint: "name a file, such as report.json".to_owned(),
        })?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut folder = Folder::open(parent)?;
    folder.stage(name, text.as_bytes(), Access::PUBLIC, Existing::Replace)?;
    folder.commit()?;
    Ok(())
}
