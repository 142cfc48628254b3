//! Puts subject and issuer into a certificate as they are, byte for byte. Verifiers compare
//! names as bytes, and rcgen writes them anew: it merges repeated attributes (`DC=corp,
//! DC=example`) and knows neither several attributes in one step nor every string type.

use rcgen::{CertificateParams, Issuer, KeyIdMethod, KeyPair, PublicKeyData, SigningKey};

/// Where they stand among the fields of a TBSCertificate (RFC 5280, 4.1).
const ISSUER: usize = 3;
const SUBJECT: usize = 5;

/// What the certificate gets that rcgen does not write itself.
pub(super) struct Names<'a> {
    /// DER of the issuer's subject.
    pub(super) issuer: &'a [u8],
    /// DER of the subject; `None` leaves the one in the parameters.
    pub(super) subject: Option<&'a [u8]>,
}

/// Signs a certificate with these parameters and names; DER.
///
/// # Errors
/// When rcgen refuses the parameters or the key does not sign.
pub(super) fn signed(
    params: &CertificateParams,
    subject_key: &KeyPair,
    names: &Names<'_>,
    issuer_key: &KeyPair,
    issuer_key_id: &[u8],
) -> Result<Vec<u8>, rcgen::Error> {
    let mut as_issuer = CertificateParams::default();
    as_issuer.distinguished_name = rcgen::DistinguishedName::new();
    as_issuer.key_identifier_method = KeyIdMethod::PreSpecified(issuer_key_id.to_vec());
    let issuer = Issuer::new(as_issuer, Unsigned(issuer_key));
    let draft = params.signed_by(subject_key, &issuer)?;
    let mut parts = elements(draft.der())?;
    let mut fields = elements(
        parts
            .first()
            .ok_or(rcgen::Error::CouldNotParseCertificate)?,
    )?;
    if fields.len() <= SUBJECT {
        return Err(rcgen::Error::CouldNotParseCertificate);
    }
    fields[ISSUER] = names.issuer.to_vec();
    if let Some(subject) = names.subject {
        fields[SUBJECT] = subject.to_vec();
    }
    let tbs = sequence(&fields);
    let signature = issuer_key.sign(&tbs)?;
    parts[0] = tbs;
    parts[2] = yasna::construct_der(|writer| {
        writer.write_bitvec_bytes(&signature, signature.len() * 8);
    });
    Ok(sequence(&parts))
}

/// The DER of each element of a SEQUENCE.
fn elements(der: &[u8]) -> Result<Vec<Vec<u8>>, rcgen::Error> {
    yasna::parse_der(der, |reader| {
        reader.collect_sequence_of(|reader| reader.read_der())
    })
    .map_err(|_| rcgen::Error::CouldNotParseCertificate)
}

fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            for element in elements {
                writer.next().write_der(element);
            }
        });
    })
}

/// A key that names its algorithm but does not sign: the draft is signed once its names are in.
struct Unsigned<'a>(&'a KeyPair);

impl PublicKeyData for Unsigned<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.0.algorithm()
    }
}

impl SigningKey for Unsigned<'_> {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(Vec::new())
    }
}
