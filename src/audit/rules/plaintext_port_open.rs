//! `plaintext-port-open`: a broker with TLS that listens without it, too.

use super::brokers::{brokers, way_to};
use super::examples::mutual::{self, CA, CLIENT, CLIENT_KEY, COMPOSE, SERVER, SERVER_KEY, WORKER};
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::manifest::Severity;
use crate::model::posture::Transport;

pub(super) static RULE: Rule = Rule {
    id: "plaintext-port-open",
    family: Family::Broker,
    severity: Severity::Error,
    says: "the broker listens without TLS beside its TLS port",
    why: "`tls-port` adds a port and closes none: on `port`, 6379 unless told otherwise, Redis goes on \
        taking commands in clear text and asks nobody for a certificate.",
    fix: "write `port 0` into the broker's configuration",
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
port 6380
tls-port 6379
tls-cert-file /tls/server.crt
tls-key-file /tls/server.key
tls-ca-cert-file /tls/ca.crt
",
        ),
    ]),
    good: Example(&mutual::GOOD),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        if site.posture.transport == Transport::Plaintext {
            continue;
        }
        for (subject, redis) in brokers(site) {
            // one without TLS at all is what broker-tls-incomplete speaks of
            let has_tls = redis.tls_port().is_some_and(|port| port != 0);
            let Some(port) = redis.plain_port().filter(|port| *port != 0 && has_tls) else {
                continue;
            };
            let told = redis.last("port").or_else(|| redis.last("tls-port"));
            let place = told.map_or(redis.place, |told| told.place);
            let way = told.map_or(subject.process.place, |told| way_to(subject, told));
            let message =
                format!("the broker listens without TLS on port {port}, beside its TLS port");
            out.push(
                Finding::new(&RULE, place, message)
                    .hitting(site, subject, way)
                    .subject("port"),
            );
        }
    }
}
