//! Root CAs: made here, or made elsewhere and checked before they sign anything.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyIdMethod,
    KeyUsagePurpose, SerialNumber,
};
use time::OffsetDateTime;

use super::certificate::{Certificate, CertificateError};
use super::{BACKDATED, CA_YEARS, Purpose, Serial, moment, whole_seconds};
use crate::mint::key::{KeyError, PrivateKey};
use crate::model::secret::Secret;

/// A root CA that can sign: certificate and key belong together, and it is valid.
#[derive(Debug)]
pub struct Authority {
    pub(super) certificate: Certificate,
    pub(super) key: PrivateKey,
    pub(super) key_id: Vec<u8>,
}

/// Why a CA cannot be used, or made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// The certificate's file.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// The key's file.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// F4: a library would sign all the same.
    #[error("the key does not belong to the CA certificate `{0}`")]
    OtherKey(String),
    /// Basic constraints.
    #[error("`{0}` is not a CA certificate")]
    NotCa(String),
    /// Key usage.
    #[error("the CA `{0}` may not sign certificates: its key usage lacks keyCertSign")]
    CannotSign(String),
    /// Extended key usage.
    #[error(
        "the CA `{0}` may not sign certificates for TLS: its extended key usage is for something else"
    )]
    OtherPurpose(String),
    /// Signed by another CA.
    #[error("the CA `{subject}` is not a root, it was issued by `{issuer}`")]
    Intermediate {
        /// The CA.
        subject: String,
        /// Whoever signed it.
        issuer: String,
    },
    /// The self-signature does not verify.
    #[error("the signature of the CA certificate `{0}` is not its own")]
    BadSignature(String),
    /// Not yet valid.
    #[error("the CA `{subject}` is not valid before {}", moment(*from))]
    Early {
        /// The CA.
        subject: String,
        /// Its first moment.
        from: OffsetDateTime,
    },
    /// No longer valid.
    #[error("the CA `{subject}` expired at {}", moment(*since))]
    Expired {
        /// The CA.
        subject: String,
        /// Its last moment.
        since: OffsetDateTime,
    },
    /// Too short, or of a kind that nothing here signs with.
    #[error(
        "the CA `{subject}` has a key of type {kind}, and only P-256, P-384 and RSA of 2048 to 4096 bits can be used"
    )]
    UnusableKey {
        /// The CA.
        subject: String,
        /// Its key.
        kind: String,
    },
    /// The library refused; no secret is in its words.
    #[error("the CA certificate could not be made")]
    Failed,
}

/// What is odd about a CA that can be used all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caution {
    /// Strict verifiers refuse it, and what it signs.
    NoKeyUsage,
    /// Likewise.
    NoKeyIdentifier,
}

impl Caution {
    /// One sentence.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Caution::NoKeyUsage => {
                "the CA certificate has no key usage: strict verifiers will refuse it"
            }
            Caution::NoKeyIdentifier => {
                "the CA certificate has no subject key identifier: strict verifiers will refuse it"
            }
        }
    }
}

impl AuthorityError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            AuthorityError::Certificate(error) => return error.hint(),
            AuthorityError::Key(error) => return error.hint(),
            AuthorityError::OtherKey(_) => {
                "give the key that the certificate was made with: --ca FILE --ca-key FILE"
            }
            AuthorityError::NotCa(_) => {
                "give the certificate of the CA, not one that it has issued"
            }
            AuthorityError::Intermediate { .. } => {
                "give a root: Stem's clients trust nothing else, and send no chain"
            }
            AuthorityError::UnusableKey { .. }
            | AuthorityError::CannotSign(_)
            | AuthorityError::OtherPurpose(_) => "leave --ca out, and a CA that can is made",
            AuthorityError::BadSignature(_) => "the file is damaged: get it from its origin again",
            AuthorityError::Early { .. } => "check the clock of this machine: date -u",
            AuthorityError::Expired { .. } => {
                "make a new one and hand out its ca.crt: stem-sec certs renew --all --new-ca; in place of a CA of --ca, leave that out"
            }
            AuthorityError::Failed => return None,
        };
        Some(hint.to_owned())
    }
}

