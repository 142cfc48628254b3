//! Private keys of certificates: made here, or read from what another tool wrote. A key is
//! wiped when dropped, and leaves as a [`Secret`] only.

use std::fmt;
use std::str::FromStr;

use rcgen::{KeyPair, PublicKeyData};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use yasna::models::ObjectIdentifier;
use zeroize::{Zeroize, Zeroizing};

use super::pem;
use crate::model::secret::Secret;

/// What kinds of keys are made for certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyType {
    /// ECDSA on NIST P-256: read by everything, and fast.
    #[default]
    P256,
    /// ECDSA on NIST P-384.
    P384,
    /// RSA with 2048 bits.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits.
    Rsa4096,
}

/// Why a text names no key type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyTypeError {
    /// Made by other tools, useless here.
    #[error("no certificate with an Ed25519 key is made: Dart's TLS clients reject them")]
    Ed25519,
    /// Not one of [`KeyType::ALL`].
    #[error("`{0}` is no key type: p256, p384, rsa-2048, rsa-3072 or rsa-4096")]
    Unknown(String),
}

/// Why there is no private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The operating system gave no randomness, or the library failed.
    #[error("no {0} key could be generated")]
    Generation(KeyType),
    /// Built without the feature `rsa`.
    #[error("this build of stem-sec makes no RSA keys")]
    NoRsa,
    /// Not PEM, or no private key in it.
    #[error("there is no PEM private key in it")]
    Missing,
    /// Needs a passphrase.
    #[error("the private key is encrypted")]
    Encrypted,
    /// An Ed25519 key.
    #[error("it is an Ed25519 key, and Dart's TLS clients reject certificates that involve one")]
    Ed25519,
    /// Damaged, or of a kind that cannot be used.
    #[error("the private key is damaged, or neither P-256, P-384 nor RSA of 2048 to 4096 bits")]
    Unusable,
}

impl KeyType {
    /// Every one.
    pub const ALL: [KeyType; 5] = [
        KeyType::P256,
        KeyType::P384,
        KeyType::Rsa2048,
        KeyType::Rsa3072,
        KeyType::Rsa4096,
    ];

    /// As users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            KeyType::P256 => "p256",
            KeyType::P384 => "p384",
            KeyType::Rsa2048 => "rsa-2048",
            KeyType::Rsa3072 => "rsa-3072",
            KeyType::Rsa4096 => "rsa-4096",
        }
    }

    fn is_rsa(self) -> bool {
        !matches!(self, KeyType::P256 | KeyType::P384)
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KeyType {
    type Err = KeyTypeError;

    fn from_str(text: &str) -> Result<KeyType, KeyTypeError> {
        if text.eq_ignore_ascii_case("ed25519") {
            return Err(KeyTypeError::Ed25519);
        }
        KeyType::ALL
            .into_iter()
            .find(|key_type| key_type.name() == text)
            .ok_or_else(|| KeyTypeError::Unknown(text.to_owned()))
    }
}

impl KeyError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            KeyError::Generation(_) => return None,
            KeyError::NoRsa => "take --key-type p256, or build with the feature `rsa`",
            KeyError::Missing => "name the file that begins with `-----BEGIN … PRIVATE KEY-----`",
            KeyError::Encrypted => {
                "decrypt it into a private file: (umask 077; openssl pkey -in OLD.key -out NEW.key)"
            }
            KeyError::Ed25519 => "use a key of type p256",
            KeyError::Unusable => {
                "see what it is: openssl pkey -in FILE -noout -text_pub; if that works, convert it: (umask 077; openssl pkey -in OLD.key -out NEW.key)"
            }
        };
        Some(hint.to_owned())
    }
}

/// A private key that can sign.
pub struct PrivateKey(KeyPair);

