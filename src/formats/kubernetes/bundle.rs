//! Secrets and ConfigMaps: their entries as a pod sees them, and the objects from which a
//! controller makes Secrets that no file holds.

use std::sync::Arc;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::object::Object;
use super::scalar::{Kind, kind};
use crate::formats::yaml::{Node, Place};
use crate::model::secret::Secret;

/// A Secret or a ConfigMap, or what is known of one that a controller makes.
#[derive(Debug)]
pub struct Bundle {
    /// A Secret, no ConfigMap.
    pub is_secret: bool,
    /// What pods call it.
    pub name: String,
    /// Its namespace, where it says one.
    pub namespace: Option<String>,
    /// Where its name stands.
    pub place: Place,
    /// Each key once, sorted.
    pub entries: Vec<Entry>,
    /// Why it can hold keys that no file says.
    pub open: Option<String>,
    /// What Kubernetes refuses in it: where, and in words.
    pub troubles: Vec<(Place, String)>,
}

/// An entry of a Secret or ConfigMap.
#[derive(Debug)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// What it holds.
    pub held: Held,
    /// Where that is written.
    pub place: Place,
    /// Whether `envFrom` and `valueFrom` see it: not that of a ConfigMap's `binaryData`.
    pub in_environment: bool,
}

/// What an entry holds.
#[derive(Debug)]
pub enum Held {
    /// Text.
    Text(Secret),
    /// Bytes that are no text.
    Binary,
    /// Not in these files: why not.
    Unknown(String),
}

impl Bundle {
    /// The entry with this key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let at = self
            .entries
            .binary_search_by(|entry| entry.key.as_str().cmp(key));
        at.ok().map(|at| &self.entries[at])
    }

    fn new(object: &Object, is_secret: bool, name: &Arc<Node>) -> Bundle {
        Bundle {
            is_secret,
            name: name.as_text().unwrap_or_default().to_owned(),
            namespace: object.namespace.clone(),
            place: name.place,
            entries: Vec::new(),
            open: None,
            troubles: Vec::new(),
        }
    }

    /// Later ones win.
    fn sort(mut self) -> Bundle {
        self.entries.reverse();
        self.entries.sort_by(|one, other| one.key.cmp(&other.key));
        self.entries.dedup_by(|one, other| one.key == other.key);
        self
    }

    fn add(&mut self, key: &str, held: Held, place: Place, in_environment: bool) {
        self.entries.push(Entry {
            key: key.to_owned(),
            held,
            place,
            in_environment,
        });
    }

    fn add_unknown<'n>(&mut self, keys: impl IntoIterator<Item = &'n Arc<Node>>, why: &str) {
        for key in keys {
            if let Some(text) = key.as_text() {
                self.add(text, Held::Unknown(why.to_owned()), key.place, true);
            }
        }
    }
}

/// Whether objects of this kind are Secrets or ConfigMaps, or are made into some.
#[must_use]
pub fn is_bundle(kind: &str) -> bool {
    matches!(kind, "Secret" | "ConfigMap") || MAKERS.contains(&kind)
}

/// Kinds from which controllers make Secrets.
const MAKERS: [&str; 12] = [
    "SealedSecret",
    "ExternalSecret",
    "SecretProviderClass",
    "Certificate",
    "VaultStaticSecret",
    "VaultDynamicSecret",
    "VaultPKISecret",
    "VaultSecret",
    "OnePasswordItem",
    "InfisicalSecret",
    "DopplerSecret",
    "SopsSecret",
];

/// The Secrets and ConfigMaps that an object is, or is made into.
#[must_use]
pub fn bundles(object: &Object) -> Vec<Bundle> {
    let made = match object.kind.as_str() {
        "Secret" => secret(object).into_iter().collect(),
        "ConfigMap" => config_map(object).into_iter().collect(),
        "SealedSecret" => sealed(object).into_iter().collect(),
        "ExternalSecret" => external(object).into_iter().collect(),
        "SecretProviderClass" => provided(object),
        "Certificate" => certificate(object).into_iter().collect(),
        "SopsSecret" => sops(object),
        kind if MAKERS.contains(&kind) => controlled(object).into_iter().collect(),
        _ => Vec::new(),
    };
    made.into_iter().map(Bundle::sort).collect()
}

