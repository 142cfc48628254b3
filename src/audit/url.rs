//! URLs of brokers and stores as Stem reads them: with Dart's `Uri.parse`, and what the code
//! behind each variable makes of the scheme (stem-semantics 1, 2.1 and 6). Judges nothing.

use crate::formats::key_list::trim;
use crate::model::env;

/// The variables that carry one, as files list them.
pub const VARIABLES: [&str; 5] = [
    env::BROKER_URL,
    env::RESULT_BACKEND_URL,
    env::SCHEDULE_STORE_URL,
    env::REVOKE_STORE_URL,
    env::WORKFLOW_STORE_URL,
];

/// A URL that Dart takes for one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Url<'t> {
    /// What stands before the first colon, case as written; empty where there is none.
    scheme: &'t str,
    /// Whether `//` follows, and so a host.
    has_host: bool,
    /// What follows the scheme.
    rest: &'t str,
    /// What stands before `@`, nothing decoded; secret.
    pub user_info: Option<&'t str>,
    /// Without brackets; empty means the own host.
    host: &'t str,
    /// The port, where one is said.
    pub port: Option<u16>,
}

/// Why Stem does not start with a URL, or cannot reach anything by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// Nothing but white space.
    Empty,
    /// It begins with white space, and this variable is not trimmed.
    Blank,
    /// What stands before the colon is no scheme.
    Scheme,
    /// What stands before the `@` holds `@`, `[` or `]`.
    UserInfo,
    /// There is a port or a password, and no host: Stem takes the own one.
    NoHost,
    /// The host holds what no host does.
    Host,
    /// The port is none.
    Port,
    /// White space, a line end mostly, right behind the host or port.
    LineEnd,
    /// Nothing in Stem knows the scheme.
    UnknownScheme,
}

/// How Stem reaches what a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// A Redis, in clear.
    Clear,
    /// A Redis, through TLS.
    Tls,
    /// A Postgres: its options say how.
    Postgres,
    /// No network: memory or a file.
    Local,
    /// Something that is not known here.
    Other,
}

/// The text of a variable as Stem hands it on: only the broker's URL is not trimmed.
#[must_use]
pub fn taken<'t>(variable: &str, text: &'t str) -> &'t str {
    match variable {
        env::BROKER_URL => text,
        _ => trim(text),
    }
}

/// Reads the text of a variable.
///
/// # Errors
/// When Stem would not start with it, or reach nothing by it.
pub fn read<'t>(variable: &str, text: &'t str) -> Result<Url<'t>, Problem> {
    let text = taken(variable, text);
    if trim(text).is_empty() {
        return Err(Problem::Empty);
    }
    let url = parse(text)?;
    match url.kind(variable) {
        Some(_) => Ok(url),
        None => Err(Problem::UnknownScheme),
    }
}

fn parse(text: &str) -> Result<Url<'_>, Problem> {
    if text.starts_with(|c: char| c.is_whitespace() || c == '\u{feff}') {
        return Err(Problem::Blank);
    }
    let (scheme, rest) = match text.find([':', '/', '?', '#']) {
        Some(at) if text[at..].starts_with(':') => (&text[..at], &text[at + 1..]),
        _ => ("", text),
    };
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    if scheme.len() != text.len() - rest.len() && !(is_scheme && scheme.chars().all(in_scheme)) {
        return Err(Problem::Scheme);
    }
    let Some(rest) = rest.strip_prefix("//") else {
        return Ok(Url {
            scheme,
            has_host: false,
            rest,
            user_info: None,
            host: "",
            port: None,
        });
    };
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let (user_info, place) = match authority.rsplit_once('@') {
        Some((user_info, place)) => (Some(user_info), place),
        None => (None, authority),
    };
    if user_info.is_some_and(|text| text.contains(['@', '[', ']'])) {
        return Err(Problem::UserInfo);
    }
    let (host, port) = host_and_port(place)?;
    if host.is_empty() && !authority.is_empty() {
        return Err(Problem::NoHost);
    }
    Ok(Url {
        scheme,
        has_host: true,
        rest,
        user_info,
        host,
        port,
    })
}

fn host_and_port(place: &str) -> Result<(&str, Option<u16>), Problem> {
    if place.ends_with(char::is_whitespace) {
        return Err(Problem::LineEnd);
    }
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or(Problem::Host)?;
            let is_address = host.parse::<std::net::Ipv6Addr>().is_ok() || host.contains('%');
            match rest.strip_prefix(':') {
                _ if !is_address => return Err(Problem::Host),
                None if !rest.is_empty() => return Err(Problem::Host),
                port => (host, port.unwrap_or_default()),
            }
        }
        None => place.split_once(':').unwrap_or((place, "")),
    };
    let refused = |c: char| c.is_whitespace() || c.is_control() || "\"'<>[]".contains(c);
    if host.contains(refused) {
        return Err(Problem::Host);
    }
    let port = match port {
        "" => None,
        port if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(port.parse().map_err(|_| Problem::Port)?)
        }
        _ => return Err(Problem::Port),
    };
    Ok((host, port))
}

