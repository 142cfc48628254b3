//! `suppression-expired`: a suppression whose last day is past. The policy raises it.

use super::examples::SUPPRESSED;
use super::{Example, Family, Rule, file};
use crate::model::manifest::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "suppression-expired",
    family: Family::Audit,
    severity: Severity::Warning,
    says: "a suppression whose last day is past",
    why: "It was meant to hold for a time. What it allowed counts again.",
    fix: "mend what it allowed, or look at it again and set another day",
    bad: Example(&[file(
        "producer.env",
        "\
# stem-sec: allow stray-secret until 2030-01-31 a local test
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    good: Example(&[SUPPRESSED]),
    check: |_, _| {},
};
