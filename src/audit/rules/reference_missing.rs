//! `reference-missing`: a process names something that is not there.

use super::examples::{ONE_WORKER, WORKER};
use super::{Example, Family, Rule, file, lists};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::process::{Gap, GapKind};
use crate::formats::pem;
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "reference-missing",
    family: Family::Audit,
    severity: Severity::Error,
    says: "something that is named here is not there",
    why: "The process does not start without it, or starts without what it should get from it. What it would \
        be given was not judged.",
    fix: "correct the name, or add what it names",
    bad: Example(&[
        WORKER,
        file(
            "compose.yaml",
            "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env, keys.env]
",
        ),
    ]),
    good: Example(&[WORKER, ONE_WORKER]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let is_missing = |gap: &&Gap| gap.kind == GapKind::Missing;
    for (site, subject) in case.each() {
        let gaps = subject.process.gaps.iter().filter(is_missing);
        out.extend(gaps.map(|gap| finding(gap).hitting(site, subject, gap.place)));
        out.extend(
            PATHS
                .into_iter()
                .filter_map(|name| inline(site, subject, name)),
        );
    }
    out.extend(case.inventory.gaps.iter().filter(is_missing).map(finding));
}

/// What Stem takes for the path of a file.
const PATHS: [&str; 3] = [env::TLS_CA_CERT, env::TLS_CLIENT_CERT, env::TLS_CLIENT_KEY];

/// A certificate or key itself, where its path belongs.
fn inline(site: &Site<'_>, subject: &Subject<'_>, name: &str) -> Option<Finding> {
    let (text, variable) = subject.given(name)?;
    let message = "the certificate or key itself stands where Stem takes the path of a file";
    (pem::is_inlined(text) && lists::runs_stem(subject)).then(|| {
        Finding::new(&RULE, variable.place, message)
            .hitting(site, subject, subject.gets(variable))
            .subject(name)
            .fix("put it into a file, and write the path of that")
    })
}

fn finding(gap: &Gap) -> Finding {
    // what is named stands between the first backticks
    let named = gap.text.split('`').nth(1).unwrap_or_default();
    Finding::new(&RULE, gap.place, gap.text.clone()).subject(named)
}
