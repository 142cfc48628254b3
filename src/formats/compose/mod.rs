//! Compose files as Docker Compose reads them: interpolation, merging of files, what a service
//! is given. What cannot be followed exactly is refused.

pub mod encode;
mod error;
pub mod interpolate;
mod merge;
pub mod paths;
pub mod project;
mod reader;
mod written_out;

pub use error::{ComposeError, Problem};
