//! The table for a terminal.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};

use super::{Footnotes, Place, lines, lines_of};
use crate::model::ownership::Holding;
use crate::model::posture::Posture;
use crate::model::role::Role;

/// Columns of the narrowest terminal that the explanations are wrapped for.
const NARROWEST: u16 = 72;
/// A longer line is hard to read, however wide the terminal.
const WIDEST: u16 = 140;

pub(super) fn table(posture: Posture) -> String {
    let mut footnotes = Footnotes::default();
    let mut table = empty();
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(std::iter::once("").chain(Role::ALL.map(Role::name)));
    for (artifact, row) in lines(posture) {
        let marks = row.cells.map(|cell| footnotes.mark(cell));
        table.add_row(std::iter::once(artifact.name().to_owned()).chain(marks));
    }
    for (position, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if position == 0 { 2 } else { 1 }));
    }
    let mut text = format!("Who may hold what under {posture}\n\n");
    text.push_str(&drawn(&table));
    finish(&mut text, &footnotes);
    text.push_str("\nstem-sec roles ROLE: what that role gets, from where, and why\n");
    text
}

pub(super) fn role(role: Role, posture: Posture, width: u16) -> String {
    let mut footnotes = Footnotes::default();
    let mut table = empty();
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.clamp(NARROWEST, WIDEST))
        .set_header(["", "ARTIFACT", "FROM", "WHY"]);
    for (artifact, row) in lines_of(role, posture) {
        table.add_row([
            footnotes.mark(row.cells[role as usize]),
            artifact.name().to_owned(),
            Place::of(artifact, role).text(artifact),
            format!("{} ({})", row.why, row.source),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for column in table.column_iter_mut().take(3) {
        column.set_constraint(comfy_table::ColumnConstraint::ContentWidth);
    }
    let mut text = format!("What a {role} holds under {posture}\n\n");
    text.push_str(&drawn(&table));
    finish(&mut text, &footnotes);
    text
}

fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn drawn(table: &Table) -> String {
    let lines = table.lines();
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}

fn finish(text: &mut String, footnotes: &Footnotes) {
    text.push('\n');
    for holding in Holding::ALL {
        let _ = writeln!(text, "{}  {}", holding.letter(), holding.meaning());
    }
    let notes = footnotes.text("");
    if !notes.is_empty() {
        text.push('\n');
        text.push_str(&notes);
    }
}
