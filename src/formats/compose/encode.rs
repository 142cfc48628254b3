//! Values as YAML scalars in a compose file: what Compose would interpolate is doubled, and
//! nothing can end the scalar early. The one template of a service is written here.

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

use crate::formats::yaml::{self, Node};
use crate::formats::yaml_text;

const SERVICE: &str = include_str!("../../../templates/compose/service.yaml");

/// YAML that is encoded already: of another compose file, or made here.
#[derive(Clone, Serialize)]
pub struct AsWritten {
    as_written: String,
}

impl std::fmt::Debug for AsWritten {
    // it may come from a file that holds secrets
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AsWritten(…)")
    }
}

/// A text that Compose reads back unchanged.
#[must_use]
pub fn literal(text: &str) -> String {
    yaml_text::scalar(&text.replace('$', "$$"))
}

/// A text in which Compose replaces variables.
#[must_use]
pub fn interpolated(text: &str) -> AsWritten {
    AsWritten {
        as_written: yaml_text::scalar(text),
    }
}

/// An entry of `env_file`; `raw` where its values are to be taken as they stand.
#[must_use]
pub fn env_file(path: &str, raw: bool) -> AsWritten {
    let path = literal(path);
    let as_written = if raw {
        format!("path: {path}\n        format: raw")
    } else {
        path
    };
    AsWritten { as_written }
}

/// A value of another compose file, in one line; `$` means here what it means there. Tags and
/// anchors are left out.
#[must_use]
pub fn kept(node: &Node) -> AsWritten {
    let mut as_written = String::new();
    write_flow(&mut as_written, node);
    AsWritten { as_written }
}

fn write_flow(out: &mut String, node: &Node) {
    let separator = |index| if index > 0 { ", " } else { "" };
    match &node.value {
        yaml::Value::Scalar(_) if node.is_null() => out.push_str("null"),
        // a plain scalar may be a number or a boolean, and stays what it is
        yaml::Value::Scalar(text) if text.plain && is_bare_in_flow(&text.text) => {
            out.push_str(&text.text);
        }
        yaml::Value::Scalar(text) => {
            let encoded = yaml_text::scalar(&text.text);
            if encoded.starts_with('"') {
                out.push_str(&encoded);
            } else {
                out.extend(["\"", &encoded, "\""]);
            }
        }
        yaml::Value::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(separator(index));
                write_flow(out, item);
            }
            out.push(']');
        }
        yaml::Value::Mapping(entries) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                out.push_str(separator(index));
                write_flow(out, key);
                out.push_str(": ");
                write_flow(out, value);
            }
            out.push('}');
        }
    }
}

fn is_bare_in_flow(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte))
}

/// One service with these fields, as an entry of `services`.
#[must_use]
pub fn service(fields: &impl Serialize) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(write_value);
    environment
        .render_str(SERVICE, minijinja::value::Serde(fields))
        .expect("the embedded template fits its fields")
}

/// Encodes every value that the template names, so that it cannot write a raw one.
fn write_value(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::String => literal(value.as_str().unwrap_or_default()),
        ValueKind::Map => {
            let encoded = value.get_attr("as_written")?;
            encoded.as_str().unwrap_or_default().to_owned()
        }
        _ => {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                "only text is written",
            ));
        }
    };
    out.write_str(&text).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> std::sync::Arc<Node> {
        yaml::read(yaml.as_bytes(), 0).expect("YAML").remove(0)
    }

    #[test]
    fn what_compose_would_replace_is_doubled() {
        assert_eq!(literal("a$b${c}"), "\"a$$b$${c}\"");
        assert_eq!(interpolated("${A:?set A}").as_written, "\"${A:?set A}\"");
    }

    #[test]
    fn what_is_kept_says_the_same_in_one_line() {
        let node = read("type: bind\nsource: \"${D:-./d}\"\nn: [1, true, '1', a b, ~, 'x: y']\n");
        assert_eq!(
            kept(&node).as_written,
            "{type: bind, source: \"${D:-./d}\", n: [1, true, \"1\", \"a b\", null, \"x: y\"]}"
        );
    }
}
