//! `stem-sec roles`: who may hold what, and why. Reads the manifest for its posture and
//! writes nothing.

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::place::{MANIFEST, project};
use super::{Exit, exit, words};
use crate::disk::read_optional;
use crate::model::manifest::Manifest;
use crate::model::posture::{Posture, Signing, Transport};
use crate::model::role::Role;
use crate::report::roles;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec roles                                       the whole table
  stem-sec roles worker                                what a worker gets, from where, and why
  stem-sec roles beat --signing hmac-sha256 --transport tls
  stem-sec roles --format json";

/// Say who may hold what, and why
///
/// Everything that stem-sec writes or judges goes by this table.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct RolesArguments {
    /// One role: producer, worker, beat, cli, dashboard, broker, store or other
    #[arg(value_name = "ROLE", value_parser = words::parse_role)]
    role: Option<Role>,
    /// How messages are signed: none, hmac-sha256 or ed25519 [default: as in stem-sec.yaml, else ed25519]
    #[arg(long, value_name = "HOW", value_parser = words::parse_signing)]
    signing: Option<Signing>,
    /// How connections are protected: plaintext, tls or mtls [default: as in stem-sec.yaml, else mtls]
    #[arg(long, value_name = "HOW", value_parser = words::parse_transport)]
    transport: Option<Transport>,
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table
    Human,
    /// One JSON object
    Json,
    /// A table for a document
    Markdown,
}

/// Runs `roles`.
pub(crate) fn run(arguments: &RolesArguments) -> anyhow::Result<Exit> {
    let posture = posture_of(arguments)?;
    let format = match arguments.format {
        Format::Human => roles::Format::Human {
            width: term::result_width().unwrap_or(WITHOUT_TERMINAL),
        },
        Format::Json => roles::Format::Json,
        Format::Markdown => roles::Format::Markdown,
    };
    let text = match arguments.role {
        Some(role) => roles::role(role, posture, format),
        None => roles::table(posture, format),
    };
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    Ok(Exit::Yes)
}

/// Columns of a report that goes to a file or a pipe.
const WITHOUT_TERMINAL: u16 = 100;

/// The manifest is read only where the flags leave something open.
fn posture_of(arguments: &RolesArguments) -> anyhow::Result<Posture> {
    if let (Some(signing), Some(transport)) = (arguments.signing, arguments.transport) {
        return Ok(Posture { signing, transport });
    }
    let path = project().join(MANIFEST);
    let declared = match read_optional(&path)? {
        Some(bytes) => {
            let manifest =
                Manifest::parse(&bytes).with_context(|| format!("`{}`", path.display()))?;
            manifest.posture
        }
        None => words::DEFAULT_POSTURE,
    };
    Ok(Posture {
        signing: arguments.signing.unwrap_or(declared.signing),
        transport: arguments.transport.unwrap_or(declared.transport),
    })
}
