//! `stem-sec rotate`: plans of rotation, proven before anyone acts on them.

mod abort;
mod advance;
pub(super) mod age;
mod aim;
mod check;
mod declared;
pub(super) mod drift;
mod evidence;
mod finish;
mod found;
mod plan;
mod record;
mod session;
mod start;
mod status;
mod told;
pub(crate) mod walk;

pub(crate) use told::number;

use clap::{Args, Subcommand};

use super::{Exit, exit};

const EXAMPLES: &str = "\
Examples:
  stem-sec rotate check plan.yaml                  is somebody's plan safe? if not, the shortest way in which it is not
  stem-sec rotate plan ca --format markdown        a proven plan, as a runbook
  stem-sec rotate start signing                    begin one: mints the new key, says the first step
  stem-sec rotate advance --confirmed worker,beat  go on when they have it
  stem-sec rotate status                           where it stands, and what is due";

/// Change keys and certificates by plans that are proven safe
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
#[command(
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true
)]
pub(crate) struct RotateArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::CheckArguments),
    Plan(plan::PlanArguments),
    Start(start::StartArguments),
    Advance(advance::AdvanceArguments),
    Abort(abort::AbortArguments),
    Status(status::StatusArguments),
}

/// Runs a subcommand of `rotate`.
pub(crate) fn run(arguments: &RotateArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
        Command::Plan(arguments) => plan::run(arguments),
        Command::Start(arguments) => start::run(arguments),
        Command::Advance(arguments) => advance::run(arguments),
        Command::Abort(arguments) => abort::run(arguments),
        Command::Status(arguments) => status::run(arguments),
    }
}
