//! Each question about a certificate gets its own answer.

use super::*;

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

/// A CA below another, and a leaf below that: `(intermediate, leaf)`.
fn below(root: &Authority) -> (Certificate, Certificate) {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

    let root_key = KeyPair::from_pem(root.key_pem().expose()).unwrap();
    let root = Issuer::from_ca_cert_pem(&root.certificate().to_pem(), root_key).unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters
        .distinguished_name
        .push(DnType::CommonName, "below");
    (parameters.not_before, parameters.not_after) = (NOW, NOW + LEAF_LIFETIME);
    let key = KeyPair::generate().unwrap();
    let between = parameters.signed_by(&key, &root).unwrap();
    let issuer = Issuer::new(parameters, key);
    let mut parameters = CertificateParams::new(vec!["redis".to_owned()]).unwrap();
    (parameters.not_before, parameters.not_after) = (NOW, NOW + LEAF_LIFETIME);
    let leaf = parameters.signed_by(&KeyPair::generate().unwrap(), &issuer);
    let read = |der: &[u8]| Certificate::from_der(der.to_vec()).unwrap();
    (read(between.der()), read(leaf.unwrap().der()))
}

#[test]
fn who_issued_a_certificate_is_told_whatever_its_dates() {
    let root = authority();
    let other = Authority::create(key(KeyType::P256), serial(9), NOW).unwrap();
    // called as the first, with another key
    let twin = Authority::create(key(KeyType::P256), serial(1), NOW).unwrap();
    let leaf = issue(&root, &request(Purpose::Client, "worker", &[])).certificate;
    let (ca, other, twin) = (root.certificate(), other.certificate(), twin.certificate());
    assert_eq!(is_issued(&leaf, &[&leaf], &[ca]), Some(true));
    assert_eq!(is_issued(&leaf, &[&leaf], &[other, ca]), Some(true));
    assert_eq!(is_issued(&leaf, &[&leaf], &[other]), Some(false));
    assert_eq!(is_issued(&leaf, &[&leaf, ca], &[other]), Some(false));
    assert_eq!(is_issued(&leaf, &[&leaf], &[twin]), Some(false));
    assert_eq!(is_issued(&leaf, &[&leaf], &[]), Some(false));
    // pinned
    assert_eq!(is_issued(&leaf, &[], &[&leaf]), Some(true));
    let (between, leaf) = below(&root);
    assert_eq!(is_issued(&leaf, &[&leaf, &between], &[ca]), Some(true));
    assert_eq!(is_issued(&leaf, &[&leaf], &[&between]), Some(true));
    assert_eq!(is_issued(&leaf, &[&leaf], &[ca]), Some(false));
    assert_eq!(is_issued(&leaf, &[&leaf, &between], &[other]), Some(false));
    assert_eq!(is_issued(&leaf, &[&leaf, &between], &[twin]), Some(false));
}
