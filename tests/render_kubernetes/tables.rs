//! Who holds what, as Stem's security examples have it in their three tables, with what its
//! source adds (HMAC: an active key wherever there are keys). Transcribed by hand.

use std::collections::BTreeSet;

/// What a component of these roles has: variables and files, each marked `!` if secret.
/// `password`: whether the broker asks for one, and so URLs carry it.
pub(crate) fn holdings(roles: &[&str], signing: &str, transport: &str) -> BTreeSet<String> {
    let password = transport != "mtls";
    let mut held = BTreeSet::new();
    for role in roles {
        if *role == "broker" {
            held.insert("redis.conf!");
            if password {
                held.insert("REDISCLI_AUTH!");
            }
            if transport != "plaintext" {
                held.extend(["ca.crt", "server.crt", "server.key!"]);
            }
            continue;
        }
        held.extend(keys(role, signing));
        held.extend(tls(transport));
        let url = |plain, secret| if password { secret } else { plain };
        held.insert(url("STEM_BROKER_URL", "STEM_BROKER_URL!"));
        held.insert(url("STEM_RESULT_BACKEND_URL", "STEM_RESULT_BACKEND_URL!"));
        if ["beat", "cli"].contains(role) {
            held.insert(url("STEM_SCHEDULE_STORE_URL", "STEM_SCHEDULE_STORE_URL!"));
        }
    }
    held.into_iter().map(str::to_owned).collect()
}

fn keys(role: &str, signing: &str) -> Vec<&'static str> {
    match (signing, role) {
        ("hmac-sha256", "producer" | "worker" | "beat") => {
            vec!["STEM_SIGNING_KEYS!", "STEM_SIGNING_ACTIVE_KEY"]
        }
        ("ed25519", "producer" | "beat") => vec![
            "STEM_SIGNING_ALGORITHM",
            "STEM_SIGNING_PUBLIC_KEYS",
            "STEM_SIGNING_PRIVATE_KEYS!",
            "STEM_SIGNING_ACTIVE_KEY",
        ],
        ("ed25519", "worker") => vec![
            "STEM_SIGNING_ALGORITHM",
            "STEM_SIGNING_PUBLIC_KEYS",
            "STEM_SIGNING_ACTIVE_KEY",
        ],
        _ => Vec::new(),
    }
}

fn tls(transport: &str) -> Vec<&'static str> {
    match transport {
        "mtls" => vec![
            "STEM_TLS_CA_CERT",
            "STEM_TLS_CLIENT_CERT",
            "STEM_TLS_CLIENT_KEY",
            "ca.crt",
            "client.crt",
            "client.key!",
        ],
        "tls" => vec!["STEM_TLS_CA_CERT", "ca.crt"],
        _ => Vec::new(),
    }
}
