//! Asks whether a certificate is good for something, one question at a time, so that the
//! answer says what is wrong and not only that something is.

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use time::OffsetDateTime;
use webpki::{EndEntityCert, KeyUsage as Usage};

use super::certificate::Certificate;
use super::{Purpose, moment};
use crate::mint::key::PrivateKey;
use crate::mint::name::Name;

/// What is asked of a certificate.
pub struct Question<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// CAs that are trusted.
    pub trusted: &'a [&'a Certificate],
    /// What it must be good for; `None`: for what it says itself.
    pub purpose: Option<Purpose>,
    /// Names that it must vouch for.
    pub hosts: &'a [Name],
    /// The key that should belong to it, if one is at hand.
    pub key: Option<&'a PrivateKey>,
    /// The moment in question.
    pub at: OffsetDateTime,
}

/// One thing that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Between its first and its last moment.
    Validity,
    /// A trusted CA signed it.
    Chain,
    /// It allows what it is used for.
    Purpose,
    /// It vouches for the names.
    Names,
    /// The key at hand belongs to it.
    Key,
    /// Strict verifiers accept its form.
    Form,
}

impl Check {
    /// A word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Check::Validity => "validity",
            Check::Chain => "chain",
            Check::Purpose => "purpose",
            Check::Names => "names",
            Check::Key => "key",
            Check::Form => "form",
        }
    }
}

/// What came of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What was asked.
    pub check: Check,
    /// Whether all is well.
    pub good: bool,
    /// Why, in one phrase.
    pub why: String,
}

/// Asks everything; the answers come in a fixed order.
#[must_use]
pub fn verify(question: &Question<'_>) -> Vec<Answer> {
    let mut answers = vec![validity(question), signature(question), purpose(question)];
    answers.extend(names(question));
    answers.extend(key(question));
    answers.push(form(question.certificate));
    answers
}

fn answer(check: Check, good: bool, why: impl Into<String>) -> Answer {
    Answer {
        check,
        good,
        why: why.into(),
    }
}

fn validity(question: &Question<'_>) -> Answer {
    let certificate = question.certificate;
    let (from, until) = (certificate.not_before, certificate.not_after);
    if question.at < from {
        return answer(
            Check::Validity,
            false,
            format!("not valid before {}", moment(from)),
        );
    }
    if question.at > until {
        return answer(
            Check::Validity,
            false,
            format!("expired at {}", moment(until)),
        );
    }
    answer(Check::Validity, true, format!("until {}", moment(until)))
}

fn signature(question: &Question<'_>) -> Answer {
    let certificate = question.certificate;
    let purpose = question.purpose.or(certificate.purpose);
    // its own dates are another question
    let at = question
        .at
        .clamp(certificate.not_before, certificate.not_after);
    let by = |ca: &&&Certificate| ca.subject_der == certificate.issuer_der;
    let issuer = question.trusted.iter().find(by);
    if let Some(ca) = issuer
        && !(ca.not_before..=ca.not_after).contains(&question.at)
    {
        let why = format!(
            "its CA `{}` is valid until {} only",
            ca.title(),
            moment(ca.not_after)
        );
        return answer(Check::Chain, false, why);
    }
    let own = certificate.purpose.or(purpose).unwrap_or(Purpose::Server);
    match (chain(certificate, question.trusted, own, at), issuer) {
        (Ok(()), Some(ca)) => answer(Check::Chain, true, format!("signed by `{}`", ca.title())),
        (Ok(()), None) => answer(Check::Chain, true, "signed by a trusted CA"),
        (Err(error), _) => answer(Check::Chain, false, reason(&error)),
    }
}

