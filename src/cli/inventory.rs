//! `stem-sec inventory`: which process can read which secret, and why. Reads only.

use std::io::Read;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::place::{MANIFEST, project};
use super::{Exit, Failure, Usage, exit, words};
use crate::audit::inventory::{self, Request};
use crate::audit::roles::Assignment;
use crate::audit::tree::{Options, Tree};
use crate::disk::read_optional;
use crate::model::manifest::Manifest;
use crate::model::role::Role;
use crate::report::inventory as report;
use crate::term;

/// The most that is read of standard input: it stays in memory.
const MAX_INPUT: u64 = 256 << 20;

const EXAMPLES: &str = "\
Examples:
  stem-sec inventory                                   everything below the current folder
  stem-sec inventory deploy --role worker              what workers can read, and from where
  stem-sec inventory --unknown                         processes whose role nothing says
  stem-sec inventory --assign 'mailer*=worker'         says it for this run
  kubectl get deploy,secret,configmap -o yaml | stem-sec inventory -";

/// Say which process can read which secret, and why
///
/// Reads compose files, Kubernetes manifests, systemd units, env files and what they lead to
/// by the rules of what would load them. Secrets are shown by fingerprint, never by value.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct InventoryArguments {
    /// Folders and files to look through; `-` reads standard input [default: the current folder]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only processes with this role
    #[arg(long, value_name = "ROLE", value_parser = words::parse_role)]
    role: Option<Role>,
    /// Only processes whose role nothing says
    #[arg(long)]
    unknown: bool,
    /// Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text
    #[arg(long, value_name = "PATTERN=ROLE", value_parser = parse_assignment)]
    assign: Vec<Assignment>,
    /// Decide by the names of files which to open, instead of looking into each
    #[arg(long)]
    deployment_files: bool,
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Tables
    Human,
    /// One JSON object
    Json,
    /// Tables for a document
    Markdown,
}

pub(super) fn parse_assignment(text: &str) -> Result<Assignment, String> {
    Assignment::parse(text).map_err(|error| error.to_string())
}

/// Runs `inventory`.
pub(crate) fn run(arguments: &InventoryArguments) -> anyhow::Result<Exit> {
    let tree = tree(&arguments.paths, arguments.deployment_files)?;
    let request = Request {
        assignments: arguments.assign.clone(),
        manifest: manifest()?,
        ..Request::default()
    };
    let inventory = inventory::take(&tree, &request);
    let filter = report::Filter {
        role: arguments.role,
        unknown: arguments.unknown,
    };
    let format = match arguments.format {
        Format::Human => report::Format::Human,
        Format::Json => report::Format::Json,
        Format::Markdown => report::Format::Markdown,
    };
    let path = |number| tree.path(number);
    let mut take = |text: &str| match arguments.format {
        Format::Json => term::result(term::clean_json(text).as_bytes()),
        _ => term::result(text.as_bytes()),
    };
    report::write(&inventory, filter, format, &path, &mut take)
        .context("cannot write to standard output")?;
    if matches!(arguments.format, Format::Human) {
        say_unknown(&inventory, filter);
    }
    let exit = conclude(&inventory, filter);
    // the process ends here: to take a large inventory down piece by piece would cost as much as
    // to read some of it
    std::mem::forget((inventory, tree));
    Ok(exit)
}

/// Says how to say what nothing says.
fn say_unknown(inventory: &inventory::Inventory, filter: report::Filter) {
    let shown = inventory
        .deployments
        .iter()
        .flat_map(|listed| listed.shown());
    let mut unknown = shown
        .filter(|(_, entry)| filter.admits(&entry.assigned) && entry.assigned.roles.is_empty());
    if let Some((process, _)) = unknown.next() {
        term::hint(&format!(
            "say what `{}` is: --assign '{}=worker', a label `stem.role`, or stem-sec.yaml",
            process.name, process.name
        ));
    }
}

/// What the paths name: `-` is standard input, and stands alone.
pub(crate) fn tree(paths: &[PathBuf], deployment_files: bool) -> anyhow::Result<Tree> {
    let is_input = |path: &PathBuf| path.as_os_str() == "-";
    if paths.iter().any(is_input) {
        if paths.len() > 1 {
            return Err(Usage {
                message: "`-` for standard input does not go together with other paths".to_owned(),
                hint: "stem-sec inventory -".to_owned(),
            }
            .into());
        }
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .take(MAX_INPUT + 1)
            .read_to_end(&mut bytes)
            .context("standard input cannot be read")?;
        if bytes.len() as u64 > MAX_INPUT {
            return Err(Failure {
                message: format!("standard input is larger than {} MB", MAX_INPUT >> 20),
                hint: "write it to files, and name their folder".to_owned(),
            }
            .into());
        }
        return Ok(Tree::of_stdin(bytes));
    }
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    Ok(Tree::walk(paths, &Options { deployment_files })?)
}

/// The manifest of the current folder or above, for what has none of its own.
pub(super) fn manifest() -> anyhow::Result<Option<Manifest>> {
    let path = project().join(MANIFEST);
    let Some(bytes) = read_optional(&path)? else {
        return Ok(None);
    };
    let manifest = Manifest::parse(&bytes).with_context(|| format!("`{}`", path.display()))?;
    Ok(Some(manifest))
}

fn conclude(inventory: &inventory::Inventory, filter: report::Filter) -> Exit {
    let found = inventory
        .deployments
        .iter()
        .flat_map(|listed| listed.shown());
    let admitted = found
        .filter(|(_, entry)| filter.admits(&entry.assigned))
        .count();
    if admitted > 0 || (filter.is_open() && !inventory.loose.is_empty()) {
        return Exit::Yes;
    }
    if filter.is_open() {
        term::say("nothing here has to do with Stem");
        term::hint("name the folder of its deployment files: stem-sec inventory deploy");
    } else {
        term::say("there is no such process");
        term::hint("see all of them: stem-sec inventory");
    }
    Exit::Nothing
}
