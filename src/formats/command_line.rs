//! Command lines: which of their words is the program that runs.

/// The number of the word that is the program.
#[must_use]
pub fn program(words: &[&str]) -> Option<usize> {
    (!words.is_empty()).then_some(0)
}
