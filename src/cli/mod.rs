//! The command line: one file a subcommand, each from arguments to a checked request, to
//! the library, to a report and an [`Exit`]. The definitions here are also what help,
//! completions and the man page are made of.

mod access;
mod audit;
mod certificate;
mod certs;
mod completions;
mod deploy;
mod document;
mod exit;
mod explain;
mod init;
mod inventory;
mod keygen;
mod material;
mod place;
mod project;
mod render;
mod review;
mod roles;
mod rotate;
mod words;

use std::ffi::OsString;

use anyhow::Context;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

pub use exit::Exit;

use crate::audit::policy::BaselineError;
use crate::audit::tree::TreeError;
use crate::disk::{DiskError, Kept};
use crate::formats::dotenv::DotenvError;
use crate::keyring::KeyringError;
use crate::mint::name::NameError;
use crate::model::manifest::ManifestError;
use crate::pki::PkiError;
use crate::render::RenderError;
use crate::rotate::PlanError;
use crate::rotate::devise::DeviseError;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec init demo --yes                    keys, certificates and every component's files
  stem-sec keygen ed25519                     the four variables of one signing key
  stem-sec certs create certs --host redis    a CA, a server and a client bundle
  stem-sec certs status --expires-within 30d  what expires when
  stem-sec roles worker                       what a worker gets, from where, and why
  stem-sec audit deploy                       is a secret where it must not be? is signing off?
  stem-sec rotate check plan.yaml             does this order of steps lose a message?";

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
enum Command {
    Init(init::InitArguments),
    Keygen(keygen::KeygenArguments),
    Certs(certs::CertsArguments),
    Render(render::RenderArguments),
    Rotate(rotate::RotateArguments),
    Inventory(inventory::InventoryArguments),
    Audit(audit::AuditArguments),
    Explain(explain::ExplainArguments),
    Roles(roles::RolesArguments),
    Completions(completions::CompletionsArguments),
    Man(completions::ManArguments),
}

/// Arguments that parse but make no sense together: exit 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Usage {
    message: String,
    hint: String,
}

/// Runs one command line and says how it went.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let typed: Vec<OsString> = arguments.into_iter().collect();
    let command = match parse_alone(&typed) {
        Some(command) => command,
        None => match parse(&typed) {
            Ok(command) => command,
            Err(exit) => return exit,
        },
    };
    match run(&command) {
        Ok(exit) => exit,
        Err(error) => report(&error),
    }
}

/// The definitions of every subcommand take longer to make than most of them to run: a line
/// that makes sense to its own subcommand is parsed by that alone.
fn parse_alone(typed: &[OsString]) -> Option<Command> {
    fn arguments<A: Args>(typed: &[OsString]) -> Option<A> {
        let command = lasting(A::augment_args(clap::Command::new("stem-sec")));
        let matches = command.try_get_matches_from_mut(typed.get(1..)?).ok()?;
        A::from_arg_matches(&matches).ok()
    }
    match typed.get(1)?.to_str()? {
        "init" => arguments(typed).map(Command::Init),
        "keygen" => arguments(typed).map(Command::Keygen),
        "certs" => arguments(typed).map(Command::Certs),
        "render" => arguments(typed).map(Command::Render),
        "rotate" => arguments(typed).map(Command::Rotate),
        "inventory" => arguments(typed).map(Command::Inventory),
        "audit" => arguments(typed).map(Command::Audit),
        "explain" => arguments(typed).map(Command::Explain),
        _ => None,
    }
}

/// Knows all subcommands, and so what to say of a line that makes none.
fn parse(typed: &[OsString]) -> Result<Command, Exit> {
    let command = lasting(Arguments::command());
    command
        .try_get_matches_from_mut(typed)
        .and_then(|matches| Arguments::from_arg_matches(&matches))
        .map(|arguments| arguments.command)
        .map_err(|error| refuse(&error.format(command), command, typed))
}

/// Until the process ends: to take the definitions down would cost as much as to make them.
fn lasting(command: clap::Command) -> &'static mut clap::Command {
    Box::leak(Box::new(command))
}

/// What the world does not allow: exit 4.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    message: String,
    hint: String,
}

