//! The URLs of broker and stores, without credentials: those are put in when files are
//! written, never here. A light reader: enough to refuse what Stem would misread.

use std::fmt;
use std::num::NonZeroU16;

use crate::model::posture::Transport;
use crate::model::secret::Secret;

use super::error::{Problem, transport_schemes};

const REDIS: [&str; 2] = ["redis", "rediss"];
const POSTGRES: [&str; 4] = ["postgres", "postgresql", "postgres+ssl", "postgresql+ssl"];

/// A URL of a broker or store that holds no password.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    text: String,
    scheme_end: usize,
    host: (usize, usize),
    port: Option<u16>,
}

impl Url {
    /// Takes a text as the URL of a Redis or Postgres server.
    ///
    /// # Errors
    /// When it is none, or when it carries a password or, for Redis, a user name.
    pub fn parse(text: &str) -> Result<Url, Problem> {
        let scheme_end = text.find("://").ok_or(Problem::NoUrl)?;
        let scheme = &text[..scheme_end];
        let is_redis = REDIS.contains(&scheme);
        if !is_redis && !POSTGRES.contains(&scheme) {
            return Err(Problem::UrlScheme(
                REDIS.iter().chain(&POSTGRES[..2]).copied().collect(),
            ));
        }
        let start = scheme_end + 3;
        let end = text[start..]
            .find(['/', '?', '#'])
            .map_or(text.len(), |end| start + end);
        let server = match text[start..end].split_once('@') {
            _ if is_redis && text.contains('@') => return Err(Problem::UrlCredentials),
            Some((user, _)) if !is_user_name(user) => return Err(Problem::UrlCredentials),
            Some((user, _)) => start + user.len() + 1,
            None => start,
        };
        check_end(&text[end..], is_redis)?;
        let (length, port) = host_and_port(&text[server..end])?;
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Problem::UrlEnd);
        }
        Ok(Url {
            text: text.to_owned(),
            scheme_end,
            host: (server, server + length),
            port,
        })
    }

    /// The whole URL as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before `://`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.text[..self.scheme_end]
    }

    /// The host, without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.text[self.host.0..self.host.1].trim_matches(['[', ']'])
    }

    /// The port, where the URL names one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether it is a Redis server's.
    #[must_use]
    pub fn is_redis(&self) -> bool {
        REDIS.contains(&self.scheme())
    }

    /// The same database on another Redis server, with that one's scheme.
    ///
    /// # Errors
    /// When the two do not make a URL, which those of one kind do.
    pub fn on_server_of(&self, other: &Url) -> Result<Url, Problem> {
        let end = |url: &Url| {
            let start = url.scheme_end + 3;
            let found = url.text[start..].find(['/', '?', '#']);
            found.map_or(url.text.len(), |at| start + at)
        };
        let text = format!("{}{}", &other.text[..end(other)], &self.text[end(self)..]);
        Url::parse(&text)
    }

    /// The URL as Stem reads a password from it. Only for Redis: it has no user there.
    #[must_use]
    pub fn with_password(&self, password: &Secret) -> Secret {
        let (before, after) = self.text.split_at(self.host.0);
        Secret::new(format!("{before}:{}@{after}", password.expose()))
    }

    /// The URL of a Postgres server whose certificate Stem's driver checks: only
    /// `sslmode=verify-full` makes it, and without a mode it does not even encrypt
    /// (stem-semantics 6). Others, and URLs that name a mode, are left as they are.
    #[must_use]
    pub fn verified(&self) -> String {
        if self.is_redis() || self.option("sslmode").is_some() {
            return self.text.clone();
        }
        let joint = if self.text.contains('?') { '&' } else { '?' };
        format!("{}{joint}sslmode=verify-full", self.text)
    }

    /// The value of an option after `?`.
    fn option(&self, name: &str) -> Option<&str> {
        let (_, options) = self.text.split_once('?')?;
        let pairs = options
            .split(['&', ';'])
            .filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .next()
    }

    /// Whether a broker can be reached by it under this transport.
    pub(super) fn check_broker(&self, transport: Transport) -> Result<(), Problem> {
        let schemes = transport_schemes(transport);
        if schemes.contains(&self.scheme()) {
            Ok(())
        } else {
            Err(Problem::UrlScheme(schemes))
        }
    }

    /// Whether a store can be reached by it under this transport.
    pub(super) fn check_store(&self, transport: Transport) -> Result<(), Problem> {
        if self.is_redis() {
            return self
                .check_broker(transport)
                .map_err(|problem| match problem {
                    Problem::UrlScheme(mut known) => {
                        known.extend(&POSTGRES[..2]);
                        Problem::UrlScheme(known)
                    }
                    other => other,
                });
        }
        let verifies = |mode: &str| matches!(mode, "verify-full" | "verifyfull");
        if transport.encrypts() && self.option("sslmode").is_some_and(|mode| !verifies(mode)) {
            return Err(Problem::StoreNotVerified);
        }
        Ok(())
    }
}

