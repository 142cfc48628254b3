//! The inventory as tables for a document.

use std::fmt::Write as _;

use super::human::origin;
use super::{View, roles, shown};
use crate::term::clean;

pub(super) fn text(view: &View<'_>) -> String {
    let mut text = String::new();
    for (listed, processes) in view.deployments() {
        if processes.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
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
    }
    if view.filter.is_open() {
        rest(view, &mut text);
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

/// Text that ends no cell and begins no markup.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in clean(text).chars() {
        if matches!(
            character,
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#'
        ) {
            safe.push('\\');
        }
        safe.push(character);
    }
    safe
}
