//! Compose files as Docker Compose reads them: interpolation, merging of files, what a service
//! is given. Read for writing, what cannot be followed exactly
//! is refused; read for looking, it is told and left out.

pub mod encode;
mod environment;
mod error;
mod extends;
mod include;
pub mod interpolate;
mod loader;
mod merge;
mod merge_keys;
mod mounts;
mod networks;
pub mod paths;
pub mod ports;
pub mod project;
mod reader;
mod scalars;
mod sources;
mod supply;
mod words;

pub use environment::only_reference;
pub use error::{ComposeError, Problem};
pub use sources::{Text, Trouble};
pub use supply::{Absent, Supplied, Supply};
