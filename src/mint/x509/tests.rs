//! The profile, read back by a parser that shares no code with what wrote it.

mod answers;
mod authorities;

use std::collections::BTreeMap;

use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

use super::*;
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::name::Name;

const NOW: OffsetDateTime = datetime!(2026-11-23 18:49:12.345 UTC);

fn key(key_type: KeyType) -> PrivateKey {
    PrivateKey::generate(key_type).unwrap()
}

fn serial(byte: u8) -> Serial {
    Serial::new([byte; 20])
}

fn authority() -> Authority {
    Authority::create(key(KeyType::P256), serial(1), NOW).unwrap()
}

fn request(purpose: Purpose, common: &str, names: &[&str]) -> Request {
    Request {
        purpose,
        subject: Subject::Common(common.to_owned()),
        names: names.iter().map(|name| Name::new(name).unwrap()).collect(),
        not_after: NOW + LEAF_LIFETIME,
    }
}

fn issue(authority: &Authority, request: &Request) -> Leaf {
    authority
        .issue(request, key(KeyType::P256), serial(2), NOW)
        .unwrap()
}

/// Each extension's name, with `!` where it is critical.
fn extensions(parsed: &X509Certificate<'_>) -> BTreeMap<&'static str, bool> {
    parsed
        .extensions()
        .iter()
        .map(|extension| {
            let name = match extension.parsed_extension() {
                ParsedExtension::BasicConstraints(_) => "basicConstraints",
                ParsedExtension::KeyUsage(_) => "keyUsage",
                ParsedExtension::ExtendedKeyUsage(_) => "extendedKeyUsage",
                ParsedExtension::SubjectAlternativeName(_) => "subjectAltName",
                ParsedExtension::SubjectKeyIdentifier(_) => "subjectKeyIdentifier",
                ParsedExtension::AuthorityKeyIdentifier(_) => "authorityKeyIdentifier",
                other => panic!("unexpected extension {other:?}"),
            };
            (name, extension.critical)
        })
        .collect()
}

fn parsed(certificate: &Certificate) -> X509Certificate<'_> {
    X509Certificate::from_der(certificate.der()).unwrap().1
}

#[test]
fn a_ca_has_exactly_the_profile_of_a_root() {
    let authority = authority();
    let root = parsed(authority.certificate());
    let expected = [
        ("authorityKeyIdentifier", false),
        ("basicConstraints", true),
        ("keyUsage", true),
        ("subjectKeyIdentifier", false),
    ];
    assert_eq!(extensions(&root), BTreeMap::from(expected));
    let constraints = root.basic_constraints().unwrap().unwrap().value;
    assert!(constraints.ca);
    assert_eq!(constraints.path_len_constraint, Some(0));
    let usage = root.key_usage().unwrap().unwrap().value;
    assert_eq!(
        usage.flags, 0b110_0000,
        "keyCertSign and cRLSign, nothing else"
    );
    assert_eq!(root.subject().to_string(), "CN=stem-sec CA 41010101");
    assert_eq!(root.issuer(), root.subject());
    assert_eq!(root.version, x509_parser::x509::X509Version::V3);
    assert!(root.verify_signature(None).is_ok());
    let validity = root.validity();
    assert_eq!(
        validity.not_before.to_datetime(),
        datetime!(2026-11-23 17:49:12 UTC)
    );
    assert_eq!(
        validity.not_after.to_datetime(),
        datetime!(2036-11-23 18:49:12 UTC)
    );
}

