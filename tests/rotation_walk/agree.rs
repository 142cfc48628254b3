//! Whether a component's folder is what its plan gives it at a step.

use std::collections::BTreeMap;
use std::fs;

use stem_sec::mint::x509::Certificate;
use stem_sec::rotate::plan::{ClientAuth, Config, Key, Scheme};

use super::common::environment;
use super::rotation::Place;

/// What is wrong with a client's folder.
pub(crate) fn client(place: &Place, name: &str, config: &Config) -> Vec<String> {
    let found = environment(&place.file(name, "stem.env"));
    let mut wrong = Vec::new();
    let mut same = |what: &str, found: String, wanted: String| {
        if found != wanted {
            wrong.push(format!("{name}: {what} is {found:?}, not {wanted:?}"));
        }
    };
    for (variable, keys) in [
        ("STEM_SIGNING_KEYS", &config.keys),
        ("STEM_SIGNING_PUBLIC_KEYS", &config.public),
        ("STEM_SIGNING_PRIVATE_KEYS", &config.private),
    ] {
        same(variable, ids(&found, variable), listed(keys));
    }
    let text = |variable: &str| found.get(variable).cloned().unwrap_or_default();
    let active = config.active.clone().unwrap_or_default();
    same("the active key", text("STEM_SIGNING_ACTIVE_KEY"), active);
    let url = text("STEM_BROKER_URL");
    let scheme = url.split("://").next().unwrap_or_default().to_owned();
    same("the scheme", scheme, config.url.name().to_owned());
    let backend = text("STEM_RESULT_BACKEND_URL");
    if !backend.is_empty() {
        let server = |url: &str| url.rsplit_once('/').map(|(server, _)| server.to_owned());
        same(
            "the backend's server",
            format!("{:?}", server(&backend)),
            format!("{:?}", server(&url)),
        );
    }
    let has_password = url.contains('@');
    same(
        "that it has a password",
        has_password.to_string(),
        config.password.is_some().to_string(),
    );
    let has_ca = found.contains_key("STEM_TLS_CA_CERT");
    same(
        "that it has a CA",
        has_ca.to_string(),
        (!config.trust.is_empty()).to_string(),
    );
    let has_pair = found.contains_key("STEM_TLS_CLIENT_KEY");
    same(
        "that it has a pair",
        has_pair.to_string(),
        config.leaf.is_some().to_string(),
    );
    wrong.extend(certificates(place, name, config, "client.crt"));
    wrong
}

/// What is wrong with a broker's folder.
pub(crate) fn broker(place: &Place, name: &str, config: &Config) -> Vec<String> {
    let text = fs::read_to_string(place.file(name, "redis.conf")).expect("a redis.conf");
    let value = |directive: &str| {
        let mut lines = text.lines();
        let line = lines.find_map(|line| line.strip_prefix(&format!("{directive} ")));
        line.map(str::to_owned)
    };
    let mut wrong = Vec::new();
    let plain = value("port").is_some_and(|port| port != "0");
    let tls = value("tls-port").is_some();
    if (plain, tls) != (config.ports.plain, config.ports.tls) {
        wrong.push(format!("{name}: listens ({plain}, {tls})"));
    }
    if plain && tls && value("port") == value("tls-port") {
        wrong.push(format!("{name}: one port for both"));
    }
    let asks = match config.clients {
        ClientAuth::Required => "yes",
        ClientAuth::Optional => "optional",
        ClientAuth::Ignored => "no",
    };
    if tls && value("tls-auth-clients").as_deref() != Some(asks) {
        wrong.push(format!("{name}: tls-auth-clients is not {asks}"));
    }
    if value("requirepass").is_some() != config.password.is_some() {
        wrong.push(format!("{name}: requirepass"));
    }
    wrong.extend(certificates(place, name, config, "server.crt"));
    wrong
}

/// The bundle and the certificate in a folder are those of the configuration.
fn certificates(place: &Place, name: &str, config: &Config, own: &str) -> Vec<String> {
    let read = |file: &str| {
        let text = fs::read(place.file(name, file)).ok()?;
        Certificate::all_from_pem(&text).ok()
    };
    let trusted = read("ca.crt").unwrap_or_default();
    let names: Vec<&str> = trusted.iter().map(|ca| &ca.serial[..8]).collect();
    let mut wrong = Vec::new();
    if names != config.trust {
        wrong.push(format!("{name}: trusts {names:?}, not {:?}", config.trust));
    }
    let found = read(own);
    match (&config.leaf, found) {
        (None, None) => {}
        (Some(leaf), Some(found)) => {
            let issuer = String::from_utf8_lossy(&found[0].issuer_der).into_owned();
            if !issuer.contains(&leaf.ca) {
                wrong.push(format!("{name}: shows one of another CA than {}", leaf.ca));
            }
            let cert = leaf.cert.clone().unwrap_or_default();
            if !cert.starts_with("new-") && found[0].serial[..8] != cert {
                wrong.push(format!("{name}: shows another than {cert}"));
            }
        }
        (leaf, found) => wrong.push(format!("{name}: {leaf:?} and {}", found.is_some())),
    }
    wrong
}

fn ids(found: &BTreeMap<String, String>, variable: &str) -> String {
    let list = found.get(variable).map_or("", String::as_str);
    let ids = list.split(',').filter_map(|entry| entry.split(':').next());
    ids.collect::<Vec<_>>().join(",")
}

fn listed(keys: &[Key]) -> String {
    let ids: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
    ids.join(",")
}

/// Of every component, at the present step.
#[track_caller]
pub(crate) fn all(place: &Place) {
    let mut wrong = Vec::new();
    for (name, config) in place.configs() {
        if name == "redis" {
            wrong.extend(broker(place, &name, &config));
        } else {
            wrong.extend(client(place, &name, &config));
            assert!(matches!(config.url, Scheme::Redis | Scheme::Rediss));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
