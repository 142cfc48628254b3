//! `ca-is-leaf`: what is named as the CA is a certificate that no CA is.

use super::certificates::{self, Task};
use super::{Example, Family, File, Rule};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::mint::x509::Certificate;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "ca-is-leaf",
    family: Family::Transport,
    severity: Severity::Error,
    says: "a server's or client's certificate is named as the CA",
    why: "A certificate that is no CA vouches for nobody: verification fails, and \
        STEM_TLS_ALLOW_INSECURE is what people then reach for. Samples of Stem name `server.crt` \
        as the CA and switch verification off.",
    fix: "name the file of the CA that issued the other side's certificate",
    bad: Example(&BAD),
    good: Example(&certificates::GOOD),
    check,
};

const BAD: [File; 9] = certificates::example(
    ["<server.crt>\n", "<client.crt>\n", "<client.key>\n"],
    certificates::SERVER,
    certificates::URL,
);

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for used in certificates::uses(case) {
        let all = used.counting();
        // a certificate that issued itself is its own authority
        let can_vouch = |one: &Certificate| one.is_ca || one.is_self_issued();
        let Some((place, _)) = all.first() else {
            continue;
        };
        if used.task != Task::Trust || all.iter().any(|(_, one)| can_vouch(one)) {
            continue;
        }
        let setting = &used.setting;
        let finding = used.finding(&RULE, setting.place, RULE.says);
        out.push(
            finding
                .subject(&setting.name)
                .related(*place, "what it names"),
        );
    }
}
