//! Secrets that move to components that must not have them, and required ones that go missing.

use super::{Expected, Harm};
use crate::case::Case;
use crate::mechanism::{Key, Value, hand_key, hand_value, ways_of_keys, ways_of_values};
use crate::mint::{Pair, Purpose, Wanted, entry, pair};
use crate::project::{Project, STEM};

const PRIVATE: &str = "STEM_SIGNING_PRIVATE_KEYS";
const SECRETS: &str = "STEM_SIGNING_KEYS";

pub(super) fn harms() -> Vec<Harm> {
    let mut harms = Vec::new();
    for (to, rule) in [
        ("worker", "signing-private-key-on-verifier"),
        ("cli", "signing-private-key-on-verifier"),
        ("dashboard", "signing-private-key-on-verifier"),
        ("redis", "signing-key-on-broker"),
        ("db", "secret-on-unrelated-process"),
        ("exporter", "secret-on-unrelated-process"),
    ] {
        harms.push(moved_value("private key", PRIVATE, to, rule, Case::ed25519));
    }
    for (to, rule) in [
        ("redis", "signing-key-on-broker"),
        ("db", "secret-on-unrelated-process"),
        ("exporter", "secret-on-unrelated-process"),
    ] {
        harms.push(moved_value("HMAC secret", SECRETS, to, rule, Case::hmac));
    }
    for to in ["db", "exporter"] {
        let rule = "secret-on-unrelated-process";
        harms.push(moved_value(
            "broker password",
            "STEM_BROKER_URL",
            to,
            rule,
            Case::password,
        ));
    }
    for (to, rule) in [
        ("redis", "client-key-on-broker"),
        ("db", "secret-on-unrelated-process"),
        ("exporter", "secret-on-unrelated-process"),
    ] {
        harms.push(moved_key(
            "client key",
            Some("producer"),
            "client.key",
            to,
            rule,
            Case::mutual,
        ));
    }
    for to in [
        "producer",
        "worker",
        "beat",
        "cli",
        "dashboard",
        "db",
        "exporter",
    ] {
        let rule = "server-key-outside-broker";
        harms.push(moved_key(
            "server key",
            Some("redis"),
            "server.key",
            to,
            rule,
            Case::encrypts,
        ));
    }
    for to in [
        "producer",
        "worker",
        "beat",
        "cli",
        "dashboard",
        "redis",
        "db",
        "exporter",
    ] {
        let rule = "ca-key-deployed";
        harms.push(moved_key(
            "CA key",
            None,
            "ca.key",
            to,
            rule,
            Case::encrypts,
        ));
    }
    harms.extend(strays());
    harms.extend(missing());
    harms
}

/// A secret of a variable, moved as it is.
fn moved_value(
    what: &str,
    variable: &'static str,
    to: &'static str,
    rule: &'static str,
    applies: fn(Case) -> bool,
) -> Harm {
    let apply = move |project: &Project| {
        let secret = Value {
            owner: "producer",
            variable,
            value: project.known("producer", variable),
        };
        Expected {
            at: hand_value(project, to, &secret, project.variant),
            component: to.to_owned(),
        }
    };
    let moves = match what {
        "private key" => "signing-private-key",
        "HMAC secret" => "signing-secret",
        _ => "broker-password",
    };
    Harm {
        moves: Some(moves),
        variants: Box::new(|case: Case| ways_of_values(case.target)),
        ..Harm::new(format!("{what} to {to}"), rule, applies, apply)
    }
}

/// A key file, moved as it is.
fn moved_key(
    what: &str,
    owner: Option<&'static str>,
    name: &'static str,
    to: &'static str,
    rule: &'static str,
    applies: fn(Case) -> bool,
) -> Harm {
    let apply = move |project: &Project| {
        let text = match owner {
            Some(owner) => project.file(owner, name),
            None => project.read(&project.find("/ca.key")),
        };
        let key = Key { owner, name, text };
        Expected {
            at: hand_key(project, to, &key, project.variant),
            component: to.to_owned(),
        }
    };
    let moves = match name {
        "client.key" => "client-key",
        "server.key" => "server-key",
        _ => "ca-key",
    };
    Harm {
        moves: Some(moves),
        variants: Box::new(|case: Case| ways_of_keys(case.target)),
        ..Harm::new(format!("{what} to {to}"), rule, applies, apply)
    }
}

/// Secrets that a posture has no use for.
fn strays() -> Vec<Harm> {
    let mut harms = Vec::new();
    for to in ["producer", "beat", "dashboard"] {
        harms.push(Harm::new(
            format!("unused HMAC secret at {to}"),
            "stray-secret",
            |case| !case.hmac() && case.signs(),
            move |project| Expected::at(project.set(to, SECRETS, &entry("old", "stray")), to),
        ));
        harms.push(Harm::new(
            format!("unused private key at {to}"),
            "stray-secret",
            Case::hmac,
            move |project| Expected::at(project.set(to, PRIVATE, &pair("old", "stray").0), to),
        ));
    }
    for to in ["worker", "cli"] {
        harms.push(Harm::new(
            format!("unused private key at {to}"),
            "signing-private-key-on-verifier",
            |case| !case.ed25519(),
            move |project| Expected::at(project.set(to, PRIVATE, &pair("old", "stray").0), to),
        ));
        harms.push(Harm::new(
            format!("unused HMAC secret at {to}"),
            "stray-secret",
            Case::ed25519,
            move |project| Expected::at(project.set(to, SECRETS, &entry("old", "stray")), to),
        ));
    }
    harms.push(Harm::new(
        "one client key for two components",
        "shared-client-identity",
        Case::mutual,
        |project| {
            let certificate = project.file("producer", "client.crt");
            let key = project.file("producer", "client.key");
            let spots = vec![
                project.put_file("producer", "client.key", &key),
                project.put_file("beat", "client.crt", &certificate),
                project.put_file("beat", "client.key", &key),
            ];
            Expected::near(spots, "")
        },
    ));
    harms.push(Harm::new(
        "the broker's client key is another's",
        "client-key-on-broker",
        |case| case.mutual() && case.target != crate::case::Target::Kubernetes,
        |project| {
            let wanted = Wanted {
                names: &["producer"],
                purpose: Purpose::Client,
                ..Wanted::default()
            };
            let pair = Pair::project_ca(project).issue(&wanted);
            project.put_file("producer", "client.crt", &pair.certificate);
            project.put_file("producer", "client.key", &pair.key);
            let spot = project.put_file("redis", "server.key", &pair.key);
            Expected::at(spot, "redis")
        },
    ));
    harms
}

/// Required variables that are taken away, where no rule of signing or TLS says it.
fn missing() -> Vec<Harm> {
    let drop_both = |component: &'static str| {
        Harm::new(
            format!("{component} without its client pair"),
            "missing-artifact",
            Case::mutual,
            move |project| {
                project.unset(component, "STEM_TLS_CLIENT_CERT");
                project.unset(component, "STEM_TLS_CLIENT_KEY");
                Expected::any(project.homes(component), component)
            },
        )
    };
    let drop_url = |component: &'static str| {
        Harm::new(
            format!("{component} without STEM_BROKER_URL"),
            "missing-artifact",
            |_| true,
            move |project| {
                project.unset(component, "STEM_BROKER_URL");
                Expected::any(project.homes(component), component)
            },
        )
    };
    STEM.map(drop_url)
        .into_iter()
        .chain(STEM.map(drop_both))
        .collect()
}
