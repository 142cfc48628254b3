//! `store-not-verified`: a Postgres that may be anybody.

use super::{Example, Family, Rule, file, urls};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::url::{Reach, is_loopback};
use crate::formats::postgres;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "store-not-verified",
    family: Family::Transport,
    severity: Severity::Error,
    says: "the certificate of this Postgres is not verified",
    why: "The STEM_TLS_ variables say nothing about Postgres: only `sslmode` in the URL counts. \
        Without it the connection is in clear. With `require`, and with `verify-ca`, `prefer` and \
        `allow`, which are not known there, it is encrypted and any certificate is taken (read in \
        Stem's source as of April 2026, not run).",
    fix: "put ?sslmode=verify-full behind the URL; the CA must be in the system's store",
    bad: Example(&[file("worker.env", BAD)]),
    good: Example(&[file("worker.env", GOOD)]),
    check,
};

const BAD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_RESULT_BACKEND_URL=postgres://stem@db.example.com:5432/stem?sslmode=require
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

const GOOD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_RESULT_BACKEND_URL=postgres://stem@db.example.com:5432/stem?sslmode=verify-full
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for used in urls::used(case) {
        if used.reached(Reach::Postgres).is_none() {
            continue;
        }
        let Some(connection) = postgres::connection(used.text) else {
            continue;
        };
        let mode = connection.parameter("sslmode").unwrap_or_default();
        let message = match mode.to_ascii_lowercase().as_str() {
            "verify-full" | "verifyfull" => continue,
            "" => "no sslmode in the URL: the connection to Postgres is in clear",
            "disable" => "sslmode=disable: the connection to Postgres is in clear",
            "verify-ca" => {
                "sslmode=verify-ca is not known to Stem's driver, which verifies nothing"
            }
            _ => "this sslmode does not verify the certificate of Postgres",
        };
        // a path is a socket in a folder
        let is_own = |host: &String| is_loopback(host) || host.starts_with('/');
        let severity = used.severity_in_clear(connection.hosts.iter().all(is_own));
        out.push(used.finding(&RULE, message).severity(severity));
    }
}
