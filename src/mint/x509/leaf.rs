//! Certificates of servers and clients, each signed by a root CA directly.

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod,
    KeyUsagePurpose, SanType, SerialNumber,
};
use time::OffsetDateTime;

use super::authority::Authority;
use super::certificate::Certificate;
use super::splice::{self, Names};
use super::verify;
use super::{BACKDATED, MAX_COMMON_NAME, Purpose, Serial, moment, whole_seconds};
use crate::mint::key::PrivateKey;
use crate::mint::name::Name;

/// What is to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it may be used for.
    pub purpose: Purpose,
    /// Whom it is for.
    pub subject: Subject,
    /// Names that it vouches for, without repetition. A client's may be empty: then it gets
    /// its own common name, if that is a host name and the CA limits no names, because some
    /// verifiers refuse a certificate without any.
    pub names: Vec<Name>,
    /// The last moment of its validity; never past that of its CA.
    pub not_after: OffsetDateTime,
}

/// Whom a certificate is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A common name; one longer than [`MAX_COMMON_NAME`] is left out.
    Common(String),
    /// The DER of another certificate's subject, to be kept as it is.
    Same(Vec<u8>),
}

/// Why a certificate cannot be issued again as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenewalError {
    /// Only leaves are renewed.
    #[error("`{0}` is a CA, and a CA is replaced by rotating to a new one")]
    Authority(String),
    /// Neither server nor client.
    #[error("`{0}` says neither that it is for servers nor that it is for clients")]
    NoPurpose(String),
    /// A URI, a mail address, or a host name that is none.
    #[error("`{title}` vouches for `{name}`, which this tool does not issue")]
    OtherName {
        /// The certificate.
        title: String,
        /// The name.
        name: String,
    },
}

impl RenewalError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            RenewalError::Authority(_) => "make a new one with --new-ca, and hand out its ca.crt",
            RenewalError::NoPurpose(_) | RenewalError::OtherName { .. } => {
                "issue a new one: stem-sec certs issue server|client|peer NAME"
            }
        };
        Some(hint.to_owned())
    }
}

impl Request {
    /// Asks for a certificate like this one: same purpose, subject and names.
    ///
    /// # Errors
    /// When something in it is not what this tool issues.
    pub fn again(
        certificate: &Certificate,
        not_after: OffsetDateTime,
    ) -> Result<Request, RenewalError> {
        let title = certificate.title();
        if certificate.is_ca {
            return Err(RenewalError::Authority(title));
        }
        if let Some(name) = certificate.other_names.first() {
            let name = name.clone();
            return Err(RenewalError::OtherName { title, name });
        }
        let purpose = certificate.purpose.ok_or(RenewalError::NoPurpose(title))?;
        Ok(Request {
            purpose,
            subject: Subject::Same(certificate.subject_der.clone()),
            names: certificate.names.clone(),
            not_after,
        })
    }
}

/// A certificate that an [`Authority`] has issued, and its key.
#[derive(Debug)]
pub struct Leaf {
    /// The certificate.
    pub certificate: Certificate,
    /// Its key.
    pub key: PrivateKey,
    /// Whether it ends with its CA, before the time that was asked for.
    pub clamped: bool,
}

/// Why nothing was issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A server without names could never be verified.
    #[error("a {0} certificate needs a host name or an address that clients connect to")]
    Nameless(Purpose),
    /// Neither subject nor names.
    #[error("`{0}` is longer than {MAX_COMMON_NAME} bytes, so the certificate would name nobody")]
    Anonymous(String),
    /// It would never be valid.
    #[error("a certificate that ends at {} would be of no use: that is past", moment(*.0))]
    Past(OffsetDateTime),
    /// The CA's name constraints.
    #[error("the CA `{0}` may not sign for these names: it limits the names of what it issues")]
    NotPermitted(String),
    /// Verification of what was made failed, for another reason.
    #[error("verifiers would refuse what the CA `{ca}` signs: {reason}")]
    Refused {
        /// The CA.
        ca: String,
        /// Why.
        reason: String,
    },
    /// The library refused; no secret is in its words.
    #[error("the certificate could not be made")]
    Failed,
}

impl IssueError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            IssueError::Nameless(_) => "name it: --host redis --host 10.0.0.5",
            IssueError::Anonymous(_) => "take a shorter name, or add one with --host",
            IssueError::Past(_) => "give a later date to --not-after",
            IssueError::NotPermitted(_) => {
                "see what it permits: openssl x509 -noout -ext nameConstraints -in CA.crt"
            }
            IssueError::Refused { .. } => "leave --ca out, and a CA that can is made",
            IssueError::Failed => return None,
        };
        Some(hint.to_owned())
    }
}

