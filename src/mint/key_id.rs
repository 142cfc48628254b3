//! Ids of signing keys. Stem splits its key lists at `,` and `:` and trims what is between
//! (stem-semantics 1.1), so an id that survives that unchanged is all that is asked.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest id; Stem has no limit, but it stands in every message's header.
pub const MAX_LENGTH: usize = 64;

/// A valid id of a signing key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// Why a text is no key id.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyIdError {
    /// Nothing left after trimming.
    #[error("a key id cannot be empty")]
    Empty,
    /// Stem would cut it in two.
    #[error("a key id cannot contain `{0}`: Stem splits its key lists there")]
    Separator(char),
    /// A character that loaders and terminals treat as more than text.
    #[error("a key id cannot contain the control character {}", .0.escape_unicode())]
    Control(char),
    /// Stem trims it off, so the id would change on the way.
    #[error("a key id cannot begin or end with white space: Stem trims it off")]
    Padded,
    /// Longer than [`MAX_LENGTH`].
    #[error("a key id has at most {MAX_LENGTH} bytes, not {0}")]
    TooLong(usize),
}

impl KeyId {
    /// Takes a text as an id.
    ///
    /// # Errors
    /// When Stem would not read it back unchanged.
    pub fn new(text: &str) -> Result<KeyId, KeyIdError> {
        // what Dart's trim() strips and Rust's does not
        let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if let Some(bad) = text.chars().find(|c| c.is_control()) {
            return Err(KeyIdError::Control(bad));
        }
        if trimmed.is_empty() {
            return Err(KeyIdError::Empty);
        }
        if let Some(bad) = text.chars().find(|c| matches!(c, ',' | ':')) {
            return Err(KeyIdError::Separator(bad));
        }
        if trimmed.len() != text.len() {
            return Err(KeyIdError::Padded);
        }
        if text.len() > MAX_LENGTH {
            return Err(KeyIdError::TooLong(text.len()));
        }
        Ok(KeyId(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for KeyId {
    type Err = KeyIdError;

    fn from_str(text: &str) -> Result<KeyId, KeyIdError> {
        KeyId::new(text)
    }
}

impl TryFrom<String> for KeyId {
    type Error = KeyIdError;

    fn try_from(text: String) -> Result<KeyId, KeyIdError> {
        KeyId::new(&text)
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> String {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_ids_are_taken() {
        for id in ["primary", "2026-11", "k=1", "schlüssel", "a b"] {
            assert_eq!(KeyId::new(id).map(|id| id.to_string()), Ok(id.to_owned()));
        }
    }

    #[test]
    fn ids_that_stem_would_change_are_refused() {
        assert_eq!(KeyId::new(""), Err(KeyIdError::Empty));
        assert_eq!(KeyId::new(" \u{feff}"), Err(KeyIdError::Empty));
        assert_eq!(KeyId::new("a:b"), Err(KeyIdError::Separator(':')));
        assert_eq!(KeyId::new("a,b"), Err(KeyIdError::Separator(',')));
        assert_eq!(KeyId::new("a\nb"), Err(KeyIdError::Control('\n')));
        assert_eq!(KeyId::new(" a"), Err(KeyIdError::Padded));
        assert_eq!(KeyId::new("a\u{feff}"), Err(KeyIdError::Padded));
        assert_eq!(KeyId::new(&"x".repeat(65)), Err(KeyIdError::TooLong(65)));
    }
}
