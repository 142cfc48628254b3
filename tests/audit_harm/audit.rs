//! Runs the audit and holds what it says against what was done.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::common;
use crate::harms::{Expected, Harm};
use crate::mechanism::At;
use crate::project::Project;

/// One finding, as far as harms care.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) component: String,
    pub(crate) message: String,
    /// Its own place first, then the related ones.
    pub(crate) places: Vec<(String, usize)>,
}

/// What the audit finds in a folder, seen from another one; or how else it ended.
pub(crate) fn audit(from: &Path, path: &str) -> Result<Vec<Finding>, String> {
    let mut command = common::stem_sec();
    command
        .args(["audit", "--format", "json", path])
        .current_dir(from);
    let output = command.output().expect("the audit starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    if !matches!(code, Some(0 | 1)) {
        return Err(format!("ended with {code:?}: {errors}"));
    }
    let report: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("no JSON: {error}"))?;
    let findings = report["findings"].as_array().ok_or("no findings")?;
    Ok(findings.iter().filter_map(finding).collect())
}

/// Whether the inventory shows a secret at a component.
fn is_held(project: &Project, artifact: &str, component: &str) -> bool {
    let mut command = common::stem_sec();
    command
        .args(["inventory", "--format", "json", "."])
        .current_dir(project.root());
    let done = command.output().expect("the inventory starts");
    let inventory: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let names = project.names(component);
    let mut processes = inventory["processes"].as_array().expect("processes").iter();
    processes.any(|process| {
        let is_his = process["name"]
            .as_str()
            .is_some_and(|name| names.iter().any(|one| one == name));
        let holdings = process["holdings"].as_array().into_iter().flatten();
        is_his && holdings.into_iter().any(|one| one["artifact"] == artifact)
    })
}

/// Nothing of what was suppressed.
fn finding(value: &Value) -> Option<Finding> {
    if !matches!(value["suppressed"], Value::Null | Value::Bool(false)) {
        return None;
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let place = |value: &Value| {
        let line = value["line"].as_u64().unwrap_or_default();
        let line = usize::try_from(line).expect("a line");
        Some((value["path"].as_str()?.to_owned(), line))
    };
    let related = value["related"].as_array().into_iter().flatten();
    let places = std::iter::once(&value["location"]).chain(related);
    Some(Finding {
        rule: text("rule"),
        severity: text("severity"),
        component: text("component"),
        message: text("message"),
        places: places.filter_map(place).collect(),
    })
}

/// What is wrong with the findings, if anything is: the rule must name the place.
pub(crate) fn miss(
    project: &Project,
    harm: &Harm,
    expected: &Expected,
    findings: &[Finding],
) -> Option<String> {
    let named: Vec<&Finding> = findings
        .iter()
        .filter(|one| one.rule == harm.rule)
        .collect();
    if named.is_empty() {
        let moves = |artifact| is_held(project, artifact, &expected.component);
        return Some(match harm.moves.is_none_or(moves) {
            true => format!("not found, but {}", listed(findings)),
            false => "not in the inventory either".to_owned(),
        });
    }
    let placed: Vec<&Finding> = named
        .iter()
        .filter(|one| is_placed(project, &expected.at, one))
        .copied()
        .collect();
    if placed.is_empty() {
        let places: Vec<_> = named.iter().flat_map(|one| &one.places).collect();
        return Some(format!(
            "elsewhere: {places:?}, not {}",
            wanted(project, &expected.at)
        ));
    }
    let names = project.names(&expected.component);
    let is_his = |one: &&Finding| {
        expected.component.is_empty() || one.component.is_empty() || names.contains(&one.component)
    };
    if !placed.iter().any(is_his) {
        let others: Vec<_> = placed.iter().map(|one| &one.component).collect();
        return Some(format!("at {others:?}, not {}", expected.component));
    }
    None
}

fn is_placed(project: &Project, at: &At, finding: &Finding) -> bool {
    let (spots, places) = match at {
        At::Exactly(spots) => (spots, &finding.places[..finding.places.len().min(1)]),
        At::Named(spots) => (spots, &finding.places[..]),
    };
    spots.iter().any(|spot| {
        let range = spot.range(project);
        places.iter().any(|(path, line)| {
            *path == spot.path && range.is_none_or(|(first, last)| (first..=last).contains(line))
        })
    })
}

fn wanted(project: &Project, at: &At) -> String {
    let (At::Exactly(spots) | At::Named(spots)) = at;
    let shown = spots.iter().map(|spot| match spot.range(project) {
        Some((first, _)) => format!("{}:{first}", spot.path),
        None => spot.path.clone(),
    });
    shown.collect::<Vec<_>>().join(" or ")
}

fn listed(findings: &[Finding]) -> String {
    let rules: BTreeSet<&str> = findings.iter().map(|one| one.rule.as_str()).collect();
    format!("{rules:?}")
}
