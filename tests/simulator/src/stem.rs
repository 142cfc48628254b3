//! What Stem, its broker and TLS do with a configuration: start or not, sign, verify, connect.
//! Written from the semantics of Stem's source, with its own error texts where it has some.

use crate::plan::{Clients, Component, Config, Key, Role, Signing};

/// The signature headers of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    Missing,
    Hmac(Key),
    Ed25519(Key),
}

/// Why a worker does not take a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) text: String,
    /// Not dead-lettered: it stays pending and is delivered again for ever.
    pub(crate) poison: bool,
}

/// The algorithm in effect: Stem has no word for none, and takes HMAC keys where none is named.
pub(crate) fn algorithm(config: &Config) -> Signing {
    match config.signing {
        Signing::None if !config.keys.is_empty() => Signing::Hmac,
        signing => signing,
    }
}

/// Whether the process signs nothing and accepts anything.
pub(crate) fn signing_is_off(config: &Config) -> bool {
    match algorithm(config) {
        Signing::None => true,
        Signing::Hmac => config.keys.is_empty(),
        Signing::Ed25519 => config.public.is_empty(),
    }
}

/// What Stem's `sign` puts on a message, or the error that it throws.
pub(crate) fn sign(config: &Config) -> Result<Signature, &'static str> {
    if signing_is_off(config) {
        return Ok(Signature::Missing);
    }
    let active = config.active.as_deref();
    let under = |keys: &[Key]| last(keys, active?).cloned();
    match algorithm(config) {
        Signing::None => Ok(Signature::Missing),
        Signing::Hmac => under(&config.keys)
            .map(Signature::Hmac)
            .ok_or("StateError: no active key"),
        Signing::Ed25519 => {
            let private =
                under(&config.private).ok_or("StateError: no private key to sign with")?;
            match under(&config.public) {
                Some(_) => Ok(Signature::Ed25519(private)),
                None => Err("StateError: Missing public key"),
            }
        }
    }
}

/// What messages carry that this process takes: as it signs itself, or else by the key that it knows
/// as active, or by any.
pub(crate) fn expected(config: &Config) -> Vec<Signature> {
    if let Ok(signature) = sign(config) {
        return vec![signature];
    }
    let (known, of): (_, fn(Key) -> Signature) = match algorithm(config) {
        Signing::Ed25519 => (&config.public, Signature::Ed25519),
        _ => (&config.keys, Signature::Hmac),
    };
    let is_active = |key: &&Key| config.active.as_ref().is_none_or(|id| *id == key.id);
    known.iter().filter(is_active).cloned().map(of).collect()
}

/// What Stem's `verify` says to a message with this signature.
pub(crate) fn verify(config: &Config, signature: &Signature) -> Result<(), Refusal> {
    if signing_is_off(config) {
        return Ok(());
    }
    let keys = match algorithm(config) {
        Signing::Ed25519 => &config.public,
        _ => &config.keys,
    };
    let (key, is_hmac) = match signature {
        Signature::Missing => return Err(dead("missing signature headers".into())),
        Signature::Hmac(key) => (key, true),
        Signature::Ed25519(key) => (key, false),
    };
    let Some(known) = last(keys, &key.id) else {
        return Err(dead(format!("unknown signing key \"{}\"", key.id)));
    };
    match (algorithm(config), is_hmac) {
        (Signing::Ed25519, true) => Err(Refusal {
            text: "ArgumentError: the signature is 32 bytes long, not 64".into(),
            poison: true,
        }),
        (Signing::Hmac, false) => Err(dead("signature mismatch".into())),
        _ if known.is != key.is => Err(dead("signature mismatch".into())),
        _ => Ok(()),
    }
}

fn dead(text: String) -> Refusal {
    Refusal {
        text,
        poison: false,
    }
}

/// The entry of an id: of duplicates the last one counts.
fn last<'k>(keys: &'k [Key], id: &str) -> Option<&'k Key> {
    keys.iter().rev().find(|key| key.id == id)
}

