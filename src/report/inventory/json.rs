//! The inventory for programs.

use serde_json::{Value, json};

use super::{View, roles};
use crate::audit::holding::{Holding, Shown};
use crate::audit::inventory::{Entry, Loose};
use crate::audit::process::{Gap, GapKind, Process};
use crate::audit::tree::Skipped;
use crate::formats::place::Place;

pub(super) fn text(view: &View<'_>) -> String {
    let mut deployments = Vec::new();
    let mut processes = Vec::new();
    for listed in &view.inventory.deployments {
        let shown = view.admitted(listed);
        let deployment = &listed.deployment;
        deployments.push(json!({
            "name": deployment.name,
            "kind": deployment.kind.name(),
            "folder": deployment.folder,
            "assumptions": deployment.assumptions,
        }));
        for (found, entry) in shown {
            processes.push(process(view, &deployment.name, found, entry));
        }
    }
    let all = view.filter.is_open();
    let loose = view.inventory.loose.iter().filter(|_| all);
    let gaps = view.inventory.gaps.iter().map(|found| gap(view, found));
    let skipped = view.inventory.skipped.iter().map(skipped);
    let gaps = gaps.chain(skipped).filter(|_| all);
    let document = json!({
        "schema": "stem-sec/inventory/v1",
        "deployments": deployments,
        "processes": processes,
        "loose": loose.map(|loose| loose_secret(view, loose)).collect::<Vec<_>>(),
        "gaps": gaps.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn process(view: &View<'_>, deployment: &str, process: &Process, entry: &Entry) -> Value {
    let assigned = &entry.assigned;
    let holdings = entry.holdings.iter().map(|held| holding(view, held));
    let gaps = process.gaps.iter().map(|found| gap(view, found));
    json!({
        "name": process.name,
        "deployment": deployment,
        "roles": assigned.roles.iter().map(|role| role.name()).collect::<Vec<_>>(),
        "roles_from": assigned.from.name(),
        "roles_reason": if assigned.roles.is_empty() { roles(assigned) } else { assigned.reason.clone() },
        "location": place(view, process.place),
        "holdings": holdings.collect::<Vec<_>>(),
        "gaps": gaps.collect::<Vec<_>>(),
    })
}

fn holding(view: &View<'_>, held: &Holding) -> Value {
    let via: Vec<Value> = view
        .ways(held)
        .map(|said| {
            let mut way = place(view, said.place);
            way["how"] = said.how.name().into();
            way
        })
        .collect();
    let mut document = json!({
        "artifact": held.artifact.name(),
        "secret": held.artifact.is_secret(),
        "subject": held.subject,
    });
    show(&held.shown, &mut document);
    document["origin"] = place(view, held.place);
    document["via"] = via.into();
    document
}

fn loose_secret(view: &View<'_>, loose: &Loose) -> Value {
    let mut document = json!({ "artifact": loose.artifact.name() });
    show(&loose.shown, &mut document);
    document["origin"] = place(view, loose.place);
    document
}

/// `keys` or `value`: whichever says what may be shown.
fn show(shown: &Shown, document: &mut Value) {
    match shown {
        Shown::Keys(keys) => {
            let keys = keys.iter().map(|key| {
                let print = match (&key.fingerprint, key.well_formed) {
                    (_, false) => "(malformed)",
                    (Some(fingerprint), true) => fingerprint,
                    (None, true) => "(weak)",
                };
                match key.well_formed {
                    true => json!({ "id": key.id, "fingerprint": print }),
                    false => json!({ "fingerprint": print }),
                }
            });
            document["keys"] = keys.collect();
        }
        Shown::Marks(marks) => {
            let marks = marks.iter().map(|mark| json!({ "fingerprint": mark }));
            document["keys"] = marks.collect();
        }
        Shown::Weak => document["value"] = "(weak)".into(),
        Shown::Text(text) => document["value"] = text.as_str().into(),
        Shown::Unknown(why) => {
            document["value"] = "unknown".into();
            document["reason"] = why.as_str().into();
        }
        Shown::Malformed => document["value"] = "(malformed)".into(),
    }
}

fn gap(view: &View<'_>, gap: &Gap) -> Value {
    let mut document = json!({ "kind": gap.kind.name() });
    let place = place(view, gap.place);
    document["path"] = place["path"].clone();
    document["line"] = place["line"].clone();
    document["column"] = place["column"].clone();
    document["text"] = gap.text.as_str().into();
    document
}

/// A file that was not looked into has no line.
fn skipped(skipped: &Skipped) -> Value {
    json!({
        "kind": GapKind::Unreadable.name(),
        "path": skipped.path,
        "line": 1,
        "column": 1,
        "text": skipped.why.to_string(),
    })
}

fn place(view: &View<'_>, place: Place) -> Value {
    json!({ "path": (view.path)(place.source), "line": place.line, "column": place.column })
}
