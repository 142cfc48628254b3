//! Names that a certificate vouches for: host names, told apart from IP addresses. What is
//! taken here is what every verifier reads the same way; everything else is refused with
//! the reason, because a certificate with a wrong name is found out only at the handshake.

use std::fmt;
use std::net::IpAddr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// The longest host name, in bytes of its ASCII form (RFC 1035).
pub const MAX_NAME: usize = 253;
/// The longest label of one.
pub const MAX_LABEL: usize = 63;

/// A name in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A host name: lower case, ASCII (internationalised ones as A-labels); its first label may be `*`.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// Why a text is no name for a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing at all.
    #[error("a host name cannot be empty")]
    Empty,
    /// White space or a control character.
    #[error("`{0}` is no host name: it has a blank or a control character in it")]
    Blank(String),
    /// A whole URL, of which only the host is kept: there may be a password in it.
    #[error("a URL was given where a host name belongs")]
    Url(String),
    /// A host with a port; certificates know no ports.
    #[error("`{0}` has a port, and certificates know no ports")]
    Port(String),
    /// An address with an interface.
    #[error("`{0}` names a network interface, and certificates know none")]
    Zone(String),
    /// Longer than [`MAX_NAME`].
    #[error("`{name}` has {1} bytes, and a host name has at most {MAX_NAME}", name = shortened(.0))]
    TooLong(String, usize),
    /// A label longer than [`MAX_LABEL`].
    #[error("`{name}` has a label of {1} bytes, and a label has at most {MAX_LABEL}", name = shortened(.0))]
    LongLabel(String, usize),
    /// `a..b`, `.a`.
    #[error("`{0}` has an empty label between its dots")]
    EmptyLabel(String),
    /// `a.`
    #[error("`{0}` ends with a dot, which names in certificates do not")]
    TrailingDot(String),
    /// A star anywhere but as the whole first label, or with too little after it.
    #[error("`{0}` has a wildcard in the wrong place")]
    Wildcard(String),
    /// Allowed in DNS, not in the host names of certificates (RFC 5280, 4.2.1.6).
    #[error("`{0}` has an underscore in it, which host names in certificates must not have")]
    Underscore(String),
    /// Ends like an IP address, but is none.
    #[error("`{0}` looks like an IP address, but is none")]
    Address(String),
    /// A label that begins or ends with a hyphen.
    #[error("`{0}` has a label that begins or ends with a hyphen")]
    Hyphen(String),
    /// Anything else that no host name may contain.
    #[error("`{0}` is no host name: `{1}` cannot be in one")]
    Character(String, char),
    /// Not a valid internationalised name (UTS #46).
    #[error("`{0}` is no valid internationalised host name")]
    Idna(String),
}

impl Name {
    /// Takes a text as a host name or an IP address, with or without brackets.
    ///
    /// # Errors
    /// When it is neither; see [`NameError`].
    pub fn new(text: &str) -> Result<Name, NameError> {
        let whole = || text.to_owned();
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(NameError::Blank(whole()));
        }
        if text.contains("://") {
            return Err(NameError::Url(host_of(text).to_owned()));
        }
        let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        if let Ok(address) = bare.unwrap_or(text).parse() {
            return Ok(Name::Ip(address));
        }
        refuse_almost_addresses(text)?;
        match text.strip_prefix("*.") {
            Some(rest) if rest.contains('.') => {
                Ok(Name::Dns(format!("*.{}", host(rest, text, MAX_NAME - 2)?)))
            }
            _ => host(text, text, MAX_NAME).map(Name::Dns),
        }
    }

    /// `DNS` or `IP`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Name::Dns(_) => "DNS",
            Name::Ip(_) => "IP",
        }
    }
}

fn refuse_almost_addresses(text: &str) -> Result<(), NameError> {
    let port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    match text.rsplit_once(':') {
        Some((host, digits)) if port(digits) && (!host.contains(':') || host.ends_with(']')) => {
            Err(NameError::Port(text.to_owned()))
        }
        Some(_) if text.contains('%') => Err(NameError::Zone(text.to_owned())),
        Some(_) => Err(NameError::Address(text.to_owned())),
        None => Ok(()),
    }
}