impl Authority {
    /// Makes a new root, valid for ten years, with a name of its own. It may sign leaves only.
    ///
    /// # Errors
    /// When the library fails to sign.
    pub fn create(
        key: PrivateKey,
        serial: Serial,
        now: OffsetDateTime,
    ) -> Result<Authority, AuthorityError> {
        let now = whole_seconds(now);
        let mut subject = DistinguishedName::new();
        subject.push(
            DnType::CommonName,
            format!("stem-sec CA {}", &serial.hex()[..8]),
        );
        let mut params = CertificateParams::default();
        params.not_before = now - BACKDATED;
        params.not_after = years_later(now, CA_YEARS);
        params.serial_number = Some(SerialNumber::from(serial.bytes().to_vec()));
        params.distinguished_name = subject;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.use_authority_key_identifier_extension = true;
        params.key_identifier_method = KeyIdMethod::Sha256;
        let der = params
            .self_signed(key.pair())
            .map_err(|_| AuthorityError::Failed)?;
        Ok(Authority {
            certificate: Certificate::from_der(der.der().to_vec())?,
            key_id: params.key_identifier(key.pair()),
            key,
        })
    }

    /// Takes a root that is there already, of anybody's making. Of several certificates in
    /// the file it is the one that the key belongs to.
    ///
    /// # Errors
    /// When it is not a valid root CA with its own key; see [`AuthorityError`].
    pub fn load(
        certificates: &[u8],
        key: &[u8],
        now: OffsetDateTime,
    ) -> Result<(Authority, Vec<Caution>), AuthorityError> {
        let mut certificates = Certificate::all_from_pem(certificates)?;
        check_key_kind(&certificates[0])?;
        let key = PrivateKey::from_pem(key)?;
        let Some(own) = certificates.iter().position(|found| found.has_key(&key)) else {
            return Err(AuthorityError::OtherKey(certificates[0].title()));
        };
        let certificate = certificates.swap_remove(own);
        check(&certificate, now)?;
        let mut cautions = Vec::new();
        if certificate.key_usage.is_none() {
            cautions.push(Caution::NoKeyUsage);
        }
        let key_id = certificate.subject_key_id.clone().unwrap_or_else(|| {
            cautions.push(Caution::NoKeyIdentifier);
            CertificateParams::default().key_identifier(key.pair())
        });
        let authority = Authority {
            certificate,
            key,
            key_id,
        };
        Ok((authority, cautions))
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its key in PEM.
    #[must_use]
    pub fn key_pem(&self) -> Secret {
        self.key.to_pem()
    }
}

fn check_key_kind(certificate: &Certificate) -> Result<(), AuthorityError> {
    let key = &certificate.public_key;
    let usable = match key.rsa_bits {
        Some(bits) => (2048..=4096).contains(&bits),
        None => matches!(key.kind.as_str(), "P-256" | "P-384"),
    };
    if usable {
        return Ok(());
    }
    Err(AuthorityError::UnusableKey {
        subject: certificate.title(),
        kind: key.kind.clone(),
    })
}

fn check(certificate: &Certificate, now: OffsetDateTime) -> Result<(), AuthorityError> {
    let title = || certificate.title();
    if !certificate.is_ca {
        return Err(AuthorityError::NotCa(title()));
    }
    if certificate
        .key_usage
        .is_some_and(|usage| !usage.key_cert_sign)
    {
        return Err(AuthorityError::CannotSign(title()));
    }
    if certificate.limits_purpose && certificate.purpose != Some(Purpose::Peer) {
        return Err(AuthorityError::OtherPurpose(title()));
    }
    if !certificate.is_self_issued() {
        return Err(AuthorityError::Intermediate {
            subject: title(),
            issuer: certificate.issuer(),
        });
    }
    if certificate.is_forged() {
        return Err(AuthorityError::BadSignature(title()));
    }
    if now < certificate.not_before {
        return Err(AuthorityError::Early {
            subject: title(),
            from: certificate.not_before,
        });
    }
    if now > certificate.not_after {
        return Err(AuthorityError::Expired {
            subject: title(),
            since: certificate.not_after,
        });
    }
    Ok(())
}

/// The same day and time so many years later; the first of March for a 29th of February.
fn years_later(time: OffsetDateTime, years: i32) -> OffsetDateTime {
    let year = time.year() + years;
    time.replace_year(year).unwrap_or_else(|_| {
        time.replace_day(28)
            .and_then(|time| time.replace_year(year))
            .map_or(time, |time| time + time::Duration::days(1))
    })
}
