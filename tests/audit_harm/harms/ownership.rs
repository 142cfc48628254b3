//! Secrets that move to components that must not have them, and required ones that go missing.

use super::{Expected, Harm, folded};
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
    let mut moved = Vec::new();
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
        moved.push(moved_key(
            "server key",
            Some("redis"),
            "server.key",
            to,
            rule,
            Case::encrypts,
        ));
    }
    harms.push(folded("server key to someone", moved));
    let mut moved = Vec::new();
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
        moved.push(moved_key(
            "CA key",
            None,
            "ca.key",
            to,
            rule,
            Case::encrypts,
        ));
    }
    harms.push(folded("CA key to someone", moved));
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
            at: hand_value(project, to, &secret, project.variant.get()),
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
            at: hand_key(project, to, &key, project.variant.get()),
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
    let unused = |to: &'static str, variable, rule, applies: fn(Case) -> bool| {
        Harm::new(to, rule, applies, move |project| {
            let list = match variable {
                PRIVATE => pair("old", "stray").0,
                _ => entry("old", "stray"),
            };
            Expected::at(project.set(to, variable, &list), to)
        })
    };
    let (stray, verifier) = ("stray-secret", "signing-private-key-on-verifier");
    let may_sign = ["producer", "beat", "dashboard"];
    let may_not = ["worker", "cli"];
    let mut harms = vec![
        folded(
            "an HMAC secret that nothing reads",
            may_sign
                .map(|to| unused(to, SECRETS, stray, Case::ed25519))
                .into(),
        ),
        folded(
            "an HMAC secret that nothing reads, at who may not sign",
            may_not
                .map(|to| unused(to, SECRETS, stray, Case::ed25519))
                .into(),
        ),
        folded(
            "a private key that nothing reads",
            may_sign
                .map(|to| unused(to, PRIVATE, stray, Case::hmac))
                .into(),
        ),
        folded(
            "a private key that nothing reads, at who may not sign",
            may_not
                .map(|to| unused(to, PRIVATE, verifier, |case| !case.ed25519()))
                .into(),
        ),
    ];
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
    vec![
        folded("no STEM_BROKER_URL", STEM.map(drop_url).into()),
        folded("no client pair", STEM.map(drop_both).into()),
    ]
}
