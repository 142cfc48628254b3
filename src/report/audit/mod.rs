//! What an audit found, as `stem-sec audit` prints it. Pure: a verdict in, text out; no value
//! of a secret can get here.

mod json;

use crate::audit::finding::Finding;
use crate::audit::judge::Verdict;
use crate::audit::tree::Tree;
use crate::model::manifest::Severity;

/// How findings are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One object, `"schema": "stem-sec/audit/v1"`.
    Json,
}

/// Writes it down.
#[must_use]
pub fn text(verdict: &Verdict, tree: &Tree, format: Format) -> String {
    let view = View { verdict, tree };
    match format {
        Format::Json => json::text(&view),
    }
}

/// What is to be written down.
struct View<'v> {
    verdict: &'v Verdict,
    tree: &'v Tree,
}

impl View<'_> {
    /// How many findings count, by severity.
    fn count(&self, severity: Severity) -> usize {
        let counts = |finding: &&Finding| finding.suppressed.is_none();
        let findings = self.verdict.findings.iter().filter(counts);
        findings
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// The path of a source.
    fn path(&self, source: u32) -> String {
        self.tree.path(source)
    }
}
