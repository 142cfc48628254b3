//! The inventory for a terminal: who holds which secret, then what each process holds and
//! from where.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use super::{Take, View, roles, shown};
use crate::audit::holding::{Held, Holding, Shown};
use crate::audit::inventory::{Entry, Listed};
use crate::audit::process::{GapKind, Process};
use crate::report::columns::drawn;
use crate::term::clean;

pub(super) fn write(view: &View<'_>, take: Take<'_>) -> io::Result<()> {
    let any = view.each(
        |listed, processes| deployment(view, listed, processes),
        take,
    )?;
    if !view.filter.is_open() {
        return Ok(());
    }
    let mut text = String::new();
    loose(view, any, &mut text);
    let any = any || !text.is_empty();
    gaps(view, any, &mut text);
    take(&text)
}

fn deployment(view: &View<'_>, listed: &Listed, processes: &[(&Process, &Entry)]) -> String {
    let mut text = String::new();
    let found = &listed.deployment;
    let folder = match found.folder.as_str() {
        "" | "." => String::new(),
        folder => format!(" in {folder}"),
    };
    let name = clean(&found.name).into_owned();
    let _ = writeln!(text, "{name} ({}{})\n", found.kind.name(), clean(&folder));
    let secrets = secrets_of(processes);
    if !secrets.is_empty() {
        text.push_str(&matrix(processes, &secrets));
        text.push('\n');
    }
    for (number, (process, entry)) in processes.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        details(view, process, entry, &mut text);
    }
    if !found.assumptions.is_empty() {
        text.push('\n');
    }
    for assumption in &found.assumptions {
        let _ = writeln!(text, "assumed: {}", clean(assumption));
    }
    text
}

/// The secrets that any of them holds, in the order of the ownership table.
fn secrets_of(processes: &[(&Process, &Entry)]) -> Vec<Held> {
    let all = processes.iter().flat_map(|(_, entry)| &entry.holdings);
    let secret = all.filter(|held| held.artifact.is_secret());
    let mut secrets: Vec<Held> = secret.map(|held| held.artifact).collect();
    secrets.sort();
    secrets.dedup();
    secrets
}

/// Process × secret.
fn matrix(processes: &[(&Process, &Entry)], secrets: &[Held]) -> String {
    let titles = secrets.iter().map(|secret| secret.name());
    let header = ["PROCESS", "ROLES"].into_iter().chain(titles);
    let mut rows = vec![header.map(str::to_owned).collect()];
    for (process, entry) in processes {
        let cells = secrets.iter().map(|secret| cell(entry, *secret));
        let names = [process.name.clone(), roles(&entry.assigned)];
        let row = names.into_iter().chain(cells);
        rows.push(cleaned(row));
    }
    drawn(&rows)
}

/// The ids of keys; of other secrets, that it is there.
pub(super) fn cell(entry: &Entry, secret: Held) -> String {
    let mut words: Vec<String> = Vec::new();
    let held = entry.holdings.iter().filter(|held| held.artifact == secret);
    for holding in held {
        let ids: Vec<&str> = match &holding.shown {
            Shown::Keys(keys) => keys.iter().map(|key| key.id.as_str()).collect(),
            Shown::Unknown(_) => vec!["unknown"],
            _ => vec!["yes"],
        };
        for id in ids {
            if !id.is_empty() && !words.iter().any(|word| word == id) {
                words.push(id.to_owned());
            }
        }
    }
    match words.is_empty() {
        true => "·".to_owned(),
        false => words.join(","),
    }
}

fn details(view: &View<'_>, process: &Process, entry: &Entry, text: &mut String) {
    let why = match entry.assigned.roles.is_empty() {
        true => format!("role unknown: {}", entry.assigned.reason),
        false => format!("{}: {}", roles(&entry.assigned), entry.assigned.reason),
    };
    let place = view.place(process.place);
    let _ = writeln!(
        text,
        "{}  {}  ({})",
        clean(&process.name),
        clean(&place),
        clean(&why)
    );
    let held = entry.holdings.iter();
    let rows: Vec<Vec<String>> = held.map(|held| cleaned(line(view, held))).collect();
    for line in drawn(&rows).lines() {
        let _ = writeln!(text, "  {line}");
    }
    for gap in process.gaps.iter().filter(|gap| gap.kind != GapKind::Note) {
        let place = view.place(gap.place);
        let _ = writeln!(text, "  ! {}: {}", clean(&place), clean(&gap.text));
    }
}

fn line(view: &View<'_>, held: &Holding) -> [String; 4] {
    [
        held.artifact.name().to_owned(),
        held.subject.clone(),
        shown(&held.shown),
        origin(view, held),
    ]
}

/// Where the value is written, and by what it came.
pub(super) fn origin(view: &View<'_>, held: &Holding) -> String {
    let mut text = view.place(held.place);
    for said in view.ways(held) {
        let _ = write!(text, " ← {} {}", view.place(said.place), said.how.name());
    }
    text
}

fn loose(view: &View<'_>, any: bool, text: &mut String) {
    if view.inventory.loose.is_empty() {
        return;
    }
    if any {
        text.push('\n');
    }
    text.push_str("Secrets in files that no process reads\n\n");
    let rows = view.inventory.loose.iter().map(|loose| {
        cleaned([
            loose.artifact.name().to_owned(),
            shown(&loose.shown),
            view.place(loose.place),
        ])
    });
    text.push_str(&drawn(&rows.collect::<Vec<_>>()));
}

fn gaps(view: &View<'_>, any: bool, text: &mut String) {
    if view.inventory.gaps.is_empty() && view.inventory.skipped.is_empty() {
        return;
    }
    if any {
        text.push('\n');
    }
    text.push_str("Not read, or not followed\n\n");
    for gap in &view.inventory.gaps {
        let place = view.place(gap.place);
        let _ = writeln!(text, "{}: {}", clean(&place), clean(&gap.text));
    }
    for skipped in &view.inventory.skipped {
        let why = skipped.why.to_string();
        let _ = writeln!(text, "{}: {}", clean(&skipped.path), clean(&why));
    }
}

fn cleaned(cells: impl IntoIterator<Item = String>) -> Vec<String> {
    let cells = cells.into_iter();
    cells
        .map(|cell| match clean(&cell) {
            Cow::Borrowed(_) => cell,
            Cow::Owned(clean) => clean,
        })
        .collect()
}
