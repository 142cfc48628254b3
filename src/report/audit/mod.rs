//! What an audit found, as `stem-sec audit` prints it. Pure: a verdict in, text out; no value
//! of a secret can get here, but for lines of files, which `mask` masks.

mod excerpt;
mod github;
mod human;
mod json;
mod line;
mod markdown;
mod mask;
mod sarif;

use crate::audit::finding::{Finding, Suppressed, SuppressedBy};
use crate::audit::judge::Verdict;
use crate::audit::posture::PostureFrom;
use crate::audit::tree::Tree;
use crate::formats::place::Place;
use crate::model::manifest::Severity;
use crate::term;
use excerpt::Lines;

/// How findings are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal, with the lines in question.
    Human {
        /// Columns of the terminal.
        width: u16,
        /// Whether it shows colours.
        colour: bool,
    },
    /// One line a finding: `path:line:column: severity[rule] message`.
    Line,
    /// One object, `"schema": "stem-sec/audit/v1"`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of a workflow run.
    Github,
    /// Tables for a document.
    Markdown,
}

/// Writes it down.
#[must_use]
pub fn text(verdict: &Verdict, tree: &Tree, format: Format) -> String {
    let view = View {
        verdict,
        tree,
        lines: Lines::new(tree),
    };
    match format {
        Format::Human { width, colour } => human::text(&view, width, colour),
        Format::Line => line::text(&view),
        Format::Json => term::clean_json(&json::text(&view)),
        Format::Sarif => term::clean_json(&sarif::text(&view)),
        Format::Github => github::text(&view),
        Format::Markdown => markdown::text(&view),
    }
}

/// What is to be written down.
struct View<'v> {
    verdict: &'v Verdict,
    tree: &'v Tree,
    lines: Lines<'v>,
}

impl<'v> View<'v> {
    /// The findings that count.
    fn counting(&self) -> impl Iterator<Item = &'v Finding> + use<'v> {
        let all = self.verdict.findings.iter();
        all.filter(|finding| finding.suppressed.is_none())
    }

    /// Those that do not, and why.
    fn suppressed(&self) -> impl Iterator<Item = (&'v Finding, &'v Suppressed)> + use<'v> {
        let all = self.verdict.findings.iter();
        all.filter_map(|finding| Some((finding, finding.suppressed.as_ref()?)))
    }

    /// How many findings count, by severity.
    fn count(&self, severity: Severity) -> usize {
        let of_it = |finding: &&Finding| finding.severity == severity;
        self.counting().filter(of_it).count()
    }

    /// The path of a source: from the current folder, where it lies below that.
    fn path(&self, source: u32) -> String {
        let path = self.tree.path(source);
        self.tree.from_here(&path).unwrap_or(path)
    }

    /// `PATH:LINE:COLUMN`, or as much of it as there is.
    fn place(&self, place: Place) -> String {
        let path = self.path(place.source);
        match path.as_str() {
            "" => "-".to_owned(),
            path => format!("{path}:{}:{}", place.line, place.column),
        }
    }

    /// The message and the processes that it hits.
    fn sentence(&self, finding: &Finding) -> String {
        let hits: Vec<&str> = finding
            .hits
            .iter()
            .map(|hit| hit.process.as_str())
            .collect();
        match hits.is_empty() {
            true => finding.message.clone(),
            false => format!("{} ({})", finding.message, hits.join(", ")),
        }
    }

    /// `2 errors, 1 warning in 3 deployments, 9 processes`.
    fn summary(&self) -> String {
        let counts = [
            (self.count(Severity::Error), "error"),
            (self.count(Severity::Warning), "warning"),
            (self.count(Severity::Note), "note"),
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| some(number, word, "s"))
            .collect();
        let found = match counts.is_empty() {
            true => "nothing found".to_owned(),
            false => counts.join(", "),
        };
        let listed = &self.verdict.inventory.deployments;
        let processes = listed.iter().map(|listed| listed.shown().count()).sum();
        let suppressed = match self.suppressed().count() {
            0 => String::new(),
            number => format!(" ({number} suppressed)"),
        };
        format!(
            "{found} in {}, {}{suppressed}",
            some(listed.len(), "deployment", "s"),
            some(processes, "process", "es"),
        )
    }

    /// What the verdict rests on: a deployment, and a sentence.
    fn assumed(&self) -> Vec<(&'v str, String)> {
        let listed = self.verdict.inventory.deployments.iter();
        let mut all = Vec::new();
        for (listed, (posture, from)) in listed.zip(&self.verdict.postures) {
            let deployment = &listed.deployment;
            let name = deployment.name.as_str();
            let from = match from {
                PostureFrom::Manifest => "as stem-sec.yaml declares",
                PostureFrom::Processes => "the strongest that any of its processes uses",
            };
            let posture = format!("{} + {}", posture.signing, posture.transport);
            all.push((name, format!("posture {posture}, {from}")));
            let rest = deployment.assumptions.iter();
            all.extend(rest.map(|assumption| (name, assumption.clone())));
        }
        all
    }
}

impl SuppressedBy {
    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SuppressedBy::Inline => "inline",
            SuppressedBy::Manifest => "manifest",
            SuppressedBy::Baseline => "baseline",
        }
    }
}

fn some(number: usize, word: &str, plural: &str) -> String {
    let ending = if number == 1 { "" } else { plural };
    format!("{number} {word}{ending}")
}
