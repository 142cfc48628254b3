//! `stem-sec audit`: lints a deployment. Reads only, but for the reports that are asked for.

mod output;

use std::path::{Path, PathBuf};

use clap::Args;
use time::OffsetDateTime;

use output::OutputArguments;

use super::certs::parse_moment;
use super::inventory::{manifest, parse_assignment, tree};
use super::place::{project, real};
use super::rotate::age;
use super::{Exit, Failure, document, exit, words};
use crate::audit::environment::{self, Given, Named, NotRead};
use crate::audit::inventory::{Loose, Request};
use crate::audit::judge::{self, Verdict};
use crate::audit::policy::Baseline;
use crate::audit::roles::Assignment;
use crate::audit::rules;
use crate::audit::tree::Tree;
use crate::disk::read_optional;
use crate::model::manifest::{Manifest, Severity};
use crate::model::role::Role;
use crate::model::secret::Secret;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec audit                                   everything below the current folder
  stem-sec audit deploy --fail-on warning          stricter, for CI
  stem-sec audit --output sarif=audit.sarif        a report for code scanning beside the text
  stem-sec audit --at 2027-01-31                   how it will stand on that day
  helm template chart | stem-sec audit -";

/// What standard input is called.
const INPUT: &str = "-";

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
    /// Judge the environment of this very process instead: for an entrypoint
    #[arg(long, requires = "role", conflicts_with = "paths")]
    env: bool,
    /// What the process with this environment does, with --env
    #[arg(long, value_name = "ROLE", value_parser = words::parse_role, requires = "env")]
    role: Vec<Role>,
    #[command(flatten)]
    report: OutputArguments,
    /// Say which rules there are, and judge nothing
    #[arg(long, conflicts_with_all = ["paths", "env", "output", "baseline", "write_baseline"])]
    list: bool,
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
    /// Findings that were there before and do not count: a file that --write-baseline wrote
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write down what is found now, so that only new findings count later
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// Judge how it will stand at this moment: a date, or RFC 3339 [default: now]
    #[arg(long, value_name = "DATE", value_parser = parse_moment)]
    at: Option<OffsetDateTime>,
}

fn parse_severity(text: &str) -> Result<Severity, String> {
    let all = [Severity::Error, Severity::Warning, Severity::Note];
    words::named(text, &all.map(|severity| (severity.name(), severity)))
}

/// Runs `audit`.
pub(crate) fn run(arguments: &AuditArguments) -> anyhow::Result<Exit> {
    if arguments.list {
        return output::list(arguments.report.format);
    }
    arguments.report.check(arguments.write_baseline.as_ref())?;
    if arguments.env {
        return entrypoint(arguments);
    }
    let tree = tree(&arguments.paths, arguments.deployment_files)?;
    let manifest = known_rules(manifest()?)?;
    let fail_on = arguments.fail_on;
    let declared = manifest.as_ref().map(|manifest| manifest.audit.fail_on);
    let fail_on = fail_on.or(declared).unwrap_or(Severity::Error);
    let at = arguments.at.unwrap_or_else(OffsetDateTime::now_utc);
    let overdue = manifest.as_ref();
    let overdue = overdue.map(|manifest| age::of_store(&project(), manifest, at));
    let request = Request {
        assignments: arguments.assign.clone(),
        overdue: overdue.unwrap_or_default(),
        manifest,
        manifest_prefix: prefix(),
        manifest_folder: real(&project()).to_string_lossy().into_owned(),
        baseline: arguments
            .baseline
            .as_deref()
            .map(read_baseline)
            .transpose()?,
    };
    let verdict = judge::audit(&tree, &request, at);
    output::print(&arguments.report, &verdict, &tree)?;
    let mut exit = conclude(&verdict, &tree, fail_on, arguments.exit_zero);
    if let Some(path) = arguments
        .write_baseline
        .as_ref()
        .filter(|_| exit != Exit::Nothing)
    {
        write_baseline(path, &verdict, &tree)?;
        // what could not be read is in no baseline
        exit = match verdict.is_open() && !arguments.exit_zero {
            true => Exit::No,
            false => Exit::Yes,
        };
    }
    // the process ends here: taking a large inventory down would cost as much as reading it
    std::mem::forget((verdict, tree));
    Ok(exit)
}

