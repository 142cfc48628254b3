//! A baseline: the findings that were there when a team began to look, so that only new ones
//! fail. Entries are known by fingerprint; the rest of an entry is for people.

use serde::{Deserialize, Serialize};
use time::Date;
use time::macros::format_description;

use super::{NEVER_ABSORBED, Scope, Suppression};
use crate::audit::finding::{Finding, SuppressedBy};
use crate::audit::inventory::NOWHERE;
use crate::audit::tree::Tree;

/// The schema of a baseline's file.
const SCHEMA: &str = "stem-sec/baseline/v1";

/// What a baseline holds.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// As it was named.
    path: String,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct File {
    schema: String,
    findings: Vec<Entry>,
}

/// Enough of it to know its version by.
#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// A finding that may stay.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    #[serde(default)]
    deployment: String,
    #[serde(default)]
    component: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    subject: String,
    fingerprint: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    /// The last day on which it may stay, `2027-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

/// Why a file is no baseline.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// Not of this form.
    #[error("`{path}` is no baseline: line {line}")]
    Form {
        /// As it was named.
        path: String,
        /// Where it goes wrong.
        line: usize,
    },
    /// Written by another version.
    #[error("`{0}` is no baseline that this version reads")]
    Version(String),
    /// A rule that is none.
    #[error("`{path}` speaks of `{rule}`, which is no rule")]
    Rule {
        /// As it was named.
        path: String,
        /// The rule.
        rule: String,
        /// The nearest that is one.
        nearest: Option<&'static str>,
    },
    /// A last day that is none.
    #[error("`{path}` has an `until` that is no date such as 2027-01-31")]
    Date {
        /// As it was named.
        path: String,
    },
}

impl BaselineError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            BaselineError::Rule {
                nearest: Some(near),
                ..
            } => format!("did you mean `{near}`?"),
            _ => "write a new one: stem-sec audit --write-baseline FILE".to_owned(),
        })
    }
}

impl Baseline {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none, or names a rule or date that is none.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Baseline, BaselineError> {
        let path = path.to_owned();
        let form = |error: serde_json::Error| BaselineError::Form {
            path: path.clone(),
            line: error.line(),
        };
        let head: Head = serde_json::from_slice(bytes).map_err(form)?;
        if head.schema != SCHEMA {
            return Err(BaselineError::Version(path));
        }
        let file: File = serde_json::from_slice(bytes).map_err(form)?;
        for entry in &file.findings {
            if crate::audit::rules::find(&entry.rule).is_none() {
                return Err(BaselineError::Rule {
                    path,
                    rule: entry.rule.clone(),
                    nearest: crate::audit::rules::nearest(&entry.rule),
                });
            }
            if entry
                .until
                .as_deref()
                .is_some_and(|until| date(until).is_none())
            {
                return Err(BaselineError::Date { path });
            }
        }
        Ok(Baseline {
            path,
            entries: file.findings,
        })
    }

    /// A baseline of findings that count now. Of one before, it keeps reasons and dates.
    #[must_use]
    pub fn of<'f>(
        findings: impl Iterator<Item = &'f Finding>,
        tree: &Tree,
        before: Option<&Baseline>,
    ) -> Baseline {
        let may_stay = |finding: &&Finding| {
            let is_known = finding
                .suppressed
                .as_ref()
                .is_some_and(|one| one.by == SuppressedBy::Baseline);
            (finding.suppressed.is_none() || is_known) && !NEVER_ABSORBED.contains(&finding.rule.id)
        };
        let mut entries: Vec<Entry> = findings
            .filter(may_stay)
            .map(|finding| {
                let path = tree.lasting_path(&tree.path(finding.place.source));
                let fingerprint = finding.fingerprint(tree);
                let known = before.and_then(|before| {
                    before
                        .entries
                        .iter()
                        .find(|entry| entry.fingerprint == fingerprint)
                });
                Entry {
                    rule: finding.rule.id.to_owned(),
                    deployment: finding.deployment.clone(),
                    component: finding.component().to_owned(),
                    path,
                    subject: finding.subject.clone(),
                    fingerprint,
                    reason: known.map(|known| known.reason.clone()).unwrap_or_default(),
                    until: known.and_then(|known| known.until.clone()),
                }
            })
            .collect();
        entries.sort();
        Baseline {
            path: String::new(),
            entries,
        }
    }

    /// How many findings it lets stay.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it lets none stay.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// As it is written to a file.
    #[must_use]
    pub fn text(&self) -> String {
        let file = File {
            schema: SCHEMA.to_owned(),
            findings: self.entries.clone(),
        };
        let text = serde_json::to_string_pretty(&file).unwrap_or_default();
        format!("{text}\n")
    }

    pub(super) fn suppressions(&self, tree: &Tree) -> impl Iterator<Item = Suppression> {
        self.entries.iter().map(|entry| Suppression {
            by: SuppressedBy::Baseline,
            rule: entry.rule.clone(),
            reason: entry.reason.clone(),
            until: entry.until.as_deref().and_then(date),
            place: NOWHERE,
            subject: format!("{} {}", self.path, entry.fingerprint),
            scope: Scope::Fingerprint(entry.fingerprint.clone()),
            is_whole: tree.holds_lasting(&entry.path),
            uses: 0,
        })
    }
}

fn date(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}
