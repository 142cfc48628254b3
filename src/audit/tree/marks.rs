//! What in the bytes of any file makes it matter: a variable of Stem's, a PEM block, DER.

use std::sync::LazyLock;

use memchr::memmem::Finder;

static STEM: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("STEM_"));
static PEM: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN "));

/// How the names of Stem's variables go on after `STEM_`.
const FAMILIES: [&[u8]; 7] = [
    b"SIGNING_",
    b"BROKER_",
    b"TLS_",
    b"RESULT_BACKEND",
    b"SCHEDULE_STORE",
    b"REVOKE_STORE",
    b"WORKFLOW_STORE",
];

/// The longest text before which a mark may begin in one block and end in the next.
pub(super) const OVERLAP: usize = 160;

/// What was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// The name of one of Stem's variables.
    pub(super) stem: bool,
    /// The beginning of a PEM block and of its base64.
    pub(super) pem: bool,
}

impl Marks {
    pub(super) fn any(self) -> bool {
        self.stem || self.pem
    }

    pub(super) fn all(self) -> bool {
        self.stem && self.pem
    }

    /// Looks for those that were not seen yet.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.stem = self.stem || STEM.find_iter(bytes).any(|at| is_variable(bytes, at));
        self.add_pem(bytes);
    }

    /// Like [`Marks::add`], for files that are no text.
    pub(super) fn add_pem(&mut self, bytes: &[u8]) {
        self.pem = self.pem || PEM.find_iter(bytes).any(|at| is_block(&bytes[at + 11..]));
    }
}

fn is_variable(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    // `SYSTEM_` is everywhere; a prefix like `APP_STEM_` is somebody's `envFrom`
    let begins = !before.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let rest = &bytes[at + 5..];
    begins && FAMILIES.iter().any(|family| rest.starts_with(family))
}

/// Whether a label, dashes and then base64 follow, in a line of its own or escaped in one.
fn is_block(rest: &[u8]) -> bool {
    let label = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ';
    let Some(end) = rest.iter().take(64).position(|byte| !label(byte)) else {
        return false;
    };
    let Some(mut body) = rest[end..].strip_prefix(b"-----") else {
        return false;
    };
    loop {
        body = match body {
            [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] => rest,
            [b'\\', b'n' | b'r' | b't', rest @ ..] => rest,
            [b'\\', rest @ ..] => rest,
            _ => break,
        };
    }
    let first = body.iter().take(8);
    // `Proc-Type:` and its like stand before the base64 of old encrypted keys
    first.len() == 8
        && first
            .into_iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-'))
}

/// Whether all of the bytes are one DER value as certificates and keys begin.
pub(super) fn is_der(bytes: &[u8]) -> bool {
    der_length(bytes) == Some(bytes.len() as u64)
}

/// How long the DER value is that begins like a certificate or key.
pub(super) fn der_length(bytes: &[u8]) -> Option<u64> {
    let (header, content, inner) = match *bytes {
        [0x30, length @ 16..=0x7f, inner, ..] => (2, u64::from(length), inner),
        [0x30, 0x81, length, inner, ..] => (3, u64::from(length), inner),
        [0x30, 0x82, high, low, inner, ..] => (4, u64::from(high) << 8 | u64::from(low), inner),
        _ => return None,
    };
    matches!(inner, 0x02 | 0x30).then_some(header + content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Marks {
        let mut marks = Marks::default();
        marks.add(text.as_bytes());
        marks
    }

    #[test]
    fn names_of_variables_are_told_from_what_looks_like_them() {
        assert!(marks("see STEM_BROKER_URL").stem);
        assert!(marks("APP_STEM_TLS_CA_CERT=").stem);
        assert!(!marks("SYSTEM_BROKER_URL").stem);
        assert!(!marks("STEM_CELLS").stem);
        assert!(marks("SYSTEM_A STEM_SIGNING_KEYS").stem);
    }

    #[test]
    fn a_block_of_pem_is_told_from_talk_about_it() {
        let dashes = "-----";
        for body in [
            "\nMIIBVTCB\n",
            "\\nMIIBVTCB",
            "\\\\nMIIBVTCB",
            "\r\n  MIIBVTCB",
            "\nProc-Type: 4",
        ] {
            assert!(marks(&format!("x: {dashes}BEGIN PRIVATE KEY{dashes}{body}")).pem);
        }
        for talk in [
            "\"-----BEGIN CERTIFICATE-----\" stands",
            "-----BEGIN ",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN … KEY-----\nMIIBVTCB",
        ] {
            assert!(!marks(talk).pem, "{talk}");
        }
    }
}
