//! A certificate as it is read: its DER, and what the DER says.

mod read;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::error::X509Error;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::OID_PKCS1_RSASSAPSS;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::Purpose;
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::name::Name;
use crate::mint::pem;

/// A certificate, of anybody's making, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// Subject, as DER.
    pub subject_der: Vec<u8>,
    /// Common name of the subject, if it has one.
    pub common_name: Option<String>,
    /// Issuer, as DER.
    pub issuer_der: Vec<u8>,
    /// Serial number, in lower-case hex.
    pub serial: String,
    /// Not valid before.
    pub not_before: OffsetDateTime,
    /// Not valid after.
    pub not_after: OffsetDateTime,
    /// Whether basic constraints make it a CA.
    pub is_ca: bool,
    /// Names that it vouches for.
    pub names: Vec<Name>,
    /// Alternative names of other kinds (URIs, mail addresses) and host names that are not valid.
    pub other_names: Vec<String>,
    /// What its extended key usage allows of TLS; `None` when it says nothing of TLS.
    pub purpose: Option<Purpose>,
    /// Whether it has an extended key usage at all: without, it may be used for anything.
    pub limits_purpose: bool,
    /// Key usage, if it has one.
    pub key_usage: Option<KeyUsage>,
    /// Its public key.
    pub public_key: PublicKey,
    /// Subject key identifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// Authority key identifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// Whether it limits the names of the certificates below it.
    pub constrains_names: bool,
    /// Whether its signature rests on SHA-1 or MD5.
    pub weak_signature: bool,
    /// Whether it is of version 1, which knows no extensions.
    pub is_version_1: bool,
}

/// The bits of key usage that matter to TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    /// Marked critical.
    pub critical: bool,
    /// digitalSignature
    pub digital_signature: bool,
    /// keyEncipherment
    pub key_encipherment: bool,
    /// keyCertSign
    pub key_cert_sign: bool,
    /// cRLSign
    pub crl_sign: bool,
}

/// A public key: its kind, and its bits as in [`crate::mint::key::PrivateKey::public_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// `P-256`, `P-384`, `RSA-2048`, or what else it is.
    pub kind: String,
    /// Size of an RSA modulus.
    pub rsa_bits: Option<usize>,
    /// The content of the BIT STRING.
    pub bits: Vec<u8>,
}

/// Why a file holds no certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not PEM, or no certificate in it.
    #[error("there is no PEM certificate in it")]
    Missing,
    /// Not valid DER, or not valid X.509.
    #[error("the certificate in it is damaged")]
    Damaged,
}

impl CertificateError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            CertificateError::Missing => {
                "name the file that begins with `-----BEGIN CERTIFICATE-----`; DER is converted by: openssl x509 -inform der -in OLD -out NEW"
            }
            CertificateError::Damaged => "see what is wrong: openssl x509 -noout -text -in FILE",
        };
        Some(hint.to_owned())
    }
}

impl PublicKey {
    /// Reads DER as it stands in certificates (SubjectPublicKeyInfo); `None` when it is none.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<PublicKey> {
        let (rest, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
        rest.is_empty().then(|| read::read_key(&info))
    }

    /// The type of key that is made here and like it; `None` for other kinds.
    #[must_use]
    pub fn key_type(&self) -> Option<KeyType> {
        match (self.kind.as_str(), self.rsa_bits) {
            ("P-256", _) => Some(KeyType::P256),
            ("P-384", _) => Some(KeyType::P384),
            (_, Some(2048)) => Some(KeyType::Rsa2048),
            (_, Some(3072)) => Some(KeyType::Rsa3072),
            (_, Some(4096)) => Some(KeyType::Rsa4096),
            _ => None,
        }
    }
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// When it is not exactly one certificate.
    pub fn from_der(der: Vec<u8>) -> Result<Certificate, CertificateError> {
        let (rest, parsed) =
            X509Certificate::from_der(&der).map_err(|_| CertificateError::Damaged)?;
        if !rest.is_empty() {
            return Err(CertificateError::Damaged);
        }
        let mut certificate = read::of(&parsed);
        for extension in parsed.extensions() {
            certificate.take(extension.parsed_extension(), extension.critical)?;
        }
        certificate.der = der;
        Ok(certificate)
    }

    /// Reads every certificate of a PEM text, at least one.
    ///
    /// # Errors
    /// When there is none, or one is damaged.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
        let mut certificates = Vec::new();
        for der in CertificateDer::pem_slice_iter(text) {
            let der = der.map_err(|_| CertificateError::Missing)?;
            certificates.push(Certificate::from_der(der.to_vec())?);
        }
        if certificates.is_empty() {
            return Err(CertificateError::Missing);
        }
        Ok(certificates)
    }

    /// Its DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its PEM.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.der)
    }

    /// Whether this public key is its own.
    #[must_use]
    pub fn has_key(&self, key: &PrivateKey) -> bool {
        self.public_key.bits == key.public_key()
            && self.public_key.rsa_bits.is_some() == key.is_rsa()
    }

    /// Subject, as text for people.
    #[must_use]
    pub fn subject(&self) -> String {
        read::name(&self.subject_der)
    }

    /// Issuer, as text for people.
    #[must_use]
    pub fn issuer(&self) -> String {
        read::name(&self.issuer_der)
    }

    /// Whether issuer and subject are the same.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer_der == self.subject_der
    }

    /// Whether its signature is known not to be its own key's. What cannot be judged here
    /// (ECDSA with SHA-512, RSA-PSS with any salt) is taken for good: verifiers do not look
    /// at the signature of a root that they trust.
    #[must_use]
    pub fn is_forged(&self) -> bool {
        let Ok((_, parsed)) = X509Certificate::from_der(&self.der) else {
            return true;
        };
        match parsed.verify_signature(None) {
            Ok(()) | Err(X509Error::SignatureUnsupportedAlgorithm) => false,
            Err(_) => parsed.signature_algorithm.algorithm != OID_PKCS1_RSASSAPSS,
        }
    }

    /// What to call it in a line of text: common name, else first name, else subject.
    #[must_use]
    pub fn title(&self) -> String {
        match (&self.common_name, self.names.first()) {
            (Some(name), _) => name.clone(),
            (None, Some(name)) => name.to_string(),
            (None, None) => self.subject(),
        }
    }

    fn take(
        &mut self,
        extension: &ParsedExtension<'_>,
        critical: bool,
    ) -> Result<(), CertificateError> {
        match extension {
            ParsedExtension::BasicConstraints(constraints) => self.is_ca = constraints.ca,
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(KeyUsage {
                    critical,
                    digital_signature: usage.digital_signature(),
                    key_encipherment: usage.key_encipherment(),
                    key_cert_sign: usage.key_cert_sign(),
                    crl_sign: usage.crl_sign(),
                });
            }
            ParsedExtension::ExtendedKeyUsage(usage) => {
                self.limits_purpose = !usage.any;
                self.purpose = match (usage.server_auth, usage.client_auth) {
                    (true, true) => Some(Purpose::Peer),
                    (true, false) => Some(Purpose::Server),
                    (false, true) => Some(Purpose::Client),
                    (false, false) => None,
                };
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in &names.general_names {
                    match read::read_name(name) {
                        Ok(name) => self.names.push(name),
                        Err(text) => self.other_names.push(text),
                    }
                }
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::NameConstraints(_) => self.constrains_names = true,
            ParsedExtension::ParseError { .. } => return Err(CertificateError::Damaged),
            _ => {}
        }
        Ok(())
    }
}
