//! `stem-sec rotate plan`: a proven plan, for the store beside the manifest or for a
//! deployment that is only read. Changes nothing.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::aim::AimArguments;
use super::found::alone::{self, Alone};
use super::session::Session;
use super::start::ensure_at_rest;
use crate::audit::roles::Assignment;
use crate::cli::inventory::parse_assignment;
use crate::cli::place::StateArgument;
use crate::cli::{Exit, Failure, exit, material};
use crate::model::manifest::Rotation;
use crate::render::plan::present;
use crate::report::rotate::{self as report, Planned};
use crate::rotate::Plan;
use crate::rotate::devise::{DeviseError, devise};
use crate::rotate::drain::Bound;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec rotate plan signing                                      another signing key, for the store here
  stem-sec rotate plan signing --leaked                             it must go now; says what that loses
  stem-sec rotate plan ca --format markdown                         another CA, as a runbook
  stem-sec rotate plan posture --to ed25519+mtls --from deploy      for a deployment that is only read";

/// Make a plan that is proven safe: steps, gates, dates and the way back
///
/// Changes nothing. Without --from it plans for the store beside stem-sec.yaml, where
/// `rotate start` carries it out.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    aim: AimArguments,
    /// Read the deployment below this folder instead of a store
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Say which roles processes have, with --from: by name, DEPLOYMENT/NAME or file
    #[arg(long, value_name = "PATTERN=ROLE", value_parser = parse_assignment, requires = "from")]
    assign: Vec<Assignment>,
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    state: StateArgument,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// One JSON object
    Json,
    /// A plan file
    Yaml,
    /// A runbook for a change ticket
    Markdown,
}

impl Format {
    fn of_report(self) -> report::Format {
        match self {
            Format::Human => report::Format::Human,
            Format::Json => report::Format::Json,
            Format::Yaml => report::Format::Yaml,
            Format::Markdown => report::Format::Markdown,
        }
    }
}

/// Where a plan begins, and what is to be said of it.
struct Present {
    plan: Plan,
    notes: Vec<String>,
    rotation: Rotation,
}

/// Runs `rotate plan`.
pub(crate) fn run(arguments: &PlanArguments) -> anyhow::Result<Exit> {
    let now = OffsetDateTime::now_utc();
    let present = match &arguments.from {
        Some(folder) => found(folder, &arguments.assign)?,
        None => stored(&arguments.state, now)?,
    };
    let Some(present) = present else {
        return Ok(Exit::Nothing);
    };
    let guards = arguments.from.is_none();
    let aim = arguments.aim.aim(&present.plan, now, guards)?;
    let devised = match devise(&present.plan, &aim) {
        Ok(devised) => devised,
        Err(error) => return Ok(refused(&error)),
    };
    let planned = Planned {
        title: &arguments.aim.title(&aim),
        devised: &devised,
        bound: &Bound::of(&present.rotation),
        notes: &present.notes,
    };
    let text = report::plan(planned, arguments.format.of_report());
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    Ok(Exit::Yes)
}

/// The deployment of the store.
fn stored(state: &StateArgument, now: OffsetDateTime) -> anyhow::Result<Option<Present>> {
    let mut session = Session::open(state)?;
    ensure_at_rest(&session.keyring)?;
    let (project, manifest) = (session.project.clone(), session.manifest.clone());
    let material = material::settled(&mut session.store, &project, &manifest, now)?;
    let names = material::names(&mut session.store, &manifest, &material, now)?;
    Ok(Some(Present {
        plan: present(&manifest, &material, &names)?,
        notes: vec![
            "what is new here is not minted yet: stem-sec rotate start does that, and walks the keyring through the plan"
                .to_owned(),
        ],
        rotation: manifest.rotation,
    }))
}

/// The deployment below a folder, which must be one, and known in all that a proof needs.
fn found(folder: &PathBuf, assign: &[Assignment]) -> anyhow::Result<Option<Present>> {
    let shown = folder.display();
    match alone::read(folder, assign)? {
        Alone::Nothing => {
            term::say(&format!("nothing in `{shown}` has to do with Stem"));
            term::hint("name the folder of the deployment files: --from deploy");
            Ok(None)
        }
        Alone::Several(names) => Err(Failure {
            message: format!(
                "there are several deployments in `{shown}`: {}",
                names.join(", ")
            ),
            hint: "name the folder of one of them".to_owned(),
        }
        .into()),
        Alone::Open(gaps) => {
            for gap in &gaps {
                term::say(&term::clean(gap));
            }
            Err(Failure {
                message: "without that nothing can be proven".to_owned(),
                hint: "see what was read: stem-sec inventory".to_owned(),
            }
            .into())
        }
        Alone::One {
            plan,
            notes,
            rotation,
        } => Ok(Some(Present {
            plan: *plan,
            notes,
            rotation,
        })),
    }
}

/// That there is no plan is an answer.
fn refused(error: &DeviseError) -> Exit {
    term::say(&error.to_string());
    if let Some(hint) = error.hint() {
        term::hint(&hint);
    }
    match error {
        DeviseError::NothingToDo => Exit::Yes,
        _ => Exit::No,
    }
}
