//! `certificate-expiring`: a certificate in use that ends soon.

use time::{Duration, OffsetDateTime};

use super::certificates::{self, Copies, Task};
use super::{Example, Family, File, Rule};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::mint::x509::{Certificate, moment};
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "certificate-expiring",
    family: Family::Transport,
    severity: Severity::Warning,
    says: "a certificate in use ends within 30 days",
    why: "Nothing in Stem renews certificates. What runs keeps its connections for a while after \
        the end, so that the fault shows at the next restart, at an hour that nobody chose.",
    fix: "issue it anew (stem-sec certs renew) and restart what uses it",
    bad: Example(&BAD),
    good: Example(&certificates::GOOD),
    check,
};

const BAD: [File; 9] = certificates::example(
    certificates::CLIENT,
    [
        "<ca.crt>\n",
        "<expiring-server.crt>\n",
        "<expiring-server.key>\n",
    ],
    certificates::URL,
);

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let mut copies = Copies::default();
    for used in certificates::uses(case) {
        let mut all = used.counting();
        let is_good = |one: &Certificate| (one.not_before..=one.not_after).contains(&case.at);
        if used.task == Task::Trust {
            // the one that ends last is what the others make way for
            all.sort_by_key(|(_, one)| one.not_after);
            all = all.split_off(all.len().saturating_sub(1));
        }
        for (place, one) in all {
            if is_good(one) && ends_soon(one, case.at) {
                let message = format!("a certificate in use ends at {}", moment(one.not_after));
                out.push(copies.finding(&used, &RULE, (place, one), message));
            }
        }
    }
}

/// What was never meant to last is renewed by something.
fn ends_soon(one: &Certificate, at: OffsetDateTime) -> bool {
    let lifetime = one.not_after - one.not_before;
    one.not_after - at < Duration::days(30).min(lifetime / 3)
}