impl PrivateKey {
    /// Makes a new one from the operating system's randomness.
    ///
    /// # Errors
    /// When it gives none, or the build makes no such keys.
    pub fn generate(key_type: KeyType) -> Result<PrivateKey, KeyError> {
        let failed = |_| KeyError::Generation(key_type);
        match key_type {
            KeyType::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
                .map(PrivateKey)
                .map_err(failed),
            KeyType::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)
                .map(PrivateKey)
                .map_err(failed),
            rsa => generate_rsa(rsa),
        }
    }

    /// Makes several at once; RSA keys side by side, because each takes long.
    ///
    /// # Errors
    /// As [`PrivateKey::generate`].
    pub fn generate_many<const N: usize>(key_type: KeyType) -> Result<[PrivateKey; N], KeyError> {
        let keys: Result<Vec<PrivateKey>, KeyError> = if key_type.is_rsa() {
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..N)
                    .map(|_| scope.spawn(move || PrivateKey::generate(key_type)))
                    .collect();
                let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                    thread.join().unwrap_or(Err(KeyError::Generation(key_type)))
                };
                threads.into_iter().map(join).collect()
            })
        } else {
            (0..N).map(|_| PrivateKey::generate(key_type)).collect()
        };
        keys?.try_into().map_err(|_| KeyError::Generation(key_type))
    }

    /// Reads the first private key of a PEM text: PKCS#8, SEC1 (`EC PRIVATE KEY`) or PKCS#1
    /// (`RSA PRIVATE KEY`).
    ///
    /// # Errors
    /// When there is none, or it is encrypted, damaged or of a kind that cannot be used.
    pub fn from_pem(text: &[u8]) -> Result<PrivateKey, KeyError> {
        let marks = |mark: &[u8]| text.windows(mark.len()).any(|window| window == mark);
        if marks(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || marks(b"Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        let mut key = PrivateKeyDer::from_pem_slice(text).map_err(|_| KeyError::Missing)?;
        let read = pkcs8(&key).and_then(|der| PrivateKey::from_pkcs8(&der));
        key.zeroize();
        read
    }

    fn from_pkcs8(der: &[u8]) -> Result<PrivateKey, KeyError> {
        let pair = KeyPair::try_from(&PrivatePkcs8KeyDer::from(der))
            .map_err(|_| KeyError::Unusable)
            .map(PrivateKey)?;
        if pair.0.algorithm() == &rcgen::PKCS_ED25519 {
            return Err(KeyError::Ed25519);
        }
        Ok(pair)
    }

    /// PKCS#8 in PEM.
    #[must_use]
    pub fn to_pem(&self) -> Secret {
        Secret::new(pem::encode("PRIVATE KEY", self.0.serialized_der()))
    }

    /// Whether it is an RSA key.
    #[must_use]
    pub fn is_rsa(&self) -> bool {
        self.0.algorithm() == &rcgen::PKCS_RSA_SHA256
    }

    /// The content of the BIT STRING in the subject public key info: an uncompressed point,
    /// or the DER of an RSA public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        self.0.der_bytes()
    }

    pub(super) fn pair(&self) -> &KeyPair {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(feature = "rsa")]
fn generate_rsa(key_type: KeyType) -> Result<PrivateKey, KeyError> {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};

    let size = match key_type {
        KeyType::Rsa2048 => KeySize::Rsa2048,
        KeyType::Rsa3072 => KeySize::Rsa3072,
        _ => KeySize::Rsa4096,
    };
    let failed = |_| KeyError::Generation(key_type);
    // it then looks what the processor can do, if it was built not to do so at every start
    aws_lc_rs::init();
    let pair = RsaKeyPair::generate(size).map_err(failed)?;
    let der = pair.as_der().map_err(failed)?;
    PrivateKey::from_pkcs8(der.as_ref()).map_err(|_| KeyError::Generation(key_type))
}

#[cfg(not(feature = "rsa"))]
fn generate_rsa(_: KeyType) -> Result<PrivateKey, KeyError> {
    Err(KeyError::NoRsa)
}

/// The key as PKCS#8, the one form that ring reads.
fn pkcs8(key: &PrivateKeyDer<'_>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let der = match key {
        PrivateKeyDer::Pkcs8(key) => key.secret_pkcs8_der().to_vec(),
        PrivateKeyDer::Pkcs1(key) => wrapped(key.secret_pkcs1_der(), RSA, None),
        PrivateKeyDer::Sec1(key) => {
            let der = key.secret_sec1_der();
            wrapped(der, EC, Some(curve(der).ok_or(KeyError::Unusable)?))
        }
        _ => return Err(KeyError::Unusable),
    };
    Ok(Zeroizing::new(der))
}

const RSA: &[u64] = &[1, 2, 840, 113_549, 1, 1, 1];
const EC: &[u64] = &[1, 2, 840, 10045, 2, 1];

/// PrivateKeyInfo of RFC 5208 around the key, with the algorithm and its curve.
fn wrapped(key: &[u8], algorithm: &[u64], curve: Option<ObjectIdentifier>) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_u8(0);
            writer.next().write_sequence(|writer| {
                writer
                    .next()
                    .write_oid(&ObjectIdentifier::from_slice(algorithm));
                match &curve {
                    Some(curve) => writer.next().write_oid(curve),
                    None => writer.next().write_null(),
                }
            });
            writer.next().write_bytes(key);
        });
    })
}

/// The curve that an ECPrivateKey of RFC 5915 names.
fn curve(key: &[u8]) -> Option<ObjectIdentifier> {
    let (curve, _) = yasna::parse_der(key, |reader| {
        reader.read_sequence(|reader| {
            reader.next().read_u8()?;
            reader.next().read_bytes().map(Zeroizing::new)?;
            let curve = reader
                .next()
                .read_tagged(yasna::Tag::context(0), |reader| reader.read_oid())?;
            let public = reader.read_optional(|reader| reader.read_der())?;
            Ok((curve, public))
        })
    })
    .ok()?;
    Some(curve)
}

#[cfg(test)]
mod tests;
