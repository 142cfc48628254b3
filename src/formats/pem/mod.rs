//! Certificates and keys in any text or file: PEM blocks wherever they stand (indented in
//! YAML, escaped in one line, with any line ends), and files of DER. By content, not by name.
//! Of a private key only the public half is kept.

mod block;
mod der;
#[cfg(test)]
mod tests;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::place::Place;
use crate::mint::x509::{Certificate, PublicKey};

/// What was found in a text, in its order.
#[derive(Debug, Default)]
pub struct Pieces {
    /// Certificates, keys, and what else PEM is used for.
    pub pieces: Vec<(Place, Piece)>,
    /// Blocks that are broken: loaders refuse the file, or skip them.
    pub troubles: Vec<(Place, Trouble)>,
}

/// One block of PEM, or one value of DER.
#[derive(Debug)]
pub enum Piece {
    /// An X.509 certificate.
    Certificate(Box<Certificate>),
    /// A private key.
    PrivateKey(PrivateKey),
    /// A public key by itself.
    PublicKey(PublicKey),
    /// A certificate signing request.
    Request,
    /// Something else: parameters, revocations, messages, PKCS#12.
    Other,
}

/// What may be known of a private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateKey {
    /// Its public half, if it can be told.
    pub public: Option<PublicKey>,
    /// Whether a passphrase is needed to use it.
    pub encrypted: bool,
}

/// What is wrong with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Trouble {
    /// It has no end, or that of another.
    #[error("the PEM block has no end")]
    Unended,
    /// What stands in it is no base64.
    #[error("what stands in the PEM block is no base64")]
    NotBase64,
    /// What the base64 says is not what the label says.
    #[error("what the PEM block holds is damaged")]
    Damaged,
}

impl PrivateKey {
    /// The fingerprint of the pair, if its public half is known.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.public.as_ref().map(fingerprint)
    }
}

/// Finds all of them.
#[must_use]
pub fn read(bytes: &[u8], source: u32) -> Pieces {
    let mut pieces = Pieces::default();
    if let Some(piece) = der::whole(bytes) {
        let place = Place {
            end: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            ..Place::top(source)
        };
        pieces.pieces.push((place, piece));
        return pieces;
    }
    block::find(bytes, source, |place, block| match block.piece() {
        Ok(piece) => pieces.pieces.push((place, piece)),
        Err(trouble) => pieces.troubles.push((place, trouble)),
    });
    pieces
}

/// Tells key pairs apart without showing them: the first 12 hex digits of a domain-separated
/// SHA-256. The same for a public key, the private one and every certificate over it.
#[must_use]
pub fn fingerprint(key: &PublicKey) -> String {
    let mut hash = Sha256::new();
    hash.update(b"stem-sec key v1\0");
    hash.update(key.kind.as_bytes());
    hash.update(b"\0");
    hash.update(&key.bits);
    hex(&hash.finalize()[..6])
}

/// Whether a text that is to be a path is a certificate or key itself: PEM, DER, or either of
/// them in base64, in one line or several.
#[must_use]
pub fn is_inlined(text: &str) -> bool {
    let text = text.trim();
    // the second is the first in base64
    if text.contains("-----BEGIN") || text.starts_with("LS0tLS1CRUdJTi") {
        return true;
    }
    let is_split = text.contains(['\n', '\r']);
    let lines: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect());
    let Ok(bytes) = STANDARD.decode(lines.as_bytes()).map(Zeroizing::new) else {
        return false;
    };
    // of the lines of a PEM block without its ends, whatever they say; no path has several
    is_split || is_one_sequence(&bytes)
}

/// Whether a SEQUENCE of DER is all that these bytes are.
fn is_one_sequence(bytes: &[u8]) -> bool {
    let (head, length) = match bytes {
        [0x30, length @ 32..=0x7f, ..] => (2, usize::from(*length)),
        [0x30, 0x81, length, ..] => (3, usize::from(*length)),
        [0x30, 0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        _ => return false,
    };
    bytes.len() == head + length
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
