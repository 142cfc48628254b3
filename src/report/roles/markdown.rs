//! The table for a document; the README's is made here.

use std::fmt::Write as _;

use super::{Footnotes, Place, lines, lines_of};
use crate::model::ownership::Holding;
use crate::model::posture::Posture;
use crate::model::role::Role;

pub(super) fn table(posture: Posture) -> String {
    let mut footnotes = Footnotes::default();
    let mut text = String::new();
    row(
        &mut text,
        std::iter::once(format!("{posture}")).chain(Role::ALL.map(|role| role.to_string())),
    );
    rule(
        &mut text,
        &std::iter::once("---")
            .chain(Role::ALL.map(|_| ":-:"))
            .collect::<Vec<_>>(),
    );
    for (artifact, line) in lines(posture) {
        let marks = line.cells.map(|cell| footnotes.mark(cell));
        row(
            &mut text,
            std::iter::once(artifact.to_string()).chain(marks),
        );
    }
    finish(&mut text, &footnotes);
    text
}

pub(super) fn role(role: Role, posture: Posture) -> String {
    let mut footnotes = Footnotes::default();
    let mut text = String::new();
    let title = format!("{role} under {posture}");
    row(
        &mut text,
        ["", &title, "from", "why", "source"].map(str::to_owned),
    );
    rule(&mut text, &[":-:", "---", "---", "---", "---"]);
    for (artifact, line) in lines_of(role, posture) {
        let place = Place::of(artifact, role).text(artifact);
        row(
            &mut text,
            [
                footnotes.mark(line.cells[role as usize]),
                artifact.to_string(),
                place.replace("named by\n", "named by ").replace('\n', ", "),
                line.why.to_owned(),
                line.source.to_owned(),
            ],
        );
    }
    finish(&mut text, &footnotes);
    text
}

fn row(text: &mut String, cells: impl IntoIterator<Item = String>) {
    for cell in cells {
        let _ = write!(text, "| {cell} ");
    }
    text.push_str("|\n");
}

fn rule(text: &mut String, columns: &[&str]) {
    let _ = writeln!(text, "|{}|", columns.join("|"));
}

fn finish(text: &mut String, footnotes: &Footnotes) {
    let meanings: Vec<String> = Holding::ALL
        .iter()
        .map(|holding| format!("**{}** {}", holding.letter(), holding.meaning()))
        .collect();
    let _ = writeln!(text, "\n{}.", meanings.join(" · "));
    let notes = footnotes.text("- ");
    if !notes.is_empty() {
        text.push('\n');
        text.push_str(&notes);
    }
}
