//! Values as YAML scalars in a compose file: what Compose would interpolate is doubled, and
//! nothing can end the scalar early.

use std::fmt::Write as _;

use serde::Serialize;

use crate::formats::yaml::{Node, Value};

/// A text that Compose reads back unchanged.
#[must_use]
pub fn literal(text: &str) -> String {
    scalar(&text.replace('$', "$$"))
}

/// A text as it stands in another compose file: `$` means there what it means here.
#[must_use]
pub fn interpolated(text: &str) -> AsWritten {
    AsWritten {
        as_written: scalar(text),
    }
}

/// A value of another compose file, in one line. Tags and anchors are left out.
#[must_use]
pub fn kept(node: &Node) -> AsWritten {
    let mut as_written = String::new();
    write_flow(&mut as_written, node);
    AsWritten { as_written }
}

/// YAML that is encoded already.
#[derive(Clone, Serialize)]
pub struct AsWritten {
    as_written: String,
}

impl AsWritten {
    /// The YAML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.as_written
    }
}

impl std::fmt::Debug for AsWritten {
    // it comes from a file that may hold secrets
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AsWritten(…)")
    }
}

fn write_flow(out: &mut String, node: &Node) {
    match &node.value {
        // a plain scalar may be a number, a boolean or null, and stays what it is
        Value::Scalar(text) if text.plain && is_typed(&text.text) => out.push_str(&text.text),
        Value::Scalar(text) if text.plain && text.text.is_empty() => out.push_str("null"),
        Value::Scalar(text) => out.push_str(&scalar(&text.text)),
        Value::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_flow(out, item);
            }
            out.push(']');
        }
        Value::Mapping(entries) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_flow(out, key);
                out.push_str(": ");
                write_flow(out, value);
            }
            out.push('}');
        }
    }
}

/// Whether a plain scalar could be something else than text. Of those it is safe to write
/// back as it stands: letters, digits, signs.
fn is_typed(text: &str) -> bool {
    let is_word = RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
    let is_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-._".contains(c));
    is_word || is_number
}

/// Words that YAML 1.1 or 1.2 reads as something else than text.
const RESERVED: [&str; 11] = [
    "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<",
];

fn scalar(text: &str) -> String {
    let starts_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        || text.starts_with("./")
        || text.starts_with("../");
    let plain = starts_plain
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c))
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
    if plain { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if must_escape(c) => match u32::from(c) {
                code @ 0..=0xff => write!(out, "\\x{code:02x}").unwrap_or_default(),
                code @ 0x100..=0xffff => write!(out, "\\u{code:04x}").unwrap_or_default(),
                code => write!(out, "\\U{code:08x}").unwrap_or_default(),
            },
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Not printable in YAML, or a line break to some of its readers.
fn must_escape(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
        || u32::from(c) > 0xffff
}