fn purpose(question: &Question<'_>) -> Answer {
    let certificate = question.certificate;
    let has = match certificate.purpose {
        Some(purpose) => purpose.name(),
        None if certificate.limits_purpose => "something other than TLS",
        None => "anything, as it has no extended key usage",
    };
    let wanted = question.purpose;
    let good = match (certificate.purpose, wanted) {
        (Some(has), Some(wanted)) => {
            (has.serves() || !wanted.serves()) && (has.connects() || !wanted.connects())
        }
        (Some(_), None) => true,
        (None, _) => !certificate.limits_purpose,
    };
    match (good, wanted) {
        (true, _) => answer(Check::Purpose, true, format!("good for {has}")),
        (false, Some(wanted)) => {
            let why = format!("not good for {wanted}, only for {has}");
            answer(Check::Purpose, false, why)
        }
        (false, None) => answer(Check::Purpose, false, format!("good for {has}")),
    }
}

fn names(question: &Question<'_>) -> Option<Answer> {
    if question.hosts.is_empty() {
        return None;
    }
    let missing: Vec<String> = question
        .hosts
        .iter()
        .filter(|host| !covers(question.certificate, host))
        .map(|host| format!("{} {host}", host.kind()))
        .collect();
    if missing.is_empty() {
        return Some(answer(Check::Names, true, "vouches for all of them"));
    }
    let has: Vec<String> = question
        .certificate
        .names
        .iter()
        .map(|name| format!("{} {name}", name.kind()))
        .collect();
    let has = if has.is_empty() {
        "no name at all".to_owned()
    } else {
        has.join(", ")
    };
    let why = format!("does not vouch for {}; it has {has}", missing.join(", "));
    Some(answer(Check::Names, false, why))
}

fn covers(certificate: &Certificate, host: &Name) -> bool {
    let der = CertificateDer::from(certificate.der());
    let Ok(server) = ServerName::try_from(host.to_string()) else {
        return certificate.names.contains(host);
    };
    EndEntityCert::try_from(&der)
        .is_ok_and(|parsed| parsed.verify_is_valid_for_subject_name(&server).is_ok())
}

fn key(question: &Question<'_>) -> Option<Answer> {
    let good = question.certificate.has_key(question.key?);
    let why = if good {
        "the key beside it belongs to it"
    } else {
        "the key beside it belongs to another certificate"
    };
    Some(answer(Check::Key, good, why))
}

/// What `openssl verify -x509_strict`, Python 3.13 and their like insist on in a leaf.
fn form(certificate: &Certificate) -> Answer {
    let mut wrong = Vec::new();
    if certificate.is_ca {
        wrong.push("it is a CA".to_owned());
    }
    match certificate.key_usage {
        Some(usage) if !usage.digital_signature => {
            wrong.push("key usage lacks digitalSignature".to_owned());
        }
        Some(usage) if usage.key_cert_sign => {
            wrong.push("key usage has keyCertSign".to_owned());
        }
        Some(_) => {}
        None => wrong.push("no key usage".to_owned()),
    }
    if certificate.subject_key_id.is_none() {
        wrong.push("no subject key identifier".to_owned());
    }
    if certificate.authority_key_id.is_none() {
        wrong.push("no authority key identifier".to_owned());
    }
    if certificate.weak_signature {
        wrong.push("signed with SHA-1 or MD5".to_owned());
    }
    if certificate
        .public_key
        .rsa_bits
        .is_some_and(|bits| bits < 2048)
    {
        wrong.push(format!("a key of type {}", certificate.public_key.kind));
    }
    if certificate.public_key.kind == "Ed25519" {
        wrong.push("an Ed25519 key, which Dart's TLS clients reject".to_owned());
    }
    wrong.extend(serial_fault(&certificate.serial).map(str::to_owned));
    if wrong.is_empty() {
        return answer(Check::Form, true, "strict verifiers accept it");
    }
    answer(Check::Form, false, wrong.join(", "))
}

fn serial_fault(serial: &str) -> Option<&'static str> {
    let negative = serial
        .as_bytes()
        .first()
        .is_some_and(|digit| *digit >= b'8');
    if serial.bytes().all(|digit| digit == b'0') {
        Some("serial number zero")
    } else if negative {
        Some("a negative serial number")
    } else if serial.len() > 42 || (serial.len() > 40 && !serial.starts_with("00")) {
        Some("a serial number of more than 20 bytes")
    } else {
        None
    }
}

