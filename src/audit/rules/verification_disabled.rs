//! `verification-disabled`: `STEM_TLS_ALLOW_INSECURE`, whatever is written there, is true to Stem.

use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::process::Value;
use crate::formats::key_list::is_insecure;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "verification-disabled",
    family: Family::Transport,
    severity: Severity::Error,
    says: "any certificate is accepted, under any name",
    why: "With STEM_TLS_ALLOW_INSECURE whoever stands between a process and its broker can read \
        and change everything. Stem takes any value that contains `true` for true, `false # was \
        true` as well. Its own log advises the variable when a handshake fails, and so it stays.",
    fix: "remove STEM_TLS_ALLOW_INSECURE, and name the CA with STEM_TLS_CA_CERT",
    bad: Example(&[file("worker.env", BAD)]),
    good: Example(&[file("worker.env", GOOD)]),
    check,
};

const BAD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_TLS_ALLOW_INSECURE=true
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

const GOOD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_TLS_ALLOW_INSECURE=false
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let Some(variable) = subject.process.variable(env::TLS_ALLOW_INSECURE) else {
            continue;
        };
        let Value::Known(text) = &variable.value else {
            continue;
        };
        let text = text.expose();
        let is_judged = subject.is_stem() || subject.roles().is_empty();
        if !is_judged || !is_insecure(text) {
            continue;
        }
        let is_plain = text == "1" || text.trim().eq_ignore_ascii_case("true");
        let message = match is_plain {
            true => RULE.says,
            false => {
                "any certificate is accepted: the value contains `true`, which is enough for Stem"
            }
        };
        out.push(
            Finding::new(&RULE, variable.place, message)
                .hitting(site, subject, subject.gets(variable))
                .artifact(Held::Artifact(Artifact::InsecureFlag))
                .subject(env::TLS_ALLOW_INSECURE),
        );
    }
}
