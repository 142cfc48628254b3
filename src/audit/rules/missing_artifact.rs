//! `missing-artifact`: something that a process needs and does not get.

use super::examples::{KEYS, URL};
use super::{Example, Family, Rule, file};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::meant;
use crate::formats::url;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::ownership::{self, Holding};
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "missing-artifact",
    family: Family::Ownership,
    severity: Severity::Error,
    says: "a process lacks something that its role needs",
    why: "It does not start, is refused by the broker, or sends what the others refuse. See what each \
        role needs: stem-sec roles.",
    fix: "give it what the others of this deployment have: stem-sec render writes it",
    bad: Example(&[
        file("compose.yaml", COMPOSE),
        file("signing.env", KEYS),
        file("api.env", URL),
        file("worker.env", ""),
    ]),
    good: Example(&[
        file("compose.yaml", COMPOSE),
        file("signing.env", KEYS),
        file("api.env", URL),
        file("worker.env", URL),
    ]),
    check,
};

const COMPOSE: &str = "\
services:
  api:
    image: example/api
    labels: { stem.role: producer }
    env_file: [signing.env, api.env]
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [signing.env, worker.env]
";

/// What a process of Stem can lack, with the variable that carries it.
const NEEDED: [(Artifact, &str); 8] = [
    (Artifact::BrokerUrl, env::BROKER_URL),
    (Artifact::SigningAlgorithm, env::SIGNING_ALGORITHM),
    (Artifact::SigningSecret, env::SIGNING_KEYS),
    (Artifact::SigningPublicKey, env::SIGNING_PUBLIC_KEYS),
    (Artifact::SigningPrivateKey, env::SIGNING_PRIVATE_KEYS),
    (Artifact::ActiveKeyId, env::SIGNING_ACTIVE_KEY),
    (Artifact::CaCertificate, env::TLS_CA_CERT),
    (Artifact::ClientCertificate, env::TLS_CLIENT_CERT),
];

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let is_stem = subject.is_stem() && subject.is_configured_here;
        if !is_stem {
            continue;
        }
        let holder = site.holder(subject);
        if subject.is_certain(site.listed.deployment.kind, env::BROKER_URL) {
            out.extend(password(site, subject, &holder));
        }
        if !subject.is_complete {
            continue;
        }
        for (artifact, name) in NEEDED {
            let is_needed =
                ownership::holding(artifact, &holder, site.posture) == Holding::Required;
            // what lies in a folder is of no use until a variable names it
            let is_there = subject.is_set(name);
            let is_said = artifact == Artifact::ActiveKeyId && lacks_keys(subject);
            if is_needed && !is_there && !is_said && !is_moot(subject, artifact) {
                out.push(missing(site, subject, artifact, name));
            }
        }
    }
}

/// Without keys, that there is no active one either is the same lack.
fn lacks_keys(subject: &Subject<'_>) -> bool {
    let lists = [env::SIGNING_KEYS, env::SIGNING_PRIVATE_KEYS];
    !lists.into_iter().any(|name| subject.is_set(name))
}

fn missing(site: &Site<'_>, subject: &Subject<'_>, artifact: Artifact, name: &str) -> Finding {
    let home = subject.home();
    let message = match artifact {
        Artifact::ClientCertificate => {
            "the broker asks for a client certificate, and there is none: STEM_TLS_CLIENT_CERT and \
             STEM_TLS_CLIENT_KEY are not set"
                .to_owned()
        }
        _ => format!("{name} is not set"),
    };
    Finding::new(&RULE, home, message)
        .hitting(site, subject, home)
        .artifact(Held::Artifact(artifact))
        .subject(name)
}

/// Over a connection in clear, Stem does not look at certificates: another rule speaks of the URL.
fn is_moot(subject: &Subject<'_>, artifact: Artifact) -> bool {
    let is_tls = |url: &str| url.to_ascii_lowercase().starts_with("rediss://");
    let is_of_tls = matches!(
        artifact,
        Artifact::CaCertificate | Artifact::ClientCertificate
    );
    let url = subject.url(env::BROKER_URL);
    is_of_tls && url.is_none_or(|url| !is_tls(url))
}

/// A broker asks for a password, and the URL has none.
fn password(
    site: &Site<'_>,
    subject: &Subject<'_>,
    holder: &ownership::Holder<'_>,
) -> Option<Finding> {
    let needed = ownership::holding(Artifact::BrokerPassword, holder, site.posture);
    let (text, variable) = subject.given(env::BROKER_URL)?;
    let leads_there = leads_to_a_broker_with_one(site, text);
    if needed != Holding::Required || url::redis_password(text).is_some() || !leads_there {
        return None;
    }
    let message = "the broker asks for a password, and the URL has none";
    Some(
        Finding::new(&RULE, variable.place, message)
            .hitting(site, subject, subject.gets(variable))
            .artifact(Held::Artifact(Artifact::BrokerPassword))
            .subject(env::BROKER_URL),
    )
}

fn leads_to_a_broker_with_one(site: &Site<'_>, url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let host = rest.split([':', '/', '?', '#']).next().unwrap_or_default();
    let of_manifest = site
        .manifest
        .filter(|manifest| manifest.broker.password.is_some());
    if let Some(manifest) = of_manifest {
        return manifest.broker.url.host() == host
            || manifest.broker.names.iter().any(|name| name == host);
    }
    let mut brokers = site.with_role(Role::Broker);
    brokers.any(|broker| {
        let asks = broker
            .redis
            .as_ref()
            .is_some_and(|redis| redis.asks_for_password() == Some(true));
        let kind = site.listed.deployment.kind;
        let is_called = meant::name_of(kind, broker.process, host).is_some();
        asks && (is_called || matches!(host, "localhost" | "127.0.0.1"))
    })
}
