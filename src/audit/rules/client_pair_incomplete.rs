//! `client-pair-incomplete`: a client certificate without its key, or the key alone.

use super::examples::WORKER_WITH_PAIR;
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "client-pair-incomplete",
    family: Family::Transport,
    severity: Severity::Error,
    says: "half a client pair: Stem drops it without a word and shows no certificate",
    why: "Stem shows a client certificate only where STEM_TLS_CLIENT_CERT and STEM_TLS_CLIENT_KEY \
        are both set. With one of them it connects without: a broker that asks for certificates \
        refuses it, one that does not lets it in as anybody.",
    fix: "set both STEM_TLS_CLIENT_CERT and STEM_TLS_CLIENT_KEY, or neither",
    bad: Example(&[file("worker.env", BAD)]),
    good: Example(&[WORKER_WITH_PAIR]),
    check,
};

const BAD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_TLS_CA_CERT=/etc/stem/ca.crt
STEM_TLS_CLIENT_CERT=/etc/stem/client.crt
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let is_judged = subject.is_stem() || subject.roles().is_empty();
        let (cert, key) = (env::TLS_CLIENT_CERT, env::TLS_CLIENT_KEY);
        let (set, missing) = match (subject.is_set(cert), subject.is_set(key)) {
            (true, false) => (cert, key),
            (false, true) => (key, cert),
            _ => continue,
        };
        let Some(variable) = subject.process.variable(set) else {
            continue;
        };
        if !is_judged || !subject.is_complete {
            continue;
        }
        let message = format!("{set} without {missing}: Stem drops it and shows no certificate");
        let empty = subject.process.variable(missing);
        let mut finding = Finding::new(&RULE, variable.place, message)
            .hitting(site, subject, subject.gets(variable))
            .subject(missing);
        if let Some(empty) = empty {
            finding = finding.related(empty.place, "it is empty here");
        }
        out.push(finding);
    }
}
