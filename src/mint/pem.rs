//! PEM, RFC 7468: 64 characters a line. Written here rather than by a library because the
//! text of a private key must be wiped, and may not be left behind in a buffer that grew.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const LINE: usize = 64;

/// Wraps DER in a PEM block.
#[must_use]
pub fn encode(label: &str, der: &[u8]) -> String {
    let length = der.len().div_ceil(3) * 4;
    let mut base64 = Zeroizing::new(vec![0; length]);
    let written = STANDARD
        .encode_slice(der, &mut base64)
        .expect("the buffer is as long as the formula for padded base64 says");
    let frame = 2 * (label.len() + "-----BEGIN -----\n".len());
    let mut text = String::with_capacity(frame + length + length / LINE + 1);
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for line in base64[..written].chunks(LINE) {
        text.extend(line.iter().map(|byte| char::from(*byte)));
        text.push('\n');
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn what_is_written_is_read_back_by_another_implementation() {
        for length in [0, 1, 47, 48, 49, 96, 1000] {
            let der = vec![0xa5; length];
            let text = encode("CERTIFICATE", &der);
            let read = CertificateDer::from_pem_slice(text.as_bytes()).unwrap();
            assert_eq!(read.as_ref(), der, "{length}");
            assert!(text.lines().all(|line| line.len() <= LINE));
        }
    }

    #[test]
    fn the_text_never_outgrows_its_first_buffer() {
        let text = encode("PRIVATE KEY", &[7; 1218]);
        let frame = 2 * ("PRIVATE KEY".len() + "-----BEGIN -----\n".len());
        assert!(text.len() <= frame + 1624 + 1624 / LINE + 1);
    }
}
