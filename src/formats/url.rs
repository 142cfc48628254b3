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

/// What stands for a part that is not shown.
const HIDDEN: &str = "…";

/// The URL without what could be a password: user information (of Postgres the user name
/// stays), the values of unknown options, a fragment, and everything that is not what its place
/// in a URL is for.
#[must_use]
pub fn without_password(text: &str) -> String {
    let text = text.trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
        _ => ("", text),
    };
    let mut shown = String::new();
    if !scheme.is_empty() {
        shown.push_str(scheme);
        shown.push_str("://");
    }
    // a password may hold any character, so nothing before the last `@` is safe
    let (user, rest) = match rest.rsplit_once('@') {
        // nor is what follows, where the `@` may be one of an option's value
        Some((information, _)) if information.contains(['?', '#']) => {
            shown.push_str(HIDDEN);
            return shown;
        }
        Some((information, rest)) => (user_of(scheme, information), rest),
        None => (None, rest),
    };
    if let Some(user) = user {
        shown.push_str(user);
        shown.push('@');
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, options) = match rest.split_once('?') {
        Some((rest, options)) => (rest, Some(options)),
        None => (rest, None),
    };
    shown.push_str(&shown_place(scheme, rest));
    for (number, option) in options
        .into_iter()
        .flat_map(|all| all.split('&'))
        .enumerate()
    {
        shown.push(if number == 0 { '?' } else { '&' });
        shown.push_str(&shown_option(option));
    }
    shown
}

/// Whether all that is missing of a URL, at these bytes of it, belongs to its user information:
/// the rest says as much as that of one without a password.
#[must_use]
pub fn lacks_login_only(text: &str, missing: &[usize]) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let begin = scheme.len() + 3;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let login = rest[..end].rfind('@').map(|end| begin..=begin + end);
    let is_there = |login: std::ops::RangeInclusive<usize>| {
        !missing.is_empty() && missing.iter().all(|at| login.contains(at))
    };
    is_scheme(scheme) && login.is_some_and(is_there)
}

/// Hosts with their ports, and what of them is meant.
fn shown_place(scheme: &str, place: &str) -> String {
    let (hosts, path) = match place.find('/') {
        Some(at) => place.split_at(at),
        None => (place, ""),
    };
    // without a scheme, only a port or a dot tells a host from any other word
    let told = !scheme.is_empty() || hosts.contains([':', '.']);
    let hosts: Vec<&str> = hosts
        .split(',')
        .map(|host| match is_host(host) && told {
            true => host,
            false => HIDDEN,
        })
        .collect();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let path = match path.strip_prefix('/') {
        Some(number) if is_redis(scheme) && !is_number(number) => "/…",
        Some(_) if scheme.is_empty() && !is_number(&path[1..]) => "/…",
        _ => path,
    };
    format!("{}{path}", hosts.join(","))
}

/// Whether it is `$NAME`, `${NAME}` or `$(NAME)`, which nothing has replaced.
fn is_reference(text: &str) -> bool {
    let Some(name) = text.strip_prefix('$') else {
        return false;
    };
    let inside = |open, close| name.strip_prefix(open)?.strip_suffix(close);
    let name = inside('{', '}').or(inside('(', ')')).unwrap_or(name);
    let in_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(in_name)
}

/// Whether it is a host, with or without a port; nothing is one, too.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let hex = |c: char| c.is_ascii_hexdigit() || ":.%".contains(c);
            if !address.chars().all(hex) {
                return false;
            }
            ("", rest.strip_prefix(':').unwrap_or(rest))
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let in_name = |c: char| c.is_alphanumeric() || "_.-".contains(c);
    (name.chars().all(in_name) || is_reference(name))
        && port.bytes().all(|byte| byte.is_ascii_digit())
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
    let Some((name, value)) = option.split_once('=') else {
        return HIDDEN.to_owned();
    };
    let is_name = |c: char| c.is_ascii_alphabetic() || "_.-".contains(c);
    if !name.chars().all(is_name) {
        return HIDDEN.to_owned();
    }
    match PUBLIC_OPTIONS.contains(&name.to_ascii_lowercase().as_str()) {
        true => format!("{name}={value}"),
        false => format!("{name}={HIDDEN}"),
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

/// Whether it leads to a Redis, in clear or not.
#[must_use]
pub fn leads_to_redis(text: &str) -> bool {
    let parts = text.trim().split_once("://");
    parts.is_some_and(|(scheme, _)| is_redis(scheme))
}

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
            ("redis://:p/w@redis:1/0", "redis://redis:1/0"),
            ("redis://:p/w?x@redis:1/0", "redis://…"),
            ("redis://h/0?auth=p@w", "redis://…"),
            ("redis://:pw", "redis://…"),
            ("redis://redis:pw/0", "redis://…/0"),
            ("redis://redis/pw", "redis://redis/…"),
            ("redis://redis/0?pw1=", "redis://redis/0?…"),
            ("redis://[fd00::1]:6379/0", "redis://[fd00::1]:6379/0"),
            ("redis+sentinel://a:1,b:2/0", "redis+sentinel://a:1,b:2/0"),
            ("redis://$(HOST):6379/0", "redis://$(HOST):6379/0"),
            ("redis:/pw", "redis:/…"),
            (":pw", "…"),
            ("pw", "…"),
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

    #[test]
    fn a_missing_login_is_told_from_a_missing_host() {
        for (text, missing, only) in [
            ("redis://:@redis", vec![9], true),
            ("redis://@redis", vec![8], true),
            ("redis://a:b@redis", vec![8, 11], true),
            ("redis://:@redis", vec![9, 15], false),
            ("redis://:@", vec![10], false),
            ("://:@redis", vec![0, 4], false),
            ("redis://redis/@", vec![14], false),
            ("redis://:@redis", vec![], false),
        ] {
            assert_eq!(lacks_login_only(text, &missing), only, "{text} {missing:?}");
        }
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