fn own_name(object: &Object) -> Option<&Arc<Node>> {
    object.node.get("metadata")?.get("name")
}

fn path<'n>(node: &'n Arc<Node>, path: &[&str]) -> Option<&'n Arc<Node>> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

type Pair = (Arc<Node>, Arc<Node>);

fn entries<'n>(object: &'n Object, field: &str) -> &'n [Pair] {
    let field = object.node.get(field);
    field.and_then(|node| node.entries()).unwrap_or_default()
}

fn secret(object: &Object) -> Option<Bundle> {
    let mut bundle = Bundle::new(object, true, own_name(object)?);
    let encrypted = object.node.get("sops").is_some();
    for (key, value) in entries(object, "data") {
        let held = match text(value, &mut bundle.troubles) {
            Some(text) if encrypted && text.starts_with("ENC[") => Held::Unknown("SOPS".to_owned()),
            Some(text) => decoded(text, value.place, &mut bundle.troubles),
            None => continue,
        };
        bundle.add(key.as_text().unwrap_or_default(), held, value.place, true);
    }
    plain(&mut bundle, entries(object, "stringData"), encrypted);
    Some(bundle)
}

fn config_map(object: &Object) -> Option<Bundle> {
    let mut bundle = Bundle::new(object, false, own_name(object)?);
    for (key, value) in entries(object, "binaryData") {
        if let Some(text) = text(value, &mut bundle.troubles) {
            let held = decoded(text, value.place, &mut bundle.troubles);
            bundle.add(key.as_text().unwrap_or_default(), held, value.place, false);
        }
    }
    let encrypted = object.node.get("sops").is_some();
    plain(&mut bundle, entries(object, "data"), encrypted);
    Some(bundle)
}

fn plain(bundle: &mut Bundle, entries: &[Pair], encrypted: bool) {
    for (key, value) in entries {
        let held = match text(value, &mut bundle.troubles) {
            Some(text) if encrypted && text.starts_with("ENC[") => Held::Unknown("SOPS".to_owned()),
            Some(text) => Held::Text(Secret::new(text.to_owned())),
            None => continue,
        };
        bundle.add(key.as_text().unwrap_or_default(), held, value.place, true);
    }
}

/// The text of a value; what is none is refused by Kubernetes, and still taken for what it says.
fn text<'n>(value: &'n Arc<Node>, troubles: &mut Vec<(Place, String)>) -> Option<&'n str> {
    let Some(scalar) = value.scalar() else {
        troubles.push((
            value.place,
            "a list or mapping where text is wanted".to_owned(),
        ));
        return None;
    };
    match kind(scalar) {
        Kind::Null => Some(""),
        Kind::Text => Some(&scalar.text),
        Kind::Boolean(_) | Kind::Number => {
            let refused = "a number or a truth value where text is wanted: it needs quotes";
            troubles.push((value.place, refused.to_owned()));
            Some(&scalar.text)
        }
    }
}

/// What Go makes of base64 in JSON: line breaks are passed over, all else is strict but for
/// the bits that nobody reads.
fn decoded(text: &str, place: Place, troubles: &mut Vec<(Place, String)>) -> Held {
    const GO: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
    );
    let decoded = if text.contains(['\n', '\r']) {
        let joined = Secret::new(text.replace(['\n', '\r'], ""));
        GO.decode(joined.expose())
    } else {
        GO.decode(text)
    };
    match decoded {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Held::Text(Secret::new(text)),
            Err(_) => Held::Binary,
        },
        Err(_) => {
            troubles.push((place, "a value of `data` is not base64".to_owned()));
            Held::Unknown("not base64".to_owned())
        }
    }
}

fn keys(node: Option<&Arc<Node>>) -> impl Iterator<Item = &Arc<Node>> {
    let entries = node.and_then(|node| node.entries()).unwrap_or_default();
    entries.iter().map(|(key, _)| key)
}

