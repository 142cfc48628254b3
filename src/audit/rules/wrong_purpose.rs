//! `wrong-purpose`: a certificate that does not allow what it is used for.

use super::certificates::{self, Task, Use};
use super::{Example, Family, File, Rule};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::mint::x509::Certificate;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "wrong-purpose",
    family: Family::Transport,
    severity: Severity::Error,
    says: "the extended key usage of a certificate does not allow what it is used for",
    why: "Clients refuse a server certificate without serverAuth, and a Redis that asks for \
        certificates refuses a client's without clientAuth.",
    fix: "issue one for this purpose: stem-sec certs issue server|client NAME",
    bad: Example(&BAD),
    good: Example(&certificates::GOOD),
    check,
};

const BAD: [File; 9] = certificates::example(
    certificates::CLIENT,
    [
        "<ca.crt>\n",
        "<signing-server.crt>\n",
        "<signing-server.key>\n",
    ],
    certificates::URL,
);

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let all = certificates::uses(case);
    for used in &all {
        let Some((place, one)) = used.shown() else {
            continue;
        };
        let message = match used.task {
            Task::Serve if !allows(one, true) => {
                "shown as a server's, a certificate without serverAuth"
            }
            Task::Connect if !allows(one, false) => {
                "shown as a client's, a certificate without clientAuth"
            }
            _ => continue,
        };
        let mut finding = used.finding(&RULE, place, message);
        finding = finding.subject(&used.setting.name);
        // its own key looks like that of somebody else, unless it is
        let is_shared = |other: &Use<'_, '_>| {
            let theirs = other.shown().is_some_and(|(_, theirs)| theirs == one);
            theirs && other.task != used.task
        };
        if let Some(key) = used.key.as_ref().filter(|_| !all.iter().any(is_shared)) {
            finding = finding.explaining([&key.path]);
        }
        out.push(finding);
    }
}

fn allows(one: &Certificate, serving: bool) -> bool {
    match one.purpose {
        Some(purpose) if serving => purpose.serves(),
        Some(purpose) => purpose.connects(),
        None => !one.limits_purpose,
    }
}
