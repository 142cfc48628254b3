//! From compose files to projects as somebody would start them, and from their services to
//! processes. What a file says is `formats::compose`'s to read.

mod built;
mod environment;
mod files;
mod gaps;
mod service;
mod start;
mod supply;

use std::collections::HashMap;

use super::Assembly;
use crate::audit::process::{Deployment, Gap, Kind, Process};
use crate::audit::tree::{Found, Tree};
use crate::formats::compose::project::Project;
use start::{Started, starts};

/// Adds the projects of the compose files among `found`.
pub fn assemble(tree: &Tree, found: &[Found], out: &mut Assembly) {
    for started in starts(tree, found) {
        out.used.extend(started.project.numbers.iter().copied());
        let mut deployment = Deployment {
            name: unique(&started, out),
            kind: Kind::Compose,
            folder: started.folder.clone(),
            processes: Vec::new(),
            assumptions: started.assumptions.clone(),
        };
        for declared in &started.project.services {
            let mut read = service::read(tree, &started, declared, &mut out.used);
            if declared.is_built {
                built::upon(tree, found, &started, declared, &mut read, &mut out.used);
            }
            deployment.processes.push(read);
        }
        troubles(&started.project, &mut deployment.processes, &mut out.gaps);
        out.deployments.push(deployment);
    }
}

/// What is wrong goes to the service it is about; the rest to nobody.
fn troubles(project: &Project, processes: &mut [Process], loose: &mut Vec<Gap>) {
    let names = processes.iter().enumerate();
    let names: HashMap<String, usize> = names
        .map(|(at, process)| (process.name.clone(), at))
        .collect();
    for trouble in &project.troubles {
        let name = trouble.service.as_ref();
        match name.and_then(|name| names.get(name)) {
            Some(at) => processes[*at].gaps.push(gaps::of(trouble)),
            None => loose.push(gaps::of(trouble)),
        }
    }
    gaps::once(loose);
    for process in processes {
        gaps::once(&mut process.gaps);
    }
}

/// A name that no other deployment has.
fn unique(started: &Started, out: &Assembly) -> String {
    let is_free = |name: &str| out.deployments.iter().all(|known| known.name != name);
    if is_free(&started.name) {
        return started.name.clone();
    }
    let with_folder = format!("{} ({})", started.name, started.folder);
    let numbered = (2..).map(|number| format!("{with_folder} {number}"));
    let mut names = std::iter::once(with_folder.clone()).chain(numbered);
    names.find(|name| is_free(name)).unwrap_or(with_folder)
}

#[cfg(test)]
mod tests;
