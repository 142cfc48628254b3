//! `client-key-on-broker`: a client's identity at the broker.

use super::examples::folders::{CA, COMPOSE, SERVER, SERVER_KEY};
use super::examples::mutual::{CLOSED, WORKER};
use super::ownership;
use super::{Example, Family, File, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;
use crate::model::ownership::Holding;
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "client-key-on-broker",
    family: Family::Ownership,
    severity: Severity::Error,
    says: "the broker can read a client's private key",
    why: "The broker never shows that certificate to anybody. Whoever takes over the broker's machine gets \
        an identity with it that other servers let in.",
    fix: "take the client's certificate and key away from the broker",
    bad: Example(&[
        COMPOSE,
        WORKER,
        CLOSED,
        CA,
        SERVER,
        SERVER_KEY,
        BROKER_CA,
        CLIENT,
        CLIENT_KEY,
        file("redis/client.crt", "<client.crt>\n"),
        file("redis/client.key", "<client.key>\n"),
    ]),
    good: Example(&[
        COMPOSE, WORKER, CLOSED, CA, SERVER, SERVER_KEY, BROKER_CA, CLIENT, CLIENT_KEY,
    ]),
    check,
};

const BROKER_CA: File = file("redis/ca.crt", "<ca.crt>\n");
const CLIENT: File = file("worker/client.crt", "<client.crt>\n");
const CLIENT_KEY: File = file("worker/client.key", "<client.key>\n");

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for kept in ownership::secrets(case) {
        let is_one = kept.artifact == Artifact::ClientKey && kept.subject.is(Role::Broker);
        if is_one && kept.allowed == Holding::Forbidden {
            out.push(kept.finding(&RULE));
        }
    }
}