/// Whether one of the CAs has signed it, for this purpose.
pub(super) fn chain(
    leaf: &Certificate,
    trusted: &[&Certificate],
    purpose: Purpose,
    at: OffsetDateTime,
) -> Result<(), webpki::Error> {
    walk(leaf, &[], trusted, purpose, at)
}

/// From a certificate through those beside it to a trusted one.
fn walk(
    leaf: &Certificate,
    beside: &[&Certificate],
    trusted: &[&Certificate],
    purpose: Purpose,
    at: OffsetDateTime,
) -> Result<(), webpki::Error> {
    let beside: Vec<CertificateDer<'_>> = beside
        .iter()
        .map(|one| CertificateDer::from(one.der()))
        .collect();
    let ders: Vec<CertificateDer<'_>> = trusted
        .iter()
        .map(|ca| CertificateDer::from(ca.der()))
        .collect();
    let anchors: Vec<_> = ders
        .iter()
        .filter_map(|der| webpki::anchor_from_trusted_cert(der).ok())
        .collect();
    let der = CertificateDer::from(leaf.der());
    let parsed = EndEntityCert::try_from(&der)?;
    let since_1970 = u64::try_from(at.unix_timestamp()).unwrap_or(0);
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(since_1970));
    let check = |usage| {
        parsed
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &anchors,
                &beside,
                time,
                usage,
                None,
                None,
            )
            .map(drop)
    };
    if purpose.serves() {
        check(Usage::server_auth())?;
    }
    if purpose.connects() {
        check(Usage::client_auth())?;
    }
    Ok(())
}

/// Whether one of the trusted CAs has signed a certificate, itself or through those that are
/// shown beside it. Dates and purposes are other questions. `None` where it cannot be told.
#[must_use]
pub fn is_issued(
    leaf: &Certificate,
    shown: &[&Certificate],
    trusted: &[&Certificate],
) -> Option<bool> {
    if trusted.iter().any(|ca| ca.der() == leaf.der()) {
        return Some(true);
    }
    let beside: Vec<&Certificate> = shown
        .iter()
        .copied()
        .filter(|one| one.is_ca && one.der() != leaf.der())
        .collect();
    let below = || std::iter::once(&leaf).chain(&beside);
    let signs = |ca: &&Certificate| below().any(|one| one.issuer_der == ca.subject_der);
    let anchors: Vec<&Certificate> = trusted.iter().copied().filter(signs).collect();
    let is_named = |ca: &&Certificate| {
        let named = |one: &&Certificate| {
            one.authority_key_id.is_some() && one.authority_key_id == ca.subject_key_id
        };
        below().any(named)
    };
    if anchors.is_empty() {
        // one name may be written in two ways
        return (!trusted.iter().any(is_named)).then_some(false);
    }
    // a moment at which all of them were valid, as theirs is another question
    let dates = below().flat_map(|one| [one.not_before, one.not_after]);
    let purpose = leaf.purpose.unwrap_or(Purpose::Server);
    let mut is_refuted = true;
    for at in dates.filter(|at| (leaf.not_before..=leaf.not_after).contains(at)) {
        match walk(leaf, &beside, &anchors, purpose, at) {
            Ok(()) => return Some(true),
            Err(webpki::Error::InvalidSignatureForPublicKey) => {}
            Err(_) => is_refuted = false,
        }
    }
    (is_refuted && !anchors.iter().any(is_named)).then_some(false)
}

/// The error in words for people.
pub(super) fn reason(error: &webpki::Error) -> String {
    match error {
        webpki::Error::UnknownIssuer => "no trusted CA has signed it".to_owned(),
        webpki::Error::CaUsedAsEndEntity => "it is a CA".to_owned(),
        webpki::Error::NameConstraintViolation => "its CA may not sign for its names".to_owned(),
        webpki::Error::InvalidSignatureForPublicKey => {
            "a CA of that name is trusted, but another key signed it".to_owned()
        }
        other => format!("it does not verify ({other})"),
    }
}
