//! The command line: one file a subcommand, each from arguments to a checked request, to
//! the library, to a report and an [`Exit`]. The definitions here are also what help,
//! completions and the man page are made of.

mod exit;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use exit::Exit;

use crate::disk::DiskError;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec init demo --yes                    keys, certificates and every component's files
  stem-sec keygen ed25519                     the four variables of one signing key
  stem-sec certs create certs --host redis    a CA, a server and a client bundle
  stem-sec certs status --expires-within 30d  what expires when";

/// Keys, certificates and role-scoped configuration for Stem deployments
#[derive(Parser)]
#[command(name = "stem-sec", version, before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
#[command(
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {}

/// Runs one command line and says how it went.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    match run(arguments.command) {
        Ok(exit) => exit,
        Err(error) => report(&error),
    }
}

fn run(command: Command) -> anyhow::Result<Exit> {
    match command {}
}

fn refuse(error: &clap::Error) -> Exit {
    if error.use_stderr() {
        let text = error.render().to_string();
        term::say(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
        return Exit::Usage;
    }
    match term::result(error.render().to_string().as_bytes()) {
        Ok(()) => Exit::Yes,
        Err(_) => Exit::Failed,
    }
}

fn report(error: &anyhow::Error) -> Exit {
    term::say(&format!("{error:#}"));
    let (hint, exit) = advice(error);
    if let Some(hint) = hint {
        term::hint(&hint);
    }
    exit
}

/// What to type next, and the exit code, by the kind of the error.
fn advice(error: &anyhow::Error) -> (Option<String>, Exit) {
    if let Some(error) = error.downcast_ref::<DiskError>() {
        return (error.hint(), Exit::Failed);
    }
    (None, Exit::Failed)
}
