//! The reports of the audit: each in the form that it claims, judged by who reads that form;
//! the same answer in all of them, and no secret in any.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/planted.rs"]
mod planted;

mod deployment;
mod made;
mod sarif;
mod schema;

use std::collections::BTreeSet;

use common::{Done, run, stem_sec};
use deployment::{Deployment, FORMATS};

#[test]
fn the_answer_does_not_depend_on_the_form() {
    for (deployment, code) in [
        (Deployment::bad(), Some(1)),
        (Deployment::good(), Some(0)),
        (Deployment::empty(), Some(3)),
    ] {
        for format in FORMATS {
            assert_eq!(
                deployment.audit(&["--format", format]).code,
                code,
                "{format}"
            );
        }
    }
}

#[test]
fn every_form_is_written_to_a_file_as_it_is_printed() {
    let deployment = Deployment::bad();
    let files = FORMATS.map(|format| format!("{format}=out/{format}"));
    std::fs::create_dir(deployment.path("out")).expect("a folder");
    let mut arguments = vec!["deploy", "--format", "line"];
    for file in &files {
        arguments.extend(["--output", file]);
    }
    assert_eq!(deployment.run(&arguments).code, Some(1));
    for format in FORMATS {
        let printed = deployment.run(&["deploy", "--format", format]).stdout;
        assert_eq!(deployment.read(&format!("out/{format}")), printed);
    }
}

#[test]
fn no_planted_secret_is_in_any_report() {
    let folder = common::folder();
    let mut planted = planted::Planted::default();
    planted.plant(folder.path(), &planted::FILES);
    for format in FORMATS {
        let mut command = stem_sec();
        command
            .args(["audit", "--format", format])
            .current_dir(folder.path());
        let said = run(&mut command).said();
        assert!(said.len() > 20, "nothing is said");
        let shown = planted.shown_in(said.as_bytes());
        assert!(shown.is_empty(), "{shown:?} in {format}:\n{said}");
    }
}

#[test]
fn a_line_is_a_finding() {
    let deployment = Deployment::bad();
    let lines = deployment.audit(&["--format", "line"]).stdout;
    assert_eq!(
        lines.lines().count(),
        deployment.findings().len(),
        "{lines}"
    );
    let pattern = r"^deploy/.+:\d+:\d+: (error|warning|note)\[[a-z0-9-]+\] .+$";
    let pattern = regex::Regex::new(pattern).expect("a pattern");
    for line in lines.lines() {
        assert!(pattern.is_match(line), "{line}");
    }
}

/// What a runner makes of annotations: properties, then the message.
fn annotations(text: &str) -> Vec<(Vec<(String, String)>, String)> {
    let plain = |text: &str| {
        let text = text.replace("%0D", "\r").replace("%0A", "\n");
        text.replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    };
    let lines = text.lines().map(|line| {
        let rest = line.strip_prefix("::").expect("an annotation");
        let (head, message) = rest.split_once("::").expect("a message");
        let (_, properties) = head.split_once(' ').expect("properties");
        let pairs = properties.split(',').map(|pair| {
            let (name, value) = pair.split_once('=').expect("name and value");
            (name.to_owned(), plain(value))
        });
        (pairs.collect(), plain(message))
    });
    lines.collect()
}

#[test]
fn annotations_say_where_and_what_whatever_files_are_called() {
    let deployment = Deployment::bad();
    let text = deployment.audit(&["--format", "github"]).stdout;
    let said: Vec<(String, String)> = annotations(&text)
        .into_iter()
        .map(|(properties, message)| {
            let get = |name| {
                properties
                    .iter()
                    .find(|(one, _)| one == name)
                    .expect("it is there")
                    .1
                    .clone()
            };
            let place = format!("{}:{}:{}", get("file"), get("line"), get("col"));
            (
                place,
                message.split(" (").next().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    let findings = deployment.findings();
    let expected: Vec<(String, String)> = findings
        .iter()
        .map(|finding| {
            let at = &finding["location"];
            let place = format!(
                "{}:{}:{}",
                at["path"].as_str().expect("a path"),
                at["line"],
                at["column"]
            );
            let message = finding["message"].as_str().expect("a message").to_owned();
            (
                place,
                message.split(" (").next().unwrap_or_default().to_owned(),
            )
        })
        .collect();
    assert_eq!(said, expected);
    assert!(text.contains("deploy/w 100%25%3A%2C2.env"), "{text}");
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let deployment = Deployment::bad();
    for (arguments, coloured) in [
        (&[][..], false),
        (&["--color", "never"], false),
        (&["--color", "always"], true),
    ] {
        let text = deployment.audit(arguments).stdout;
        assert_eq!(text.contains('\u{1b}'), coloured, "{arguments:?}");
    }
}

#[test]
fn a_person_sees_the_line_without_its_value() {
    let deployment = Deployment::bad();
    let text = deployment.audit(&[]).stdout;
    for part in [
        "error[signing-private-key-on-verifier]: ",
        "  --> deploy/compose.yaml:12:9\n",
        "12 |       - STEM_SIGNING_PRIVATE_KEYS=****",
        "  = fix: ",
        "  = explain: stem-sec explain signing-private-key-on-verifier\n",
        "assumed: deploy: posture ed25519 + tls, the strongest that any of its processes uses\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let last = text.lines().last().unwrap_or_default();
    assert!(
        last.ends_with(" in 1 deployment, 3 processes (1 suppressed)"),
        "{last}"
    );
}

#[test]
fn every_rule_is_listed_and_explained() {
    let listed = rule_ids();
    for format in ["human", "markdown"] {
        let text = audit(&["--list", "--format", format]).ok().stdout;
        for id in &listed {
            assert!(text.contains(id.as_str()), "{id} in {format}");
            let page = stem_sec_explain(&[id, "--format", format]).ok().stdout;
            assert!(
                page.contains(id.as_str()) && page.len() > 200,
                "{id} in {format}"
            );
        }
    }
}

#[test]
fn a_rule_that_is_none_is_refused_with_the_nearest() {
    let done = stem_sec_explain(&["signing-disable"]);
    assert_eq!(done.code, Some(2));
    assert!(
        done.stderr.contains("stem-sec explain signing-disabled"),
        "{}",
        done.stderr
    );
    assert_eq!(stem_sec_explain(&["zzz"]).code, Some(2));
}

fn rule_ids() -> BTreeSet<String> {
    let text = audit(&["--list", "--format", "json"]).ok().stdout;
    let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let rules = document["rules"].as_array().expect("rules");
    let ids = rules
        .iter()
        .map(|rule| rule["id"].as_str().expect("an id").to_owned());
    ids.collect()
}

fn audit(arguments: &[&str]) -> Done {
    run(stem_sec().arg("audit").args(arguments))
}

fn stem_sec_explain(arguments: &[&str]) -> Done {
    run(stem_sec().arg("explain").args(arguments))
}
