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
