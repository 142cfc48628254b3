//! `stem-sec rotate check`: is somebody's plan safe?

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::found::rollout;
use crate::audit::roles::Assignment;
use crate::cli::inventory::parse_assignment;
use crate::cli::{Exit, exit};
use crate::disk::read_file;
use crate::formats::yaml::MAX_BYTES;
use crate::report::rotate::{self as report, Checked};
use crate::rotate::between::Left;
use crate::rotate::{Plan, prove};
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec rotate check plan.yaml
  stem-sec rotate plan signing --format yaml | stem-sec rotate check -
  stem-sec rotate check --from main --to branch    two checkouts of a deployment: is one rollout safe?

A plan:
  version: 1
  signing: hmac-sha256
  components: { api: { role: producer }, worker: { role: worker } }
  start: { all: { keys: [k1], active: k1 } }
  goal:  { all: { keys: [k2], active: k2 } }
  steps:
    - { roll: [worker], keys: [k1, k2] }
    - { roll: all, keys: [k1, k2], active: k2 }
    - { drain: true }
    - { roll: all, keys: [k2], active: k2 }";

/// Prove that a plan is safe, or say the shortest way in which a message is lost
///
/// A plan names ids of keys and names of CAs, never values. Exit code 1 when it is unsafe, ends
/// elsewhere than its goal, or cannot be proven because who matters is not in it.
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct CheckArguments {
    /// The plan; `-` reads standard input
    #[arg(value_name = "FILE", required_unless_present = "from", conflicts_with_all = ["from", "to"])]
    file: Option<PathBuf>,
    /// Instead of a plan: the folder of the deployment as it is
    #[arg(long, value_name = "DIR", requires = "to")]
    from: Option<PathBuf>,
    /// The folder of the deployment as it will be after one rollout
    #[arg(long, value_name = "DIR", requires = "from")]
    to: Option<PathBuf>,
    /// Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text
    #[arg(long, value_name = "PATTERN=ROLE", value_parser = parse_assignment, requires = "from")]
    assign: Vec<Assignment>,
    /// Nothing is left that was signed with keys which nobody signs with any more: somebody has
    /// waited, and looked
    #[arg(long, requires = "from")]
    drained: bool,
    /// How to print the verdict
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// One JSON object
    Json,
    /// For a document
    Markdown,
}

impl Format {
    fn of_report(self) -> report::Format {
        match self {
            Format::Human => report::Format::Human,
            Format::Json => report::Format::Json,
            Format::Markdown => report::Format::Markdown,
        }
    }
}

/// Runs `rotate check`.
pub(crate) fn run(arguments: &CheckArguments) -> anyhow::Result<Exit> {
    let format = arguments.format.of_report();
    if let (Some(from), Some(to)) = (&arguments.from, &arguments.to) {
        let left = match arguments.drained {
            true => Left::Nothing,
            false => Left::Anything,
        };
        return rollout::run(from, to, &arguments.assign, left, format);
    }
    let file = arguments.file.as_deref().unwrap_or(Path::new("-"));
    let bytes = read(file)?;
    let plan = Plan::parse(&bytes).with_context(|| format!("`{}`", file.display()))?;
    let verdict = prove(&plan);
    let checked = Checked {
        plan: &plan,
        verdict: &verdict,
    };
    let text = report::check(checked, format);
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    Ok(if checked.is_safe() {
        Exit::Yes
    } else {
        Exit::No
    })
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file.as_os_str() != "-" {
        return Ok(read_file(file)?);
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .context("standard input cannot be read")?;
    Ok(bytes)
}
