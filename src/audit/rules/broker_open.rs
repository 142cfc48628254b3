//! `broker-open`: whoever reaches the broker may write to it.

use super::brokers::{brokers, is_bound_to_loopback};
use super::examples::mutual::{ANONYMOUS, CA, SERVER, SERVER_KEY};
use super::{Example, Family, Rule, file};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::process::Kind;
use crate::audit::server::Redis;
use crate::formats::place::Place;
use crate::model::manifest::Severity;

/// A worker and a broker that publishes a port.
macro_rules! publishing {
    ($port:literal) => {
        concat!(
            "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    volumes: ['./tls/ca.crt:/tls/ca.crt:ro']
  redis:
    image: redis:7
    command: redis-server /etc/redis.conf
    ports: ['",
            $port,
            "']
    volumes:
      - ./redis.conf:/etc/redis.conf:ro
      - ./tls/server.crt:/tls/server.crt:ro
      - ./tls/server.key:/tls/server.key:ro
"
        )
    };
}

pub(super) static RULE: Rule = Rule {
    id: "broker-open",
    family: Family::Broker,
    severity: Severity::Error,
    says: "anybody who reaches the broker can write to it",
    why: "It asks for no password and for no certificate, and it can be reached from other hosts. Who writes to \
        the broker pauses, revokes and shuts down: the commands that control workers carry no \
        signature. Docker publishes a port on every address of the host, past its firewall.",
    fix: "ask for a password (`requirepass`) or for certificates, or publish the port on 127.0.0.1 only",
    bad: Example(&[
        ANONYMOUS,
        CA,
        SERVER,
        SERVER_KEY,
        CONF,
        file("compose.yaml", publishing!("6379:6379")),
    ]),
    good: Example(&[
        ANONYMOUS,
        CA,
        SERVER,
        SERVER_KEY,
        CONF,
        file("compose.yaml", publishing!("127.0.0.1:6379:6379")),
    ]),
    check,
};

const CONF: super::File = file(
    "redis.conf",
    "\
port 0
tls-port 6379
tls-cert-file /tls/server.crt
tls-key-file /tls/server.key
tls-auth-clients no
",
);

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        for (subject, redis) in brokers(site) {
            out.extend(open(site, subject, redis));
        }
    }
}

fn open(site: &Site<'_>, subject: &Subject<'_>, redis: &Redis) -> Option<Finding> {
    let user = redis.default_user();
    let is_free = user.is_some_and(|user| user.is_free && user.can_write);
    let is_closed = !is_free || is_bound_to_loopback(redis);
    if !redis.is_complete || is_closed || is_protected(subject, redis) {
        return None;
    }
    let mut ports = vec![redis.plain_port()?];
    if !redis.asks_for_certificates() {
        ports.push(redis.tls_port()?);
    }
    ports.retain(|port| *port != 0);
    let first = *ports.first()?;
    let published = subject.process.published.iter();
    let mut outward = published.filter(|published| !published.is_loopback);
    let led = outward.find_map(|published| {
        let port = ports.iter().find(|port| published.leads_to(**port))?;
        Some((*port, published.place))
    });
    let finding = |place: Place, message: String| {
        Finding::new(&RULE, place, message)
            .hitting(site, subject, place)
            .subject("requirepass")
    };
    if let Some((port, place)) = led {
        let message = format!(
            "port {port} of the broker is open to other hosts, and whoever reaches it can write to it"
        );
        return Some(finding(place, message));
    }
    match site.listed.deployment.kind {
        Kind::Systemd => {
            let told = redis.last("protected-mode");
            let place = told.map_or(redis.place, |told| told.place);
            let message = format!(
                "the broker takes commands from every host on port {first}: no password, no certificates, no protected mode"
            );
            Some(finding(place, message))
        }
        Kind::Kubernetes => {
            let message = format!(
                "every pod that reaches port {first} of the broker can write to it: no password, no certificates"
            );
            let fix = "ask for a password (`requirepass`) or for certificates";
            let finding = finding(subject.process.place, message);
            Some(finding.severity(Severity::Warning).fix(fix))
        }
        Kind::Compose | Kind::Image | Kind::Files | Kind::Environment => None,
    }
}

/// Whether it takes nobody from elsewhere without a password: what Redis does by itself, but
/// not in its images for containers.
fn is_protected(subject: &Subject<'_>, redis: &Redis) -> bool {
    match redis.last("protected-mode") {
        Some(told) if told.is_open => true,
        Some(_) => redis
            .value("protected-mode")
            .is_some_and(|value| value.eq_ignore_ascii_case("yes")),
        None => {
            let image = subject.process.image.as_deref().unwrap_or_default();
            let name = image.rsplit('/').next().unwrap_or_default();
            !["redis", "valkey"]
                .iter()
                .any(|server| name.contains(server))
        }
    }
}