/// The ASCII form of a name without wildcard; `whole` is what the user typed.
fn host(name: &str, whole: &str, most: usize) -> Result<String, NameError> {
    let text = || whole.to_owned();
    if name.contains('*') {
        return Err(NameError::Wildcard(text()));
    }
    if let Some(bad) = name
        .chars()
        .find(|c| c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '-' | '.'))
    {
        return Err(match bad {
            '_' => NameError::Underscore(text()),
            _ => NameError::Character(text(), bad),
        });
    }
    if name.ends_with('.') && name.len() > 1 {
        return Err(NameError::TrailingDot(text()));
    }
    // no name of that length can come out short enough, and the conversion is quadratic
    if name.len() > 4 * MAX_NAME {
        return Err(NameError::TooLong(text(), name.len()));
    }
    let ascii = Uts46::new()
        .to_ascii(
            name.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::Allow,
            DnsLength::Ignore,
        )
        .map_err(|_| NameError::Idna(text()))?;
    measure(&ascii, whole, most)?;
    if ascii.rsplit('.').next().is_some_and(is_number) {
        return Err(NameError::Address(text()));
    }
    Ok(ascii.into_owned())
}

fn measure(ascii: &str, whole: &str, most: usize) -> Result<(), NameError> {
    let text = || whole.to_owned();
    if ascii.len() > most {
        return Err(NameError::TooLong(text(), ascii.len() + (MAX_NAME - most)));
    }
    for label in ascii.split('.') {
        if label.is_empty() {
            return Err(NameError::EmptyLabel(text()));
        }
        if label.len() > MAX_LABEL {
            return Err(NameError::LongLabel(text(), label.len()));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(NameError::Hyphen(text()));
        }
    }
    Ok(())
}

/// What URL parsers take for the end of an IPv4 address: `1`, `0x7f`.
fn is_number(label: &str) -> bool {
    let hex = label.strip_prefix("0x");
    label.bytes().all(|b| b.is_ascii_digit())
        || hex.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl NameError {
    /// What to type instead.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            NameError::Empty => "name the host that clients connect to, such as `redis`".to_owned(),
            NameError::Blank(_) => {
                "give several names apart: --host redis --host 10.0.0.5".to_owned()
            }
            NameError::Url(host) => format!("give the host alone: `{host}`"),
            NameError::Port(text) => {
                let host = text.rsplit_once(':').map_or("", |(host, _)| host);
                format!("leave the port out: `{host}`")
            }
            NameError::Zone(text) => {
                let address = text.split('%').next().unwrap_or_default();
                format!("leave the interface out: `{}`", address.trim_matches('['))
            }
            NameError::TrailingDot(text) => {
                format!("leave the dot out: `{}`", text.trim_end_matches('.'))
            }
            NameError::Wildcard(_) => {
                "a wildcard is the whole first label, with two more after it: `*.example.com`"
                    .to_owned()
            }
            NameError::Underscore(text) => format!(
                "use a hyphen, as in `{}`; in compose, add it under `networks: … aliases:`",
                text.replace('_', "-")
            ),
            NameError::Address(_) => {
                "write addresses as `10.0.0.5` or `fd00::5`; the last label of a host name is no number"
                    .to_owned()
            }
            NameError::TooLong(..)
            | NameError::LongLabel(..)
            | NameError::EmptyLabel(_)
            | NameError::Hyphen(_)
            | NameError::Character(..)
            | NameError::Idna(_) => "check the spelling of the name".to_owned(),
        };
        Some(hint)
    }
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, _)) if !name.contains(':') || name.ends_with(']') => name,
        _ => host,
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Dns(name) => f.write_str(name),
            Name::Ip(address) => address.fmt(f),
        }
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Name, NameError> {
        Name::new(text)
    }
}

#[cfg(test)]
mod tests {
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
}
