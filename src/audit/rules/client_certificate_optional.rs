//! `client-certificate-optional`: mutual TLS is meant, and the broker does not insist on it.

use super::brokers::{brokers, way_to};
use super::examples::mutual::{self, CA, CLIENT, CLIENT_KEY, COMPOSE, SERVER, SERVER_KEY, WORKER};
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::manifest::Severity;
use crate::model::posture::Transport;

pub(super) static RULE: Rule = Rule {
    id: "client-certificate-optional",
    family: Family::Broker,
    severity: Severity::Error,
    says: "the broker takes clients without a certificate",
    why: "With `tls-auth-clients no` Redis does not ask for certificates, and with `optional` it takes those \
        who show none: the certificates of the other processes keep nobody out.",
    fix: "write `tls-auth-clients yes`, or remove the line: yes is what Redis takes without it",
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
tls-ca-cert-file /tls/ca.crt
tls-auth-clients optional
",
        ),
    ]),
    good: Example(&mutual::GOOD),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let meant = case.sites.iter();
    for site in meant.filter(|site| site.posture.transport == Transport::Mtls) {
        for (subject, redis) in brokers(site) {
            let Some(told) = redis.last("tls-auth-clients").filter(|told| !told.is_open) else {
                continue;
            };
            let says = told
                .arguments
                .first()
                .map(|word| word.expose().to_lowercase());
            let has_tls = redis.tls_port().is_some_and(|port| port != 0);
            if !has_tls || !matches!(says.as_deref(), Some("no" | "optional")) {
                continue;
            }
            out.push(
                Finding::new(&RULE, told.place, RULE.says)
                    .hitting(site, subject, way_to(subject, told))
                    .subject("tls-auth-clients"),
            );
        }
    }
}
