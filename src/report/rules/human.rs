//! Rules for a terminal.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};

use super::{examples, placeholders, remarks, sentence};
use crate::audit::rules::Rule;

pub(super) fn list(rules: &[&Rule], width: u16) -> String {
    let mut text = String::new();
    let mut family = None;
    for rule in rules {
        if family.replace(rule.family) == Some(rule.family) {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", rule.family.name());
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width.max(20));
        for one in rules.iter().filter(|one| one.family == rule.family) {
            table.add_row([one.id, one.severity.name(), one.says]);
        }
        for line in table.lines() {
            let _ = writeln!(text, " {}", line.trim_end());
        }
    }
    text
}

pub(super) fn page(rule: &Rule, width: u16) -> String {
    let title = format!(
        "{} ({}, {})",
        rule.id,
        rule.severity.name(),
        rule.family.name()
    );
    format!(
        "{title}\n\n{}\n{}",
        wrapped(&sentence(rule.says), width),
        body(rule, width)
    )
}

pub(super) fn body(rule: &Rule, width: u16) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", wrapped(rule.why, width));
    let _ = writeln!(text, "{}", wrapped(&format!("Fix: {}.", rule.fix), width));
    for (word, example) in examples(rule) {
        let _ = writeln!(text, "{word}:\n");
        for file in example.0 {
            let remarks = match remarks(file).as_str() {
                "" => String::new(),
                remarks => format!(" ({remarks})"),
            };
            let _ = writeln!(text, "  {}{remarks}", file.path);
            for line in file.text.lines() {
                let _ = writeln!(text, "{}", format!("    {line}").trim_end());
            }
            text.push('\n');
        }
    }
    let placeholders = placeholders(rule);
    for (word, meant) in &placeholders {
        let _ = writeln!(text, "  <{word}>: {meant}");
    }
    match placeholders.is_empty() {
        true => text.trim_end().to_owned() + "\n",
        false => text,
    }
}

/// In lines of at most that many columns, and a line end.
fn wrapped(text: &str, width: u16) -> String {
    let width = usize::from(width).max(20);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(last) if line == 0 => last.push_str(word),
            Some(last) if line + 1 + word.chars().count() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}
