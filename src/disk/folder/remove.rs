//! Taking files away that this tool wrote and nobody needs any more.

use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::Folder;
use crate::disk::{DiskError, if_there};

impl Folder {
    /// Removes a file, and the folders inside that are empty then. Whether it was there.
    ///
    /// # Errors
    /// When it cannot be removed, or lies behind a link.
    pub fn remove(&self, name: &str) -> Result<bool, DiskError> {
        self.must_be_inside(name)?;
        let Some((parent, last)) = if_there(self.parent_of(name))? else {
            return Ok(false);
        };
        match rustix::fs::unlinkat(&parent, last, AtFlags::empty()) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Ok(false),
            Err(error) => return Err(DiskError::io("remove", self.path.join(name))(error.into())),
        }
        parent
            .sync_all()
            .map_err(DiskError::io("write", self.path.join(name)))?;
        self.remove_empty_parents(name);
        Ok(true)
    }

    fn remove_empty_parents(&self, name: &str) {
        let mut at = name;
        while let Some((parent, _)) = at.rsplit_once('/') {
            let removed = self
                .parent_of(parent)
                .ok()
                .and_then(|(dir, last)| rustix::fs::unlinkat(&dir, last, AtFlags::REMOVEDIR).ok());
            if removed.is_none() {
                return;
            }
            at = parent;
        }
    }
}