/// Whether a process comes up with this configuration, or why not.
pub(crate) fn start(component: &Component, config: &Config) -> Result<(), String> {
    let is_among = |keys: &[Key]| {
        let active = config.active.as_deref();
        active.is_some_and(|active| last(keys, active).is_some())
    };
    if component.is_stem() {
        match algorithm(config) {
            Signing::Hmac if !config.keys.is_empty() && config.active.is_none() => {
                return Err("StateError: Missing STEM_SIGNING_ACTIVE_KEY; required when signing keys are provided.".into());
            }
            Signing::Hmac if !config.keys.is_empty() && !is_among(&config.keys) => {
                return Err("StateError: the active key is not among STEM_SIGNING_KEYS".into());
            }
            Signing::Ed25519
                if !config.public.is_empty()
                    && !config.private.is_empty()
                    && config.active.is_some()
                    && !is_among(&config.private) =>
            {
                return Err(
                    "StateError: the active key is not among STEM_SIGNING_PRIVATE_KEYS".into(),
                );
            }
            _ => {}
        }
    }
    if component.is(Role::Broker) && config.ports.tls {
        if config.leaf.is_none() {
            return Err("no certificate for the TLS port".into());
        }
        if config.clients != Clients::Ignored && config.trust.is_empty() {
            return Err("no tls-ca-cert-file, but clients are to be verified".into());
        }
    }
    Ok(())
}

/// Whether a running client gets a connection to a running broker, or why not.
pub(crate) fn connect(client: &Config, broker: &Config) -> Result<(), String> {
    if client.tls {
        if !broker.ports.tls {
            return Err("connection refused: no TLS port".into());
        }
        shake_hands(client, broker)?;
    } else if !broker.ports.plain {
        return Err("connection refused: no plaintext port".into());
    }
    match (&client.password, &broker.password) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err("NOAUTH Authentication required".into()),
        (Some(_), None) => Err("ERR AUTH called without any password configured".into()),
        (Some(sent), Some(asked)) if sent == asked => Ok(()),
        _ => Err("WRONGPASS invalid password".into()),
    }
}

fn shake_hands(client: &Config, broker: &Config) -> Result<(), String> {
    let Some(server) = &broker.leaf else {
        return Err("connection refused: no server certificate".into());
    };
    let trusted = |trust: &[String], ca: &str| trust.iter().any(|name| name == ca);
    if !client.insecure {
        let known = if client.trust.is_empty() {
            client.leaf.is_none() && server.ca == "system"
        } else {
            trusted(&client.trust, &server.ca)
        };
        if !known {
            let ca = &server.ca;
            return Err(format!(
                "HandshakeException: CERTIFICATE_VERIFY_FAILED, issuer `{ca}`"
            ));
        }
    }
    match (broker.clients, &client.leaf) {
        (Clients::Ignored, _) | (Clients::Optional, None) => Ok(()),
        (Clients::Required, None) => Err("peer did not return a certificate".into()),
        (_, Some(leaf)) if trusted(&broker.trust, &leaf.ca) => Ok(()),
        (_, Some(leaf)) => Err(format!("tlsv1 alert unknown ca, issuer `{}`", leaf.ca)),
    }
}

/// What a process holds though its roles must not, by the ownership table.
pub(crate) fn forbidden(component: &Component, config: &Config) -> Option<&'static str> {
    let is = |role| component.is(role);
    let enqueues = component.enqueues == Some(true);
    let may_sign = is(Role::Producer) || is(Role::Beat) || (is(Role::Dashboard) && enqueues);
    // where no role has a use for a stray secret, one that must not have it decides
    let must_not_stray = [
        Role::Worker,
        Role::Cli,
        Role::Broker,
        Role::Store,
        Role::Other,
    ]
    .into_iter()
    .any(is);
    let may_have_private = match algorithm(config) {
        Signing::Ed25519 => may_sign,
        _ => !must_not_stray,
    };
    if !config.private.is_empty() && !may_have_private {
        return Some("a private signing key");
    }
    let may_have_secret = match algorithm(config) {
        Signing::Hmac => component.is_stem(),
        _ => !must_not_stray,
    };
    if !config.keys.is_empty() && !may_have_secret {
        return Some("the HMAC secrets");
    }
    if config.insecure && component.is_stem() {
        return Some("STEM_TLS_ALLOW_INSECURE");
    }
    None
}
