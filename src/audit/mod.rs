//! Reading deployments: [`tree`] walks and reads files, [`assemble`] makes of them what runs
//! ([`process`]), each by the rules of the loader that would start it; [`roles`] says what each
//! process is, [`holding`] what it holds, and [`inventory`] puts it together.

pub mod assemble;
mod contents;
pub mod holding;
pub mod inventory;
mod options;
pub mod process;
pub mod roles;
pub mod tree;
mod veil;
