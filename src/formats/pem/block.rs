//! PEM blocks in any bytes, in one pass.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;
use zeroize::{Zeroize, Zeroizing};

use super::{Piece, PrivateKey, Trouble, der};
use crate::formats::place::{Cursor, Place};

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// The longest label that is one.
const MAX_LABEL: usize = 64;

/// Loaders differ in what they ask of the last bits and of the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One block.
pub(super) struct Block<'t> {
    label: &'t str,
    /// What stands between the lines with dashes; `None` without an end.
    body: Option<&'t [u8]>,
}

/// Calls `take` with every block and its place.
pub(super) fn find(bytes: &[u8], source: u32, mut take: impl FnMut(Place, Block<'_>)) {
    let mut spots = Vec::new();
    let mut at = 0;
    while let Some(begin) = memmem::find(&bytes[at..], BEGIN).map(|found| at + found) {
        let (end, block) = block(bytes, begin);
        if let Some(block) = block {
            spots.push((begin, end, block));
        }
        at = end;
    }
    if spots.is_empty() {
        return;
    }
    let text = countable(bytes);
    let mut cursor = Cursor::new(&text, source);
    for (begin, end, block) in spots {
        cursor.take(begin - cursor.offset());
        let start = cursor.here();
        cursor.take(end - begin);
        take(cursor.since(start), block);
    }
}

/// The block that begins here, unless it is only talk of one, and where to look on.
fn block(bytes: &[u8], begin: usize) -> (usize, Option<Block<'_>>) {
    let from = begin + BEGIN.len();
    let label = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ';
    let label = bytes[from..]
        .iter()
        .take(MAX_LABEL)
        .take_while(|byte| label(byte));
    let after = from + label.count();
    let Ok(label) = std::str::from_utf8(&bytes[from..after]) else {
        return (from, None);
    };
    if !bytes[after..].starts_with(DASHES) {
        return (from, None);
    }
    let body = after + DASHES.len();
    let talk = matches!(bytes.get(body), None | Some(b'"' | b'\'' | b'`' | b'-'));
    // no base64 has dashes: whatever comes next ends it, well or not
    let dashes = memmem::find(&bytes[body..], DASHES).map_or(bytes.len(), |found| body + found);
    if talk {
        return (body, None);
    }
    let ends = bytes[dashes..]
        .strip_prefix(END)
        .and_then(|rest| rest.strip_prefix(label.as_bytes()))
        .is_some_and(|rest| rest.starts_with(DASHES));
    if ends {
        let end = dashes + END.len() + label.len() + DASHES.len();
        let body = Some(&bytes[body..dashes]);
        return (end, Some(Block { label, body }));
    }
    let begins = looks_like_base64(&bytes[body..dashes]);
    (body, begins.then_some(Block { label, body: None }))
}

/// Whether somebody meant a key, and not just the line.
fn looks_like_base64(body: &[u8]) -> bool {
    let mut kept = Body { rest: body };
    kept.by_ref()
        .take(8)
        .filter(|byte| is_base64(*byte))
        .count()
        == 8
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// The bytes of a body without white space, written or escaped.
struct Body<'t> {
    rest: &'t [u8],
}

impl Iterator for Body<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        loop {
            let (first, rest) = self.rest.split_first()?;
            self.rest = rest;
            match first {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'\\' => {
                    // escaped more than once, or a line that goes on
                    let escaped = rest.iter().take_while(|byte| **byte == b'\\').count();
                    self.rest = match &rest[escaped..] {
                        [b'n' | b'r' | b't', rest @ ..] => rest,
                        rest => rest,
                    };
                }
                byte => return Some(*byte),
            }
        }
    }
}

impl Block<'_> {
    pub(super) fn piece(&self) -> Result<Piece, Trouble> {
        let body = self.body.ok_or(Trouble::Unended)?;
        let label = self.label;
        if label.ends_with("PRIVATE KEY") && memmem::find(body, b"ENCRYPTED").is_some() {
            return Ok(encrypted());
        }
        let is_certificate = matches!(
            label,
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE"
        );
        if !is_certificate && !label.ends_with("PRIVATE KEY") && !label.ends_with("PUBLIC KEY") {
            return Ok(if label.ends_with("CERTIFICATE REQUEST") {
                Piece::Request
            } else {
                Piece::Other
            });
        }
        let der = decoded(body)?;
        let piece = match label {
            "ENCRYPTED PRIVATE KEY" => Some(encrypted()),
            "OPENSSH PRIVATE KEY" => der::openssh(&der),
            _ if is_certificate => der::certificate(&der),
            _ if label.ends_with("PRIVATE KEY") => der::private_key(&der),
            _ => der::public_key(&der),
        };
        piece.ok_or(Trouble::Damaged)
    }
}

fn encrypted() -> Piece {
    Piece::PrivateKey(PrivateKey {
        public: None,
        encrypted: true,
    })
}

fn decoded(body: &[u8]) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let mut base64 = Zeroizing::new(Vec::with_capacity(body.len()));
    base64.extend(Body { rest: body });
    let mut der = Zeroizing::new(vec![0; base64.len() / 4 * 3 + 3]);
    let length = BASE64
        .decode_slice(&*base64, &mut der)
        .map_err(|_| Trouble::NotBase64)?;
    der[length..].zeroize();
    der.truncate(length);
    if der.is_empty() {
        return Err(Trouble::NotBase64);
    }
    Ok(der)
}

/// The same number of bytes as text, to count lines and columns in.
fn countable(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}
