//! What DER says, as far as certificates and keys go. Slices of the input throughout: no copy
//! of a private key is made, but of an Ed25519 seed, whose public half is computed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::asn1_rs::{Any, FromDer};
use zeroize::Zeroizing;

use super::{Piece, PrivateKey};
use crate::mint::ed25519;
use crate::mint::x509::{Certificate, PublicKey};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
/// `[0]` and `[1]`, explicit.
const FIRST: u8 = 0xa0;
const SECOND: u8 = 0xa1;

/// `1.2.840.113549.1.1.1`
const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// The same as an algorithm, as everybody writes it.
const RSA_ALGORITHM: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
/// `1.2.840.10045.2.1`
const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
/// `1.3.101.112`
const ED25519: &[u8] = b"\x2b\x65\x70";
/// PKCS #5 and #12, whose algorithms encrypt with a passphrase.
const BY_PASSPHRASE: [&[u8]; 2] = [
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x05",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c",
];

/// One value.
#[derive(Clone, Copy)]
struct Value<'d> {
    whole: &'d [u8],
    content: &'d [u8],
}

impl<'d> Value<'d> {
    fn tag(self) -> u8 {
        self.whole[0]
    }

    /// The values in it, when it is a sequence of nothing else.
    fn parts(self) -> Option<Vec<Value<'d>>> {
        (self.tag() == SEQUENCE).then_some(())?;
        values(self.content)
    }

    fn content_of(self, tag: u8) -> Option<&'d [u8]> {
        (self.tag() == tag).then_some(self.content)
    }
}

/// As many as there are; none of the shapes here has more than ten.
fn values(mut der: &[u8]) -> Option<Vec<Value<'_>>> {
    let mut values = Vec::new();
    while !der.is_empty() && values.len() < 16 {
        let (rest, any) = Any::from_der(der).ok()?;
        values.push(Value {
            whole: &der[..der.len() - rest.len()],
            content: any.data,
        });
        der = rest;
    }
    der.is_empty().then_some(values)
}

fn one(der: &[u8]) -> Option<Value<'_>> {
    match values(der)?.as_slice() {
        [value] => Some(*value),
        _ => None,
    }
}

/// What all the bytes of a file are together.
pub(super) fn whole(bytes: &[u8]) -> Option<Piece> {
    if bytes.first() != Some(&SEQUENCE) {
        return None;
    }
    let parts = one(bytes)?.parts()?;
    certificate(bytes)
        .or_else(|| private_key(bytes))
        .or_else(|| encrypted(&parts))
        .or_else(|| public_key(bytes))
        .or_else(|| request(&parts))
        .or_else(|| pkcs12(&parts))
}

/// A certificate; OpenSSL's trusted ones have more behind it.
pub(super) fn certificate(der: &[u8]) -> Option<Piece> {
    let first = values(der)?.first()?.whole;
    let certificate = Certificate::from_der(first.to_vec()).ok()?;
    Some(Piece::Certificate(Box::new(certificate)))
}

/// A private key: PKCS #8, PKCS #1, SEC 1, or the form of DSA keys.
pub(super) fn private_key(der: &[u8]) -> Option<Piece> {
    let parts = one(der)?.parts()?;
    parts.first()?.content_of(INTEGER)?;
    let public = match (parts.get(1)?.tag(), parts.len()) {
        (SEQUENCE, 3..) => {
            let key = parts[2].content_of(OCTET_STRING)?;
            of_pkcs8(parts[1], key)
        }
        (INTEGER, 9..) => of_pkcs1(&parts),
        (INTEGER, 6) => None,
        (OCTET_STRING, _) => of_sec1(&parts, None),
        _ => return None,
    };
    Some(Piece::PrivateKey(PrivateKey {
        public,
        encrypted: false,
    }))
}

fn of_pkcs8(algorithm: Value<'_>, key: &[u8]) -> Option<PublicKey> {
    let names = algorithm.parts()?;
    match names.first()?.content {
        RSA => of_pkcs1(&one(key)?.parts()?),
        EC => of_sec1(&one(key)?.parts()?, names.get(1).copied()),
        ED25519 => {
            let seed: [u8; 32] = one(key)?.content_of(OCTET_STRING)?.try_into().ok()?;
            let seed = Zeroizing::new(seed);
            let point = STANDARD.decode(ed25519::pair(&seed).public).ok()?;
            PublicKey::from_der(&info(algorithm.whole, &point))
        }
        _ => None,
    }
}

