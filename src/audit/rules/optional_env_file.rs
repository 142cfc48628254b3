//! `optional-env-file`: what signing or TLS hangs on may be missing, and nobody is told.

use super::examples::SIGNING;
use super::places::way;
use super::{Example, Family, Rule, file};
use crate::audit::case::{Case, Site, Subject, loads_variables};
use crate::audit::finding::Finding;
use crate::audit::posture::PostureFrom;
use crate::audit::process::{Gap, GapKind, How};
use crate::audit::reach::Optional;
use crate::audit::stem::Outcome;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;

pub(super) static RULE: Rule = Rule {
    id: "optional-env-file",
    family: Family::Places,
    severity: Severity::Warning,
    says: "what turns signing or TLS on may be missing without a word",
    why: "The process starts without a source of variables that is marked as optional: without its keys Stem \
        turns signing off and says nothing, and without the certificates it trusts what the system trusts.",
    fix: "let the process fail without it: no `-` before the path, no `required: false`, no `optional: true`",
    bad: Example(&[
        file("etc/stem/worker.env", SIGNING),
        file(
            "etc/systemd/system/stem-worker.service",
            "\
[Service]
ExecStart=/opt/app/worker
EnvironmentFile=-/etc/stem/worker.env
",
        ),
    ]),
    good: Example(&[
        file("etc/stem/worker.env", SIGNING),
        file(
            "etc/systemd/system/stem-worker.service",
            "\
[Service]
ExecStart=/opt/app/worker
EnvironmentFile=/etc/stem/worker.env
",
        ),
    ]),
    check,
};

/// The variables without which something is silently off.
const SILENT: [&str; 7] = [
    env::SIGNING_ALGORITHM,
    env::SIGNING_KEYS,
    env::SIGNING_PUBLIC_KEYS,
    env::SIGNING_PRIVATE_KEYS,
    env::TLS_CA_CERT,
    env::TLS_CLIENT_CERT,
    env::TLS_CLIENT_KEY,
];

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        if !subject.is_stem() {
            continue;
        }
        for optional in &subject.process.optional {
            if brings(subject, optional) {
                let message =
                    "this brings what signing or TLS needs, and the process starts without it";
                out.push(finding(site, subject, optional, message));
            } else if nobody_can_say(site, subject, optional) {
                let message =
                    "this is not there and need not be, and nothing else brings keys to sign with";
                out.push(finding(site, subject, optional, message));
            }
        }
    }
}

fn finding(site: &Site<'_>, subject: &Subject<'_>, optional: &Optional, message: &str) -> Finding {
    Finding::new(&RULE, optional.place, message)
        .hitting(site, subject, optional.place)
        .subject(&optional.name)
}

/// Whether such a variable comes by it.
fn brings(subject: &Subject<'_>, optional: &Optional) -> bool {
    let by_it = |how: How| matches!(how, How::EnvFile | How::EnvFrom | How::ValueFrom);
    let mut variables = subject.stem_variables();
    variables.any(|variable| {
        SILENT.contains(&variable.name.as_str())
            && way(&variable.said).any(|said| by_it(said.how) && said.place == optional.place)
    })
}

/// Whether it is not here, and the process has no keys by other ways: of a deployment that
/// signs, or where the files do not say whether it does.
fn nobody_can_say(site: &Site<'_>, subject: &Subject<'_>, optional: &Optional) -> bool {
    let process = subject.process;
    let mut gaps = process.gaps.iter();
    let gap = gaps
        .find(|gap| gap.place == optional.place)
        .map(|gap| gap.kind);
    let is_undecided = match gap {
        Some(GapKind::OptionalMissing) => site.posture.signing != Signing::None,
        Some(GapKind::Outside) => {
            // what must be there may bring them
            let is_optional = |gap: &Gap| process.optional.iter().any(|one| one.place == gap.place);
            let mut others = process.gaps.iter().take(process.gaps_of_environment);
            let is_meant_so =
                site.posture.signing == Signing::None && site.posture_from == PostureFrom::Manifest;
            !is_meant_so && !loads_variables(process) && others.all(is_optional)
        }
        _ => false,
    };
    is_undecided && matches!(subject.signing, Outcome::Off(_))
}
