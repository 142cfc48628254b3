//! URLs that are not encrypted, variables of TLS that switch it off or break it.

use super::{Expected, Harm, folded};
use crate::case::{Case, Target};
use crate::project::{Project, STEM};

pub(super) const BROKER: &str = "STEM_BROKER_URL";
const BACKEND: &str = "STEM_RESULT_BACKEND_URL";
pub(super) const CA: &str = "STEM_TLS_CA_CERT";
pub(super) const CERT: &str = "STEM_TLS_CLIENT_CERT";
pub(super) const KEY: &str = "STEM_TLS_CLIENT_KEY";
const INSECURE: &str = "STEM_TLS_ALLOW_INSECURE";

pub(super) fn harms() -> Vec<Harm> {
    let mut harms = urls();
    harms.extend(variables());
    harms
}

/// One variable of a component, its value changed.
fn changed(
    name: &str,
    rule: &'static str,
    applies: fn(Case) -> bool,
    component: &'static str,
    variable: &'static str,
    changes: Vec<fn(&str) -> String>,
) -> Harm {
    let count = changes.len();
    let apply = move |project: &Project| {
        let change = changes[project.variant.get() % changes.len()];
        let value = change(&project.known(component, variable));
        Expected::at(project.set(component, variable, &value), component)
    };
    Harm::new(format!("{component}: {name}"), rule, applies, apply).ways(count)
}

/// What stands behind the scheme and the user.
fn rest(url: &str) -> &str {
    let rest = url.split_once("://").expect("a URL").1;
    rest.split_once('@').map_or(rest, |(_, rest)| rest)
}

fn urls() -> Vec<Harm> {
    let any: fn(Case) -> bool = |_| true;
    let mut harms = Vec::new();
    for variable in [BROKER, BACKEND] {
        let mut clear = Vec::new();
        for component in STEM {
            let name = format!("{variable} in clear");
            clear.push(changed(
                &name,
                "plaintext-url",
                Case::encrypts,
                component,
                variable,
                vec![|url| url.replace("rediss://", "redis://"), |url| {
                    url.replace("rediss://", "REDIS://")
                }],
            ));
        }
        harms.push(folded(&format!("{variable} in clear"), clear));
    }
    harms.push(changed(
        "a scheme that Stem does not know",
        "plaintext-url",
        Case::encrypts,
        "worker",
        BROKER,
        vec![|url| url.replace("rediss://", "redis+tls://"), |url| {
            url.replace("rediss://", "tls://")
        }],
    ));
    harms.push(changed(
        "no scheme",
        "plaintext-url",
        Case::mutual,
        "producer",
        BROKER,
        vec![|url| url.replace("rediss://", "")],
    ));
    harms.push(changed(
        "a blank before the URL",
        "url-malformed",
        any,
        "worker",
        BROKER,
        vec![|url| format!(" {url}")],
    ));
    harms.push(changed(
        "a URL that does not parse",
        "url-malformed",
        any,
        "producer",
        BROKER,
        vec![|url| url.replace(":6379", ":port"), |url| {
            url.replace(":6379", ":99999999")
        }],
    ));
    harms.push(changed(
        "a user in the URL",
        "credential-ignored",
        any,
        "worker",
        BROKER,
        vec![
            |url| format!("rediss://stem:Zq8vT5mW2xLk9RbN@{}", rest(url)),
            |url| format!("rediss://:Zq8vT5mW2xLk9RbN%41@{}", rest(url)),
            |url| format!("rediss://a:b:Zq8vT5mW2xLk9RbN@{}", rest(url)),
        ],
    ));
    harms.push(Harm::new(
        "a line end after the host",
        "url-malformed",
        |case| case.target == Target::Kubernetes && case.password(),
        |project| {
            let url = project.known("worker", BROKER);
            let url = format!("{}\n", url.trim_end_matches("/0"));
            Expected::at(project.set("worker", BROKER, &url), "worker")
        },
    ));
    harms.push(changed(
        "a Postgres that is not verified",
        "store-not-verified",
        Case::encrypts,
        "worker",
        BACKEND,
        vec![
            |_| "postgres://stem:Zq8vT5mW2xLk9RbN@db:5432/stem".to_owned(),
            |_| "postgres://stem:Zq8vT5mW2xLk9RbN@db:5432/stem?sslmode=require".to_owned(),
            |_| "postgres://stem:Zq8vT5mW2xLk9RbN@db:5432/stem?sslmode=verify-ca".to_owned(),
            |_| "postgresql+ssl://stem:Zq8vT5mW2xLk9RbN@db:5432/stem".to_owned(),
        ],
    ));
    harms.push(changed(
        "a host that the certificate does not name",
        "host-not-covered",
        Case::encrypts,
        "worker",
        BROKER,
        vec![
            |url| url.replace("redis:6379", "broker.internal:6379"),
            |url| url.replace("redis:6379", "10.9.8.7:6379"),
        ],
    ));
    harms
}

fn variables() -> Vec<Harm> {
    let insecure = |component: &'static str| {
        let apply = move |project: &Project| {
            let values = ["true", "1", "TRUE", "untrue", "false # was true"];
            let value = values[project.variant.get() % values.len()];
            Expected::at(project.set(component, INSECURE, value), component)
        };
        Harm::new(component, "verification-disabled", Case::encrypts, apply).ways(5)
    };
    let no_ca = |component: &'static str| {
        Harm::new(component, "ca-missing", Case::encrypts, move |project| {
            project.unset(component, CA);
            let mut spots = project.homes(component);
            if project.case.mutual() {
                spots.push(project.set(component, CERT, &project.known(component, CERT)));
            }
            Expected::near(spots, component)
        })
    };
    let half = |missing: &'static str, there: &'static str| {
        let of = move |component: &'static str| {
            let apply = move |project: &Project| {
                project.unset(component, missing);
                let value = project.known(component, there);
                Expected::at(project.set(component, there, &value), component)
            };
            Harm::new(component, "client-pair-incomplete", Case::mutual, apply)
        };
        folded(&format!("no {missing}"), STEM.map(of).into())
    };
    let mut harms = vec![
        folded("verification off", STEM.map(insecure).into()),
        folded("no CA", STEM.map(no_ca).into()),
        half(CERT, KEY),
        half(KEY, CERT),
    ];
    harms.push(Harm::new(
        "worker: a CA file without a certificate",
        "ca-missing",
        Case::encrypts,
        |project| {
            let spot = project.put_file("worker", "ca.crt", "no certificate\n");
            let value = project.known("worker", CA);
            Expected::near(vec![spot, project.set("worker", CA, &value)], "worker")
        },
    ));
    harms.push(
        Harm::new(
            "worker: a leaf as CA",
            "ca-is-leaf",
            Case::mutual,
            |project| {
                let value = project.own_path("worker", "client.crt");
                let mut spots = vec![project.set("worker", CA, &value)];
                if project.variant.get() == 1 {
                    let ca = project.own_path("worker", "ca.crt");
                    project.set("worker", CA, &ca);
                    let leaf = project.file("redis", "server.crt");
                    spots.push(project.put_file("worker", "ca.crt", &leaf));
                }
                Expected::near(spots, "worker")
            },
        )
        .ways(2),
    );
    harms.push(Harm::new(
        "the broker's leaf as its CA",
        "ca-is-leaf",
        Case::mutual,
        |project| {
            let path = project.own_path("redis", "server.crt");
            let spot = project.directive("tls-ca-cert-file", &format!("tls-ca-cert-file {path}"));
            Expected::near(vec![spot], "redis")
        },
    ));
    harms
}
