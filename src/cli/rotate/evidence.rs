//! Deployment files as evidence: a component is as the present step says when what it is
//! given there is what it is given in the files that `render` wrote for the step.

use std::path::{Path, PathBuf};

use super::session::Session;
use super::walk::Walk;
use crate::audit::holding::{Held, Shown};
use crate::audit::inventory::{self, Request};
use crate::audit::process::Kind;
use crate::audit::tree::{Options, Tree};
use crate::cli::place::real;
use crate::cli::{Failure, Usage};
use crate::model::manifest::Manifest;
use crate::rotate::plan::Action;
use crate::term;

/// What a process is given, without where it lies.
type Given = Vec<(Held, Shown)>;

/// A process by every name that it goes by.
struct Found {
    names: Vec<String>,
    given: Given,
}

/// Whom the files confirm, each with the words for it.
pub(super) fn found(
    session: &mut Session,
    walk: &Walk,
    paths: &[PathBuf],
) -> anyhow::Result<Vec<(String, String)>> {
    if let Action::Stop(_) | Action::Drain = walk.action() {
        term::warn("files cannot show that something has stopped: confirm it by name");
        return Ok(Vec::new());
    }
    if !session.standing()?.to_write.is_empty() {
        return Err(Failure {
            message:
                "the files of the present step are not written, so there is nothing to compare with"
                    .to_owned(),
            hint: "stem-sec render".to_owned(),
        }
        .into());
    }
    let (project, manifest) = (session.project.clone(), session.manifest.clone());
    let out = project.join(&manifest.render.out);
    let written = real(&out);
    let shows_itself =
        |path: &Path| real(path).starts_with(&written) || written.starts_with(real(path));
    if let Some(path) = paths.iter().find(|path| shows_itself(path)) {
        return Err(Usage {
            message: format!(
                "`{}` has in it what stem-sec render wrote itself, which shows nothing of what runs",
                path.display()
            ),
            hint: "name the files as they are deployed".to_owned(),
        }
        .into());
    }
    let expected = inventory_of(&[out], &manifest)?;
    let actual = inventory_of(paths, &manifest)?;
    let mut confirmed = Vec::new();
    for name in walk.members() {
        let service = manifest
            .component(name)
            .map_or(name, |component| component.service_name());
        let is_it = |found: &&Found| {
            let mut names = found.names.iter();
            names.any(|one| is_called(one, name) || is_called(one, service))
        };
        let wanted = expected.iter().find(is_it).map(|found| &found.given);
        let mut found = actual.iter().filter(is_it).peekable();
        let (Some(wanted), true) = (wanted, found.peek().is_some()) else {
            continue;
        };
        if found.all(|found| found.given == *wanted) {
            let by = format!("found in {}", shown(paths));
            confirmed.push((name.to_owned(), by));
        }
    }
    Ok(confirmed)
}

fn inventory_of(paths: &[PathBuf], manifest: &Manifest) -> anyhow::Result<Vec<Found>> {
    let tree = Tree::walk(paths, &Options::default())?;
    let request = Request {
        manifest: Some(manifest.clone()),
        ..Request::default()
    };
    let inventory = inventory::take(&tree, &request);
    let mut found = Vec::new();
    for listed in &inventory.deployments {
        for (process, entry) in listed.shown() {
            let holdings = entry.holdings.iter();
            let given = holdings.map(|held| (held.artifact, held.shown.clone()));
            let mut given: Given = given.filter(|(_, shown)| says_all(shown)).collect();
            given.sort();
            let mut names = vec![process.name.clone(), process.service.clone()];
            // a folder of files that no process manager names is its component's
            if listed.deployment.kind == Kind::Files {
                let folder = listed.deployment.folder.rsplit('/').next();
                names.extend(folder.map(str::to_owned));
            }
            found.push(Found { names, given });
        }
    }
    Ok(found)
}

/// systemd may be told the name of a unit without its kind.
fn is_called(process: &str, component: &str) -> bool {
    let bare = |name: &'_ str| name.trim_end_matches(".service").to_owned();
    bare(process) == bare(component)
}

/// A path is another one wherever the files lie.
fn says_all(shown: &Shown) -> bool {
    !matches!(shown, Shown::Text(text) if text.starts_with('/'))
}

fn shown(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| Path::new(path).display().to_string())
        .collect();
    paths.join(", ")
}
