//! HMAC-SHA256 secrets: 32 bytes, as padded standard base64, the one dialect that every
//! version of Stem reads (stem-semantics 1.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::secret::Secret;

/// Encodes 32 random bytes as a secret for `STEM_SIGNING_KEYS`.
#[must_use]
pub fn secret(random: &[u8; 32]) -> Secret {
    Secret::new(STANDARD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_44_characters_of_padded_base64() {
        let secret = secret(&[0xfb; 32]);
        assert_eq!(secret.expose().len(), 44);
        assert_eq!(STANDARD.decode(secret.expose()), Ok(vec![0xfb; 32]));
    }
}