/// Says where files that were replaced are kept.
pub(crate) fn say_kept(kept: &[Kept]) {
    for kept in kept {
        let (path, old) = (kept.path.display(), kept.kept.display());
        term::say(&format!("the former `{path}` is kept as `{old}`"));
    }
}

/// 32 bytes from the operating system.
pub(crate) fn random() -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    SysRng
        .try_fill_bytes(&mut *bytes)
        .context("the operating system gave no random bytes")?;
    Ok(bytes)
}

fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Init(arguments) => init::run(arguments),
        Command::Keygen(arguments) => keygen::run(arguments),
        Command::Certs(arguments) => certs::run(arguments),
        Command::Render(arguments) => render::run(arguments),
        Command::Rotate(arguments) => rotate::run(arguments),
        Command::Inventory(arguments) => inventory::run(arguments),
        Command::Audit(arguments) => audit::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Roles(arguments) => roles::run(arguments),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => completions::man(arguments),
    }
}

/// Help goes to standard output; a refusal is one sentence and what to type next.
fn refuse(error: &clap::Error, command: &clap::Command, typed: &[OsString]) -> Exit {
    use clap::error::ErrorKind;
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match term::result(text.as_bytes()) {
            Ok(()) => Exit::Yes,
            Err(_) => Exit::Failed,
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            term::help(&text);
            Exit::Usage
        }
        _ => {
            let (sentence, tip) = sentence_and_tip(&text);
            term::say(&sentence);
            term::hint(&tip.unwrap_or_else(|| help_of(command, typed)));
            Exit::Usage
        }
    }
}

/// clap's text is `error: SENTENCE`, perhaps `  tip: …`, the usage, and a pointer to help.
fn sentence_and_tip(text: &str) -> (String, Option<String>) {
    let mut lines = text
        .trim_start_matches("error: ")
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty());
    let sentence: Vec<&str> = lines
        .by_ref()
        .take_while(|line| !line.starts_with("tip: "))
        .collect();
    let tip = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    (sentence.join(" "), tip.map(str::to_owned))
}

/// The command that explains the subcommand that was typed.
fn help_of(mut command: &clap::Command, typed: &[OsString]) -> String {
    let mut words = vec!["stem-sec"];
    for word in typed.iter().skip(1).filter_map(|word| word.to_str()) {
        match command.find_subcommand(word) {
            Some(found) => command = found,
            None => break,
        }
        words.push(command.get_name());
    }
    words.push("--help");
    words.join(" ")
}

fn report(error: &anyhow::Error) -> Exit {
    term::say(&sentence(error));
    let (hint, exit) = advice(error);
    if let Some(hint) = hint {
        term::hint(&hint);
    }
    exit
}

/// The error and its causes, each once: many quote their cause already.
fn sentence(error: &anyhow::Error) -> String {
    let mut sentence = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !sentence.ends_with(&cause) {
            sentence = format!("{sentence}: {cause}");
        }
    }
    sentence
}

/// What to type next, and the exit code, by the kind of the error.
fn advice(error: &anyhow::Error) -> (Option<String>, Exit) {
    if let Some(error) = error.downcast_ref::<Usage>() {
        return (Some(error.hint.clone()), Exit::Usage);
    }
    let hint = None
        .or_else(|| {
            error
                .downcast_ref::<Failure>()
                .map(|error| error.hint.clone())
        })
        .or_else(|| error.downcast_ref().and_then(DiskError::hint))
        .or_else(|| error.downcast_ref().and_then(KeyringError::hint))
        .or_else(|| error.downcast_ref().and_then(DotenvError::hint))
        .or_else(|| error.downcast_ref().and_then(ManifestError::hint))
        .or_else(|| error.downcast_ref().and_then(RenderError::hint))
        .or_else(|| error.downcast_ref().and_then(PkiError::hint))
        .or_else(|| error.downcast_ref().and_then(PlanError::hint))
        .or_else(|| error.downcast_ref().and_then(DeviseError::hint))
        .or_else(|| error.downcast_ref().and_then(NameError::hint))
        .or_else(|| error.downcast_ref().and_then(TreeError::hint))
        .or_else(|| error.downcast_ref().and_then(BaselineError::hint));
    (hint, Exit::Failed)
}
