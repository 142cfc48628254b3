//! URLs of brokers and stores as deployments write them, good or bad: what may be shown, and
//! the password that Stem takes from one. For the URLs of the manifest, which hold no
//! password, see [`crate::model::manifest::Url`].

use crate::model::secret::Secret;

/// Options after `?` whose values are no secrets.
const PUBLIC_OPTIONS: [&str; 6] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "db",
];

/// The URL without what could be a password: user information (of Postgres the user name
/// stays), the values of unknown options, a fragment.
#[must_use]
pub fn without_password(text: &str) -> String {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
        _ => ("", text),
    };
    // a password may hold any character, so nothing before the last `@` is safe
    let (user, rest) = match rest.rsplit_once('@') {
        Some((information, rest)) => (user_of(scheme, information), rest),
        None => (None, rest),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let mut shown = String::new();
    if !scheme.is_empty() {
        shown.push_str(scheme);
        shown.push_str("://");
    }
    if let Some(user) = user {
        shown.push_str(user);
        shown.push('@');
    }
    match rest.split_once('?') {
        None => shown.push_str(rest),
        Some((rest, options)) => {
            shown.push_str(rest);
            for (number, option) in options.split('&').enumerate() {
                shown.push(if number == 0 { '?' } else { '&' });
                shown.push_str(&shown_option(option));
            }
        }
    }
    shown
}

/// Whether a text could be a URL at all, with or without a scheme.
#[must_use]
pub fn is_one(text: &str) -> bool {
    let text = text.trim();
    let refused = |c: char| c.is_whitespace() || c.is_control() || "\"'<>`\\".contains(c);
    !text.is_empty() && !text.contains(refused)
}

fn is_scheme(text: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(rest)
}

/// The user of a Postgres URL, as far as it is one; of others all of it may be the password.
fn user_of<'t>(scheme: &str, information: &'t str) -> Option<&'t str> {
    let user = information.split(':').next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let shown = scheme.to_ascii_lowercase().starts_with("postgres");
    (shown && !user.is_empty() && user.chars().all(plain)).then_some(user)
}

fn shown_option(option: &str) -> String {
    match option.split_once('=') {
        Some((name, _)) if PUBLIC_OPTIONS.contains(&name.to_ascii_lowercase().as_str()) => {
            option.to_owned()
        }
        Some((name, _)) => format!("{name}=…"),
        None => "…".to_owned(),
    }
}

/// The password that Stem sends to the Redis of a URL, if it sends one. It takes the part
/// after `:` where there are two, else the first, and decodes nothing
/// (stem-semantics 2.1).
#[must_use]
pub fn redis_password(text: &str) -> Option<Secret> {
    let (scheme, rest) = text.trim().split_once("://")?;
    if !is_redis(scheme) {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (information, _) = rest[..end].rsplit_once('@')?;
    let parts: Vec<&str> = information.split(':').collect();
    let password = match parts.as_slice() {
        [_, password] => password,
        _ => parts.first()?,
    };
    (!password.is_empty()).then(|| Secret::new((*password).to_owned()))
}

/// Whether a scheme is one that leads to a Redis, in clear or not.
fn is_redis(scheme: &str) -> bool {
    let scheme = scheme.to_ascii_lowercase();
    ["redis", "rediss", "valkey", "valkeys"].contains(&scheme.as_str())
        || scheme.starts_with("redis+")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_be_a_password_is_not_shown() {
        for (url, shown) in [
            ("rediss://:pw@redis:6379/0", "rediss://redis:6379/0"),
            ("redis://pw@redis", "redis://redis"),
            ("redis://u:p:w@redis", "redis://redis"),
            ("redis://:p/w?x@redis:1/0", "redis://redis:1/0"),
            (
                "postgres://app:pw@db/stem?sslmode=require",
                "postgres://app@db/stem?sslmode=require",
            ),
            (
                "postgres://db/stem?user=a&password=pw#pw",
                "postgres://db/stem?user=…&password=…",
            ),
            ("pw@redis:6379", "redis:6379"),
            ("redis:6379", "redis:6379"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn the_password_is_the_one_that_stem_sends() {
        let password = |url| redis_password(url).map(|found| found.expose().to_owned());
        assert_eq!(password("rediss://:pw@redis").as_deref(), Some("pw"));
        assert_eq!(
            password("redis://user:p%40w@redis").as_deref(),
            Some("p%40w")
        );
        assert_eq!(password("redis://user:p:w@redis").as_deref(), Some("user"));
        assert_eq!(password("redis://pw@redis").as_deref(), Some("pw"));
        assert_eq!(password("redis://redis:6379/0"), None);
        assert_eq!(password("postgres://app:pw@db/stem"), None);
    }

    proptest! {
        #[test]
        fn no_password_is_ever_shown(
            scheme in prop_oneof!["redis", "rediss", "postgres", "x"],
            password in "[a-zA-Z0-9:/?#@%&=]{0,6}SECRET[a-zA-Z0-9:/?#%&=]{0,6}",
        ) {
            let url = format!("{scheme}://:{password}@host:1/0");
            prop_assert!(!without_password(&url).contains("SECRET"));
        }
    }
}
