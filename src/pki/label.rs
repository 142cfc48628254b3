//! Under what name a certificate is kept: a file name that needs no quoting anywhere.

use std::fmt;

/// The longest label; it is a common name too, which ends there.
const MAX_LENGTH: usize = crate::mint::x509::MAX_COMMON_NAME;

/// A component's or host's name, fit for a file name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

/// Why a text is no label.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing at all.
    #[error("a certificate needs a name to be kept under")]
    Empty,
    /// Longer than a common name may be.
    #[error("a certificate's name has at most {MAX_LENGTH} bytes, not {0}")]
    TooLong(usize),
    /// Anything but letters, digits, `.`, `_` and `-`, or one of these in front.
    #[error(
        "`{0}` cannot be a file name: letters, digits, `.`, `_` and `-`, and the first a letter or digit"
    )]
    Character(String),
    /// `server.crt`
    #[error("`{0}` ends like the name of a file")]
    Suffix(String),
}

impl Label {
    /// Takes a text as a label.
    ///
    /// # Errors
    /// When it would not do as a file name.
    pub fn new(text: &str) -> Result<Label, LabelError> {
        let Some(first) = text.chars().next() else {
            return Err(LabelError::Empty);
        };
        if text.len() > MAX_LENGTH {
            return Err(LabelError::TooLong(text.len()));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !first.is_ascii_alphanumeric() || !text.chars().all(allowed) {
            return Err(LabelError::Character(text.to_owned()));
        }
        if [".crt", ".key", ".pem"]
            .iter()
            .any(|end| text.ends_with(end))
        {
            return Err(LabelError::Suffix(text.to_owned()));
        }
        Ok(Label(text.to_owned()))
    }

    /// The label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LabelError {
    /// What to type instead.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            LabelError::Empty | LabelError::TooLong(_) => None,
            LabelError::Character(_) => {
                Some("name the component, and its hosts with --host".to_owned())
            }
            LabelError::Suffix(text) => {
                let end = text.rfind('.').unwrap_or(text.len());
                Some(format!("leave it out: `{}`", &text[..end]))
            }
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Label, LabelError> {
        Label::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_components_and_hosts_are_taken() {
        for text in ["worker", "stem.local", "api_worker-2", "10.0.0.5"] {
            assert_eq!(
                Label::new(text).map(|label| label.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn nothing_leaves_the_folder_or_hides_in_it() {
        for text in [
            "", ".", "..", ".a", "-a", "a/b", "../a", "a b", "a\0", "*", "ä",
        ] {
            assert!(Label::new(text).is_err(), "{text:?}");
        }
        assert_eq!(Label::new(&"a".repeat(65)), Err(LabelError::TooLong(65)));
        assert!(matches!(
            Label::new("server.crt"),
            Err(LabelError::Suffix(_))
        ));
    }
}
