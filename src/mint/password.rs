//! The broker's password. Stem cuts a URL at `@ : / ? #` and decodes no percent escape
//! (stem-semantics 2.1), so a password is made of letters, digits, `-` and `_` only.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::secret::Secret;

/// Encodes 32 random bytes as a password.
#[must_use]
pub fn password(random: &[u8; 32]) -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(random))
}

/// The first character of a password that would not survive in a URL as Stem reads it.
#[must_use]
pub fn unfit_character(password: &str) -> Option<char> {
    password.chars().find(|c| {
        matches!(c, '@' | ':' | '/' | '?' | '#' | '%' | '[' | ']' | '\\') || !c.is_ascii_graphic()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_password_survives_in_a_url() {
        for byte in 0..=255 {
            let password = password(&[byte; 32]);
            assert_eq!(password.expose().len(), 43);
            assert_eq!(unfit_character(password.expose()), None);
        }
    }

    #[test]
    fn characters_that_end_a_password_early_are_unfit() {
        for bad in ["a@b", "a:b", "a/b", "a?b", "a#b", "a%b", "a b", "é"] {
            assert!(unfit_character(bad).is_some(), "{bad}");
        }
    }
}
