//! `stem-sec`: keys, certificates and role-scoped configuration for Stem deployments.
//!
//! Data goes one way: [`cli`] turns arguments into a checked request, calls the library
//! (`mint`, `keyring`, `pki`, `formats`, `audit`), which rests on [`model`]; results come back as
//! values that [`term`] prints and [`disk`] writes. Nothing below imports anything above
//! (`tests/house.rs` checks the imports).
//!
//! One table carries the rest: [`model::ownership`], artifact × role × posture. Whatever
//! writes a role's files reads it.

pub mod audit;
pub mod cli;
pub mod disk;
pub mod formats;
pub mod keyring;
pub mod mint;
pub mod model;
pub mod pki;
pub mod render;
pub mod report;
pub mod rotate;
pub mod term;
