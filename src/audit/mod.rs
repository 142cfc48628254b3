//! Reading deployments: [`tree`] walks and reads files, [`assemble`] makes of them what runs
//! ([`process`]), each by the rules of the loader that would start it; [`roles`] says what each
//! process is, [`holding`] what it holds, and [`inventory`] puts it together. On it stands the
//! judgement: [`case`] is what rules see, [`rules`] find what is wrong, [`judge`] makes of it
//! what people read.

mod aliases;
pub mod assemble;
pub mod case;
mod contents;
pub mod environment;
pub mod finding;
pub mod holding;
pub mod inventory;
pub mod judge;
pub mod materials;
pub mod meant;
mod names;
mod options;
pub mod policy;
pub mod posture;
pub mod process;
pub mod reach;
pub mod roles;
pub mod rules;
pub mod server;
pub mod stem;
pub(crate) mod threads;
pub mod tree;
pub mod url;
mod variables;
pub(crate) mod veil;
