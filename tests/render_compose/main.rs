//! The target `compose`, held against Docker Compose itself and the specification's schema:
//! whole projects, overrides for projects that are there, what is refused.

#[path = "../common/mod.rs"]
mod common;
mod fresh;
mod newcomer;
mod overlay;
mod project;
mod real;
mod refusals;
mod running;
