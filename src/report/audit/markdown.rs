//! Findings for the summary of a job: a table, and what it rests on.

use std::fmt::Write as _;

use super::View;
use crate::model::manifest::Severity;
use crate::report::markdown::cell;

pub(super) fn text(view: &View<'_>) -> String {
    let mut text = String::from("## stem-sec audit\n\n");
    let _ = writeln!(text, "{}\n", view.summary());
    let mut counting = view.counting().peekable();
    if counting.peek().is_some() {
        text.push_str("| | where | what | fix |\n|---|---|---|---|\n");
    }
    for finding in counting {
        let _ = writeln!(
            text,
            "| {} {} | {} | {} | {} |",
            sign(finding.severity),
            cell(finding.rule.id),
            cell(&view.place(finding.place)),
            cell(&view.sentence(finding)),
            cell(&finding.fix),
        );
    }
    suppressed(view, &mut text);
    let assumed = view.assumed();
    if !assumed.is_empty() {
        text.push_str("\nAssumed:\n\n");
    }
    for (deployment, what) in assumed {
        let _ = writeln!(text, "- {}: {}", cell(deployment), cell(&what));
    }
    text
}

fn suppressed(view: &View<'_>, text: &mut String) {
    let mut all = view.suppressed().peekable();
    if all.peek().is_none() {
        return;
    }
    text.push_str("\n<details><summary>Suppressed</summary>\n\n");
    text.push_str("| | where | what | why |\n|---|---|---|---|\n");
    for (finding, suppressed) in all {
        let reason = match suppressed.reason.as_str() {
            "" => suppressed.by.name().to_owned(),
            reason => format!("{}: {reason}", suppressed.by.name()),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            cell(finding.rule.id),
            cell(&view.place(finding.place)),
            cell(&view.sentence(finding)),
            cell(&reason),
        );
    }
    text.push_str("\n</details>\n");
}

fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "❌",
        Severity::Warning => "⚠️",
        Severity::Note => "ℹ️",
    }
}
