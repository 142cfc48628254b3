//! `stem-sec certs`: certificates made, renewed, watched and checked.

mod create;
mod issue;
mod names;
mod renew;
mod sign;
mod status;
mod times;
mod verify;

pub(super) use times::parse_moment;

use std::path::Path;

use clap::{Args, Subcommand};

use super::{Exit, exit};

const EXAMPLES: &str = "\
Examples:
  stem-sec certs create certs --host redis,stem.local    a CA, a server and a client bundle
  stem-sec certs issue client worker                     into the store, signed by its CA
  stem-sec certs renew --due 30d                         all that expires within 30 days
  stem-sec certs status certs --expires-within 30d       what expires when
  stem-sec certs verify certs --host redis               whether it would be accepted";

/// Make, renew, watch and check certificates
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
#[command(arg_required_else_help = true)]
pub(crate) struct CertsArguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Create(create::CreateArguments),
    Issue(issue::IssueArguments),
    Renew(renew::RenewArguments),
    Status(status::StatusArguments),
    Verify(verify::VerifyArguments),
}

/// Runs `certs`.
pub(crate) fn run(arguments: &CertsArguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Command::Create(arguments) => create::run(arguments),
        Command::Issue(arguments) => issue::run(arguments),
        Command::Renew(arguments) => renew::run(arguments),
        Command::Status(arguments) => status::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
    }
}

/// A folder's file as messages name it, without `./`.
fn shown(folder: &Path, file: &str) -> String {
    if folder == Path::new(".") {
        return file.to_owned();
    }
    folder.join(file).display().to_string()
}
