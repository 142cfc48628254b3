//! From files to processes. One module a format; each takes the files of its kind and adds
//! deployments, following every reference as the real loader does.

pub mod kubernetes;
pub mod systemd;

pub mod compose;

use std::collections::BTreeSet;

use super::process::{Deployment, Gap};
use super::tree::{Found, Tree};

/// What the modules of the formats add to.
#[derive(Debug, Default)]
pub struct Assembly {
    /// What was found.
    pub deployments: Vec<Deployment>,
    /// What could not be read or followed, and belongs to no process.
    pub gaps: Vec<Gap>,
    /// The files that some process reads, or that were part of what was read: they do not lie
    /// around by themselves.
    pub used: BTreeSet<u32>,
}

/// The module of a format: takes what it knows of `found`, and leaves the rest.
pub type Assembler = fn(&Tree, &[Found], &mut Assembly);
