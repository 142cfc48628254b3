//! The audit of what `init` and `render` wrote, before they say that they are done: by the
//! table that they wrote by, and by all the rules besides.

use std::path::{Component, Path, PathBuf};

use time::OffsetDateTime;

use super::deploy::Deployed;
use super::place::{MANIFEST, real};
use super::project;
use crate::audit::finding::Finding;
use crate::audit::inventory::Request;
use crate::audit::judge;
use crate::audit::tree::{Options, Tree};
use crate::model::manifest::{Manifest, Severity};
use crate::term;

/// Rules about suppressions and certificates that end soon: nothing that was written is wrong.
const OTHERWISE_SAID: [&str; 3] = [
    "certificate-expiring",
    "suppression-expired",
    "suppression-unused",
];

/// Rules that hold in any posture. Between two postures the others do not: one component is
/// past what the next has before it, and no single posture is true of all. Who holds what
/// there was proven with the plan.
const IN_ANY_POSTURE: [&str; 20] = [
    "active-key-missing",
    "active-key-unknown",
    "algorithm-unknown",
    "ca-is-leaf",
    "ca-key-deployed",
    "certificate-expired",
    "certificate-key-mismatch",
    "client-pair-incomplete",
    "duplicate-key-id",
    "host-not-covered",
    "input-unreadable",
    "key-file-readable",
    "key-length-wrong",
    "key-list-malformed",
    "keypair-mismatch",
    "server-key-outside-broker",
    "shared-client-identity",
    "url-malformed",
    "verification-disabled",
    "wrong-purpose",
];

/// Says what is wrong with what was written, a line a finding; whether nothing is. `halfway`:
/// it is between two postures. Components that have `stopped` run with nothing.
pub(crate) fn passes(
    folder: &Path,
    manifest: &Manifest,
    deployed: &Deployed,
    halfway: bool,
    stopped: &[String],
) -> anyhow::Result<bool> {
    let tree = Tree::walk(&paths(folder, manifest, deployed), &Options::default())?;
    if let Some(install) = &manifest.render.install {
        tree.install(&shown(&deployed.out), install);
    }
    let request = Request {
        manifest: Some(manifest.clone()),
        ..Request::default()
    };
    let verdict = judge::audit(&tree, &request, OffsetDateTime::now_utc());
    let written = Written {
        manifest,
        deployed,
        tree: &tree,
        halfway,
        stopped,
    };
    let wrong: Vec<&Finding> = verdict
        .findings
        .iter()
        .filter(|finding| written.is_wrong(finding))
        .collect();
    for finding in &wrong {
        term::say(&term::clean(&line(finding, &tree)));
    }
    if !wrong.is_empty() {
        let command = match shown(folder).is_empty() {
            true => "stem-sec audit".to_owned(),
            false => format!("stem-sec audit {}", shown(folder)),
        };
        term::hint(&command);
    }
    let passes = wrong.is_empty();
    // the process ends here
    std::mem::forget((verdict, tree));
    Ok(passes)
}

/// What was written, the manifest that says what it is for, and the project below an override.
fn paths(folder: &Path, manifest: &Manifest, deployed: &Deployed) -> Vec<PathBuf> {
    let mut named = vec![folder.join(MANIFEST)];
    named.extend(project::files(folder, manifest));
    named.retain(|path| path.is_file());
    named.push(deployed.out.clone());
    named.iter().map(|path| shown(path).into()).collect()
}

struct Written<'a> {
    manifest: &'a Manifest,
    deployed: &'a Deployed,
    tree: &'a Tree,
    halfway: bool,
    stopped: &'a [String],
}

impl Written<'_> {
    fn is_wrong(&self, finding: &Finding) -> bool {
        finding.severity >= Severity::Warning
            && finding.suppressed.is_none()
            && (!self.halfway || IN_ANY_POSTURE.contains(&finding.rule.id))
            && !OTHERWISE_SAID.contains(&finding.rule.id)
            && !self.is_given_away(finding)
            && self.is_about_it(finding)
            && !self.is_of_stopped(finding)
    }

    /// What lies there for those who have stopped is what they had, and agrees with nobody.
    fn is_of_stopped(&self, finding: &Finding) -> bool {
        let is_stopped = |name: &str| self.stopped.iter().any(|one| one == name);
        let path = self.tree.path(finding.place.source);
        let below = Path::new(&path).strip_prefix(shown(&self.deployed.out));
        let folder = below.ok().and_then(|below| below.iter().next());
        folder
            .and_then(|name| name.to_str())
            .is_some_and(is_stopped)
            || finding.hits.iter().any(|hit| is_stopped(&hit.process))
    }

    /// What its user alone may read was written all the same.
    fn is_given_away(&self, finding: &Finding) -> bool {
        let mut components = self.manifest.components.iter();
        finding.rule.id == "input-unreadable"
            && components.any(|one| one.uid.is_some() || one.gid.is_some())
    }

    /// Files that wait to be removed are not what was written, nor are components that were left
    /// out, nor what a project has beside its services.
    fn is_about_it(&self, finding: &Finding) -> bool {
        let path = self.tree.path(finding.place.source);
        let below = Path::new(&path)
            .strip_prefix(shown(&self.deployed.out))
            .ok();
        let below = below.and_then(Path::to_str);
        let is_stale =
            below.is_some_and(|below| self.deployed.stale.iter().any(|one| one == below));
        let is_of_a_part = || {
            let component = below.and_then(|below| below.split('/').next());
            let mut names = finding.hits.iter().map(|hit| hit.process.as_str());
            let is_written = |name: &str| self.deployed.components.iter().any(|one| one == name);
            component.is_some_and(is_written) || names.any(is_written)
        };
        let is_hit = below.is_some() || !finding.hits.is_empty();
        !is_stale && is_hit && (!self.deployed.is_partial || is_of_a_part())
    }
}

/// A path as the tree has it: without `./`, and absolute where it leads upward.
fn shown(path: &Path) -> String {
    let leads_up = path.components().any(|part| part == Component::ParentDir);
    let path = if leads_up {
        real(path)
    } else {
        path.to_owned()
    };
    let kept = path.components().filter(|part| *part != Component::CurDir);
    kept.collect::<PathBuf>().to_string_lossy().into_owned()
}

/// `path:line: severity[rule] message (process)`.
fn line(finding: &Finding, tree: &Tree) -> String {
    let path = tree.path(finding.place.source);
    let place = match path.as_str() {
        "" => String::new(),
        path => format!("{path}:{}: ", finding.place.line),
    };
    let processes: Vec<&str> = finding
        .hits
        .iter()
        .map(|hit| hit.process.as_str())
        .collect();
    let processes = match processes.as_slice() {
        [] => String::new(),
        names => format!(" ({})", names.join(", ")),
    };
    let severity = finding.severity.name();
    format!(
        "{place}{severity}[{}] {}{processes}",
        finding.rule.id, finding.message
    )
}
