//! What is written for systemd: names of units, the values of settings in a drop-in, and the
//! env files of `EnvironmentFile=`, whose rules (systemd.exec(5)) are not those of other env files.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use crate::model::secret::Secret;

const TEMPLATE: &str = include_str!("../../../templates/systemd/dropin.conf");

/// Why something cannot be written for systemd.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SystemdError {
    /// No service can be called that.
    #[error("component `{component}` cannot be the systemd unit `{unit}`")]
    Unit {
        /// The component.
        component: String,
        /// What its unit would be called.
        unit: String,
    },
    /// A unit gets one set of files.
    #[error("components `{first}` and `{second}` are both the unit `{unit}`")]
    SameUnit {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// The unit.
        unit: String,
    },
    /// The configuration of a broker names files, which each instance has elsewhere.
    #[error(
        "the broker `{component}` is the template `{unit}`, and each instance would find its files elsewhere"
    )]
    Template {
        /// The component.
        component: String,
        /// Its unit.
        unit: String,
    },
    /// A path that systemd would not read, or not as it is.
    #[error("systemd cannot read files from `{}`", .0.escape_debug())]
    Path(String),
    /// A character that env files of systemd cannot carry.
    #[error("the value of `{variable}` contains the character {}, which no env file of systemd carries", .character.escape_unicode())]
    Character {
        /// The variable.
        variable: String,
        /// The first such character.
        character: char,
    },
    /// The kernel starts no process with a longer one.
    #[error(
        "the value of `{0}` is too long: a variable has room for {MAX_VARIABLE} bytes with its name"
    )]
    TooLong(String),
}

impl SystemdError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            SystemdError::Unit { .. } => {
                "say `service:` in stem-sec.yaml: the name of a service, as `systemctl status` takes it"
            }
            SystemdError::SameUnit { .. } => {
                "make them one component with both roles, or two units"
            }
            SystemdError::Template { .. } => {
                "name one instance (`service: redis-server@main.service`), or a group that reads its files (`gid:`)"
            }
            SystemdError::Path(_) => {
                "say `render.install: /etc/stem`, or another absolute path without `..` and control characters"
            }
            SystemdError::Character { .. } | SystemdError::TooLong(_) => {
                "take a shorter, textual value"
            }
        };
        Some(hint.to_owned())
    }
}

/// Linux' `MAX_ARG_STRLEN`: bytes of `NAME=value` with its end.
pub const MAX_VARIABLE: usize = 131_072;

/// `PATH_MAX`, with its end.
const MAX_PATH: usize = 4_096;

/// A file name's length, less the `.d` of a drop-in's folder.
const MAX_UNIT: usize = 253;

/// What a unit that is no service ends in.
const OTHER_TYPES: [&str; 10] = [
    ".socket",
    ".device",
    ".mount",
    ".automount",
    ".swap",
    ".target",
    ".path",
    ".timer",
    ".slice",
    ".scope",
];

/// The whole name of a service: `.service` may be left out, as `systemctl` lets one. `None`
/// where it is no service's name.
#[must_use]
pub fn service_unit(name: &str) -> Option<String> {
    let unit = if name.ends_with(".service") {
        name.to_owned()
    } else {
        format!("{name}.service")
    };
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.@".contains(&byte);
    let prefix = unit.trim_end_matches(".service").split('@').next()?;
    let fits = unit.bytes().all(in_alphabet) && unit.len() <= MAX_UNIT && !prefix.is_empty();
    let is_other = OTHER_TYPES.iter().any(|suffix| name.ends_with(suffix));
    (fits && !is_other).then_some(unit)
}

/// Whether the unit is a template, of which instances are started.
#[must_use]
pub fn is_template(unit: &str) -> bool {
    unit.ends_with("@.service")
}

