//! `algorithm-unknown`: a `STEM_SIGNING_ALGORITHM` that Stem refuses.

use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::stem::{Failure, Outcome};
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "algorithm-unknown",
    family: Family::Signing,
    severity: Severity::Error,
    says: "the signing algorithm is none that Stem knows: the process does not start",
    why: "Stem takes `hmac-sha256` and `ed25519`, in any case, and stops with a FormatException at \
        anything else: `hmac`, `hs256`, `ed-25519`, or a value in quotes that its loader keeps.",
    fix: "write `hmac-sha256` or `ed25519`",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=hs256
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    good: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=hmac-sha256
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        if let Outcome::Fails(Failure::Algorithm(variable)) = &subject.signing {
            out.push(
                Finding::new(&RULE, variable.place, RULE.says)
                    .hitting(site, subject, subject.gets(variable))
                    .subject(env::SIGNING_ALGORITHM),
            );
        }
    }
}
