//! Kubernetes objects as YAML: the templates, the formatter that encodes every value that a
//! template names, and the bounds that Kubernetes sets to values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use crate::formats::yaml_text;
use crate::model::secret::Secret;

/// What a template writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// A `Secret`.
    Secret,
    /// A `ConfigMap`.
    ConfigMap,
    /// A `Deployment`, or a `StatefulSet` where something must outlive its pod.
    Workload,
    /// A strategic merge patch for a `Deployment` that is there already.
    Patch,
    /// A `Service`.
    Service,
    /// A `kustomization.yaml`.
    Kustomization,
}

impl Document {
    fn template(self) -> &'static str {
        match self {
            Document::Secret => include_str!("../../../templates/kubernetes/secret.yaml"),
            Document::ConfigMap => include_str!("../../../templates/kubernetes/configmap.yaml"),
            Document::Workload => concat!(
                include_str!("../../../templates/kubernetes/workload.yaml"),
                include_str!("../../../templates/kubernetes/probes.yaml"),
                include_str!("../../../templates/kubernetes/files.yaml"),
                include_str!("../../../templates/kubernetes/claims.yaml"),
            ),
            Document::Patch => concat!(
                include_str!("../../../templates/kubernetes/patch.yaml"),
                include_str!("../../../templates/kubernetes/probes.yaml"),
                include_str!("../../../templates/kubernetes/files.yaml"),
            ),
            Document::Service => include_str!("../../../templates/kubernetes/service.yaml"),
            Document::Kustomization => {
                include_str!("../../../templates/kubernetes/kustomization.yaml")
            }
        }
    }
}

/// Why a value cannot stand in a Kubernetes object.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubernetesError {
    /// Kubernetes has narrower names than other process managers.
    #[error("component `{component}` cannot be called `{name}` in Kubernetes")]
    Name {
        /// The component.
        component: String,
        /// What its workload or service would be called.
        name: String,
    },
    /// Two workloads, or two Services, of one name.
    #[error("components `{first}` and `{second}` would both be called `{name}`")]
    SameName {
        /// The one.
        first: String,
        /// The other.
        second: String,
        /// The workload or Service.
        name: String,
    },
    /// No volume can be mounted there.
    #[error("a pod cannot have its files in `{0}`")]
    MountPath(String),
    /// A user or group that Kubernetes does not take.
    #[error(
        "component `{component}` has the user or group {id}, and Kubernetes takes none above {MAX_ID}"
    )]
    Id {
        /// The component.
        component: String,
        /// The number.
        id: u32,
    },
    /// The kernel ends a variable at a zero byte.
    #[error("the value of `{0}` contains a zero byte, which no environment can carry")]
    ZeroByte(String),
    /// The kernel starts no process with a longer one.
    #[error(
        "the value of `{0}` is too long: a variable has room for {MAX_VARIABLE} bytes with its name"
    )]
    TooLong(String),
}

impl KubernetesError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            KubernetesError::Name { .. } => {
                "say `service:` in stem-sec.yaml: a letter, then a-z, 0-9 and `-`, at most 63 characters"
            }
            KubernetesError::SameName { .. } => {
                "make them one component with both roles, or give each a `service:` of its own"
            }
            KubernetesError::MountPath(_) => {
                "say `render.install: /etc/stem`, or another absolute path without `:`"
            }
            KubernetesError::Id { .. } => "take a smaller number, in the image too",
            KubernetesError::ZeroByte(_) | KubernetesError::TooLong(_) => {
                "take a shorter, textual value"
            }
        };
        Some(hint.to_owned())
    }
}

/// The highest user or group id of a pod.
pub const MAX_ID: u32 = i32::MAX as u32;

/// Linux' `MAX_ARG_STRLEN`: bytes of `NAME=value` with its end.
pub const MAX_VARIABLE: usize = 131_072;

/// The document with these fields.
#[must_use]
pub fn render(document: Document, fields: &impl Serialize) -> Secret {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(match document {
        Document::ConfigMap => write_text,
        _ => write_scalar,
    });
    let text = environment
        .render_str(document.template(), minijinja::value::Serde(fields))
        .expect("the embedded template fits its fields");
    Secret::new(text + "\n")
}

