//! `stem-sec init`: the main job in one go. Asks, unless told not to. Declares the deployment, mints what it lacks,
//! writes every component's folder, and says what to start. What is there already is kept:
//! a second run changes nothing.

mod ask;
mod declare;
mod line;
mod look;
mod mint;
mod parts;
mod questions;
mod report;
mod shape;
mod wizard;

use std::path::{Path, PathBuf};

use clap::Args;

use super::deploy::Prepared;
use super::place::STORE;
use super::{Exit, Failure, Usage, exit, review};
use crate::disk::{Access, DiskError, Folder};
use crate::term;
use shape::Shape;
use wizard::Outcome;

const EXAMPLES: &str = "\
Examples:
  stem-sec init                                        asks; every question has a default
  stem-sec init demo --yes                             asks nothing
  stem-sec init --yes --signing hmac-sha256 --broker rediss://redis.internal:6379/0
  stem-sec init --yes --host redis,10.0.0.5 --owner redis=999
  stem-sec init --yes --component api=producer --component jobs=worker+producer --component redis=broker";

/// Mint everything a deployment needs and write every component's files
///
/// On a terminal it asks for what no flag says, and looks at the folder's compose file first.
///
/// Writes stem-sec.yaml (yours, no secrets), .stem-sec (keys and certificates, stays here)
/// and deploy (one folder a component, to be handed out). Running it again changes nothing.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct InitArguments {
    /// The folder of the deployment; made if missing
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Take the defaults for all that no flag says, and go ahead
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    shape: Shape,
}

/// Runs `init`.
pub(crate) fn run(arguments: &InitArguments) -> anyhow::Result<Exit> {
    if arguments.yes {
        let Some(text) = carry_out(&arguments.folder, &arguments.shape)? else {
            return Ok(Exit::No);
        };
        term::result(text.as_bytes())?;
        return Ok(Exit::Yes);
    }
    match wizard::ask(&arguments.folder, &arguments.shape)? {
        Outcome::Settled(shape, command) => {
            let Some(text) = carry_out(&arguments.folder, &shape)? else {
                return Ok(Exit::No);
            };
            let text = format!(
                "{text}\nThe same without questions:\n  {}\n",
                term::clean(&command)
            );
            term::result(text.as_bytes())?;
            Ok(Exit::Yes)
        }
        Outcome::Declined(command) => {
            term::say("nothing was written");
            term::hint(&format!("without questions: {command}"));
            Ok(Exit::No)
        }
        Outcome::NobodyToAsk => Err(Usage {
            message: "init asks before it writes, and there is no terminal to ask on".to_owned(),
            hint: format!(
                "add --yes: {}",
                line::of(&arguments.folder, &arguments.shape)
            ),
        }
        .into()),
    }
}

/// Everything that comes after the answers, and its report; none where the audit of what was
/// written has something to say.
fn carry_out(folder: &Path, shape: &Shape) -> anyhow::Result<Option<String>> {
    let mut declared = declare::manifest(folder, shape)?;
    let mut store = Folder::create(&folder.join(STORE), Access::PRIVATE_FOLDER)?;
    if store.finished_earlier() {
        term::say("finished what an interrupted run had begun");
    }
    let minted = mint::missing(&mut store, folder, &declared.manifest)?;
    let prepared = Prepared::new(folder, &declared.manifest, &minted.material, None, None)?;
    store.check()?;
    if let Some(project) = declared.staged.take() {
        project.commit()?;
    }
    store.commit()?;
    let deployed = prepared
        .write(false, false)
        .map_err(|error| in_the_way(error, folder))?;
    if !review::passes(folder, &declared.manifest, &deployed, false, &[])? {
        return Ok(None);
    }
    Ok(Some(report::text(folder, &declared, &minted, &deployed)))
}

/// init itself replaces nothing that somebody else wrote; `render --force` does.
fn in_the_way(error: anyhow::Error, project: &Path) -> anyhow::Error {
    if !matches!(error.downcast_ref(), Some(DiskError::Exists(_))) {
        return error;
    }
    Failure {
        message: error.to_string(),
        hint: format!(
            "move it away and run init again, or replace it and keep it beside the new one: (cd {} && stem-sec render --force)",
            project.display()
        ),
    }
    .into()
}
