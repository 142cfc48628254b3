//! `role-unknown`: a process that has to do with Stem, and nobody says what it is.

use super::examples::SIGNING;
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::{Finding, Hit};
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "role-unknown",
    family: Family::Audit,
    severity: Severity::Note,
    says: "nothing says what part this process plays",
    why: "Who may hold which secret depends on the role. What neither the manifest nor a label, the command, \
        the image or the name gives one is judged by the rules only that do not ask for it.",
    fix: "declare it in stem-sec.yaml, give it the label `stem.role`, or say `--assign NAME=ROLE`",
    bad: Example(&[
        file("common.env", SIGNING),
        file(
            "compose.yaml",
            "\
services:
  pipeline:
    image: example/pipeline
    env_file: [common.env]
",
        ),
    ]),
    good: Example(&[
        file("common.env", SIGNING),
        file(
            "compose.yaml",
            "\
services:
  pipeline:
    image: example/pipeline
    labels: { stem.role: producer }
    env_file: [common.env]
",
        ),
    ]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        let all = &site.listed.deployment.processes;
        for (process, entry) in all.iter().zip(&site.listed.entries) {
            let mut variables = process.environment.iter();
            let is_stems = variables.any(|one| one.name.starts_with("STEM_"));
            let has_something = !entry.holdings.is_empty() || is_stems;
            if !entry.assigned.roles.is_empty() || !has_something {
                continue;
            }
            let mut finding = Finding::new(&RULE, process.place, RULE.says)
                .within(site)
                .subject(&process.service);
            finding.hits.push(Hit {
                process: process.name.clone(),
                roles: Vec::new(),
                place: process.place,
            });
            out.push(finding);
        }
    }
}