impl Authority {
    /// Issues a certificate for this key.
    ///
    /// # Errors
    /// When the request makes no sense or the CA does not allow it; see [`IssueError`].
    pub fn issue(
        &self,
        request: &Request,
        key: PrivateKey,
        serial: Serial,
        now: OffsetDateTime,
    ) -> Result<Leaf, IssueError> {
        let names = self.names_for(request)?;
        let asked = whole_seconds(request.not_after);
        let not_after = asked.min(self.certificate.not_after);
        if not_after <= now {
            return Err(IssueError::Past(asked));
        }
        let mut params = profile(request.purpose, key.is_rsa());
        params.not_before = (whole_seconds(now) - BACKDATED).max(self.certificate.not_before);
        params.not_after = not_after;
        params.serial_number = Some(SerialNumber::from(serial.bytes().to_vec()));
        params.subject_alt_names = alternative_names(&names)?;
        let mut kept = None;
        match &request.subject {
            Subject::Same(der) => {
                kept = Some(der.as_slice());
                mark_subject(&mut params, der);
            }
            Subject::Common(name) if name.len() <= MAX_COMMON_NAME => {
                params
                    .distinguished_name
                    .push(DnType::CommonName, name.clone());
            }
            Subject::Common(name) if names.is_empty() => {
                return Err(IssueError::Anonymous(name.clone()));
            }
            Subject::Common(_) => {}
        }
        let spliced = Names {
            issuer: &self.certificate.subject_der,
            subject: kept,
        };
        let der = splice::signed(&params, key.pair(), &spliced, self.key.pair(), &self.key_id)
            .map_err(|_| IssueError::Failed)?;
        let certificate = Certificate::from_der(der).map_err(|_| IssueError::Failed)?;
        if self.certificate.constrains_names {
            self.check_permitted(&certificate, request.purpose, now)?;
        }
        Ok(Leaf {
            certificate,
            key,
            clamped: not_after < asked,
        })
    }

    fn names_for(&self, request: &Request) -> Result<Vec<Name>, IssueError> {
        if !request.names.is_empty() {
            return Ok(request.names.clone());
        }
        if request.purpose.serves() {
            return Err(IssueError::Nameless(request.purpose));
        }
        Ok(match &request.subject {
            Subject::Common(name) if !self.certificate.constrains_names => {
                Name::new(name).ok().into_iter().collect()
            }
            _ => Vec::new(),
        })
    }

    fn check_permitted(
        &self,
        leaf: &Certificate,
        purpose: Purpose,
        now: OffsetDateTime,
    ) -> Result<(), IssueError> {
        let ca = self.certificate.title();
        match verify::chain(leaf, &[&self.certificate], purpose, now) {
            Ok(()) => Ok(()),
            Err(webpki::Error::NameConstraintViolation) => Err(IssueError::NotPermitted(ca)),
            Err(error) => Err(IssueError::Refused {
                ca,
                reason: verify::reason(&error),
            }),
        }
    }
}

/// What is the same in every leaf of a purpose.
fn profile(purpose: Purpose, is_rsa: bool) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if is_rsa {
        params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
    }
    if purpose.serves() {
        params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ServerAuth);
    }
    if purpose.connects() {
        params.insert_extended_key_usage(ExtendedKeyUsagePurpose::ClientAuth);
    }
    params.use_authority_key_identifier_extension = true;
    params.key_identifier_method = KeyIdMethod::Sha256;
    params
}

fn alternative_names(names: &[Name]) -> Result<Vec<SanType>, IssueError> {
    let one = |name: &Name| {
        Ok(match name {
            Name::Dns(name) => {
                SanType::DnsName(name.as_str().try_into().map_err(|_| IssueError::Failed)?)
            }
            Name::Ip(address) => SanType::IpAddress(*address),
        })
    };
    names.iter().map(one).collect()
}

/// rcgen marks the names critical when the subject is empty; it shall see whether the kept
/// one is.
fn mark_subject(params: &mut CertificateParams, der: &[u8]) {
    const EMPTY: [u8; 2] = [0x30, 0];
    if der != EMPTY {
        params
            .distinguished_name
            .push(DnType::CommonName, "replaced by the kept subject");
    }
}
