//! The rules as `stem-sec explain` and `stem-sec audit --list` print them. Pure: a rule in,
//! text out; its examples hold no secret, only what stands for one.

mod human;
mod json;
mod markdown;

use crate::audit::rules::{Example, Rule};

/// How rules are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal of this many columns.
    Human {
        /// At least 20.
        width: u16,
    },
    /// One object, `"schema": "stem-sec/rules/v1"`.
    Json,
    /// For a document.
    Markdown,
}

/// Every rule, a line each.
#[must_use]
pub fn list(rules: &[&Rule], format: Format) -> String {
    match format {
        Format::Human { width } => human::list(rules, width),
        Format::Json => json::document(rules),
        Format::Markdown => markdown::list(rules),
    }
}

/// All about one rule.
#[must_use]
pub fn explain(rule: &Rule, format: Format) -> String {
    match format {
        Format::Human { width } => human::page(rule, width),
        Format::Json => json::document(&[rule]),
        Format::Markdown => markdown::page(rule),
    }
}

/// The same without its title, for a report that has one: as plain text.
pub(super) fn help(rule: &Rule) -> String {
    human::body(rule, u16::MAX)
}

/// The same, for a report that has a title: in Markdown.
pub(super) fn help_markdown(rule: &Rule) -> String {
    markdown::body(rule)
}

/// What stands in brackets in examples, and what is meant by it.
const PLACEHOLDERS: [(&str, &str); 8] = [
    ("secret", "32 random bytes in base64"),
    ("short", "16 bytes in base64"),
    ("long", "64 bytes in base64"),
    ("text", "words in base64"),
    ("private", "an Ed25519 private key in base64"),
    (
        "public",
        "an Ed25519 public key in base64, that of the private key of the same name",
    ),
    ("password", "32 random letters and digits"),
    (
        "published",
        "a key that Stem's own samples show to everybody",
    ),
];

/// The brackets of an example that stand for something: their text, and for what.
fn placeholders(rule: &Rule) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    for file in rule.bad.0.iter().chain(rule.good.0) {
        for piece in file.text.split('<').skip(1) {
            let Some((word, _)) = piece.split_once('>') else {
                continue;
            };
            let kind = word.split(' ').next().unwrap_or_default();
            let known = PLACEHOLDERS.iter().find(|(name, _)| *name == kind);
            let meant = match known {
                Some((_, meant)) => meant,
                None if word.ends_with(".crt") => "a certificate in PEM",
                None if word.ends_with(".key") => "its private key in PEM",
                None => continue,
            };
            if !all.iter().any(|(one, _)| *one == word) {
                all.push((word, meant));
            }
        }
    }
    all
}

/// What must be said of a file of an example beside its path.
fn remarks(file: &crate::audit::rules::File) -> String {
    let mut remarks = Vec::new();
    if file.mode != 0o600 {
        remarks.push(format!("mode {:04o}", file.mode));
    }
    if file.tracked {
        remarks.push("in git".to_owned());
    }
    remarks.join(", ")
}

/// The two examples, in the order in which they are shown.
fn examples(rule: &Rule) -> [(&'static str, Example); 2] {
    [("Bad", rule.bad), ("Good", rule.good)]
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let is_name = text.starts_with("STEM_") || text.starts_with('`');
    let text = if is_name {
        text.to_owned()
    } else {
        format!("{first}{}", chars.as_str())
    };
    if text.ends_with('.') {
        text
    } else {
        format!("{text}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::rules;

    #[test]
    fn every_page_has_why_fix_and_both_examples() {
        for rule in rules::all() {
            for format in [Format::Human { width: 80 }, Format::Markdown] {
                let page = explain(rule, format);
                let flat = |text: &str| {
                    let words: Vec<&str> = text.split_whitespace().collect();
                    words.join(" ")
                };
                for part in [rule.why, rule.fix] {
                    let part = flat(&part[1..]);
                    assert!(flat(&page).contains(&part), "{}: {part}\n{page}", rule.id);
                }
                for file in rule.bad.0.iter().chain(rule.good.0) {
                    assert!(page.contains(file.path), "{}", rule.id);
                    for line in file.text.lines() {
                        assert!(page.contains(line), "{}: {line}", rule.id);
                    }
                }
            }
        }
    }

    #[test]
    fn what_stands_in_brackets_is_explained() {
        let mut brackets = 0;
        for rule in rules::all() {
            let page = explain(rule, Format::Human { width: 80 });
            for file in rule.bad.0.iter().chain(rule.good.0) {
                for piece in file.text.split('<').skip(1) {
                    let (word, _) = piece.split_once('>').expect("a bracket ends");
                    assert!(
                        page.contains(&format!("\n  <{word}>: ")),
                        "{}: {word}",
                        rule.id
                    );
                    brackets += 1;
                }
            }
        }
        assert!(brackets > 10);
    }

    #[test]
    fn pages_fit_the_terminal() {
        for rule in rules::all() {
            let page = explain(rule, Format::Human { width: 60 });
            let prose = page.lines().filter(|line| !line.starts_with("  "));
            for line in prose {
                assert!(line.chars().count() <= 60, "{line}");
            }
        }
    }
}
