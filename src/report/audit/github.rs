//! Annotations of a workflow run on GitHub: `::error file=…,line=…::message`.

use std::fmt::Write as _;

use super::View;
use crate::formats::place::Place;
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
        let message = format!("{}\nfix: {}", view.sentence(finding), finding.fix);
        let _ = writeln!(
            text,
            "::{command} {}title={}::{}",
            location(view, finding.place),
            property(finding.rule.id),
            data(&message),
        );
    }
    text
}

/// The properties that say where, each with its comma; none for what is in no file.
fn location(view: &View<'_>, place: Place) -> String {
    let path = view.path(place.source);
    if path.is_empty() {
        return String::new();
    }
    let end = view.lines.of(place).map_or_else(String::new, |line| {
        format!("endLine={},endColumn={},", place.line, line.part.end + 1)
    });
    let (line, column) = (place.line, place.column);
    format!("file={},line={line},col={column},{end}", property(&path))
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
