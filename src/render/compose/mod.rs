//! The target `compose`: a whole compose file for a new project, or an override for one that
//! is there. An override only adds, so it takes away what the project gave before, and the
//! two are read together again: nothing is written while an old secret stays in reach.

mod check;
mod error;
pub mod existing;
mod fresh;
mod notes;
mod overlay;
mod secrets;
mod service;

pub use error::{ComposeRenderError, Reach, Unsafe};
pub(crate) use overlay::is_users_own;

use super::{Deployment, RenderError, Rendered};
use crate::model::manifest::Manifest;

/// Where every component's container has its files.
#[must_use]
pub fn folder(manifest: &Manifest) -> String {
    service::container_folder(manifest)
}

/// The files of every component, and what joins them.
///
/// # Errors
/// When a name or value is none that Compose takes, when the project that is there cannot be
/// followed, or when an old secret would stay in reach of one of its services.
pub fn render(deployment: &Deployment<'_>) -> Result<Rendered, RenderError> {
    match (&deployment.manifest.render.project, &deployment.project) {
        (None, _) => fresh::render(deployment),
        (Some(file), None) => Err(ComposeRenderError::NotRead(file.clone()).into()),
        (Some(_), Some(existing)) => overlay::render(deployment, existing),
    }
}
