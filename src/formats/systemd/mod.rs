//! What systemd reads: unit files line by line, the words of their settings, what a service is
//! made of from all of its fragments; and what is written for it. Finds no files.

pub mod exec;
pub mod service;
mod settings;
pub mod specifiers;
pub mod unit;
pub mod words;
mod write;

pub use write::*;

#[cfg(test)]
mod tests;
