//! `stem-sec rotate status`: where a rotation stands, what is to be done, and which keys are
//! due. Changes nothing, but for what an interrupted run left half done.

mod human;
mod json;

use anyhow::Context;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::age;
use super::drift;
use super::session::Session;
use super::told;
use super::walk::{Gate, Walk};
use crate::cli::place::StateArgument;
use crate::cli::{Exit, exit};
use crate::keyring::{Event, Key, KeyState};
use crate::mint::x509::moment;
use crate::model::manifest::Manifest;
use crate::rotate::itinerary::{Itinerary, Stage};
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec rotate status                      where it stands; exit 1 when something is due
  stem-sec rotate status --history            and who did what, when and why
  stem-sec rotate status --format json";

/// Say where the rotation stands, what is to be done, and which keys are due
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(super) struct StatusArguments {
    /// Also who did what, when and why
    #[arg(long)]
    history: bool,
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
}

/// Everything that is said.
struct Status {
    /// The rotation, if one is under way.
    walk: Option<Walk>,
    /// Its steps, told.
    stages: Vec<Stage>,
    /// What must be true before the next step.
    gate: Option<Gate>,
    /// What to do now.
    to_do: Vec<String>,
    /// Whether the files of the present step are written.
    is_rendered: Option<bool>,
    /// Every key, the oldest first.
    keys: Vec<Key>,
    /// What is due, and what is odd.
    due: Vec<String>,
    /// What was done.
    history: Vec<Event>,
    now: OffsetDateTime,
}

/// Runs `rotate status`.
pub(super) fn run(arguments: &StatusArguments) -> anyhow::Result<Exit> {
    let mut session = Session::open(&arguments.state)?;
    let walk = session.walk()?;
    let (manifest, now) = (session.manifest.clone(), session.now);
    let mut status = Status {
        stages: Vec::new(),
        gate: None,
        to_do: Vec::new(),
        is_rendered: None,
        keys: session.keyring.keys().to_vec(),
        due: Vec::new(),
        history: session.keyring.history.clone(),
        walk,
        now,
    };
    if let Some(walk) = &status.walk {
        let gate = walk.gate(&manifest, now);
        if let Some(stage) = told::stage(walk) {
            status.to_do = told::to_do(walk, &stage, &manifest, now);
        }
        if let Ok(standing) = session.standing() {
            status.is_rendered = Some(standing.to_write.is_empty());
            if !standing.stale.is_empty() {
                status.to_do.push(told::PRUNE.to_owned());
            }
        }
        status.due.extend(due_step(walk, &gate));
        if let Some(drift) = drift::found(walk, &manifest) {
            status.due.push(format!("{drift}: {}", drift::HINT));
        }
        if now < walk.rotation.since() {
            status.due.push(told::clock(walk));
        }
        if drift::has_moved(walk, &manifest) {
            status.due.push(
                "stem-sec.yaml says the new posture already, and the keyring not yet: an interrupted run; go on with \
                 stem-sec rotate advance"
                    .to_owned(),
            );
        }
        status.gate = Some(gate);
        status.stages = Itinerary::of(&walk.plan).stages;
    }
    status.due.extend(due_keys(&status, &manifest));
    let text = match arguments.format {
        Format::Human => human::text(&status, arguments.history),
        Format::Json => term::clean_json(&json::text(&status, arguments.history)?),
    };
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    Ok(if status.due.is_empty() {
        Exit::Yes
    } else {
        Exit::No
    })
}

fn due_step(walk: &Walk, gate: &Gate) -> Option<String> {
    let number = told::number(walk);
    match gate {
        Gate::Open => Some(format!("{number} is done: stem-sec rotate advance")),
        Gate::Unknown(settings) => Some(format!("{number}: {}", told::unknown(settings))),
        Gate::Unconfirmed(_) | Gate::Until(_) => None,
    }
}

fn due_keys(status: &Status, manifest: &Manifest) -> Vec<String> {
    let due = age::overdue(&status.keys, status.walk.as_ref(), manifest, status.now);
    due.into_iter()
        .map(|(key, why)| match key.state {
            KeyState::Retiring => format!("the key `{}` {why}", key.id),
            _ => format!("the key `{}` {why}: stem-sec rotate start signing", key.id),
        })
        .collect()
}

/// When something was or will be.
fn at(when: OffsetDateTime) -> String {
    moment(when)
}