/// An absolute path as systemd takes it: with single slashes, nothing to resolve, and nothing
/// that a line of a unit cannot carry.
///
/// # Errors
/// [`SystemdError::Path`] where no spelling is read back as this path.
pub fn path(text: &str) -> Result<String, SystemdError> {
    let segments: Vec<&str> = text
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
        .collect();
    let path = format!("/{}", segments.join("/"));
    let unreadable = |c: char| c.is_control() || is_no_character(c);
    let refused = !text.starts_with('/')
        || segments.contains(&"..")
        || text.chars().any(unreadable)
        || glob_literal(&path).len() >= MAX_PATH;
    if refused {
        return Err(SystemdError::Path(text.to_owned()));
    }
    Ok(path)
}

/// A path in `EnvironmentFile=`, which is a pattern.
#[must_use]
pub fn glob_literal(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// One `NAME=value` line of an env file, with its line break.
///
/// # Errors
/// Where systemd, or the kernel, would not take the value.
pub fn line(variable: &str, value: &str) -> Result<String, SystemdError> {
    if let Some(character) = value.chars().find(|c| *c == '\0' || is_no_character(*c)) {
        return Err(SystemdError::Character {
            variable: variable.to_owned(),
            character,
        });
    }
    if variable.len() + 1 + value.len() >= MAX_VARIABLE {
        return Err(SystemdError::TooLong(variable.to_owned()));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@+=,".contains(&byte);
    if !value.is_empty() && value.bytes().all(plain) {
        return Ok(format!("{variable}={value}\n"));
    }
    let mut text = format!("{variable}=\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\' | '`' | '$') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push_str("\"\n");
    Ok(text)
}

/// Unicode's noncharacters and the byte order mark: systemd takes none of them.
fn is_no_character(c: char) -> bool {
    let code = u32::from(c);
    matches!(code, 0xFDD0..=0xFDEF | 0xFEFF) || code & 0xFFFE == 0xFFFE
}

/// The drop-in with these fields; every path among them has gone through [`path`].
#[must_use]
pub fn dropin(fields: &impl Serialize) -> Secret {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(write_setting);
    let text = environment
        .render_str(TEMPLATE, minijinja::value::Serde(fields))
        .expect("the embedded template fits its fields");
    Secret::new(text + "\n")
}

/// Encodes every value that the template names, so that it cannot write a raw one: settings
/// are taken to the end of the line, and `%` is a specifier in them.
fn write_setting(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::String => value.as_str().unwrap_or_default().to_owned(),
        ValueKind::Number => value.to_string(),
        _ => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "only text and numbers are written",
            ));
        }
    };
    if text.chars().any(char::is_control) {
        return Err(Error::new(
            ErrorKind::InvalidOperation,
            "a setting has no control characters",
        ));
    }
    out.write_str(&text.replace('%', "%%")).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_of_a_service_may_be_left_out_and_no_other_unit_is_one() {
        let units = [
            ("worker", Some("worker.service")),
            ("worker.service", Some("worker.service")),
            ("worker@", Some("worker@.service")),
            ("worker@eu.service", Some("worker@eu.service")),
            ("worker.v2", Some("worker.v2.service")),
            ("worker.timer", None),
            ("a/b", None),
            ("@.service", None),
            ("@", None),
            (".service", None),
            ("a b", None),
        ];
        for (name, unit) in units {
            assert_eq!(service_unit(name).as_deref(), unit, "{name}");
        }
        assert!(service_unit(&"a".repeat(245)).is_some());
        assert!(service_unit(&"a".repeat(246)).is_none());
    }

    #[test]
    fn keys_paths_and_urls_stand_bare_and_the_rest_in_quotes() {
        let lines = [
            ("primary:q6+/=", "X=primary:q6+/=\n"),
            ("", "X=\"\"\n"),
            ("a b", "X=\"a b\"\n"),
            ("$a\\`\"'%\n", "X=\"\\$a\\\\\\`\\\"'%\n\"\n"),
        ];
        for (value, expected) in lines {
            assert_eq!(line("X", value).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn no_refusal_shows_the_value() {
        for value in ["hunter2\0", &"hunter2".repeat(MAX_VARIABLE)] {
            let error = line("X", value).expect_err("refused");
            let said = format!("{error} {:?} {error:?}", error.hint());
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
