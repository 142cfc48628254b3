//! The values of a configuration.

use serde_json::Value;

use super::{Fields, Read, list, map, only, text, texts, truth};
use crate::plan::{Clients, Field, Key, Leaf, Ports, Signing};

pub(super) fn fields(own: &Fields, beside: &[&str]) -> Read<Vec<Field>> {
    own.iter()
        .filter(|(name, _)| !beside.contains(&name.as_str()))
        .map(|(name, value)| field(name, value))
        .collect()
}

fn field(name: &str, value: &Value) -> Read<Field> {
    Ok(match name {
        "signing" => Field::Signing(signing(value)?),
        "keys" => Field::Keys(keys(value)?),
        "public" => Field::Public(keys(value)?),
        "private" => Field::Private(keys(value)?),
        "active" => Field::Active(maybe(value)?),
        "url" => Field::Tls(one_of(value, &[("redis", false), ("rediss", true)])?),
        "insecure" => Field::Insecure(truth(value)?),
        "trust" => Field::Trust(texts(value, name)?),
        "leaf" => Field::Leaf(leaf(value)?),
        "password" => Field::Password(maybe(value)?),
        "ports" => Field::Ports(ports(value)?),
        "clients" => Field::Clients(one_of(
            value,
            &[
                ("required", Clients::Required),
                ("optional", Clients::Optional),
                ("ignored", Clients::Ignored),
            ],
        )?),
        _ => return Err(format!("no field `{name}`")),
    })
}

pub(super) fn signing(value: &Value) -> Read<Signing> {
    one_of(
        value,
        &[
            ("none", Signing::None),
            ("hmac-sha256", Signing::Hmac),
            ("ed25519", Signing::Ed25519),
        ],
    )
}

fn keys(value: &Value) -> Read<Vec<Key>> {
    let key = |value: &Value| match value {
        Value::String(id) => Ok(Key {
            id: id.clone(),
            is: id.clone(),
        }),
        other => {
            let own = map(other, "a key")?;
            only(own, &["id", "is"], "a key")?;
            let id = text(own.get("id").ok_or("a key without `id`")?, "id")?;
            let is = match own.get("is") {
                Some(is) => text(is, "is")?,
                None => id.clone(),
            };
            Ok(Key { id, is })
        }
    };
    list(value, "keys")?.iter().map(key).collect()
}

fn leaf(value: &Value) -> Read<Option<Leaf>> {
    Ok(match value {
        Value::Null => None,
        Value::String(ca) => Some(Leaf {
            ca: ca.clone(),
            cert: ca.clone(),
        }),
        other => {
            let own = map(other, "leaf")?;
            only(own, &["ca", "cert"], "leaf")?;
            let ca = text(own.get("ca").ok_or("a leaf without `ca`")?, "ca")?;
            let cert = match own.get("cert") {
                Some(cert) => text(cert, "cert")?,
                None => ca.clone(),
            };
            Some(Leaf { ca, cert })
        }
    })
}

fn ports(value: &Value) -> Read<Ports> {
    let mut ports = Ports {
        plain: false,
        tls: false,
    };
    for word in texts(value, "ports")? {
        match word.as_str() {
            "plain" => ports.plain = true,
            "tls" => ports.tls = true,
            other => return Err(format!("no port `{other}`")),
        }
    }
    Ok(ports)
}

fn one_of<T: Copy>(value: &Value, words: &[(&str, T)]) -> Read<T> {
    let said = text(value, "a word")?;
    words
        .iter()
        .find(|(word, _)| *word == said)
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| format!("`{said}` is none of the words for this field"))
}

fn maybe(value: &Value) -> Read<Option<String>> {
    match value {
        Value::Null => Ok(None),
        other => text(other, "a name").map(Some),
    }
}
