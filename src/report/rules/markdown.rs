//! Rules for a document.

use std::fmt::Write as _;

use super::{examples, placeholders, remarks, sentence};
use crate::audit::rules::Rule;
use crate::report::markdown::cell;

pub(super) fn list(rules: &[&Rule]) -> String {
    let mut text = String::from("| rule | severity | what it finds |\n|---|---|---|\n");
    let mut family = None;
    for rule in rules {
        if family.replace(rule.family) != Some(rule.family) {
            let _ = writeln!(text, "| **{}** | | |", rule.family.name());
        }
        let (severity, says) = (rule.severity.name(), cell(rule.says));
        let _ = writeln!(text, "| `{}` | {severity} | {says} |", rule.id);
    }
    text
}

pub(super) fn page(rule: &Rule) -> String {
    let (severity, family) = (rule.severity.name(), rule.family.name());
    let says = cell(&sentence(rule.says));
    format!(
        "# `{}`\n\n*{severity}, {family}*\n\n{says}\n\n{}",
        rule.id,
        body(rule)
    )
}

pub(super) fn body(rule: &Rule) -> String {
    let mut text = format!("{}\n\n**Fix:** {}.\n", rule.why, rule.fix);
    for (word, example) in examples(rule) {
        let _ = writeln!(text, "\n**{word}:**");
        for file in example.0 {
            let remarks = match remarks(file).as_str() {
                "" => String::new(),
                remarks => format!(" ({remarks})"),
            };
            let end = if file.text.ends_with('\n') { "" } else { "\n" };
            let _ = write!(
                text,
                "\n`{}`{remarks}\n\n```text\n{}{end}```\n",
                file.path, file.text
            );
        }
    }
    let placeholders = placeholders(rule);
    if !placeholders.is_empty() {
        text.push('\n');
    }
    for (word, meant) in placeholders {
        let _ = writeln!(text, "- `<{word}>`: {meant}");
    }
    text
}
