//! SARIF against the official schema and Microsoft's validator, both of the npm package that
//! Microsoft publishes.

use std::path::{Path, PathBuf};

use serde_json::Value;
use stem_sec::report::audit::Format;

use crate::common::{NODE_PACKAGES, folder, run, tool};
use crate::deployment::Deployment;
use crate::{made, rule_ids};

/// What the validator may remark: there is no page about the tool to point to yet.
const REMARKS: [&str; 1] = ["SARIF2005"];

fn package(file: &str) -> PathBuf {
    Path::new(NODE_PACKAGES)
        .join("node_modules/@microsoft/sarif-multitool-linux")
        .join(file)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn reports() -> Vec<String> {
    let mut reports: Vec<String> = [Deployment::bad(), Deployment::good(), Deployment::empty()]
        .iter()
        .map(|deployment| deployment.audit(&["--format", "sarif"]).stdout)
        .collect();
    reports.push(made::report(Format::Sarif));
    reports
}

#[test]
fn reports_pass_the_official_schema() {
    let text = std::fs::read_to_string(package("sarif-2.1.0.json"));
    let schema = parsed(&text.expect("the schema is there: tests/run installs it"));
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema);
    let validator = validator.expect("a valid schema");
    for report in reports() {
        let report = parsed(&report);
        let errors = validator.iter_errors(&report);
        let errors: Vec<String> = errors
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    assert!(!validator.is_valid(&serde_json::json!({ "version": "2.1.0" })));
}

/// What Microsoft's validator has against a report, as the names of its rules.
fn remarks(report: &str) -> Vec<String> {
    let folder = folder();
    let [given, answer] = ["report.sarif", "answer.sarif"].map(|name| folder.path().join(name));
    std::fs::write(&given, report).expect("a report");
    let program = package("Sarif.Multitool");
    let mut validate = tool(program.to_str().expect("a path"));
    validate
        .arg("validate")
        .arg(&given)
        .arg("--output")
        .arg(&answer);
    validate
        .arg("--json-schema")
        .arg(package("sarif-2.1.0.json"));
    validate.args(["--rule-kind", "Sarif;Gh;Ghas", "--level", "Error;Warning"]);
    // what it unpacks goes where the report is
    run(validate
        .env("HOME", folder.path())
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"));
    let answer = std::fs::read_to_string(answer).expect("an answer");
    let answer = parsed(answer.trim_start_matches('\u{feff}'));
    let run = &answer["runs"][0];
    assert_eq!(
        run["invocations"][0]["executionSuccessful"], true,
        "{run:#}"
    );
    let results = run["results"].as_array().cloned().unwrap_or_default();
    let ids = results
        .iter()
        .map(|one| one["ruleId"].as_str().expect("an id").to_owned());
    ids.collect()
}

#[test]
fn reports_pass_microsofts_validator() {
    for report in reports() {
        let remarks = remarks(&report);
        let other: Vec<&String> = remarks
            .iter()
            .filter(|id| !REMARKS.contains(&id.as_str()))
            .collect();
        assert!(other.is_empty(), "{other:?}\n{report}");
    }
    let broken = reports()[0].replace("\"startLine\": 1", "\"startLine\": -1");
    assert!(
        remarks(&broken)
            .iter()
            .any(|id| !REMARKS.contains(&id.as_str()))
    );
}

#[test]
fn every_rule_is_listed_with_its_help() {
    let report = parsed(&reports()[2]);
    let rules = report["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .cloned();
    let rules = rules.expect("rules");
    let ids = rules
        .iter()
        .map(|rule| rule["id"].as_str().expect("an id").to_owned());
    assert_eq!(ids.collect::<std::collections::BTreeSet<_>>(), rule_ids());
    for rule in &rules {
        for field in ["text", "markdown"] {
            let help = rule["help"][field].as_str().expect("help");
            assert!(help.len() > 100, "{rule:#}");
        }
    }
}

#[test]
fn what_is_allowed_stays_in_the_report_and_says_why() {
    let deployment = Deployment::bad();
    let report = parsed(&deployment.audit(&["--format", "sarif"]).stdout);
    let results = report["runs"][0]["results"].as_array().expect("results");
    let allowed: Vec<&Value> = results
        .iter()
        .filter(|one| one["suppressions"] != serde_json::json!([]))
        .collect();
    assert_eq!(results.len(), deployment.findings().len() + 1);
    assert_eq!(allowed.len(), 1, "{results:#?}");
    let suppression = &allowed[0]["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["justification"], "it is replaced next week");
}

#[test]
fn paths_are_those_from_here_however_the_folder_is_named() {
    let deployment = Deployment::bad();
    let absolute = deployment.path("deploy");
    let absolute = absolute.to_str().expect("a path");
    let named = deployment.run(&["--format", "sarif", absolute]).stdout;
    assert_eq!(named, deployment.audit(&["--format", "sarif"]).stdout);
    assert!(
        named.contains("\"deploy/w%20100%25%3A%2C2.env\""),
        "{named}"
    );
    assert!(
        !named.contains(deployment.path("").to_str().expect("a path")),
        "{named}"
    );
}

#[test]
fn a_finding_is_known_by_what_it_is_and_not_by_its_line() {
    let deployment = Deployment::bad();
    let prints = || -> Vec<Value> {
        let report = parsed(&deployment.audit(&["--format", "sarif"]).stdout);
        let results = report["runs"][0]["results"]
            .as_array()
            .expect("results")
            .clone();
        results
            .iter()
            .map(|one| one["partialFingerprints"].clone())
            .collect()
    };
    let before = prints();
    let text = deployment.read("deploy/compose.yaml");
    std::fs::write(
        deployment.path("deploy/compose.yaml"),
        format!("# moved\n\n{text}"),
    )
    .expect("written");
    assert_eq!(before, prints());
    let mut once = before.clone();
    once.sort_by_key(Value::to_string);
    once.dedup();
    assert_eq!(
        once.len(),
        before.len(),
        "two findings are one: {before:#?}"
    );
}