impl Url<'_> {
    /// The host in lower case; `localhost` where none is said, as Stem has it.
    #[must_use]
    pub fn host(&self) -> String {
        match self.host {
            "" => "localhost".to_owned(),
            host => host.trim_end_matches('.').to_ascii_lowercase(),
        }
    }

    /// The database of a Redis that it names: 0 where it names none.
    #[must_use]
    pub fn database(&self) -> &str {
        let path = self.rest.split(['?', '#']).next().unwrap_or_default();
        let database = path.split('/').nth(1).map(trim).unwrap_or_default();
        match database.trim_start_matches('0') {
            "" => "0",
            number => number,
        }
    }

    /// Whether two URLs of brokers may lead to the same one. One host goes by several names:
    /// alone and with its domain, and as the own one; and by two ports, where one is for TLS.
    #[must_use]
    pub fn may_meet(&self, other: &Url<'_>) -> bool {
        let (one, two) = (self.host(), other.host());
        let first = |host: &str| host.split('.').next().unwrap_or_default().to_owned();
        let is_bare = !one.contains('.') || !two.contains('.');
        let same_host = one == two
            || is_bare && first(&one) == first(&two)
            || self.is_loopback() != other.is_loopback();
        let port = |url: &Url<'_>| url.port.unwrap_or(6379);
        let same_scheme = self.scheme.eq_ignore_ascii_case(other.scheme);
        let same_port = port(self) == port(other) || !same_scheme;
        same_host && same_port && self.database() == other.database()
    }

    /// Whether it names the own host.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host())
    }

    /// Whether it has a scheme at all: `redis:6379` has none that was meant.
    #[must_use]
    pub fn has_scheme(&self) -> bool {
        !self.scheme.is_empty() && self.has_host
    }

    /// How Stem reaches it, for a variable with which [`read`] took it.
    #[must_use]
    pub fn reach(&self, variable: &str) -> Reach {
        self.kind(variable).unwrap_or(Reach::Other)
    }

    fn kind(&self, variable: &str) -> Option<Reach> {
        let scheme = self.scheme.to_ascii_lowercase();
        Some(match scheme.as_str() {
            "rediss" => Reach::Tls,
            "postgres" | "postgresql" | "postgres+ssl" | "postgresql+ssl" => Reach::Postgres,
            "memory" | "file" | "sqlite" | "sqlite3" => Reach::Local,
            // hosted variants are no business of Redis
            "http" | "https" => Reach::Other,
            // a file, or the word `memory`
            "" if variable == env::REVOKE_STORE_URL || self.rest == "memory" => Reach::Local,
            "" if self.rest.starts_with(['.', '/']) && !self.has_host => Reach::Other,
            // whatever is no `rediss` goes to Redis in clear, `host:6379` too
            _ if !self.has_host || scheme.is_empty() || is_like_redis(&scheme) => Reach::Clear,
            _ => return None,
        })
    }
}

/// Whether a host is the own one.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "::1" || host.starts_with("127.")
}

/// Schemes that somebody who means a Redis writes.
fn is_like_redis(scheme: &str) -> bool {
    let word = |word: &str| scheme.split(['+', '-', '.']).any(|part| part == word);
    let known = ["redis", "rediss", "valkey", "valkeys", "tls", "ssl", "tcp"];
    let is_misspelt = scheme.starts_with("red") && scheme.len() <= 8;
    known.into_iter().any(word) || is_misspelt
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts_and_ports_are_those_that_dart_reads() {
        let broker = env::BROKER_URL;
        let read = |text| {
            let url = read(broker, text).expect("a URL");
            (url.host(), url.port, url.user_info.is_some())
        };
        let host = |name: &str| name.to_owned();
        for (text, expected) in [
            ("rediss://Redis:6379/0", (host("redis"), Some(6379), false)),
            ("rediss://:p@redis.", (host("redis"), None, true)),
            ("rediss://[FD00::5]:1/0", (host("fd00::5"), Some(1), false)),
            ("rediss:///0", (host("localhost"), None, false)),
            ("redis:6379", (host("localhost"), None, false)),
            ("rediss://h?x=a@b:c", (host("h"), None, false)),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn only_the_broker_is_not_trimmed() {
        let text = "\u{feff} rediss://h:1/0\n";
        assert_eq!(read(env::BROKER_URL, text).err(), Some(Problem::Blank));
        for name in &VARIABLES[1..] {
            assert!(read(name, text).is_ok(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}", name in 0..VARIABLES.len()) {
            if let Ok(url) = read(VARIABLES[name], &text) {
                prop_assert!(!url.host().contains('@'));
            }
        }

        #[test]
        fn what_is_like_a_url_is_read_or_refused(
            text in "[ \\n]?(redis|rediss|x)?:?/{0,2}[a:@/?#\\[\\]% \\n1]{0,20}",
            name in 0..VARIABLES.len(),
        ) {
            if let Ok(url) = read(VARIABLES[name], &text) {
                prop_assert!(!url.host().contains(char::is_whitespace));
            }
        }
    }
}
