//! Messages as Stem stores and signs them (stem-semantics 4 and 5), by keys read from env
//! files as Stem reads them; signed and verified with `ring`, not with this crate.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use super::common::environment;
use super::stem::{Signing, start};

/// A process by what it was started with.
pub(crate) struct Process(Signing);

impl Process {
    #[track_caller]
    pub(crate) fn of(env_file: &Path) -> Process {
        Process(start(&environment(env_file)).expect("it starts"))
    }

    /// Signs a message and writes it down as Stem does.
    pub(crate) fn sends(&self, id: &str) -> Result<String, String> {
        let mut message = json!({
            "id": id, "name": "mail.send", "args": { "to": "a", "copy": [1, 2] },
            "headers": { "trace": "t-1" }, "enqueuedAt": "2026-11-30T10:00:00.000Z",
            "notBefore": null, "priority": 0, "attempt": 0, "maxRetries": 3,
            "visibilityTimeout": null, "queue": "default", "meta": {},
        });
        let bytes = canonical(&message);
        let (id, signature) = match &self.0 {
            Signing::Disabled => return Err("signing is off".to_owned()),
            Signing::Hmac { keys, active } => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &keys[active]);
                (active, hmac::sign(&key, bytes.as_bytes()).as_ref().to_vec())
            }
            Signing::Ed25519 {
                private, active, ..
            } => {
                let active = active.as_ref().ok_or("no active key")?;
                let seed = private.get(active).ok_or("Missing private key")?;
                let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed");
                (active, pair.sign(bytes.as_bytes()).as_ref().to_vec())
            }
        };
        message["headers"]["stem-signature"] = json!(STANDARD.encode(signature));
        message["headers"]["stem-signature-key"] = json!(id);
        Ok(message.to_string())
    }

    /// Verifies a message; Stem's own error text where it refuses.
    pub(crate) fn takes(&self, text: &str) -> Result<(), String> {
        let message: Value = serde_json::from_str(text).expect("JSON");
        let header = |name: &str| message["headers"][name].as_str();
        let (Some(signature), Some(id)) = (header("stem-signature"), header("stem-signature-key"))
        else {
            return Err("missing signature headers".to_owned());
        };
        let signature = STANDARD.decode(signature).expect("base64");
        let bytes = canonical(&message);
        let unknown = || format!("unknown signing key \"{id}\"");
        let is_good = match &self.0 {
            Signing::Disabled => return Ok(()),
            Signing::Hmac { keys, .. } => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, keys.get(id).ok_or_else(unknown)?);
                hmac::verify(&key, bytes.as_bytes(), &signature).is_ok()
            }
            Signing::Ed25519 { public, .. } => {
                let key = public.get(id).ok_or_else(unknown)?;
                let key = UnparsedPublicKey::new(&ED25519, key);
                key.verify(bytes.as_bytes(), &signature).is_ok()
            }
        };
        is_good
            .then_some(())
            .ok_or_else(|| "signature mismatch".to_owned())
    }
}

/// What is signed: twelve names in order, everything below sorted, without the signature.
fn canonical(message: &Value) -> String {
    const NAMES: [&str; 12] = [
        "args",
        "attempt",
        "enqueuedAt",
        "headers",
        "id",
        "maxRetries",
        "meta",
        "name",
        "notBefore",
        "priority",
        "queue",
        "visibilityTimeoutMs",
    ];
    let fields: Vec<String> = NAMES
        .iter()
        .map(|name| {
            let value = match *name {
                "visibilityTimeoutMs" => message["visibilityTimeout"].clone(),
                "headers" => {
                    let mut headers = message["headers"].clone();
                    if let Some(map) = headers.as_object_mut() {
                        map.remove("stem-signature");
                        map.remove("stem-signature-key");
                    }
                    headers
                }
                name => message[name].clone(),
            };
            format!("{}:{}", json!(name), sorted(&value))
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn sorted(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            names.sort();
            let fields: Vec<String> = names
                .into_iter()
                .map(|name| format!("{}:{}", json!(name), sorted(&map[name])))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(sorted).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}

/// A text that needs no quoting on the wire.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_message_that_was_changed_is_refused() {
    let keys = [("k".to_owned(), vec![7; 32])].into();
    let process = Process(Signing::Hmac {
        keys,
        active: "k".to_owned(),
    });
    let sent = process.sends("job").expect("signed");
    assert_eq!(process.takes(&sent), Ok(()));
    let changed = sent.replace("\"attempt\":0", "\"attempt\":1");
    assert_ne!(changed, sent);
    assert_eq!(
        process.takes(&changed),
        Err("signature mismatch".to_owned())
    );
}
