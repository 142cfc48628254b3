//! Certificates that do not hold, each minted for its harm.

use super::transport::{BROKER, CA, CERT, KEY};
use super::{Expected, Harm};
use crate::case::Case;
use crate::mint::{Pair, Purpose, Wanted, other_ca};

pub(super) fn harms() -> Vec<Harm> {
    let mut harms = vec![
        Harm::new(
            "worker: another CA",
            "chain-broken",
            Case::encrypts,
            |project| {
                let spot = project.put_file("worker", "ca.crt", &other_ca().certificate);
                let value = project.known("worker", CA);
                Expected::near(vec![spot, project.set("worker", CA, &value)], "worker")
            },
        ),
        Harm::new(
            "the broker: another CA",
            "chain-broken",
            Case::mutual,
            |project| {
                let spot = project.put_file("redis", "ca.crt", &other_ca().certificate);
                Expected::near(vec![spot], "")
            },
        ),
        Harm::new(
            "worker: a client certificate of another CA",
            "chain-broken",
            Case::mutual,
            |project| {
                let wanted = Wanted {
                    names: &["worker"],
                    purpose: Purpose::Client,
                    ..Wanted::default()
                };
                let pair = other_ca().issue(&wanted);
                project.put_file("worker", "client.key", &pair.key);
                let spot = project.put_file("worker", "client.crt", &pair.certificate);
                Expected::near(vec![spot], "worker")
            },
        ),
        Harm::new(
            "the broker: a certificate of another CA",
            "chain-broken",
            Case::encrypts,
            |project| {
                let pair = other_ca().issue(&Wanted::default());
                project.put_file("redis", "server.key", &pair.key);
                let mut spots = vec![project.put_file("redis", "server.crt", &pair.certificate)];
                spots.push(project.set("worker", CA, &project.known("worker", CA)));
                Expected::near(spots, "")
            },
        ),
    ];
    let client = |name: &str, rule: &'static str, wanted: fn() -> Wanted<'static>| {
        Harm::new(
            format!("worker: {name}"),
            rule,
            Case::mutual,
            move |project| {
                let pair = Pair::project_ca(project).issue(&wanted());
                let spots = vec![
                    project.put_file("worker", "client.key", &pair.key),
                    project.put_file("worker", "client.crt", &pair.certificate),
                ];
                Expected::near(spots, "worker")
            },
        )
    };
    let server = |name: &str, rule: &'static str, wanted: fn() -> Wanted<'static>| {
        Harm::new(
            format!("the broker: {name}"),
            rule,
            Case::encrypts,
            move |project| {
                let pair = Pair::project_ca(project).issue(&wanted());
                let spots = vec![
                    project.put_file("redis", "server.key", &pair.key),
                    project.put_file("redis", "server.crt", &pair.certificate),
                ];
                Expected::near(spots, "redis")
            },
        )
    };
    harms.push(client(
        "an expired certificate",
        "certificate-expired",
        || Wanted {
            until: -2,
            ..client_of_worker()
        },
    ));
    harms.push(client(
        "a certificate of tomorrow",
        "certificate-expired",
        || Wanted {
            from: 2,
            ..client_of_worker()
        },
    ));
    harms.push(client(
        "a certificate that ends soon",
        "certificate-expiring",
        || Wanted {
            until: 10,
            ..client_of_worker()
        },
    ));
    harms.push(client(
        "a server certificate as client",
        "wrong-purpose",
        || Wanted {
            purpose: Purpose::Server,
            ..client_of_worker()
        },
    ));
    harms.push(client("an Ed25519 certificate", "weak-certificate", || {
        Wanted {
            ed25519: true,
            ..client_of_worker()
        }
    }));
    harms.push(server(
        "an expired certificate",
        "certificate-expired",
        || Wanted {
            until: -2,
            ..Wanted::default()
        },
    ));
    harms.push(server(
        "a certificate that ends soon",
        "certificate-expiring",
        || Wanted {
            until: 10,
            ..Wanted::default()
        },
    ));
    harms.push(server(
        "a client certificate as server",
        "wrong-purpose",
        || Wanted {
            purpose: Purpose::Client,
            ..Wanted::default()
        },
    ));
    harms.push(server("an Ed25519 certificate", "weak-certificate", || {
        Wanted {
            ed25519: true,
            ..Wanted::default()
        }
    }));
    harms.push(Harm::new(
        "the broker: a certificate without its host",
        "host-not-covered",
        Case::encrypts,
        |project| {
            let wanted = Wanted {
                names: &["cache.internal"],
                ..Wanted::default()
            };
            let pair = Pair::project_ca(project).issue(&wanted);
            project.put_file("redis", "server.key", &pair.key);
            project.put_file("redis", "server.crt", &pair.certificate);
            Expected::at(
                project.set("worker", BROKER, &project.known("worker", BROKER)),
                "worker",
            )
        },
    ));
    harms.push(Harm::new(
        "worker: another certificate's key",
        "certificate-key-mismatch",
        Case::mutual,
        |project| {
            let pair = Pair::project_ca(project).issue(&client_of_worker());
            let spot = project.put_file("worker", "client.key", &pair.key);
            let mut spots = vec![spot];
            for (variable, name) in [(KEY, "client.key"), (CERT, "client.crt")] {
                spots.push(project.set("worker", variable, &project.known("worker", variable)));
                let text = project.file("worker", name);
                spots.push(project.put_file("worker", name, &text));
            }
            Expected::near(spots, "worker")
        },
    ));
    harms.push(Harm::new(
        "the broker: another certificate's key",
        "certificate-key-mismatch",
        Case::encrypts,
        |project| {
            let pair = Pair::project_ca(project).issue(&Wanted::default());
            let mut spots = vec![project.put_file("redis", "server.key", &pair.key)];
            for name in ["server.crt", "redis.conf"] {
                let text = project.file("redis", name);
                spots.push(project.put_file("redis", name, &text));
            }
            Expected::near(spots, "redis")
        },
    ));
    harms
}

fn client_of_worker() -> Wanted<'static> {
    Wanted {
        names: &["worker"],
        purpose: Purpose::Client,
        ..Wanted::default()
    }
}
