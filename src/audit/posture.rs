//! The posture of a deployment: the manifest's, else the strongest that any of its processes
//! uses.

use super::case::Subject;
use super::stem::Outcome;
use crate::model::env;
use crate::model::manifest::Manifest;
use crate::model::posture::{Posture, Signing, Transport};

/// By what a posture is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PostureFrom {
    /// `stem-sec.yaml` declares it.
    Manifest,
    /// It is the strongest that a process uses.
    Processes,
}

impl PostureFrom {
    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            PostureFrom::Manifest => "manifest",
            PostureFrom::Processes => "processes",
        }
    }
}

/// The posture, and by what it is known.
pub(super) fn of(manifest: Option<&Manifest>, subjects: &[Subject<'_>]) -> (Posture, PostureFrom) {
    if let Some(manifest) = manifest {
        return (manifest.posture, PostureFrom::Manifest);
    }
    let strongest = |signing: fn(&Subject<'_>) -> Signing| subjects.iter().map(signing).max();
    let posture = Posture {
        signing: strongest(signing).unwrap_or(Signing::None),
        transport: subjects
            .iter()
            .map(transport)
            .max()
            .unwrap_or(Transport::Plaintext),
    };
    (posture, PostureFrom::Processes)
}

/// How a process means to sign.
fn signing(subject: &Subject<'_>) -> Signing {
    if let Outcome::On(keys) = &subject.signing {
        return keys.algorithm;
    }
    let says_ed25519 = subject
        .given(env::SIGNING_ALGORITHM)
        .is_some_and(|(text, _)| text.eq_ignore_ascii_case("ed25519"));
    let has = |name| subject.is_set(name);
    if says_ed25519 {
        Signing::Ed25519
    } else if has(env::SIGNING_KEYS) {
        Signing::HmacSha256
    } else if has(env::SIGNING_PRIVATE_KEYS) || has(env::SIGNING_PUBLIC_KEYS) {
        Signing::Ed25519
    } else if has(env::SIGNING_ACTIVE_KEY) {
        // who names a key to sign with means to sign, and Stem's own algorithm is this one
        Signing::HmacSha256
    } else {
        Signing::None
    }
}

/// How a process connects, or lets others connect.
fn transport(subject: &Subject<'_>) -> Transport {
    if let Some(redis) = &subject.redis {
        return match redis.tls_port() {
            Some(port) if port != 0 && redis.asks_for_certificates() => Transport::Mtls,
            Some(port) if port != 0 => Transport::Tls,
            _ => Transport::Plaintext,
        };
    }
    let is_tls = |name: &&str| {
        let scheme = subject.url(name).and_then(|url| url.split_once("://"));
        scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("rediss"))
    };
    let urls = [
        env::BROKER_URL,
        env::RESULT_BACKEND_URL,
        env::SCHEDULE_STORE_URL,
        env::REVOKE_STORE_URL,
        env::WORKFLOW_STORE_URL,
    ];
    let is_encrypted = urls.iter().any(is_tls);
    let has_pair = subject.is_set(env::TLS_CLIENT_CERT) && subject.is_set(env::TLS_CLIENT_KEY);
    match (is_encrypted, has_pair) {
        (true, true) => Transport::Mtls,
        (true, false) => Transport::Tls,
        (false, _) => Transport::Plaintext,
    }
}
