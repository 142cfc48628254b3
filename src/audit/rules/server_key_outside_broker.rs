//! `server-key-outside-broker`: the broker's key at something that is not the broker.

use super::examples::folders::{self, CONF, WORKER};
use super::ownership;
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::ownership::Holding;

pub(super) static RULE: Rule = Rule {
    id: "server-key-outside-broker",
    family: Family::Ownership,
    severity: Severity::Error,
    says: "a server's key is readable by a process that is not that server",
    why: "Who holds the key of the broker's certificate can pass for the broker: it reads every task and \
        password that clients send, and no client notices.",
    fix: "mount single files instead of the whole folder: a client needs the CA certificate, and its own pair under mutual TLS",
    bad: Example(&[
        file(
            "compose.yaml",
            "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    volumes: [./certs:/tls]
  redis:
    image: redis:7
    command: redis-server /etc/redis.conf
    volumes: [./redis.conf:/etc/redis.conf, ./certs:/tls]
",
        ),
        WORKER,
        CONF,
        file("certs/ca.crt", "<ca.crt>\n"),
        file("certs/server.crt", "<server.crt>\n"),
        file("certs/server.key", "<server.key>\n"),
    ]),
    good: Example(&folders::GOOD),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for kept in ownership::secrets(case) {
        let is_one = kept.artifact == Artifact::ServerKey && kept.allowed == Holding::Forbidden;
        // a client that shows a server's certificate is another mistake
        let is_shown = kept
            .subject
            .given(env::TLS_CLIENT_KEY)
            .is_some_and(|(path, _)| path == kept.holding.subject);
        if is_one && !(is_shown && kept.is_its_own) {
            out.push(kept.finding(&RULE));
        }
    }
}
