//! What does not count, because someone looked at it and said so: comments beside findings,
//! `audit.ignore` of the manifest, and a baseline. Each gives a reason and may have a last day;
//! what has run out or hits nothing is itself a finding.

mod baseline;
mod declared;
mod inline;

use std::collections::HashMap;

use time::Date;

use super::finding::{Finding, Suppressed, SuppressedBy};
use super::inventory::{Declared, Request};
use super::rules::{suppression_expired, suppression_unused};
use super::tree::Tree;
use super::veil;
use crate::formats::compose::paths::absolute;
use crate::formats::place::Place;

pub use baseline::{Baseline, BaselineError};

/// Findings of the audit itself that a baseline never absorbs.
const NEVER_ABSORBED: [&str; 3] = [
    "input-unreadable",
    "suppression-unused",
    "suppression-expired",
];

/// One suppression, from wherever it comes.
struct Suppression {
    by: SuppressedBy,
    rule: String,
    reason: String,
    /// The last day on which it holds.
    until: Option<Date>,
    /// Where it is written; the top of no file where that is none of the tree.
    place: Place,
    /// What it is called in reports: the file of a baseline, `audit.ignore`.
    subject: String,
    scope: Scope,
    /// Whether all that it speaks of was looked at, so that it is known to hit nothing.
    is_whole: bool,
    uses: usize,
}

/// What a suppression speaks of.
enum Scope {
    /// Findings at these lines of its own file.
    Lines([u32; 3]),
    /// Findings in files below a folder that match a pattern there.
    Files(Files),
    /// The finding with this fingerprint, once.
    Fingerprint(String),
}

/// Files as a manifest names them.
struct Files {
    /// Folders whose files it speaks of, and what stands before their paths in the pattern.
    ways: Vec<(String, String)>,
    pattern: Pattern,
}

/// Which files a suppression speaks of.
enum Pattern {
    Everything,
    Glob(globset::GlobMatcher),
    Nothing,
}

impl Files {
    fn has(&self, path: &str) -> bool {
        let matches = |way: String| match &self.pattern {
            Pattern::Everything => true,
            Pattern::Glob(glob) if way.contains("../") => glob.is_match(absolute(".", &way)),
            Pattern::Glob(glob) => glob.is_match(way),
            Pattern::Nothing => false,
        };
        let rests = self.ways.iter();
        let mut rests =
            rests.filter_map(|(folder, prefix)| Some(format!("{prefix}{}", below(path, folder)?)));
        rests.any(matches)
    }
}

/// Marks what does not count, and adds what is wrong with the suppressions.
pub(super) fn apply(
    findings: &mut Vec<Finding>,
    tree: &Tree,
    manifests: &[Declared],
    request: &Request,
    today: Date,
) {
    let (mut suppressions, mut troubles) = inline::all(tree, findings);
    suppressions.extend(declared::all(tree, manifests, request));
    if let Some(baseline) = &request.baseline {
        suppressions.extend(baseline.suppressions(tree));
    }
    let index = Index::of(&suppressions);
    for finding in findings.iter_mut() {
        let path = tree.path(finding.place.source);
        let mut held: Option<usize> = None;
        for at in index.said_of(finding, &path, &suppressions) {
            let one = &mut suppressions[at];
            one.uses += 1;
            if !one.is_past(today) {
                held = held.or(Some(at));
            }
        }
        // what somebody looked at needs no baseline
        if held.is_none() {
            let known = index.known(finding, tree, &suppressions);
            held = known.filter(|at| !suppressions[*at].is_past(today));
            if let Some(at) = known {
                suppressions[at].uses += 1;
            }
        }
        finding.suppressed = held.map(|at| Suppressed {
            by: suppressions[at].by,
            reason: veil::shown(&suppressions[at].reason),
        });
    }
    troubles.extend(suppressions.iter().filter_map(|one| one.trouble(today)));
    findings.extend(troubles);
}

/// Suppressions by what they speak of: there may be many, and many findings.
#[derive(Default)]
struct Index {
    lines: HashMap<(u32, u32), Vec<usize>>,
    files: Vec<usize>,
    fingerprints: HashMap<String, Vec<usize>>,
}

impl Index {
    fn of(suppressions: &[Suppression]) -> Index {
        let mut index = Index::default();
        for (at, one) in suppressions.iter().enumerate() {
            match &one.scope {
                Scope::Lines(lines) => {
                    for line in lines {
                        let there = index.lines.entry((one.place.source, *line)).or_default();
                        if there.last() != Some(&at) {
                            there.push(at);
                        }
                    }
                }
                Scope::Files(_) => index.files.push(at),
                Scope::Fingerprint(print) => {
                    index
                        .fingerprints
                        .entry(print.clone())
                        .or_default()
                        .push(at);
                }
            }
        }
        index
    }

    /// Comments and manifests that speak of a finding.
    fn said_of(&self, finding: &Finding, path: &str, all: &[Suppression]) -> Vec<usize> {
        let place = (finding.place.source, finding.place.line);
        let beside = self.lines.get(&place).into_iter().flatten();
        let declared = self.files.iter().filter(|at| match &all[**at].scope {
            Scope::Files(files) => all[**at].rule == finding.rule.id && files.has(path),
            _ => false,
        });
        let said = beside.chain(declared);
        said.filter(|at| all[**at].rule == finding.rule.id)
            .copied()
            .collect()
    }

    /// The entry of a baseline that no other finding has used.
    fn known(&self, finding: &Finding, tree: &Tree, all: &[Suppression]) -> Option<usize> {
        if self.fingerprints.is_empty() || NEVER_ABSORBED.contains(&finding.rule.id) {
            return None;
        }
        let entries = self.fingerprints.get(&finding.fingerprint(tree))?;
        let mut free = entries.iter().filter(|at| all[**at].uses == 0);
        free.find(|at| all[**at].rule == finding.rule.id).copied()
    }
}

impl Suppression {
    fn is_past(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// Whether it is a suppression, and it is known what it hits.
    fn is_known(&self) -> bool {
        self.is_whole || self.uses > 0
    }

    /// What is wrong with it: it has run out, or hits nothing.
    fn trouble(&self, today: Date) -> Option<Finding> {
        let rule = &self.rule;
        let finding = if super::rules::find(rule).is_none() {
            let message = no_such_rule(rule);
            Finding::new(&suppression_unused::RULE, self.place, message)
        } else if let Some(until) = self
            .until
            .filter(|_| self.is_past(today) && self.is_known())
        {
            let message = format!("the suppression of `{rule}` held until {until}");
            Finding::new(&suppression_expired::RULE, self.place, message)
        } else if self.uses == 0 && self.is_known() {
            let message = format!("the suppression of `{rule}` hits nothing");
            Finding::new(&suppression_unused::RULE, self.place, message)
        } else {
            return None;
        };
        Some(finding.subject(&self.subject).key(rule))
    }
}

/// That a rule is none, and which one may have been meant.
#[must_use]
pub fn no_such_rule(id: &str) -> String {
    // what does not look like the name of one may be anything
    let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
    let is_shown = id.len() <= 40 && id.chars().all(is_name);
    match super::rules::nearest(id) {
        Some(near) => format!("there is no rule `{id}`: did you mean `{near}`?"),
        None if !is_shown => "this names no rule: see `stem-sec audit --list`".to_owned(),
        None => format!("there is no rule `{id}`: see `stem-sec audit --list`"),
    }
}

/// The rest of a path below a folder; the folder of the current one is empty.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    match folder {
        "" | "." => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}
