//! Command lines in a shell's words: splits them as a POSIX shell does, without running
//! anything, and finds the program that is really run behind `sh -c`, `env`, `exec` and others.

pub mod environment;
mod program;
mod script;
mod split;

use super::place::Place;
use crate::model::secret::Secret;

pub use program::{Program, program};
pub use split::{Join, Split, split};

/// A word of a command line; may hold a secret.
#[derive(Clone)]
pub struct Word {
    /// After unquoting, and after what is known of its variables.
    pub text: Secret,
    /// Where it stands.
    pub place: Place,
    /// Whether the text is the word: nothing in it depends on what only the run shows, such as
    /// an unknown variable or a command's output. Where it does, that part stands as written.
    pub is_known: bool,
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Word@{}:{}", self.place.line, self.place.column)
    }
}

#[cfg(test)]
mod tests;
