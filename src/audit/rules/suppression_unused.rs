//! `suppression-unused`: a suppression that hits nothing. The policy raises it.

use super::examples::SUPPRESSED;
use super::{Example, Family, Rule, file};
use crate::model::manifest::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "suppression-unused",
    family: Family::Audit,
    severity: Severity::Warning,
    says: "a suppression that hits nothing",
    why: "What it allowed is gone, or it is misspelt: then what it was meant for still counts. Left where it is, \
        it would hide the next finding of its kind.",
    fix: "remove it, or correct the rule or the place",
    bad: Example(&[file(
        "producer.env",
        "\
# stem-sec: allow stray-secret a local test
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    good: Example(&[SUPPRESSED]),
    check: |_, _| {},
};
