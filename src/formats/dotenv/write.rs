//! Writes env files that every loader reads alike: a shell, compose, systemd, python-dotenv,
//! Node and Stem's own. They differ in quotes, escapes, comments and interpolation, so a value
//! is written bare where all of its characters mean themselves everywhere, else in single
//! quotes, and refused where those differ too.

/// Why a value cannot stand in an env file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DotenvError {
    /// A character that some loader would read as something else, even in quotes.
    #[error("the value of `{variable}` contains {}, which env file loaders read differently", describe(*.character))]
    Unwritable {
        /// The variable.
        variable: String,
        /// The first such character.
        character: char,
    },
}

impl DotenvError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some("leave that character out, or take another format".to_owned())
    }
}

/// One `NAME=value` line, with its line break.
///
/// # Errors
/// [`DotenvError::Unwritable`] when no spelling means the same to every loader.
pub fn line(variable: &str, value: &str) -> Result<String, DotenvError> {
    if value.chars().all(means_itself) && !value.is_empty() {
        return Ok(format!("{variable}={value}\n"));
    }
    let refused = |c: &char| {
        c.is_control()
            || matches!(
                c,
                '\'' | '\\' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{feff}'
            )
    };
    match value.chars().find(refused) {
        Some(character) => Err(DotenvError::Unwritable {
            variable: variable.to_owned(),
            character,
        }),
        None => Ok(format!("{variable}='{value}'\n")),
    }
}

/// Characters with no special meaning to any loader, anywhere in a bare value.
fn means_itself(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(
            character,
            '-' | '_' | '.' | '/' | ':' | '@' | '+' | '=' | '?' | ','
        )
}

fn describe(character: char) -> String {
    match character {
        '\n' => "a line break".to_owned(),
        '\'' => "a single quote".to_owned(),
        '\\' => "a backslash".to_owned(),
        other => format!("the character {}", other.escape_unicode()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_paths_and_urls_stand_bare() {
        let values = [
            "primary:q6+/=",
            "/etc/stem/ca.crt",
            "rediss://:pass@redis:6379/0",
            "postgres://db/stem?sslmode=verify-full",
            "a,b",
        ];
        for value in values {
            assert_eq!(line("X", value), Ok(format!("X={value}\n")));
        }
    }

    #[test]
    fn what_a_shell_would_read_as_more_than_text_is_quoted() {
        for value in [
            "a b", "$HOME", "a#b", "`id`", "\"x\"", "%h", "", "a;b", "~", "é",
        ] {
            assert_eq!(line("X", value), Ok(format!("X='{value}'\n")));
        }
    }

    #[test]
    fn what_loaders_disagree_on_is_refused() {
        for value in ["a\nb", "it's", "a\\nb", "a\0b", "a\u{2028}b"] {
            assert!(line("X", value).is_err(), "{value:?}");
        }
    }
}