fn sealed(object: &Object) -> Option<Bundle> {
    let own = own_name(object)?;
    let template = path(&object.node, &["spec", "template"]);
    let name = template.and_then(|template| path(template, &["metadata", "name"]));
    let mut bundle = Bundle::new(object, true, name.unwrap_or(own));
    let sealed = path(&object.node, &["spec", "encryptedData"]);
    bundle.add_unknown(keys(sealed), "SealedSecret");
    if path(&object.node, &["spec", "data"]).is_some() {
        bundle.open = Some("SealedSecret".to_owned());
    }
    let templated = template.and_then(|template| template.get("data"));
    bundle.add_unknown(keys(templated), "SealedSecret");
    Some(bundle)
}

fn external(object: &Object) -> Option<Bundle> {
    const WHY: &str = "ExternalSecret";
    let own = own_name(object)?;
    let target = path(&object.node, &["spec", "target", "name"]);
    let mut bundle = Bundle::new(object, true, target.unwrap_or(own));
    let template = path(&object.node, &["spec", "target", "template"]);
    let listed = path(&object.node, &["spec", "data"]).and_then(|data| data.items());
    let replaced = template.is_some_and(|template| {
        template
            .get("mergePolicy")
            .and_then(|policy| policy.as_text())
            != Some("Merge")
            && template.get("data").is_some()
    });
    if !replaced {
        let keys = listed.unwrap_or_default().iter();
        bundle.add_unknown(keys.filter_map(|item| item.get("secretKey")), WHY);
    }
    bundle.add_unknown(
        keys(template.and_then(|template| template.get("data"))),
        WHY,
    );
    let fetched = path(&object.node, &["spec", "dataFrom"]).is_some() && !replaced;
    if fetched || template.is_some_and(|template| template.get("templateFrom").is_some()) {
        bundle.open = Some(WHY.to_owned());
    }
    Some(bundle)
}

fn provided(object: &Object) -> Vec<Bundle> {
    let made = path(&object.node, &["spec", "secretObjects"]).and_then(|made| made.items());
    let made = made.unwrap_or_default().iter();
    made.filter_map(|made| {
        let mut bundle = Bundle::new(object, true, made.get("secretName")?);
        let data = made
            .get("data")
            .and_then(|data| data.items())
            .unwrap_or_default();
        let keys = data.iter().filter_map(|item| item.get("key"));
        bundle.add_unknown(keys, "SecretProviderClass");
        Some(bundle)
    })
    .collect()
}

fn certificate(object: &Object) -> Option<Bundle> {
    let name = path(&object.node, &["spec", "secretName"])?;
    let mut bundle = Bundle::new(object, true, name);
    for key in ["ca.crt", "tls.crt", "tls.key"] {
        let why = Held::Unknown("Certificate of cert-manager".to_owned());
        bundle.add(key, why, name.place, true);
    }
    Some(bundle)
}

fn sops(object: &Object) -> Vec<Bundle> {
    let made = path(&object.node, &["spec", "secretTemplates"]).and_then(|made| made.items());
    let made = made.unwrap_or_default().iter();
    made.filter_map(|made| {
        let mut bundle = Bundle::new(object, true, made.get("name")?);
        bundle.add_unknown(keys(made.get("data")), "SopsSecret");
        bundle.add_unknown(keys(made.get("stringData")), "SopsSecret");
        Some(bundle)
    })
    .collect()
}

fn controlled(object: &Object) -> Option<Bundle> {
    let named: [&[&str]; 3] = [
        &["spec", "destination", "name"],
        &["spec", "managedSecretReference", "secretName"],
        &["spec", "managedSecret", "name"],
    ];
    let name = named.iter().find_map(|names| path(&object.node, names));
    let mut bundle = Bundle::new(object, true, name.or_else(|| own_name(object))?);
    bundle.open = Some(object.kind.clone());
    Some(bundle)
}

#[cfg(test)]
mod tests;
