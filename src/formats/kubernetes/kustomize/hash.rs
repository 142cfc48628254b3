//! The suffix that kustomize gives to the names of generated Secrets and ConfigMaps.

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use crate::formats::yaml::Node;

/// The ten letters that tell what is in a Secret or ConfigMap. Its name has no part in them.
#[must_use]
pub fn suffix(object: &Node) -> String {
    let is_secret = object.get("kind").and_then(|kind| kind.as_text()) == Some("Secret");
    let mut fields = Map::new();
    let second = if is_secret {
        "stringData"
    } else {
        "binaryData"
    };
    let binary = entries(object, "binaryData").filter(|_| !is_secret);
    let text = entries(object, "stringData").filter(|_| is_secret);
    let other = binary.or(text);
    if !is_secret {
        fields.extend(other.clone().map(|other| (second.to_owned(), other)));
    }
    let data = entries(object, "data").unwrap_or_else(|| Json::String(String::new()));
    fields.insert("data".to_owned(), data);
    let kind = if is_secret { "Secret" } else { "ConfigMap" };
    fields.insert("kind".to_owned(), Json::String(kind.to_owned()));
    fields.insert("name".to_owned(), Json::String(String::new()));
    if is_secret {
        fields.extend(other.map(|other| (second.to_owned(), other)));
        let text = object.get("type").and_then(|of| of.as_text());
        let text = Json::String(text.unwrap_or_default().to_owned());
        fields.insert("type".to_owned(), text);
    }
    let json = as_go_writes(&Json::Object(fields).to_string());
    let digest = Sha256::digest(json.as_bytes());
    let hex = digest.iter().take(5).map(|byte| format!("{byte:02x}"));
    hex.collect::<String>().chars().map(letter).collect()
}

fn entries(object: &Node, field: &str) -> Option<Json> {
    let entries = object.get(field)?.entries()?;
    let mut sorted: Vec<(&str, &str)> = entries
        .iter()
        .filter_map(|(key, value)| Some((key.as_text()?, value.as_text()?)))
        .collect();
    sorted.sort_unstable();
    let fields = sorted
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Json::String(value.to_owned())));
    Some(Json::Object(fields.collect()))
}

/// Go's JSON escapes what HTML would read.
fn as_go_writes(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// No vowels, lest they form words.
fn letter(hex: char) -> char {
    match hex {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    }
}
