//! `stem-sec audit`: lints a deployment. Reads only, but for the reports that are asked for.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use super::certs::parse_moment;
use super::inventory::{manifest, parse_assignment, tree};
use super::{Exit, exit, words};
use crate::audit::inventory::Request;
use crate::audit::judge::{self, Verdict};
use crate::audit::roles::Assignment;
use crate::model::manifest::Severity;
use crate::report::audit as report;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec audit                                   everything below the current folder
  stem-sec audit deploy --fail-on warning          stricter, for CI
  stem-sec audit --output sarif=audit.sarif        a report for code scanning beside the text
  stem-sec audit --at 2027-01-31                   how it will stand on that day
  helm template chart | stem-sec audit -";

/// Find secrets in the wrong place, signing that is off, TLS that does not protect
///
/// Reads compose files, Kubernetes manifests, systemd units, env files and what they lead to
/// by the rules of what would load them, and judges each deployment by itself.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct AuditArguments {
    /// Folders and files to look through; `-` reads standard input [default: the current folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// The least severity that makes the answer no [default: error, or what the manifest says]
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity)]
    fail_on: Option<Severity>,
    /// Answer yes whatever is found
    #[arg(long)]
    exit_zero: bool,
    /// Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text
    #[arg(long, value_name = "PATTERN=ROLE", value_parser = parse_assignment)]
    assign: Vec<Assignment>,
    /// Decide by the names of files which to open, instead of looking into each
    #[arg(long)]
    deployment_files: bool,
    /// Judge how it will stand at this moment: a date, or RFC 3339 [default: now]
    #[arg(long, value_name = "DATE", value_parser = parse_moment)]
    at: Option<OffsetDateTime>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One JSON object
    Json,
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    let all = [Severity::Error, Severity::Warning, Severity::Note];
    words::named(text, &all.map(|severity| (severity.name(), severity)))
}

/// Runs `audit`.
pub(crate) fn run(arguments: &AuditArguments) -> anyhow::Result<Exit> {
    let tree = tree(&arguments.paths, arguments.deployment_files)?;
    let manifest = manifest()?;
    let fail_on = arguments.fail_on;
    let declared = manifest.as_ref().map(|manifest| manifest.audit.fail_on);
    let fail_on = fail_on.or(declared).unwrap_or(Severity::Error);
    let request = Request {
        assignments: arguments.assign.clone(),
        manifest,
    };
    let at = arguments.at.unwrap_or_else(OffsetDateTime::now_utc);
    let verdict = judge::audit(&tree, &request, at);
    let format = match arguments.format {
        Format::Json => report::Format::Json,
    };
    let text = term::clean_json(&report::text(&verdict, &tree, format));
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    let exit = conclude(&verdict, fail_on, arguments.exit_zero);
    // the process ends here: taking a large inventory down would cost as much as reading it
    std::mem::forget((verdict, tree));
    Ok(exit)
}

/// The answer, whatever the format.
fn conclude(verdict: &Verdict, fail_on: Severity, exit_zero: bool) -> Exit {
    let inventory = &verdict.inventory;
    if inventory.deployments.is_empty() && inventory.loose.is_empty() && verdict.findings.is_empty()
    {
        term::say("nothing here has to do with Stem");
        term::hint("name the folder of its deployment files: stem-sec audit deploy");
        return Exit::Nothing;
    }
    match verdict.fails(fail_on) && !exit_zero {
        true => Exit::No,
        false => Exit::Yes,
    }
}
