//! The fields of a configuration, from nodes to a [`Change`].

use crate::formats::yaml::{Node, Value};
use crate::model::posture::Signing;
use crate::rotate::plan::{Change, ClientAuth, Field, Key, Leaf, Ports, Scheme};

use super::error::{PlanError, PlanProblem};
use super::{MAX_LIST, MAX_NAME};

/// An error at a node.
pub(super) fn at(node: &Node, problem: PlanProblem) -> PlanError {
    PlanError {
        place: node.place,
        problem,
    }
}

/// The field with this name.
pub(super) fn field_named(name: &str) -> Option<Field> {
    Field::ALL.into_iter().find(|field| field.name() == name)
}

/// Sets a field of a change from its node.
pub(super) fn set(change: &mut Change, field: Field, node: &Node) -> Result<(), PlanError> {
    match field {
        Field::Signing => change.signing = Some(signing(node)?),
        Field::Keys => change.keys = Some(keys(node)?),
        Field::Public => change.public = Some(keys(node)?),
        Field::Private => change.private = Some(keys(node)?),
        Field::Active => change.active = Some(optional(node, "a key id")?),
        Field::Url => {
            change.url = Some(one_of(node, [Scheme::Redis, Scheme::Rediss], Scheme::name)?)
        }
        Field::Insecure => change.insecure = Some(truth(node)?),
        Field::Trust => {
            let each = |node: &Node| name(node, "the name of a CA");
            change.trust = Some(list(node, each)?);
        }
        Field::Leaf => change.leaf = Some(leaf(node)?),
        Field::Password => change.password = Some(optional(node, "a name for a password")?),
        Field::Ports => change.ports = Some(ports(node)?),
        Field::Clients => {
            change.clients = Some(one_of(node, ClientAuth::ALL, ClientAuth::name)?);
        }
    }
    Ok(())
}

/// `none`, `hmac-sha256` or `ed25519`.
pub(super) fn signing(node: &Node) -> Result<Signing, PlanError> {
    one_of(node, Signing::ALL, Signing::name)
}

/// `true` or `false`.
pub(super) fn truth(node: &Node) -> Result<bool, PlanError> {
    match node.as_text() {
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        _ => Err(at(node, PlanProblem::Not("`true` or `false`"))),
    }
}

/// One of a few words.
pub(super) fn one_of<T: Copy, const N: usize>(
    node: &Node,
    all: [T; N],
    name: fn(T) -> &'static str,
) -> Result<T, PlanError> {
    let text = node.as_text();
    all.into_iter()
        .find(|one| text == Some(name(*one)))
        .ok_or_else(|| {
            let words = all.into_iter().map(name).collect();
            at(node, PlanProblem::NotOneOf(words))
        })
}

/// An id or a name.
pub(super) fn name(node: &Node, what: &'static str) -> Result<String, PlanError> {
    let text = node
        .as_text()
        .ok_or_else(|| at(node, PlanProblem::Not(what)))?;
    let is_fit = |c: char| !c.is_control() && !matches!(c, ':' | ',');
    let fits = !text.trim().is_empty()
        && text.trim() == text
        && text.chars().count() <= MAX_NAME
        && text.chars().all(is_fit);
    if fits && !looks_like_a_value(text) {
        Ok(text.to_owned())
    } else {
        Err(at(node, PlanProblem::BadName(what)))
    }
}

/// Whether a text is more likely the value of a key than a name for it.
fn looks_like_a_value(text: &str) -> bool {
    let has = |is: fn(char) -> bool| text.chars().any(is);
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    text.len() >= 32
        && text.chars().all(is_base64)
        && has(|c| c.is_ascii_uppercase())
        && has(|c| c.is_ascii_lowercase())
        && has(|c| c.is_ascii_digit())
}

fn optional(node: &Node, what: &'static str) -> Result<Option<String>, PlanError> {
    if node.is_null() {
        return Ok(None);
    }
    name(node, what).map(Some)
}

/// A list; nothing at all is an empty one.
pub(super) fn list<T>(
    node: &Node,
    each: impl Fn(&Node) -> Result<T, PlanError>,
) -> Result<Vec<T>, PlanError> {
    let items = match &node.value {
        Value::Sequence(items) => items,
        Value::Scalar(_) if node.is_null() => return Ok(Vec::new()),
        _ => return Err(at(node, PlanProblem::Not("a list in brackets"))),
    };
    if items.len() > MAX_LIST {
        return Err(at(node, PlanProblem::TooMany));
    }
    items.iter().map(|item| each(item)).collect()
}

fn keys(node: &Node) -> Result<Vec<Key>, PlanError> {
    list(node, key)
}

fn key(node: &Node) -> Result<Key, PlanError> {
    if node.entries().is_none() {
        return Ok(Key::named(&name(node, "a key id")?));
    }
    let [id, is] = pair(node, ["id", "is"])?;
    let id = id.ok_or_else(|| at(node, PlanProblem::Missing("id")))?;
    let is = is.unwrap_or_else(|| id.clone());
    Ok(Key { id, is })
}

fn leaf(node: &Node) -> Result<Option<Leaf>, PlanError> {
    if node.is_null() {
        return Ok(None);
    }
    if node.entries().is_none() {
        let ca = name(node, "the name of a CA")?;
        return Ok(Some(Leaf { ca, cert: None }));
    }
    let [ca, cert] = pair(node, ["ca", "cert"])?;
    let ca = ca.ok_or_else(|| at(node, PlanProblem::Missing("ca")))?;
    Ok(Some(Leaf { ca, cert }))
}

/// A mapping with these two names and no other.
fn pair(node: &Node, known: [&'static str; 2]) -> Result<[Option<String>; 2], PlanError> {
    let mut found = [None, None];
    for (key, value) in node.entries().unwrap_or_default() {
        let index = known
            .iter()
            .position(|one| key.as_text() == Some(one))
            .ok_or_else(|| super::read::unknown_key(key, &known))?;
        if found[index].is_some() {
            return Err(at(key, PlanProblem::Twice(known[index].to_owned())));
        }
        found[index] = Some(name(value, "a name")?);
    }
    Ok(found)
}

fn ports(node: &Node) -> Result<Ports, PlanError> {
    let names = list(node, |item| one_of(item, ["plain", "tls"], |name| name))?;
    Ok(Ports {
        plain: names.contains(&"plain"),
        tls: names.contains(&"tls"),
    })
}
