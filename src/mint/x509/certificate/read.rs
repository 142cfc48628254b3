//! From what the parser says to our own words.

use std::net::IpAddr;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as ParsedKey;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Name, X509Version};

use super::{Certificate, PublicKey};
use crate::mint::name::Name;
use crate::mint::x509::hex;

/// Everything but the extensions and the DER.
pub(super) fn of(parsed: &X509Certificate<'_>) -> Certificate {
    let common_name = parsed
        .subject()
        .iter_common_name()
        .find_map(|name| name.as_str().ok())
        .map(str::to_owned);
    Certificate {
        der: Vec::new(),
        subject_der: parsed.subject().as_raw().to_vec(),
        common_name,
        issuer_der: parsed.issuer().as_raw().to_vec(),
        serial: hex(parsed.raw_serial()),
        not_before: parsed.validity().not_before.to_datetime(),
        not_after: parsed.validity().not_after.to_datetime(),
        is_ca: false,
        names: Vec::new(),
        other_names: Vec::new(),
        purpose: None,
        limits_purpose: false,
        key_usage: None,
        public_key: read_key(parsed.public_key()),
        subject_key_id: None,
        authority_key_id: None,
        constrains_names: false,
        weak_signature: is_weak(parsed),
        is_version_1: parsed.version() == X509Version::V1,
    }
}

/// A name that was parsed before, as text. For this the parser makes a table of all that it
/// knows, which is why it is not done for every certificate that is read.
pub(super) fn name(der: &[u8]) -> String {
    X509Name::from_der(der).map_or_else(|_| hex(der), |(_, name)| name.to_string())
}

pub(super) fn read_key(info: &SubjectPublicKeyInfo<'_>) -> PublicKey {
    use x509_parser::oid_registry::{OID_EC_P256, OID_NIST_EC_P384, OID_SIG_ED25519};

    let curve = || info.algorithm.parameters.as_ref()?.as_oid().ok();
    let mut rsa_bits = None;
    let kind = match info.parsed() {
        Ok(ParsedKey::RSA(rsa)) => {
            rsa_bits = Some(rsa.key_size());
            format!("RSA-{}", rsa.key_size())
        }
        Ok(ParsedKey::EC(_)) => match curve() {
            Some(oid) if oid == OID_EC_P256 => "P-256".to_owned(),
            Some(oid) if oid == OID_NIST_EC_P384 => "P-384".to_owned(),
            Some(oid) => format!("EC {oid}"),
            None => "EC".to_owned(),
        },
        _ if info.algorithm.algorithm == OID_SIG_ED25519 => "Ed25519".to_owned(),
        _ => info.algorithm.algorithm.to_string(),
    };
    PublicKey {
        kind,
        rsa_bits,
        bits: info.subject_public_key.data.to_vec(),
    }
}

fn is_weak(parsed: &X509Certificate<'_>) -> bool {
    const WEAK: [&str; 4] = [
        "1.2.840.113549.1.1.4", // md5WithRSAEncryption
        "1.2.840.113549.1.1.5", // sha1WithRSAEncryption
        "1.3.14.3.2.29",        // sha1WithRSASignature
        "1.2.840.10045.4.1",    // ecdsa-with-SHA1
    ];
    WEAK.contains(&parsed.signature_algorithm.algorithm.to_id_string().as_str())
}

/// A name, or what else it is.
pub(super) fn read_name(name: &GeneralName<'_>) -> Result<Name, String> {
    match name {
        GeneralName::DNSName(text) => match Name::new(text) {
            Ok(name @ Name::Dns(_)) => Ok(name),
            _ => Err(format!("DNS {text}")),
        },
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            let v6 = <[u8; 16]>::try_from(*octets).map(IpAddr::from);
            v4.or(v6)
                .map(Name::Ip)
                .map_err(|_| format!("IP {}", hex(octets)))
        }
        GeneralName::URI(text) => Err(format!("URI {text}")),
        GeneralName::RFC822Name(text) => Err(format!("mail {text}")),
        other => Err(other.to_string()),
    }
}
