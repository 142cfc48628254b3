//! What decides how a Postgres is reached and what it shows: `ssl…` settings of its server, on
//! a command line and in `postgresql.conf`, and the connection strings of libpq. URLs of Stem
//! are read elsewhere, by Stem's own rules.

use std::ops::Range;

use super::place::{Cursor, Place};
use crate::model::secret::Secret;

/// A setting with its value; may be secret.
#[derive(Clone, Debug)]
pub struct Setting {
    /// In lower case, `-` as `_`: `ssl_cert_file`.
    pub name: String,
    /// Without its quotes.
    pub value: Secret,
    /// Where the value stands.
    pub place: Place,
}

/// What a `postgresql.conf` says.
#[derive(Debug, Default)]
pub struct Conf {
    /// In order: later ones win. `include`, `include_if_exists` and `include_dir` stand among
    /// them.
    pub settings: Vec<Setting>,
    /// Lines at which the server refuses to start.
    pub troubles: Vec<Place>,
}

impl Conf {
    /// The value that counts.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&Setting> {
        self.settings
            .iter()
            .rev()
            .find(|setting| setting.name == name)
    }
}

/// Reads a `postgresql.conf`: `name = value`, the `=` may be left out, `#` begins a comment,
/// quotes are single and doubled inside.
#[must_use]
pub fn read_conf(bytes: &[u8], source: u32) -> Conf {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // one for one, so that places hold
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    let mut cursor = Cursor::new(&text, source);
    let mut conf = Conf::default();
    while !cursor.rest().is_empty() {
        cursor.take_while(|c| c.is_whitespace());
        let start = cursor.here();
        let name = cursor.take_while(|c| c.is_ascii_alphanumeric() || "_.$".contains(c));
        if name.is_empty() {
            let rest = cursor.take_line();
            if !rest.is_empty() && !rest.starts_with('#') {
                conf.troubles.push(cursor.since(start));
            }
            continue;
        }
        let name = name.to_ascii_lowercase();
        cursor.take_while(|c| c == ' ' || c == '\t');
        if cursor.peek() == Some('=') {
            cursor.take(1);
            cursor.take_while(|c| c == ' ' || c == '\t');
        }
        let setting = conf_value(&mut cursor).map(|(value, place)| Setting { name, value, place });
        let rest = cursor.take_line().trim();
        match setting {
            Some(setting) if rest.is_empty() || rest.starts_with('#') => {
                conf.settings.push(setting)
            }
            _ => conf.troubles.push(cursor.since(start)),
        }
    }
    conf
}

/// A value of a `postgresql.conf`.
fn conf_value(cursor: &mut Cursor<'_>) -> Option<(Secret, Place)> {
    if cursor.peek() != Some('\'') {
        let start = cursor.here();
        let text = cursor.take_while(|c| !c.is_whitespace() && c != '#' && c != '\'');
        let place = cursor.since(start);
        return (!text.is_empty()).then(|| (Secret::new(text.to_owned()), place));
    }
    cursor.take(1);
    let start = cursor.here();
    let mut value = zeroize::Zeroizing::new(String::new());
    loop {
        value.push_str(cursor.take_while(|c| !matches!(c, '\'' | '\\' | '\n')));
        let place = cursor.since(start);
        match cursor.peek()? {
            '\'' => {
                cursor.take(1);
                if cursor.peek() != Some('\'') {
                    return Some((Secret::from(value), place));
                }
                value.push('\'');
                cursor.take(1);
            }
            '\\' => {
                cursor.take(1);
                let next = cursor.peek().filter(|c| *c != '\n')?;
                cursor.take(next.len_utf8());
                value.push(match next {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    same => same,
                });
            }
            _ => return None,
        }
    }
}

/// The settings that a command line gives to `postgres`: `-c name=value`, `--name=value`,
/// `-l` for `ssl=on`. `None` where its program is no server of Postgres.
#[must_use]
pub fn of_command(words: &[(&str, Place)]) -> Option<Vec<Setting>> {
    let program = words.first()?.0.rsplit('/').next()?;
    // the entrypoint of the usual image starts the server on options alone
    let is_server = matches!(program, "postgres" | "postmaster")
        || program == "docker-entrypoint.sh"
            && words.get(1).is_some_and(|word| word.0.starts_with('-'));
    if !is_server {
        return None;
    }
    let mut settings = Vec::new();
    let mut rest = words[1..].iter();
    while let Some((word, place)) = rest.next() {
        let given = match *word {
            "-l" => Some(("ssl=on", *place)),
            "-c" => rest.next().map(|(word, place)| (*word, *place)),
            word => {
                let long = word.strip_prefix("--").or_else(|| word.strip_prefix("-c"));
                long.map(|text| (text, *place))
            }
        };
        let Some((text, place)) = given else {
            continue;
        };
        if let Some((name, value)) = text.split_once('=') {
            settings.push(Setting {
                name: name.to_ascii_lowercase().replace('-', "_"),
                value: Secret::new(value.to_owned()),
                place: within(place, text, name.len() + 1..text.len()),
            });
        }
    }
    Some(settings)
}

