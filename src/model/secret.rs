//! The one type for text that gives power to whoever reads it. It cannot be printed or
//! serialised by accident, and it is wiped when dropped.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Secret text: a base64 key, a PEM private key, a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller's copy is this one.
    #[must_use]
    pub fn new(text: String) -> Secret {
        Secret(Zeroizing::new(text))
    }

    /// The text itself. Every use of a secret goes through here, so that they can be searched for.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first 12 hex digits of a domain-separated SHA-256: tells values apart without
    /// showing them. Only for values strong enough that a hash cannot be guessed from.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"stem-sec fingerprint v1\0");
        hash.update(self.0.as_bytes());
        hash.finalize()[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl From<Zeroizing<String>> for Secret {
    fn from(text: Zeroizing<String>) -> Secret {
        Secret(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_text() {
        let secret = Secret::new("hunter2".to_owned());
        assert!(!format!("{secret:?}").contains("hunter2"));
    }

    #[test]
    fn fingerprints_differ_and_repeat() {
        let one = Secret::new("a".to_owned());
        let two = Secret::new("b".to_owned());
        assert_eq!(one.fingerprint(), one.clone().fingerprint());
        assert_ne!(one.fingerprint(), two.fingerprint());
        assert_eq!(one.fingerprint().len(), 12);
    }
}
