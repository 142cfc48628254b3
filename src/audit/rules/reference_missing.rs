//! `reference-missing`: a process names something that is not there.

use super::examples::{ONE_WORKER, WORKER};
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::process::{Gap, GapKind};
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
    }
    out.extend(case.inventory.gaps.iter().filter(is_missing).map(finding));
}

fn finding(gap: &Gap) -> Finding {
    // what is named stands between the first backticks
    let named = gap.text.split('`').nth(1).unwrap_or_default();
    Finding::new(&RULE, gap.place, gap.text.clone()).subject(named)
}
