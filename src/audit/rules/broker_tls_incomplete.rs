//! `broker-tls-incomplete`: a broker that should speak TLS and cannot.

use super::brokers::{brokers, is_meant_by_tls, way_to};
use super::examples::mutual::{self, CA, CLIENT, CLIENT_KEY, COMPOSE, SERVER, SERVER_KEY, WORKER};
use super::{Example, Family, Rule, file};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::server::Redis;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;
use crate::model::posture::Transport;

pub(super) static RULE: Rule = Rule {
    id: "broker-tls-incomplete",
    family: Family::Broker,
    severity: Severity::Error,
    says: "the broker cannot speak TLS as it is configured",
    why: "Redis speaks TLS on `tls-port` only, and it does not start with one unless it has a certificate, its \
        key, and the CA that it holds the certificates of clients against.",
    fix: "give the broker `tls-port`, `tls-cert-file`, `tls-key-file` and `tls-ca-cert-file`; `stem-sec render` writes them",
    bad: Example(&[
        WORKER,
        COMPOSE,
        CA,
        SERVER,
        SERVER_KEY,
        CLIENT,
        CLIENT_KEY,
        file(
            "redis.conf",
            "\
port 0
tls-port 6379
tls-cert-file /tls/server.crt
tls-key-file /tls/server.key
",
        ),
    ]),
    good: Example(&mutual::GOOD),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        for (subject, redis) in brokers(site) {
            match redis.tls_port() {
                Some(0) => out.extend(without_port(site, subject, redis)),
                Some(_) if redis.is_complete => out.extend(lacking(site, subject, redis)),
                _ => {}
            }
        }
    }
}

fn without_port(site: &Site<'_>, subject: &Subject<'_>, redis: &Redis) -> Option<Finding> {
    if site.posture.transport == Transport::Plaintext || !is_meant_by_tls(site, subject, redis) {
        return None;
    }
    let message = "the broker has no TLS port, and others are to reach it by TLS";
    Some(
        Finding::new(&RULE, redis.place, message)
            .hitting(site, subject, subject.process.place)
            .subject("tls-port")
            .explaining(["tls-cert-file", "tls-key-file", "tls-ca-cert-file"]),
    )
}

/// The options without which Redis does not start its TLS port.
fn lacking(site: &Site<'_>, subject: &Subject<'_>, redis: &Redis) -> Vec<Finding> {
    let is_set = |name: &str| {
        redis
            .last(name)
            .is_some_and(|told| told.is_open || redis.value(name) != Some(""))
    };
    let asks_nobody = redis
        .value("tls-auth-clients")
        .is_some_and(|value| value.eq_ignore_ascii_case("no"));
    let has_ca = is_set("tls-ca-cert-file") || is_set("tls-ca-cert-dir") || asks_nobody;
    let options = [
        (
            "tls-cert-file",
            Artifact::ServerCertificate,
            is_set("tls-cert-file"),
        ),
        ("tls-key-file", Artifact::ServerKey, is_set("tls-key-file")),
        ("tls-ca-cert-file", Artifact::CaCertificate, has_ca),
    ];
    let missing = options.into_iter().filter(|(.., is_set)| !is_set);
    missing
        .map(|(option, artifact, _)| {
            let told = redis.last("tls-port");
            let place = told.map_or(redis.place, |told| told.place);
            let way = told.map_or(subject.process.place, |told| way_to(subject, told));
            let message = format!("the broker has a TLS port and no `{option}`: it does not start");
            Finding::new(&RULE, place, message)
                .hitting(site, subject, way)
                .artifact(Held::Artifact(artifact))
                .subject(option)
                .fix(format!("name the file with `{option}`"))
        })
        .collect()
}
