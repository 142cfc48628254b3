//! One deployment as it is found, for a plan that begins with it.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::names::Names;
use super::{FoundPlan, present, senders, site};
use crate::audit::inventory::Request;
use crate::audit::judge;
use crate::audit::roles::Assignment;
use crate::cli::inventory::{manifest, tree};
use crate::model::manifest::Rotation;
use crate::rotate::Plan;

/// What is below a folder, as far as a plan can begin with it.
#[derive(Debug)]
pub(in crate::cli::rotate) enum Alone {
    /// Nothing that has to do with Stem.
    Nothing,
    /// Several deployments: their names.
    Several(Vec<String>),
    /// One of which not all is known, or that does not start: a sentence each.
    Open(Vec<String>),
    /// One.
    One {
        /// As it is, without steps.
        plan: Box<Plan>,
        /// What was taken for granted or left out.
        notes: Vec<String>,
        /// What a wait rests on.
        rotation: Rotation,
    },
}

/// Reads a folder.
pub(in crate::cli::rotate) fn read(
    folder: &PathBuf,
    assign: &[Assignment],
) -> anyhow::Result<Alone> {
    let tree = tree(std::slice::from_ref(folder), false)?;
    let request = Request {
        assignments: assign.to_vec(),
        manifest: manifest()?,
        ..Request::default()
    };
    let root = folder.to_string_lossy();
    let found = judge::look(&tree, &request, OffsetDateTime::now_utc(), |case| {
        let mut names = Names::default();
        site::learn(case, &mut names);
        present(case, &mut names, "now", &root)
    });
    let mut plans = found.plans;
    let names = plans.iter().map(|one| one.name.clone());
    let names: Vec<String> = names.collect();
    Ok(match (plans.pop(), plans.is_empty()) {
        (None, _) => Alone::Nothing,
        (Some(_), false) => Alone::Several(names),
        (Some(one), true) => alone(one, found.left_out),
    })
}

fn alone(found: FoundPlan, left_out: Vec<String>) -> Alone {
    let failing = found.failing.iter().map(|one| one.text());
    let unknown = found
        .unknown
        .iter()
        .map(|one| format!("{}; {}", one.text(), one.remedy));
    let half = senders::unsaid_of(&found, "now");
    let half = half.map(|one| format!("{}; {}", one.text(), one.remedy));
    let open: Vec<String> = failing.chain(unknown).chain(half).collect();
    if !open.is_empty() {
        return Alone::Open(open);
    }
    let mut notes = found.weak;
    notes.extend(found.assumptions);
    let processes = found.left_out.iter();
    notes.extend(processes.map(|one| format!("not judged: `{}`: {}", one.process, one.why)));
    notes.extend(left_out);
    Alone::One {
        plan: Box::new(found.plan),
        notes,
        rotation: found.rotation,
    }
}
