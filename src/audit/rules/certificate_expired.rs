//! `certificate-expired`: a certificate in use that is not valid at the moment in question.

use time::OffsetDateTime;

use super::certificates::{self, Task, Use};
use super::{Example, Family, File, Rule};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::formats::place::Place;
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
    for used in certificates::uses(case) {
        match used.task {
            Task::Trust => out.extend(trusted(&used, case.at)),
            Task::Serve | Task::Connect => out.extend(shown(&used, case.at)),
        }
    }
}

fn shown(used: &Use<'_, '_>, at: OffsetDateTime) -> Vec<Finding> {
    let all = used.counting().into_iter();
    all.filter_map(|(place, one)| {
        let message = fault(one, at)?;
        Some(used.finding(&RULE, place, message))
    })
    .collect()
}

/// Of several that are trusted, one that is valid is enough for those that it issued.
fn trusted(used: &Use<'_, '_>, at: OffsetDateTime) -> Option<Finding> {
    let all = used.counting();
    let is_good = |one: &Certificate| fault(one, at).is_none();
    let has_good = all.iter().any(|(_, one)| is_good(one));
    let is_expired = |(_, one): &&(Place, &Certificate)| one.not_after < at;
    if !has_good {
        let (place, one) = all.iter().max_by_key(|(_, one)| one.not_after)?;
        let message = fault(one, at)?;
        return Some(used.finding(&RULE, *place, format!("a trusted CA {message}")));
    }
    if all.len() >= PUBLIC_BUNDLE {
        return None;
    }
    let (place, one) = all.iter().find(is_expired)?;
    let message = format!(
        "a CA that expired at {} is still trusted beside a valid one",
        moment(one.not_after)
    );
    Some(
        used.finding(&RULE, *place, message)
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
