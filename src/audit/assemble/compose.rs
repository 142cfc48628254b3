//! From compose files to projects as somebody would start them, and from their services to
//! processes. What a file says is `formats::compose`'s to read.

mod built;
mod environment;
mod files;
mod gaps;
mod service;
mod start;
mod supply;

use std::collections::{BTreeSet, HashMap};

use super::Assembly;
use crate::audit::names::Names;
use crate::audit::process::{Deployment, Gap, Kind, Process};
use crate::audit::tree::{Found, Tree};
use crate::formats::compose::project::Project;
use start::{Started, of_each};

/// A project, which has no name yet that no other has.
struct Read {
    deployment: Deployment,
    gaps: Vec<Gap>,
    used: BTreeSet<u32>,
}

/// Adds the projects of the compose files among `found`.
pub fn assemble(tree: &Tree, found: &[Found], out: &mut Assembly) {
    let mut names = Names::default();
    for project in of_each(tree, found, |started| read(tree, found, started)) {
        let mut deployment = project.deployment;
        deployment.name = unique(&deployment, &mut names);
        out.deployments.push(deployment);
        out.used.extend(project.used);
        out.gaps.extend(project.gaps);
    }
    gaps::once(&mut out.gaps);
}

fn read(tree: &Tree, found: &[Found], started: Started) -> Read {
    let mut used: BTreeSet<u32> = started.project.numbers.iter().copied().collect();
    let mut processes = Vec::with_capacity(started.project.services.len());
    for declared in &started.project.services {
        let mut read = service::read(tree, &started, declared, &mut used);
        if declared.is_built {
            built::upon(tree, found, &started, declared, &mut read, &mut used);
        }
        processes.push(read);
    }
    let mut gaps = Vec::new();
    troubles(&started.project, &mut processes, &mut gaps);
    let deployment = Deployment {
        name: started.name,
        kind: Kind::Compose,
        folder: started.folder,
        processes,
        assumptions: started.assumptions,
    };
    Read {
        deployment,
        gaps,
        used,
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
    for process in processes {
        gaps::once(&mut process.gaps);
    }
}

/// A name that no other project has.
fn unique(deployment: &Deployment, names: &mut Names) -> String {
    let with_folder = || format!("{} ({})", deployment.name, deployment.folder);
    let numbered = |name: &str, number| format!("{name} {number}");
    names.take(&deployment.name, with_folder, numbered)
}

#[cfg(test)]
mod tests;
