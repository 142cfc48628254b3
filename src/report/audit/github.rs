//! Annotations of a workflow run on GitHub: `::error file=…,line=…::message`.

use std::fmt::Write as _;

use super::View;
use crate::model::manifest::Severity;
use crate::term::clean;

pub(super) fn text(view: &View<'_>) -> String {
    let mut text = String::new();
    for finding in view.counting() {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let place = finding.place;
        let columns = view.lines.of(place).map_or_else(String::new, |line| {
            format!(",endLine={},endColumn={}", place.line, line.part.end + 1)
        });
        let message = format!("{}\nfix: {}", view.sentence(finding), finding.fix);
        let _ = writeln!(
            text,
            "::{command} file={},line={},col={}{columns},title={}::{}",
            property(&view.path(place.source)),
            place.line,
            place.column,
            property(finding.rule.id),
            data(&message),
        );
    }
    text
}

/// What stands after the second `::`.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| escaped(&clean(line))).collect();
    lines.join("%0A")
}

/// What stands after `=`.
fn property(text: &str) -> String {
    escaped(&clean(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
