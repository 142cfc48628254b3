//! `stem-sec rotate`: plans of rotation, proven before anyone acts on them.

mod check;
mod found;

use clap::{Args, Subcommand};

use super::{Exit, exit};

const EXAMPLES: &str = "\
Examples:
  stem-sec rotate check plan.yaml                  is somebody's plan safe? if not, the shortest way in which it is not";

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
}

/// Runs a subcommand of `rotate`.
pub(crate) fn run(arguments: &RotateArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Command::Check(arguments) => check::run(arguments),
    }
}