/// Modulus and exponent stand in it.
fn of_pkcs1(parts: &[Value<'_>]) -> Option<PublicKey> {
    let [_, modulus, exponent, ..] = parts else {
        return None;
    };
    rsa(*modulus, *exponent)
}

fn rsa(modulus: Value<'_>, exponent: Value<'_>) -> Option<PublicKey> {
    modulus.content_of(INTEGER)?;
    exponent.content_of(INTEGER)?;
    let bits = wrapped(SEQUENCE, &[modulus.whole, exponent.whole]);
    PublicKey::from_der(&info(RSA_ALGORITHM, &bits))
}

/// The point stands behind the number, almost always, and the curve, unless it is told.
fn of_sec1(parts: &[Value<'_>], told: Option<Value<'_>>) -> Option<PublicKey> {
    let explicit = |tag| {
        let part = parts.iter().find(|part| part.tag() == tag)?;
        one(part.content)
    };
    let curve = told.or_else(|| explicit(FIRST))?;
    let point = explicit(SECOND)?.content_of(BIT_STRING)?;
    let algorithm = wrapped(SEQUENCE, &[&wrapped(0x06, &[EC]), curve.whole]);
    PublicKey::from_der(&info(&algorithm, point.strip_prefix(&[0])?))
}

/// A public key by itself: with its algorithm, or of RSA without.
pub(super) fn public_key(der: &[u8]) -> Option<Piece> {
    let parts = one(der)?.parts()?;
    let key = match parts.as_slice() {
        [modulus, exponent] if modulus.tag() == INTEGER => rsa(*modulus, *exponent),
        [algorithm, bits] if bits.tag() == BIT_STRING && algorithm.tag() == SEQUENCE => {
            PublicKey::from_der(der)
        }
        _ => None,
    };
    key.map(Piece::PublicKey)
}

fn encrypted(parts: &[Value<'_>]) -> Option<Piece> {
    let [algorithm, key] = parts else {
        return None;
    };
    key.content_of(OCTET_STRING)?;
    let name = algorithm.parts()?.first()?.content;
    let known = BY_PASSPHRASE.iter().any(|known| name.starts_with(known));
    known.then_some(Piece::PrivateKey(PrivateKey {
        public: None,
        encrypted: true,
    }))
}

fn request(parts: &[Value<'_>]) -> Option<Piece> {
    let [asked, _, signature] = parts else {
        return None;
    };
    let asked = asked.parts()?;
    let is = signature.tag() == BIT_STRING
        && asked.len() == 4
        && asked[0].content == [0]
        && asked[3].tag() == FIRST;
    is.then_some(Piece::Request)
}

fn pkcs12(parts: &[Value<'_>]) -> Option<Piece> {
    let is = matches!(parts, [version, _, ..] if version.whole == [INTEGER, 1, 3]);
    is.then_some(Piece::Other)
}

/// A key in the form of OpenSSH: only whether it is encrypted.
pub(super) fn openssh(bytes: &[u8]) -> Option<Piece> {
    let rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let cipher = rest.get(..length)?;
    Some(Piece::PrivateKey(PrivateKey {
        public: None,
        encrypted: cipher != b"none",
    }))
}

/// SubjectPublicKeyInfo.
fn info(algorithm: &[u8], bits: &[u8]) -> Vec<u8> {
    let bits = wrapped(BIT_STRING, &[&[0], bits]);
    wrapped(SEQUENCE, &[algorithm, &bits])
}

/// DER around the parts.
fn wrapped(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..0x80) => der.push(length),
        Ok(length) => der.extend([0x81, length]),
        Err(_) => {
            let length = content.len().to_be_bytes();
            let zeros = length.iter().take_while(|byte| **byte == 0).count();
            // a length has eight bytes at most
            der.push(0x80 | u8::try_from(length.len() - zeros).unwrap_or(0));
            der.extend_from_slice(&length[zeros..]);
        }
    }
    der.extend(content);
    der
}
