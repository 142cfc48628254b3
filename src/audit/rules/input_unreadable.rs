//! `input-unreadable`: something that could not be read, so that nobody can say what is in it.

use super::examples::WORKER;
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::process::{Gap, GapKind};
use crate::audit::tree::Unread;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "input-unreadable",
    family: Family::Audit,
    severity: Severity::Error,
    says: "this could not be read, or its own loader refuses it",
    why: "What is in it was not judged, so that an audit without findings would say nothing about it.",
    fix: "put the file right, or run the audit as a user who may read it",
    bad: Example(&[
        WORKER,
        file(
            "compose.yaml",
            "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    volumes: {}
",
        ),
    ]),
    good: Example(&[
        WORKER,
        file(
            "compose.yaml",
            "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    volumes: []
",
        ),
    ]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let finding = |gap: &Gap| {
        let path = case.tree.path(gap.place.source);
        Finding::new(&RULE, gap.place, gap.text.clone()).subject(path)
    };
    let is_unreadable = |gap: &&Gap| gap.kind == GapKind::Unreadable;
    for site in &case.sites {
        for process in &site.listed.deployment.processes {
            let subject = site
                .subjects
                .iter()
                .find(|subject| std::ptr::eq(subject.process, process));
            let gaps = process.gaps.iter().filter(is_unreadable);
            out.extend(gaps.map(|gap| match subject {
                Some(subject) => finding(gap).hitting(site, subject, process.place),
                None => finding(gap).within(site),
            }));
        }
    }
    let gaps = case.inventory.gaps.iter().filter(is_unreadable);
    out.extend(gaps.map(finding));
    for skipped in &case.inventory.skipped {
        if matches!(skipped.why, Unread::TooLarge(_) | Unread::Refused(_)) {
            let place = case.tree.place_of(&skipped.path);
            let message = format!("it was not looked into: {}", skipped.why);
            out.push(Finding::new(&RULE, place, message).subject(&skipped.path));
        }
    }
}
