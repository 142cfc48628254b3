//! Rules for programs.

use serde_json::{Value, json};

use super::placeholders;
use crate::audit::rules::{Example, Rule};

pub(super) fn document(rules: &[&Rule]) -> String {
    let rules = rules.iter().map(|one| rule(one));
    let document = json!({
        "schema": "stem-sec/rules/v1",
        "rules": rules.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn rule(rule: &Rule) -> Value {
    let placeholders = placeholders(rule).into_iter();
    let placeholders = placeholders.map(|(word, meant)| (format!("<{word}>"), meant.into()));
    json!({
        "id": rule.id,
        "family": rule.family.name(),
        "severity": rule.severity.name(),
        "says": rule.says,
        "why": rule.why,
        "fix": rule.fix,
        "bad": files(rule.bad),
        "good": files(rule.good),
        "placeholders": placeholders.collect::<serde_json::Map<_, _>>(),
    })
}

fn files(example: Example) -> Vec<Value> {
    let files = example.0.iter().map(|file| {
        json!({
            "path": file.path,
            "mode": format!("{:04o}", file.mode),
            "tracked": file.tracked,
            "text": file.text,
        })
    });
    files.collect()
}
