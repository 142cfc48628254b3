//! Compose files and the env files beside them, as Docker Compose reads them: interpolation,
//! merging of files, what a service is given. What cannot be followed exactly is refused.

pub mod encode;
pub mod env_file;
mod error;
pub mod interpolate;
pub mod merge;
pub mod project;

pub use error::{ComposeError, Problem};
