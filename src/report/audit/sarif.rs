//! Findings for code scanning: SARIF 2.1.0. No line of a file is in it, and no absolute path
//! but where one was named that lies outside of the current folder.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::View;
use crate::audit::finding::{Finding, SuppressedBy};
use crate::audit::process::{Gap, GapKind};
use crate::audit::rules::{self, Family, Rule};
use crate::formats::place::Place;
use crate::model::manifest::Severity;
use crate::report::rules as pages;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What paths begin at.
const BASE: &str = "%SRCROOT%";

pub(super) fn text(view: &View<'_>) -> String {
    let mut seen = HashMap::new();
    let results = view.verdict.findings.iter().map(|finding| {
        let print = finding.fingerprint(view.tree);
        let number: &mut u32 = seen.entry(print.clone()).or_default();
        *number += 1;
        result(view, finding, &format!("{print}:{number}"))
    });
    let results: Vec<Value> = results.collect();
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "stem-sec",
                "fullName": concat!("stem-sec ", env!("CARGO_PKG_VERSION")),
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules::all().iter().map(|one| rule(one)).collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": "stem-sec/" },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                BASE: { "description": { "text": "The folder in which stem-sec was started." } },
            },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications(view),
            }],
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

fn rule(rule: &Rule) -> Value {
    let severity = match rule.severity {
        Severity::Error => "8.0",
        Severity::Warning => "5.0",
        Severity::Note => "2.0",
    };
    let problem = match rule.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    };
    json!({
        "id": rule.id,
        "name": in_one_word(rule.id),
        "shortDescription": { "text": sentence(rule.says) },
        "fullDescription": { "text": rule.why },
        "help": { "text": pages::help(rule), "markdown": pages::help_markdown(rule) },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": ["security", tag(rule.family)],
            "precision": "high",
            "problem.severity": problem,
            "security-severity": severity,
        },
    })
}

fn tag(family: Family) -> &'static str {
    match family {
        Family::Ownership => "ownership",
        Family::Signing => "signing",
        Family::Transport => "transport",
        Family::Broker => "broker",
        Family::Places => "places",
        Family::Audit => "audit",
    }
}

/// `key-in-git` as `KeyInGit`.
fn in_one_word(id: &str) -> String {
    let words = id.split('-').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(view: &View<'_>, finding: &Finding, fingerprint: &str) -> Value {
    let index = rules::all()
        .iter()
        .position(|one| one.id == finding.rule.id);
    let related = finding
        .places()
        .into_iter()
        .enumerate()
        .map(|(number, one)| {
            let mut location = location(view, one.place);
            location["id"] = (number + 1).into();
            location["message"] = json!({ "text": sentence(&one.message) });
            location
        });
    let suppressions = finding.suppressed.iter().map(|suppressed| {
        let kind = match suppressed.by {
            SuppressedBy::Inline => "inSource",
            SuppressedBy::Manifest | SuppressedBy::Baseline => "external",
        };
        let justification = match suppressed.reason.as_str() {
            "" => suppressed.by.name(),
            reason => reason,
        };
        json!({ "kind": kind, "status": "accepted", "justification": justification })
    });
    let mut at = location(view, finding.place);
    let logical = finding.hits.iter().map(|hit| {
        let whole = format!("{}/{}", finding.deployment, hit.process);
        json!({ "name": hit.process, "fullyQualifiedName": whole, "kind": "module" })
    });
    let logical: Vec<Value> = logical.collect();
    if !logical.is_empty() {
        at["logicalLocations"] = logical.into();
    }
    let message = format!("{}. To fix it: {}.", view.sentence(finding), finding.fix);
    let mut result = json!({
        "ruleId": finding.rule.id,
        "level": level(finding.severity),
        "message": { "text": message },
        "locations": [at],
        "relatedLocations": related.collect::<Vec<_>>(),
        // by the first, code scanning knows a finding again; without it, by its line
        "partialFingerprints": {
            "primaryLocationLineHash": fingerprint,
            "stemSecFinding/v1": fingerprint,
        },
        "suppressions": suppressions.collect::<Vec<_>>(),
        "properties": {
            "deployment": finding.deployment,
            "roles": finding.roles().iter().map(|role| role.name()).collect::<Vec<_>>(),
            "artifact": finding.artifact.map(|artifact| artifact.name()),
            "subject": finding.subject,
            "key": finding.key_id,
        },
    });
    if let Some(index) = index {
        result["ruleIndex"] = index.into();
    }
    result
}

fn location(view: &View<'_>, place: Place) -> Value {
    let mut region = json!({ "startLine": place.line.max(1), "startColumn": place.column.max(1) });
    if let Some(line) = view.lines.of(place) {
        region["startColumn"] = (line.part.start + 1).into();
        region["endColumn"] = (line.part.end + 1).into();
    }
    json!({ "physicalLocation": {
        "artifactLocation": artifact(&view.path(place.source)),
        "region": region,
    } })
}

fn artifact(path: &str) -> Value {
    match path {
        // what is in no file: code scanning takes no result without a place
        "" => json!({ "uri": ".", "uriBaseId": BASE }),
        "-" => json!({ "uri": "stdin", "uriBaseId": BASE }),
        path if path.starts_with('/') => json!({ "uri": format!("file://{}", encoded(path)) }),
        path => json!({ "uri": encoded(path), "uriBaseId": BASE }),
    }
}

/// A path as a URI: everything but letters, digits, `-._~` and `/` percent-encoded.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// What could not be looked at: nobody can say what is there.
fn notifications(view: &View<'_>) -> Vec<Value> {
    let inventory = &view.verdict.inventory;
    let processes = inventory
        .deployments
        .iter()
        .flat_map(|listed| &listed.deployment.processes);
    let mut gaps: Vec<&Gap> = processes.flat_map(|process| &process.gaps).collect();
    gaps.extend(&inventory.gaps);
    gaps.retain(|gap| gap.kind == GapKind::Unreadable);
    let mut all: Vec<Value> = gaps
        .into_iter()
        .map(|gap| notification(&gap.text, location(view, gap.place)))
        .collect();
    all.dedup();
    all.extend(inventory.skipped.iter().map(|skipped| {
        let path = view.tree.from_here(&skipped.path);
        let at = artifact(path.as_deref().unwrap_or(&skipped.path));
        let text = format!("not looked into: {}", skipped.why);
        notification(
            &text,
            json!({ "physicalLocation": { "artifactLocation": at } }),
        )
    }));
    all
}

fn notification(text: &str, location: Value) -> Value {
    json!({ "level": "warning", "message": { "text": sentence(text) }, "locations": [location] })
}

fn sentence(text: &str) -> String {
    match text.ends_with('.') {
        true => text.to_owned(),
        false => format!("{text}."),
    }
}