#[test]
fn a_leaf_has_exactly_the_profile_of_its_purpose() {
    let authority = authority();
    let root = parsed(authority.certificate());
    for (purpose, server, client) in [
        (Purpose::Server, true, false),
        (Purpose::Client, false, true),
        (Purpose::Peer, true, true),
    ] {
        let leaf = issue(
            &authority,
            &request(purpose, "redis", &["redis", "10.0.0.5", "::1"]),
        );
        let leaf = parsed(&leaf.certificate);
        let expected = [
            ("authorityKeyIdentifier", false),
            ("basicConstraints", true),
            ("extendedKeyUsage", false),
            ("keyUsage", true),
            ("subjectAltName", false),
            ("subjectKeyIdentifier", false),
        ];
        assert_eq!(extensions(&leaf), BTreeMap::from(expected));
        let usage = leaf.extended_key_usage().unwrap().unwrap().value;
        assert_eq!((usage.server_auth, usage.client_auth), (server, client));
        assert!(!usage.any && usage.other.is_empty());
        assert_eq!(
            leaf.key_usage().unwrap().unwrap().value.flags,
            1,
            "digitalSignature"
        );
        assert!(!leaf.basic_constraints().unwrap().unwrap().value.ca);
        assert_eq!(leaf.subject().to_string(), "CN=redis");
        assert_eq!(leaf.issuer().as_raw(), root.subject().as_raw());
        assert!(leaf.verify_signature(Some(root.public_key())).is_ok());
        let names = leaf.subject_alternative_name().unwrap().unwrap().value;
        assert_eq!(
            names.general_names,
            [
                GeneralName::DNSName("redis"),
                GeneralName::IPAddress(&[10, 0, 0, 5]),
                GeneralName::IPAddress(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
            ]
        );
    }
}

#[test]
fn a_leaf_names_the_key_of_its_ca() {
    let authority = authority();
    let leaf = issue(&authority, &request(Purpose::Server, "redis", &["redis"])).certificate;
    assert!(leaf.authority_key_id.is_some());
    assert_eq!(
        leaf.authority_key_id,
        authority.certificate().subject_key_id
    );
    assert_ne!(leaf.authority_key_id, leaf.subject_key_id);
}

#[cfg(feature = "rsa")]
#[test]
fn an_rsa_leaf_may_encipher_keys_too() {
    let authority = authority();
    let request = request(Purpose::Server, "redis", &["redis"]);
    let leaf = authority
        .issue(&request, key(KeyType::Rsa2048), serial(2), NOW)
        .unwrap();
    let usage = leaf.certificate.key_usage.unwrap();
    assert!(usage.digital_signature && usage.key_encipherment && usage.critical);
    assert_eq!(leaf.certificate.public_key.rsa_bits, Some(2048));
    assert!(leaf.certificate.has_key(&leaf.key));
}

#[test]
fn a_leaf_is_valid_from_an_hour_back_for_a_year() {
    let mut old =
        Authority::create(key(KeyType::P256), serial(1), NOW - Duration::days(9)).unwrap();
    let request = request(Purpose::Client, "worker", &[]);
    let leaf = issue(&old, &request);
    assert_eq!(
        leaf.certificate.not_before,
        datetime!(2026-11-23 17:49:12 UTC)
    );
    assert_eq!(
        leaf.certificate.not_after,
        datetime!(2027-11-23 18:49:12 UTC)
    );
    assert!(!leaf.clamped);
    old.certificate.not_before = NOW - Duration::minutes(5);
    let leaf = issue(&old, &request);
    assert_eq!(
        leaf.certificate.not_before,
        whole_seconds(NOW - Duration::minutes(5))
    );
}

#[test]
fn a_leaf_never_outlives_its_ca() {
    let authority = authority();
    let mut request = request(Purpose::Client, "worker", &[]);
    request.not_after = NOW + Duration::days(9000);
    let leaf = issue(&authority, &request);
    assert!(leaf.clamped);
    assert_eq!(
        leaf.certificate.not_after,
        authority.certificate().not_after
    );
}

#[test]
fn a_leaf_that_would_never_be_valid_is_refused() {
    let mut request = request(Purpose::Client, "worker", &[]);
    request.not_after = NOW;
    let refused = authority().issue(&request, key(KeyType::P256), serial(2), NOW);
    assert!(matches!(refused, Err(IssueError::Past(_))));
}

#[test]
fn a_server_without_a_name_is_refused() {
    for purpose in [Purpose::Server, Purpose::Peer] {
        let refused = authority().issue(
            &request(purpose, "redis", &[]),
            key(KeyType::P256),
            serial(2),
            NOW,
        );
        assert_eq!(refused.map(drop), Err(IssueError::Nameless(purpose)));
    }
}

#[test]
fn a_long_common_name_is_left_out_and_the_names_are_critical() {
    let authority = authority();
    let long = format!("{}.example", "a".repeat(57));
    let leaf = issue(&authority, &request(Purpose::Server, &long, &[&long])).certificate;
    let read = parsed(&leaf);
    assert_eq!(read.subject().as_raw(), [0x30, 0]);
    assert!(extensions(&read)["subjectAltName"]);
    let just = format!("{}.example", "a".repeat(56));
    let leaf = issue(&authority, &request(Purpose::Server, &just, &[&just])).certificate;
    assert_eq!(leaf.common_name.as_deref(), Some(just.as_str()));
    assert!(!extensions(&parsed(&leaf))["subjectAltName"]);
}

#[test]
fn a_client_gets_its_own_name_if_it_is_a_host_name() {
    let authority = authority();
    let named = issue(&authority, &request(Purpose::Client, "worker", &[])).certificate;
    assert_eq!(named.names, [Name::new("worker").unwrap()]);
    let bare = issue(&authority, &request(Purpose::Client, "api_worker", &[])).certificate;
    assert_eq!(bare.names, []);
    assert_eq!(bare.common_name.as_deref(), Some("api_worker"));
}

#[test]
fn a_kept_subject_stays_the_same_bytes() {
    let authority = authority();
    // O=a + CN=b in one step, then OU twice: what rcgen could not write
    let subject = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            for steps in [&[(10, "a"), (3, "b")][..], &[(11, "c")], &[(11, "d")]] {
                writer.next().write_set(|writer| {
                    for (attribute, value) in steps {
                        let oid =
                            yasna::models::ObjectIdentifier::from_slice(&[2, 5, 4, *attribute]);
                        writer.next().write_sequence(|writer| {
                            writer.next().write_oid(&oid);
                            writer.next().write_printable_string(value);
                        });
                    }
                });
            }
        });
    });
    let mut wanted = request(Purpose::Client, "", &["worker"]);
    wanted.subject = Subject::Same(subject.clone());
    let leaf = issue(&authority, &wanted).certificate;
    assert_eq!(leaf.subject_der, subject);
    assert!(
        parsed(&leaf)
            .verify_signature(Some(parsed(authority.certificate()).public_key()))
            .is_ok()
    );
    wanted.subject = Subject::Same(vec![0x30, 0]);
    let leaf = issue(&authority, &wanted).certificate;
    assert!(extensions(&parsed(&leaf))["subjectAltName"]);
}

#[test]
fn serials_are_twenty_bytes_and_positive_whatever_the_randomness() {
    for byte in [0, 0x80, 0xff] {
        let authority =
            Authority::create(key(KeyType::P256), Serial::new([byte; 20]), NOW).unwrap();
        let certificate = authority.certificate().clone();
        let root = parsed(&certificate);
        assert_eq!(root.raw_serial().len(), 20);
        assert!((0x40..0x80).contains(&root.raw_serial()[0]));
    }
}
