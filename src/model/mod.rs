//! The words of the tool as types: who ([`role`]), what ([`artifact`]), under which
//! security [`posture`], who may hold what ([`ownership`]), and what the user declared
//! ([`manifest`]). No I/O, no clock.

pub mod artifact;
pub mod env;
pub mod manifest;
pub mod ownership;
pub mod posture;
pub mod role;
pub mod secret;
pub mod strength;
