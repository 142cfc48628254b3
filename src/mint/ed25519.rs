//! Ed25519 signing keys as Stem reads them: the 32-byte seed and the 32-byte compressed
//! point (RFC 8032), both as padded standard base64. Not PKCS#8, not the 64-byte form
//! of libsodium and Go: Stem would derive another key from that (stem-semantics 3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;

use crate::model::secret::Secret;

/// A key pair, each half ready for its variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The seed, for `STEM_SIGNING_PRIVATE_KEYS`.
    pub private: Secret,
    /// The point, for `STEM_SIGNING_PUBLIC_KEYS`.
    pub public: String,
}

/// Makes the pair that belongs to a random seed.
#[must_use]
pub fn pair(seed: &[u8; 32]) -> Pair {
    let key = SigningKey::from_bytes(seed);
    Pair {
        private: Secret::new(STANDARD.encode(seed)),
        public: STANDARD.encode(key.verifying_key().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 1.
    #[test]
    fn the_public_half_is_the_one_of_rfc_8032() {
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&unhex(seed));
        assert_eq!(STANDARD.decode(pair(&bytes).public), Ok(unhex(public)));
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
            .collect()
    }
}
