//! `certificate-expired`: a certificate in use that is not valid at the moment in question.

use time::OffsetDateTime;

use super::certificates::{self, Copies, Task, Use};
use super::{Example, Family, File, Rule};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::mint::x509::{Certificate, moment};
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "certificate-expired",
    family: Family::Transport,
    severity: Severity::Error,
    says: "a certificate in use is not valid now",
    why: "The other side refuses it: connections that are made now fail, those that were made \
        before go on until they break. In that hour STEM_TLS_ALLOW_INSECURE is the tempting way out.",
    fix: "issue it anew (stem-sec certs renew) and restart what uses it",
    bad: Example(&BAD),
    good: Example(&certificates::GOOD),
    check,
};

const BAD: [File; 9] = certificates::example(
    certificates::CLIENT,
    [
        "<ca.crt>\n",
        "<expired-server.crt>\n",
        "<expired-server.key>\n",
    ],
    certificates::URL,
);

/// From how many CAs on a file is a public bundle: there, some are always expired.
const PUBLIC_BUNDLE: usize = 10;

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let mut copies = Copies::default();
    for used in certificates::uses(case) {
        match used.task {
            Task::Trust => out.extend(trusted(&used, case.at, &mut copies)),
            Task::Serve | Task::Connect => {
                for (place, one) in used.counting() {
                    if let Some(message) = fault(one, case.at) {
                        out.push(copies.finding(&used, &RULE, (place, one), message));
                    }
                }
            }
        }
    }
}

/// Of several that are trusted, one that is valid is enough for those that it issued.
fn trusted(used: &Use<'_, '_>, at: OffsetDateTime, copies: &mut Copies) -> Option<Finding> {
    let all = used.counting();
    let is_good = |one: &Certificate| fault(one, at).is_none();
    let has_good = all.iter().any(|(_, one)| is_good(one));
    if !has_good {
        let last = *all.iter().max_by_key(|(_, one)| one.not_after)?;
        let message = format!("a trusted CA {}", fault(last.1, at)?);
        return Some(copies.finding(used, &RULE, last, message));
    }
    if all.len() >= PUBLIC_BUNDLE {
        return None;
    }
    let expired = *all.iter().find(|(_, one)| one.not_after < at)?;
    let end = moment(expired.1.not_after);
    let message = format!("a CA that expired at {end} is still trusted beside a valid one");
    Some(
        copies
            .finding(used, &RULE, expired, message)
            .severity(Severity::Warning)
            .fix("take it out of the bundle, once nothing that it issued is in use"),
    )
}

fn fault(one: &Certificate, at: OffsetDateTime) -> Option<String> {
    if at > one.not_after {
        Some(format!("expired at {}", moment(one.not_after)))
    } else if at < one.not_before {
        Some(format!("is not valid before {}", moment(one.not_before)))
    } else {
        None
    }
}
