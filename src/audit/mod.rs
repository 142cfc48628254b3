//! Reading deployments: [`tree`] walks and reads files, [`assemble`] makes of them what runs
//! ([`process`]), each by the rules of the loader that would start it.

pub mod assemble;
pub mod process;
pub mod tree;