/// A part of a word, where the word stands as it is written.
fn within(place: Place, text: &str, part: Range<usize>) -> Place {
    let is_exact = (place.end.saturating_sub(place.start)) as usize == text.len();
    if !is_exact {
        return place;
    }
    let narrow = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        column: place
            .column
            .saturating_add(narrow(text[..part.start].chars().count())),
        start: place.start.saturating_add(narrow(part.start)),
        end: place.start.saturating_add(narrow(part.end)),
        ..place
    }
}

/// How a client of libpq connects.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Hosts, in order; empty for the local socket.
    pub hosts: Vec<String>,
    /// The user.
    pub user: Option<String>,
    /// The password; escapes undone.
    pub password: Option<Secret>,
    /// Where the password stands in the text, as it is written.
    pub password_range: Option<Range<usize>>,
    /// Parameters, in order: `sslmode`, `sslrootcert`. Names in lower case.
    pub parameters: Vec<(String, Secret)>,
}

impl Connection {
    /// The value of a parameter that counts: the last one.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self
            .parameters
            .iter()
            .rev()
            .filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.expose())
    }
}

/// Reads a connection string: a URL (`postgres`, `postgresql`, each also with `+ssl` or another
/// `+driver`), or keywords (`host=db password='x y'`). `None` where it is neither.
#[must_use]
pub fn connection(text: &str) -> Option<Connection> {
    let trimmed = text.trim();
    let offset = text.len() - text.trim_start().len();
    match trimmed.split_once("://") {
        Some((scheme, _)) => {
            let scheme = scheme.to_ascii_lowercase();
            let base = scheme.split('+').next().unwrap_or_default();
            matches!(base, "postgres" | "postgresql")
                .then(|| url(trimmed, scheme.len() + 3, offset))
        }
        None => keywords(trimmed, offset),
    }
}

fn url(text: &str, start: usize, offset: usize) -> Connection {
    let mut connection = Connection::default();
    let rest = &text[start..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let (user, hosts) = match authority.rfind('@') {
        Some(at) => (Some(&authority[..at]), &authority[at + 1..]),
        None => (None, authority),
    };
    if let Some(user) = user {
        let (name, password) = match user.split_once(':') {
            Some((name, password)) => (name, Some(password)),
            None => (user, None),
        };
        connection.user = Some(unescaped(name)).filter(|name| !name.is_empty());
        connection.password = password.map(|text| Secret::new(unescaped(text)));
        connection.password_range = password.map(|text| {
            let from = offset + start + name.len() + 1;
            from..from + text.len()
        });
    }
    let host = |host: &str| {
        let bracketed = host
            .strip_prefix('[')
            .and_then(|rest| rest.split(']').next());
        let plain = host.rsplit_once(':').map_or(host, |(host, _)| host);
        bracketed.unwrap_or(plain).to_owned()
    };
    connection.hosts = hosts
        .split(',')
        .filter(|host| !host.is_empty())
        .map(host)
        .collect();
    let query = rest[end..].split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        set(&mut connection, &unescaped(name), unescaped(value));
    }
    connection
}

fn set(connection: &mut Connection, name: &str, value: String) {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "host" | "hostaddr" => connection.hosts = value.split(',').map(str::to_owned).collect(),
        "user" => connection.user = Some(value),
        "password" => connection.password = Some(Secret::new(value)),
        _ => connection.parameters.push((name, Secret::new(value))),
    }
}

/// `%XX` undone; what is none stays.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    while let Some(byte) = bytes.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// `name = value` pairs; values in single quotes, `\` before what means itself.
fn keywords(text: &str, offset: usize) -> Option<Connection> {
    let mut connection = Connection::default();
    let mut cursor = Cursor::new(text, 0);
    loop {
        cursor.take_while(char::is_whitespace);
        if cursor.rest().is_empty() {
            let is_any = connection.user.is_some()
                || connection.password.is_some()
                || !connection.hosts.is_empty()
                || !connection.parameters.is_empty();
            return is_any.then_some(connection);
        }
        let name = cursor.take_while(|c| c.is_ascii_alphanumeric() || c == '_');
        cursor.take_while(char::is_whitespace);
        if name.is_empty() || cursor.peek() != Some('=') {
            return None;
        }
        cursor.take(1);
        cursor.take_while(char::is_whitespace);
        let is_quoted = cursor.peek() == Some('\'');
        cursor.take(usize::from(is_quoted));
        let start = cursor.offset();
        let mut value = String::new();
        loop {
            let ends = |c: char| match is_quoted {
                true => c == '\'',
                false => c.is_whitespace(),
            };
            value.push_str(cursor.take_while(|c| !ends(c) && c != '\\'));
            match cursor.peek() {
                Some('\\') => {
                    cursor.take(1);
                    if let Some(next) = cursor.peek() {
                        cursor.take(next.len_utf8());
                        value.push(next);
                    }
                }
                None if is_quoted => return None,
                _ => break,
            }
        }
        if name.eq_ignore_ascii_case("password") {
            connection.password_range = Some(offset + start..offset + cursor.offset());
        }
        cursor.take(usize::from(is_quoted));
        set(&mut connection, name, value);
    }
}

#[cfg(test)]
mod tests;
