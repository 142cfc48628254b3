//! What is taken as a name, what is refused, and why.

use super::*;

fn dns(text: &str) -> Result<Name, NameError> {
    Ok(Name::Dns(text.to_owned()))
}

#[test]
fn host_names_are_taken_in_lower_case() {
    assert_eq!(Name::new("redis"), dns("redis"));
    assert_eq!(Name::new("Stem.Local"), dns("stem.local"));
    assert_eq!(Name::new("r3---sn.example"), dns("r3---sn.example"));
    assert_eq!(Name::new("*.example.com"), dns("*.example.com"));
    assert_eq!(Name::new("3com.example"), dns("3com.example"));
}

#[test]
fn addresses_are_told_apart_with_or_without_brackets() {
    for text in ["10.0.0.5", "::1", "[::1]", "fd00::5"] {
        let bare = text.trim_matches(['[', ']']);
        assert_eq!(Name::new(text), Ok(Name::Ip(bare.parse().unwrap())));
    }
}

#[test]
fn internationalised_names_become_a_labels() {
    assert_eq!(Name::new("bücher.example"), dns("xn--bcher-kva.example"));
    assert_eq!(Name::new("*.東京.example"), dns("*.xn--1lqs71d.example"));
    assert!(matches!(
        Name::new("xn--a.example"),
        Err(NameError::Idna(_))
    ));
}

#[test]
fn digits_of_another_script_make_no_address() {
    assert!(matches!(
        Name::new("１０.0.0.５"),
        Err(NameError::Address(_))
    ));
}

#[test]
fn the_wrong_is_refused_with_its_reason() {
    let long = "a".repeat(300);
    let label = format!("{}.example", "a".repeat(64));
    type Expected = fn(&NameError) -> bool;
    let cases: &[(&str, Expected)] = &[
        ("", |e| *e == NameError::Empty),
        ("a b", |e| matches!(e, NameError::Blank(_))),
        ("a\nb", |e| matches!(e, NameError::Blank(_))),
        ("redis:6379", |e| matches!(e, NameError::Port(_))),
        ("[::1]:6379", |e| matches!(e, NameError::Port(_))),
        ("10.0.0.5:6379", |e| matches!(e, NameError::Port(_))),
        ("rediss://redis:6379/0", |e| matches!(e, NameError::Url(_))),
        ("fe80::1%eth0", |e| matches!(e, NameError::Zone(_))),
        ("[fe80::1%eth0]", |e| matches!(e, NameError::Zone(_))),
        ("::g", |e| matches!(e, NameError::Address(_))),
        ("10.0.0.256", |e| matches!(e, NameError::Address(_))),
        ("10.0.0", |e| matches!(e, NameError::Address(_))),
        ("127.0x1", |e| matches!(e, NameError::Address(_))),
        ("1234", |e| matches!(e, NameError::Address(_))),
        ("*", |e| matches!(e, NameError::Wildcard(_))),
        ("*.com", |e| matches!(e, NameError::Wildcard(_))),
        ("a.*.com", |e| matches!(e, NameError::Wildcard(_))),
        ("*a.example.com", |e| matches!(e, NameError::Wildcard(_))),
        ("*.*.example.com", |e| matches!(e, NameError::Wildcard(_))),
        ("my_redis", |e| matches!(e, NameError::Underscore(_))),
        ("redis.", |e| matches!(e, NameError::TrailingDot(_))),
        (".", |e| matches!(e, NameError::EmptyLabel(_))),
        (".redis", |e| matches!(e, NameError::EmptyLabel(_))),
        ("a..b", |e| matches!(e, NameError::EmptyLabel(_))),
        ("-a", |e| matches!(e, NameError::Hyphen(_))),
        ("a-.b", |e| matches!(e, NameError::Hyphen(_))),
        ("a,b", |e| matches!(e, NameError::Character(_, ','))),
        ("redis/0", |e| matches!(e, NameError::Character(_, '/'))),
        (&long, |e| matches!(e, NameError::TooLong(_, 300))),
        (&label, |e| matches!(e, NameError::LongLabel(_, 64))),
    ];
    for (text, expected) in cases {
        let error = Name::new(text).unwrap_err();
        assert!(expected(&error), "{text}: {error:?}");
        assert!(error.hint().is_some(), "{text}");
    }
}

#[test]
fn a_wildcard_counts_towards_the_length() {
    let tail = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(59));
    assert_eq!(tail.len(), 251);
    assert!(Name::new(&format!("*.{tail}")).is_ok());
    assert!(matches!(
        Name::new(&format!("*.{tail}b")),
        Err(NameError::TooLong(_, 254))
    ));
}

#[test]
fn a_hint_shows_the_host_of_a_url() {
    let hint = |text: &str| Name::new(text).unwrap_err().hint().unwrap();
    assert!(hint("rediss://redis:6379/0").contains("`redis`"));
    assert!(hint("rediss://user:pw@[::1]:6379").contains("`[::1]`"));
}

#[test]
fn a_password_in_a_url_is_not_repeated() {
    let error = Name::new("rediss://user:hunter2@h:6379").unwrap_err();
    assert!(!format!("{error:?} {error} {:?}", error.hint()).contains("hunter2"));
}

proptest::proptest! {
    #[test]
    fn whatever_is_taken_is_taken_again_unchanged(text in "\\PC{0,80}") {
        if let Ok(name) = Name::new(&text) {
            proptest::prop_assert_eq!(Name::new(&name.to_string()), Ok(name));
        }
    }

    #[test]
    fn whatever_is_taken_is_plain_ascii_of_bounded_length(
        text in "(\\*\\.)?[a-zA-Z0-9ßé東_.:*-]{1,70}(\\.[a-z0-9é-]{1,65}){0,5}"
    ) {
        if let Ok(Name::Dns(name)) = Name::new(&text) {
            proptest::prop_assert!(name.len() <= MAX_NAME);
            let body = name.strip_prefix("*.").unwrap_or(&name);
            for label in body.split('.') {
                proptest::prop_assert!((1..=MAX_LABEL).contains(&label.len()));
                proptest::prop_assert!(label.bytes().all(
                    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            }
        }
    }
}