/// Length of the host with its brackets, and the port.
fn host_and_port(server: &str) -> Result<(usize, Option<u16>), Problem> {
    let length = if server.starts_with('[') {
        server.find(']').ok_or(Problem::UrlHost)? + 1
    } else {
        server.find(':').unwrap_or(server.len())
    };
    let (host, rest) = server.split_at(length);
    let valid = match host.strip_prefix('[') {
        Some(address) => address
            .trim_end_matches(']')
            .parse::<std::net::Ipv6Addr>()
            .is_ok(),
        None => is_host(host),
    };
    if !valid {
        return Err(Problem::UrlHost);
    }
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            let port: NonZeroU16 = digits.parse().map_err(|_| Problem::UrlPort)?;
            Some(port.get())
        }
        _ => return Err(Problem::UrlPort),
    };
    Ok((length, port))
}

/// A Postgres user, which is no secret; a `:` or `%` beside it could hide one.
fn is_user_name(user: &str) -> bool {
    !user.is_empty()
        && user
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A host as resolvers take it: underscores are common in compose networks.
pub(super) fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host.trim_end_matches('.').split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        })
}

/// Redis: a database number. Postgres: a database and options, none of them a password.
fn check_end(end: &str, is_redis: bool) -> Result<(), Problem> {
    if is_redis {
        let database = end.strip_prefix('/').unwrap_or(end);
        if database.bytes().all(|b| b.is_ascii_digit()) && database.len() <= 5 {
            return Ok(());
        }
        return Err(Problem::UrlEnd);
    }
    if end.contains('#') {
        return Err(Problem::UrlEnd);
    }
    let options = end.split_once('?').map_or("", |(_, options)| options);
    let has_password = options
        .split(['&', ';'])
        .any(|option| option.to_ascii_lowercase().contains("pass"));
    if has_password || end.contains('@') {
        return Err(Problem::UrlCredentials);
    }
    Ok(())
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let url = Url::parse("rediss://redis:6379/0").unwrap();
        assert_eq!(
            (url.scheme(), url.host(), url.port()),
            ("rediss", "redis", Some(6379))
        );
        let url = Url::parse("redis://[::1]/0").unwrap();
        assert_eq!((url.host(), url.port()), ("::1", None));
        let url = Url::parse("postgres://stem@db.internal/stem?sslmode=verify-full").unwrap();
        assert_eq!((url.host(), url.is_redis()), ("db.internal", false));
    }

    #[test]
    fn a_database_moves_with_its_server() {
        let url = |text: &str| Url::parse(text).unwrap();
        let moved = url("redis://redis:6379/1").on_server_of(&url("rediss://redis:6380/0"));
        assert_eq!(moved, Ok(url("rediss://redis:6380/1")));
        let moved = url("redis://redis").on_server_of(&url("rediss://[::1]:6380/0"));
        assert_eq!(moved, Ok(url("rediss://[::1]:6380")));
    }

    #[test]
    fn a_password_is_put_where_stem_reads_it() {
        let url = Url::parse("rediss://redis:6379/0").unwrap();
        let password = Secret::new("x".repeat(8));
        assert_eq!(
            url.with_password(&password).expose(),
            "rediss://:xxxxxxxx@redis:6379/0"
        );
    }

    #[test]
    fn postgres_is_asked_to_verify_and_redis_left_alone() {
        let verified = |text: &str| Url::parse(text).unwrap().verified();
        assert_eq!(
            verified("postgres://db/stem"),
            "postgres://db/stem?sslmode=verify-full"
        );
        assert_eq!(
            verified("postgresql://u@db/stem?application_name=x"),
            "postgresql://u@db/stem?application_name=x&sslmode=verify-full"
        );
        for text in ["postgres://db/stem?sslmode=verify-full", "rediss://redis/1"] {
            assert_eq!(verified(text), text);
        }
    }

    #[test]
    fn a_postgres_mode_that_verifies_nothing_is_refused_where_connections_are_encrypted() {
        for mode in ["require", "verify-ca", "prefer", "disable"] {
            let url = Url::parse(&format!("postgres://db/stem?sslmode={mode}")).unwrap();
            assert_eq!(
                url.check_store(Transport::Mtls),
                Err(Problem::StoreNotVerified),
                "{mode}"
            );
            assert_eq!(url.check_store(Transport::Plaintext), Ok(()), "{mode}");
        }
    }

    #[test]
    fn credentials_are_refused_wherever_they_stand() {
        for text in [
            "rediss://:pw@redis/0",
            "rediss://user@redis/0",
            "rediss://user:pw@redis:6379/0",
            "rediss://a@b@redis/0",
            "rediss://:p/w@redis/0",
            "rediss://@redis/0",
            "postgres://stem%3Apw@db/stem",
            "postgres://stem:pw@db/stem",
            "postgres://db/stem?password=pw",
            "postgres://db/stem?sslmode=require&PASSWORD=pw",
            "postgres://stem:p/w@db/stem",
        ] {
            assert_eq!(Url::parse(text), Err(Problem::UrlCredentials), "{text}");
        }
    }

    #[test]
    fn what_stem_would_misread_is_refused() {
        for (text, problem) in [
            ("", Problem::NoUrl),
            ("redis:6379", Problem::NoUrl),
            ("rediss://", Problem::UrlHost),
            ("rediss:///0", Problem::UrlHost),
            ("rediss://re dis/0", Problem::UrlHost),
            ("rediss://redis:port/0", Problem::UrlPort),
            ("rediss://redis:0/0", Problem::UrlPort),
            ("rediss://redis:65536/0", Problem::UrlPort),
            ("rediss://redis:/0", Problem::UrlPort),
            ("rediss://[::1/0", Problem::UrlHost),
            ("rediss://redis/zero", Problem::UrlEnd),
            ("rediss://redis/0#x", Problem::UrlEnd),
            ("rediss://redis/0\n", Problem::UrlEnd),
            ("postgres://db/a b", Problem::UrlEnd),
        ] {
            assert_eq!(Url::parse(text), Err(problem), "{text}");
        }
        assert!(matches!(
            Url::parse("redis+tls://redis"),
            Err(Problem::UrlScheme(_))
        ));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in ".*") {
            let _ = Url::parse(&text);
        }

        #[test]
        fn anything_after_a_scheme_is_read_without_panic(rest in "[@:/?#\\[\\]a-z0-9é. -]*") {
            if let Ok(url) = Url::parse(&format!("rediss://{rest}")) {
                prop_assert!(!url.host().is_empty());
                prop_assert!(!url.as_str().contains('@'));
            }
        }
    }
}
