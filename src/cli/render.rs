//! `stem-sec render`: writes each component's files anew from the manifest and the store,
//! or says how they differ from what would be written.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use time::OffsetDateTime;

use super::deploy::{Deployed, Prepared};
use super::place::{MANIFEST, StateArgument, project};
use super::rotate::walk::Walk;
use super::{Exit, Failure, Usage, exit, material, review, rotate, say_kept};
use crate::disk::{Folder, read_optional};
use crate::model::manifest::{Component, LOST_RETRIES, Manifest, Target};
use crate::model::role::Role;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec render                          every component's files, from stem-sec.yaml
  stem-sec render --check                  what differs from them; exit 1 if anything does
  stem-sec render --component worker       only the worker's
  stem-sec render --prune                  and remove those of components that are gone";

/// Write each component's files from the manifest and the store
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct RenderArguments {
    /// Only components with this role
    #[arg(long, value_name = "ROLE", value_parser = super::words::parse_role)]
    role: Vec<Role>,
    /// Only this component
    #[arg(long, value_name = "NAME")]
    component: Vec<String>,
    /// For whom, instead of what the manifest says
    #[arg(long, value_name = "TARGET", value_parser = super::words::parse_target)]
    target: Option<Target>,
    /// Write here, instead of where the manifest says
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write nothing; print the differences, secrets hidden, and exit 1 if there are any
    #[arg(long, conflicts_with_all = ["prune", "force", "dry_run"])]
    check: bool,
    /// Write nothing; print the differences, secrets hidden
    #[arg(long, conflicts_with_all = ["prune", "force"])]
    dry_run: bool,
    /// Remove files written earlier that no component needs any more
    #[arg(long)]
    prune: bool,
    /// Replace files that somebody else put there; the old ones are kept beside them
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    state: StateArgument,
}

/// Runs `render`.
pub(crate) fn run(arguments: &RenderArguments) -> anyhow::Result<Exit> {
    let project = project();
    let mut manifest = manifest()?;
    if let Some(target) = arguments.target {
        manifest.render.target = target;
    }
    ensure_known(arguments, &manifest)?;
    let mut store = Folder::open(&arguments.state.folder())?;
    let material = material::load(&mut store, &project, &manifest, OffsetDateTime::now_utc())?;
    let rotation = material.keyring.rotation.as_ref();
    let walk = rotation.cloned().map(Walk::of).transpose()?;
    if let Some(walk) = &walk {
        rotate::drift::ensure_none(walk, &manifest)?;
    }
    let chosen = |component: &Component| {
        (arguments.role.is_empty()
            || arguments
                .role
                .iter()
                .any(|role| component.roles.contains(role)))
            && (arguments.component.is_empty()
                || arguments
                    .component
                    .iter()
                    .any(|name| name == component.name.as_str()))
    };
    let is_partial = !arguments.role.is_empty() || !arguments.component.is_empty();
    let only: Option<&dyn Fn(&Component) -> bool> = if is_partial { Some(&chosen) } else { None };
    let prepared = Prepared::new(
        &project,
        &manifest,
        &material,
        arguments.out.as_deref(),
        only,
    )?;
    if arguments.check || arguments.dry_run {
        let differences = prepared.differences()?;
        term::result(differences.as_bytes())?;
        return Ok(if arguments.check && !differences.is_empty() {
            Exit::No
        } else {
            Exit::Yes
        });
    }
    let deployed = prepared.write(arguments.force, arguments.prune)?;
    say_written(&deployed);
    if let Some(walk) = &walk {
        term::say(&term::clean(&format!(
            "these are the files of a rotation under way, {}: {}",
            rotate::number(walk),
            walk.rotation.title
        )));
    }
    let stopped = walk.as_ref().map(Walk::stopped).unwrap_or_default();
    let halfway = walk.is_some_and(|walk| walk.rotation.adds.posture.is_some());
    if !review::passes(&project, &manifest, &deployed, halfway, &stopped)? {
        return Ok(Exit::No);
    }
    say(&deployed, arguments.prune);
    if manifest
        .components
        .iter()
        .any(|component| manifest.loses_retries(component))
    {
        term::say(LOST_RETRIES);
    }
    Ok(Exit::Yes)
}

fn manifest() -> anyhow::Result<Manifest> {
    let path = project().join(MANIFEST);
    let Some(bytes) = read_optional(&path)? else {
        return Err(Failure {
            message: format!("there is no `{MANIFEST}` here or in a folder above"),
            hint: "stem-sec init writes one".to_owned(),
        }
        .into());
    };
    Manifest::parse(&bytes).with_context(|| format!("`{}`", path.display()))
}

fn ensure_known(arguments: &RenderArguments, manifest: &Manifest) -> Result<(), Usage> {
    let unknown = arguments
        .component
        .iter()
        .find(|name| manifest.component(name).is_none());
    let Some(name) = unknown else { return Ok(()) };
    let names: Vec<&str> = manifest
        .components
        .iter()
        .map(|component| component.name.as_str())
        .collect();
    Err(Usage {
        message: format!("`{MANIFEST}` has no component `{name}`"),
        hint: format!("it has {}", names.join(", ")),
    })
}

/// What was written, on standard error: the files are the result.
fn say_written(deployed: &Deployed) {
    let out = deployed.out.display();
    match deployed.written.as_slice() {
        [] => {}
        [one] => term::say(&format!("wrote `{out}/{one}`")),
        many => term::say(&format!("wrote {} files in `{out}`", many.len())),
    }
    say_kept(&deployed.kept);
}

/// What is left to do.
fn say(deployed: &Deployed, pruned: bool) {
    let out = deployed.out.display();
    if deployed.written.is_empty() {
        term::say(&format!(
            "everything in `{out}` is as it should be; nothing was changed"
        ));
    }
    for stale in &deployed.stale {
        let verb = if pruned {
            "removed"
        } else {
            "no component needs"
        };
        term::say(&format!("{verb} `{out}/{stale}`"));
    }
    if !pruned && !deployed.stale.is_empty() {
        term::hint("stem-sec render --prune removes what no component needs");
    }
    for (folder, owner) in &deployed.to_give_away {
        term::hint(&format!("sudo chown -R {owner} {}", folder.display()));
    }
    for note in &deployed.notes {
        term::say(note);
    }
}
