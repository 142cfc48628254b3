//! The profile, read back by a parser that shares no code with what wrote it.

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
    let long = format!("{}.example", "a".repeat(60));
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

#[test]
fn each_ca_has_a_name_and_a_key_identifier_of_its_own() {
    let one = authority();
    let two = Authority::create(key(KeyType::P256), serial(3), NOW).unwrap();
    assert_ne!(one.certificate().subject, two.certificate().subject);
    assert_ne!(
        one.certificate().subject_key_id,
        two.certificate().subject_key_id
    );
}

#[test]
fn a_ca_that_was_written_can_be_loaded() {
    let made = authority();
    let (pem, key) = (made.certificate().to_pem(), made.key_pem());
    let (loaded, cautions) = Authority::load(pem.as_bytes(), key.expose().as_bytes(), NOW).unwrap();
    assert_eq!(loaded.certificate(), made.certificate());
    assert_eq!(cautions, []);
    let leaf = issue(&loaded, &request(Purpose::Server, "redis", &["redis"])).certificate;
    assert_eq!(leaf.authority_key_id, made.certificate().subject_key_id);
}

#[test]
fn of_a_bundle_of_cas_the_one_with_the_key_is_taken() {
    let (one, two) = (
        authority(),
        Authority::create(key(KeyType::P256), serial(3), NOW).unwrap(),
    );
    let bundle = one.certificate().to_pem() + &two.certificate().to_pem();
    let (loaded, _) =
        Authority::load(bundle.as_bytes(), two.key_pem().expose().as_bytes(), NOW).unwrap();
    assert_eq!(loaded.certificate(), two.certificate());
}

#[test]
fn the_key_of_another_ca_is_refused() {
    let (one, two) = (authority(), authority());
    let refused = Authority::load(
        one.certificate().to_pem().as_bytes(),
        two.key_pem().expose().as_bytes(),
        NOW,
    );
    assert!(matches!(refused, Err(AuthorityError::OtherKey(_))));
}

#[test]
fn a_ca_is_loaded_only_while_it_is_valid() {
    let made = authority();
    let (pem, key) = (made.certificate().to_pem(), made.key_pem());
    let at = |now| Authority::load(pem.as_bytes(), key.expose().as_bytes(), now).map(drop);
    assert!(matches!(
        at(NOW - Duration::hours(2)),
        Err(AuthorityError::Early { .. })
    ));
    assert!(matches!(
        at(NOW + Duration::days(3660)),
        Err(AuthorityError::Expired { .. })
    ));
}

#[test]
fn a_leaf_is_no_ca() {
    let leaf = issue(&authority(), &request(Purpose::Peer, "redis", &["redis"]));
    let refused = Authority::load(
        leaf.certificate.to_pem().as_bytes(),
        leaf.key.to_pem().expose().as_bytes(),
        NOW,
    );
    assert!(matches!(refused, Err(AuthorityError::NotCa(_))));
}

#[test]
fn a_ca_ends_ten_years_later_to_the_second_also_in_leap_years() {
    for (start, end) in [
        (
            datetime!(2028-02-29 12:00 UTC),
            datetime!(2038-03-01 12:00 UTC),
        ),
        (
            datetime!(2030-06-01 0:00 UTC),
            datetime!(2040-06-01 0:00 UTC),
        ),
    ] {
        let authority = Authority::create(key(KeyType::P256), serial(1), start).unwrap();
        assert_eq!(authority.certificate().not_after, end);
    }
}

#[test]
fn dates_beyond_2049_are_written_as_verifiers_expect() {
    let late = datetime!(2045-01-01 0:00 UTC);
    let authority = Authority::create(key(KeyType::P256), serial(1), late).unwrap();
    assert_eq!(
        authority.certificate().not_after,
        datetime!(2055-01-01 0:00 UTC)
    );
}

fn answers(question: &Question<'_>) -> Vec<(Check, bool)> {
    verify(question)
        .into_iter()
        .map(|answer| (answer.check, answer.good))
        .collect()
}

fn bad(question: &Question<'_>) -> Vec<Check> {
    let answers = answers(question).into_iter();
    answers
        .filter(|(_, good)| !good)
        .map(|(check, _)| check)
        .collect()
}

#[test]
fn a_good_certificate_passes_every_question() {
    let authority = authority();
    let leaf = issue(
        &authority,
        &request(
            Purpose::Server,
            "redis",
            &["redis", "10.0.0.5", "*.example.com"],
        ),
    );
    let hosts = ["redis", "10.0.0.5", "a.example.com"].map(|name| Name::new(name).unwrap());
    let question = Question {
        certificate: &leaf.certificate,
        trusted: &[authority.certificate()],
        purpose: Some(Purpose::Server),
        hosts: &hosts,
        key: Some(&leaf.key),
        at: NOW,
    };
    assert_eq!(
        answers(&question),
        [
            Check::Validity,
            Check::Chain,
            Check::Purpose,
            Check::Names,
            Check::Key,
            Check::Form
        ]
        .map(|check| (check, true))
    );
}

#[test]
fn each_fault_fails_its_own_question_and_no_other() {
    let (authority, other) = (
        authority(),
        Authority::create(key(KeyType::P256), serial(9), NOW).unwrap(),
    );
    let twin = Authority::create(key(KeyType::P256), serial(1), NOW).unwrap();
    let leaf = issue(
        &authority,
        &request(Purpose::Server, "redis", &["redis", "*.example.com"]),
    );
    let stranger = key(KeyType::P256);
    let ask = |change: &dyn Fn(&mut Question<'_>)| {
        let mut question = Question {
            certificate: &leaf.certificate,
            trusted: &[authority.certificate()],
            purpose: None,
            hosts: &[],
            key: Some(&leaf.key),
            at: NOW,
        };
        change(&mut question);
        bad(&question)
    };
    assert_eq!(ask(&|_| ()), []);
    assert_eq!(
        ask(&|q| q.purpose = Some(Purpose::Client)),
        [Check::Purpose]
    );
    assert_eq!(ask(&|q| q.purpose = Some(Purpose::Peer)), [Check::Purpose]);
    assert_eq!(
        ask(&|q| q.at = NOW + Duration::days(366)),
        [Check::Validity]
    );
    for wrong in ["other", "example.com", "a.b.example.com", "10.0.0.5"] {
        let host = [Name::new(wrong).unwrap()];
        let question = Question {
            certificate: &leaf.certificate,
            trusted: &[authority.certificate()],
            purpose: None,
            hosts: &host,
            key: None,
            at: NOW,
        };
        assert_eq!(bad(&question), [Check::Names], "{wrong}");
    }
    for trusted in [&[][..], &[other.certificate()], &[twin.certificate()]] {
        let question = Question {
            certificate: &leaf.certificate,
            trusted,
            purpose: None,
            hosts: &[],
            key: Some(&stranger),
            at: NOW,
        };
        assert_eq!(bad(&question), [Check::Chain, Check::Key]);
    }
}

#[test]
fn a_root_is_no_leaf() {
    let authority = authority();
    let question = Question {
        certificate: authority.certificate(),
        trusted: &[authority.certificate()],
        purpose: None,
        hosts: &[],
        key: None,
        at: NOW,
    };
    assert_eq!(bad(&question), [Check::Chain, Check::Form]);
}
