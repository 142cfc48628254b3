//! The inventory as tables for a document.

use std::fmt::Write as _;
use std::io;

use super::human::origin;
use super::{Take, View, roles, shown};
use crate::audit::inventory::{Entry, Listed};
use crate::audit::process::Process;
use crate::report::markdown::cell;

pub(super) fn write(view: &View<'_>, take: Take<'_>) -> io::Result<()> {
    view.each(
        |listed, processes| deployment(view, listed, processes),
        take,
    )?;
    if !view.filter.is_open() {
        return Ok(());
    }
    let mut text = String::new();
    rest(view, &mut text);
    take(&text)
}

fn deployment(view: &View<'_>, listed: &Listed, processes: &[(&Process, &Entry)]) -> String {
    let mut text = String::new();
    let deployment = &listed.deployment;
    let name = cell(&deployment.name);
    let _ = writeln!(text, "## {name} ({})\n", deployment.kind.name());
    text.push_str("| process | roles | artifact | subject | value | from |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for (process, entry) in processes {
        for held in &entry.holdings {
            let cells = [
                process.name.clone(),
                roles(&entry.assigned),
                held.artifact.name().to_owned(),
                held.subject.clone(),
                shown(&held.shown),
                origin(view, held),
            ];
            row(&cells, &mut text);
        }
        if entry.holdings.is_empty() {
            let cells = [process.name.clone(), roles(&entry.assigned)];
            row(&cells, &mut text);
        }
    }
    for assumption in &deployment.assumptions {
        let _ = writeln!(text, "\nAssumed: {}", cell(assumption));
    }
    text
}

fn rest(view: &View<'_>, text: &mut String) {
    if !view.inventory.loose.is_empty() {
        text.push_str("\n## Secrets in files that no process reads\n\n");
        text.push_str("| artifact | value | from |\n|---|---|---|\n");
        for loose in &view.inventory.loose {
            let name = loose.artifact.name().to_owned();
            row(&[name, shown(&loose.shown), view.place(loose.place)], text);
        }
    }
    if !view.inventory.gaps.is_empty() || !view.inventory.skipped.is_empty() {
        text.push_str("\n## Not read, or not followed\n\n");
        for gap in &view.inventory.gaps {
            let _ = writeln!(
                text,
                "- {}: {}",
                cell(&view.place(gap.place)),
                cell(&gap.text)
            );
        }
        for skipped in &view.inventory.skipped {
            let why = skipped.why.to_string();
            let _ = writeln!(text, "- {}: {}", cell(&skipped.path), cell(&why));
        }
    }
}

fn row(cells: &[String], text: &mut String) {
    for one in cells {
        let _ = write!(text, "| {} ", cell(one));
    }
    for _ in cells.len()..6 {
        if cells.len() == 2 {
            text.push_str("| ");
        }
    }
    text.push_str("|\n");
}
