//! The annotation that changes with what a pod is given, so that its pods restart. Whoever
//! may look at pods sees it, and could try guesses against it: it covers a secret only where
//! one that cannot be guessed, minted by this tool, is covered with it.

use sha2::{Digest, Sha256};

use super::given::{Given, Item};
use crate::model::env;
use crate::render::Deployment;

const DOMAIN: &[u8] = b"stem-sec kubernetes checksum v1";

/// The checksum of what a component is given: 128 bits in hex digits.
pub(super) fn of(deployment: &Deployment<'_>, component: &str, given: &Given<'_>) -> String {
    let covers_secrets = !leaves_out_password(deployment, given);
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        // with its length, so that no two lists of parts look alike
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(DOMAIN);
    add(component.as_bytes());
    for item in given.all().filter(|item| covers_secrets || !item.private) {
        add(item.name.as_bytes());
        add(item.value.expose().as_bytes());
    }
    let digest = hash.finalize();
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Whether the component's only secret is a password that somebody chose.
pub(super) fn leaves_out_password(deployment: &Deployment<'_>, given: &Given<'_>) -> bool {
    let is_chosen = deployment.manifest.broker.password.is_some();
    let has_secret = given.all().any(|item| item.private);
    is_chosen && has_secret && !given.all().any(is_key)
}

fn is_key(item: &Item<'_>) -> bool {
    matches!(
        item.name,
        env::SIGNING_KEYS | env::SIGNING_PRIVATE_KEYS | "client.key" | "server.key"
    )
}