/// `--env`: the environment, and the files that its variables name.
fn entrypoint(arguments: &AuditArguments) -> anyhow::Result<Exit> {
    let all = std::env::vars_os().filter_map(|(name, value)| {
        let name = name
            .into_string()
            .ok()
            .filter(|name| environment::matters(name))?;
        Some((name, value.into_string().ok().map(Secret::new)))
    });
    let mut given: Vec<Given> = all.collect();
    given.sort_by(|(one, _), (other, _)| one.cmp(other));
    let named: Vec<Named> = environment::paths(&given)
        .into_iter()
        .map(|path| Named {
            bytes: match read_optional(Path::new(&path)) {
                Ok(Some(bytes)) => Ok(bytes.to_vec()),
                Ok(None) => Err(NotRead::Missing),
                Err(error) => Err(NotRead::Refused(error.to_string())),
            },
            path,
        })
        .collect();
    let tree = environment::tree(&given, &named);
    let at = arguments.at.unwrap_or_else(OffsetDateTime::now_utc);
    let verdict = judge::environment(&tree, &given, &named, &arguments.role, at);
    output::print(&arguments.report, &verdict, &tree)?;
    let fail_on = arguments.fail_on.unwrap_or(Severity::Error);
    Ok(conclude(&verdict, &tree, fail_on, arguments.exit_zero))
}

/// A manifest whose suppressions name rules that there are.
fn known_rules(manifest: Option<Manifest>) -> anyhow::Result<Option<Manifest>> {
    let ignored = manifest.iter().flat_map(|manifest| &manifest.audit.ignore);
    for ignore in ignored {
        if rules::find(&ignore.rule).is_none() {
            return Err(Failure {
                message: format!(
                    "`audit.ignore` of stem-sec.yaml names `{}`, which is no rule",
                    ignore.rule
                ),
                hint: match rules::nearest(&ignore.rule) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "see all of them: stem-sec audit --list".to_owned(),
                },
            }
            .into());
        }
    }
    Ok(manifest)
}

/// The way from the manifest's folder to here.
fn prefix() -> String {
    let (here, project) = (std::env::current_dir().unwrap_or_default(), project());
    // empty where the manifest lies here
    let is_above = !project.as_os_str().is_empty();
    match here.strip_prefix(project) {
        Ok(way) if is_above => format!("{}/", way.display()),
        _ => String::new(),
    }
}

fn read_baseline(path: &Path) -> anyhow::Result<Baseline> {
    let shown = path.display().to_string();
    let Some(bytes) = read_optional(path)? else {
        return Err(Failure {
            message: format!("there is no baseline `{shown}`"),
            hint: format!("write one: stem-sec audit --write-baseline {shown}"),
        }
        .into());
    };
    Ok(Baseline::parse(&shown, &bytes)?)
}

/// Writes a baseline; one that is there gives way, and its reasons are kept.
fn write_baseline(path: &Path, verdict: &Verdict, tree: &Tree) -> anyhow::Result<()> {
    let before = match path.exists() {
        true => Some(read_baseline(path)?),
        false => None,
    };
    let baseline = Baseline::of(verdict.findings.iter(), tree, before.as_ref());
    document::write(path, &baseline.text())?;
    term::say(&format!(
        "`{}` lets {} without it",
        path.display(),
        match baseline.len() {
            1 => "1 finding stay; it counts again".to_owned(),
            number => format!("{number} findings stay; they count again"),
        }
    ));
    Ok(())
}

/// The answer, whatever the format.
fn conclude(verdict: &Verdict, tree: &Tree, fail_on: Severity, exit_zero: bool) -> Exit {
    let inventory = &verdict.inventory;
    // of a file that nothing reads, where it lies is judged; standard input lies nowhere
    let lies = |loose: &Loose| tree.path(loose.place.source) != INPUT;
    let is_judged = !inventory.deployments.is_empty() || inventory.loose.iter().any(lies);
    if !is_judged && verdict.findings.is_empty() {
        term::say("nothing here has to do with Stem");
        term::hint("name the folder of its deployment files: stem-sec audit deploy");
        return Exit::Nothing;
    }
    match verdict.fails(fail_on) && !exit_zero {
        true => Exit::No,
        false => Exit::Yes,
    }
}