/// Encodes every value that a template names, so that it cannot write a raw one.
fn write_scalar(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::String => yaml_text::scalar(value.as_str().unwrap_or_default()),
        ValueKind::Number => value.to_string(),
        _ => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "only text and numbers are written",
            ));
        }
    };
    out.write_str(&text).map_err(Error::from)
}

/// The same, where all values stand one level deep: there lines may stand as lines.
fn write_text(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    const INDENT: usize = 4;
    match value
        .as_str()
        .and_then(|text| yaml_text::block(text, INDENT))
    {
        Some(block) => out.write_str(&block).map_err(Error::from),
        None => write_scalar(out, state, value),
    }
}

/// A value of a Secret's `data`.
#[must_use]
pub fn data(value: &Secret) -> Secret {
    Secret::new(STANDARD.encode(value.expose()))
}

/// A word of `command` or `args`, in which Kubernetes replaces `$(NAME)` and reads `$$` as `$`.
#[must_use]
pub fn argument(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        escaped.push(character);
        if character == '$' && matches!(characters.peek(), Some('$' | '(')) {
            escaped.push('$');
        }
    }
    escaped
}

/// Whether it can name a workload, its container and its pods' label: an RFC 1123 label.
#[must_use]
pub fn is_label(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(inside)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Whether it can name a Service: an RFC 1035 label.
#[must_use]
pub fn is_service_name(name: &str) -> bool {
    is_label(name) && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// Whether a volume can be mounted there.
#[must_use]
pub fn is_mount_path(path: &str) -> bool {
    path.starts_with('/')
        && path.len() > 1
        && !path.contains([':', '\0'])
        && path.split('/').all(|part| part != "..")
}

/// The variable, where a process can start with it.
///
/// # Errors
/// When the kernel would end it early or refuse it.
pub fn check_variable(name: &str, value: &Secret) -> Result<(), KubernetesError> {
    let value = value.expose();
    if value.contains('\0') {
        return Err(KubernetesError::ZeroByte(name.to_owned()));
    }
    if name.len() + value.len() + 2 > MAX_VARIABLE {
        return Err(KubernetesError::TooLong(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As Kubernetes' `third_party/forked/golang/expansion` does it, with no variable known:
    /// a reference is then left as it stands.
    fn expanded(text: &str) -> String {
        let characters: Vec<char> = text.chars().collect();
        let mut out = String::new();
        let mut at = 0;
        while at < characters.len() {
            match (characters[at], characters.get(at + 1)) {
                ('$', Some('$')) => {
                    out.push('$');
                    at += 2;
                }
                ('$', Some('(')) => match characters[at..].iter().position(|c| *c == ')') {
                    Some(end) => {
                        out.push_str("<replaced>");
                        at += end + 1;
                    }
                    None => {
                        out.push_str("$(");
                        at += 2;
                    }
                },
                (character, _) => {
                    out.push(character);
                    at += 1;
                }
            }
        }
        out
    }

    #[test]
    fn a_dollar_is_doubled_only_where_kubernetes_reads_more_than_itself() {
        for (word, escaped) in [("$@", "$@"), ("a$", "a$"), ("$(A)", "$$(A)"), ("$$", "$$$")] {
            assert_eq!(argument(word), escaped);
        }
    }

    #[test]
    fn names_are_kubernetes_own() {
        for good in ["a", "worker-1", &"a".repeat(63)] {
            assert!(is_service_name(good), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "A",
            "a.b",
            "a_b",
            "stem@.service",
            &"a".repeat(64),
        ] {
            assert!(!is_label(bad), "{bad}");
        }
        assert!(is_label("1a") && !is_service_name("1a"));
    }

    #[test]
    fn what_ends_a_variable_early_is_refused_and_never_shown() {
        let check = |text: &str| check_variable("X", &Secret::new(text.to_owned()));
        assert_eq!(
            check("hunter2\0"),
            Err(KubernetesError::ZeroByte("X".to_owned()))
        );
        assert_eq!(check(&"a".repeat(MAX_VARIABLE - 3)), Ok(()));
        let long = check(&"a".repeat(MAX_VARIABLE - 2));
        assert_eq!(long, Err(KubernetesError::TooLong("X".to_owned())));
    }

    proptest! {
        #[test]
        fn a_word_of_args_reaches_the_process_unchanged(word in "[$()A-C ]{0,12}|.{0,12}") {
            prop_assert_eq!(expanded(&argument(&word)), word);
        }
    }
}
