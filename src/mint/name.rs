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
mod tests;
