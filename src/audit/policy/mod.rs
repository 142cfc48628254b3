//! What does not count, because someone looked at it and said so: comments beside findings,
//! `audit.ignore` of the manifest, and a baseline. Each gives a reason and may have a last day;
//! what has run out or hits nothing is itself a finding.

mod baseline;
mod declared;
mod inline;

use time::Date;

use super::finding::{Finding, Suppressed, SuppressedBy};
use super::inventory::{Declared, Request};
use super::rules::{suppression_expired, suppression_unused};
use super::tree::Tree;
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
    uses: usize,
}

/// What a suppression speaks of.
enum Scope {
    /// Findings at these lines of its own file: first and last.
    Lines(u32, u32),
    /// Findings in files below a folder that match a pattern there.
    Files {
        folder: String,
        prefix: String,
        pattern: Pattern,
    },
    /// The finding with this fingerprint, once.
    Fingerprint(String),
}

/// Which files a suppression speaks of.
enum Pattern {
    Everything,
    Glob(globset::GlobMatcher),
    Nothing,
}

impl Pattern {
    fn matches(&self, path: &str) -> bool {
        match self {
            Pattern::Everything => true,
            Pattern::Glob(glob) => glob.is_match(path),
            Pattern::Nothing => false,
        }
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
        suppressions.extend(baseline.suppressions());
    }
    for finding in findings.iter_mut() {
        let path = tree.path(finding.place.source);
        let hit = suppressions
            .iter_mut()
            .find(|one| one.speaks_of(finding, &path));
        if let Some(one) = hit {
            one.uses += 1;
            if !one.is_past(today) {
                finding.suppressed = Some(Suppressed {
                    by: one.by,
                    reason: one.reason.clone(),
                });
            }
        }
    }
    troubles.extend(suppressions.iter().filter_map(|one| one.trouble(today)));
    findings.extend(troubles);
}

impl Suppression {
    fn speaks_of(&self, finding: &Finding, path: &str) -> bool {
        if self.rule != finding.rule.id {
            return false;
        }
        match &self.scope {
            Scope::Lines(first, last) => {
                let place = finding.place;
                place.source == self.place.source && (*first..=*last).contains(&place.line)
            }
            Scope::Files {
                folder,
                prefix,
                pattern,
            } => below(path, folder).is_some_and(|rest| {
                let path = format!("{prefix}{rest}");
                pattern.matches(&path)
            }),
            Scope::Fingerprint(fingerprint) => {
                self.uses == 0
                    && !NEVER_ABSORBED.contains(&finding.rule.id)
                    && finding.fingerprint(path) == *fingerprint
            }
        }
    }

    fn is_past(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// What is wrong with it: it has run out, or hits nothing.
    fn trouble(&self, today: Date) -> Option<Finding> {
        let rule = &self.rule;
        let finding = if super::rules::find(rule).is_none() {
            let message = no_such_rule(rule);
            Finding::new(&suppression_unused::RULE, self.place, message)
        } else if let Some(until) = self.until.filter(|_| self.is_past(today)) {
            let message = format!("the suppression of `{rule}` held until {until}");
            Finding::new(&suppression_expired::RULE, self.place, message)
        } else if self.uses == 0 {
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
    match super::rules::nearest(id) {
        Some(near) => format!("there is no rule `{id}`: did you mean `{near}`?"),
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
