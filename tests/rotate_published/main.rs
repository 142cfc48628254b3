//! The orders in which Stem's own texts have signing keys rotated, each written as a plan file
//! beside this one, once for every way to read it, and what `rotate check` says of them.

#[path = "../common/mod.rs"]
mod common;

mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{Done, stem_sec};
use table::{PUBLISHED, Published, Trouble, Verdict};

/// The texts: how the names of their plans begin, and what their first line says.
const TEXTS: [(&str, &str); 8] = [
    ("hmac-runbook-", "\"Security Runbook\""),
    ("ed25519-runbook-", "\"Security Runbook\""),
    ("signing-page-", "\"Payload Signing\""),
    ("production-checklist-", "\"Prepare for Production\""),
    ("hardening-", "\"Deployment Hardening\""),
    ("security-examples-", "\"Security Configuration Examples\""),
    ("sample-", "sample"),
    ("corrected-", "not by Stem"),
];

#[test]
fn every_published_order_gets_its_verdict() {
    let wrong: Vec<String> = PUBLISHED
        .iter()
        .filter_map(|published| {
            let done = check(published.plan);
            let missing = missing(&done, &published.verdict);
            (!missing.is_empty()).then(|| {
                format!(
                    "{} ({}): {}\n{}",
                    published.plan,
                    published.why,
                    missing.join(", "),
                    done.said()
                )
            })
        })
        .collect();
    let count = wrong.len();
    assert!(
        wrong.is_empty(),
        "{count} of {}\n{}",
        PUBLISHED.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_corrected_order_is_safe_whatever_signs() {
    for plan in [
        "corrected-hmac",
        "corrected-ed25519",
        "corrected-ed25519-signing-workers",
    ] {
        assert!(is_safe(named(plan)), "{plan}");
        let done = check(plan);
        assert_eq!(missing(&done, &Verdict::Safe), Vec::<String>::new());
    }
}

#[test]
fn table_and_folder_name_the_same_plans() {
    let listed: BTreeSet<String> = PUBLISHED.iter().map(|one| one.plan.to_owned()).collect();
    let found: BTreeSet<String> = fs::read_dir(folder())
        .expect("a readable folder")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    assert_eq!(listed, found);
    assert_eq!(listed.len(), PUBLISHED.len(), "a plan is listed twice");
}

#[test]
fn every_text_has_a_reading_that_loses_messages_and_one_that_does_not() {
    for (prefix, _) in TEXTS {
        let readings = || PUBLISHED.iter().filter(|one| one.plan.starts_with(prefix));
        assert!(readings().any(is_safe), "{prefix}");
        assert_eq!(readings().all(is_safe), prefix == "corrected-", "{prefix}");
    }
}

#[test]
fn every_plan_says_where_its_order_is_published_and_how_it_is_read() {
    for published in PUBLISHED {
        let text = fs::read_to_string(file(published.plan)).expect("a readable plan");
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default().to_owned();
        let (_, title) = TEXTS
            .iter()
            .find(|(prefix, _)| published.plan.starts_with(prefix))
            .unwrap_or_else(|| panic!("{}: of which text?", published.plan));
        assert!(first.starts_with("# Published: "), "{}", published.plan);
        let comment: Vec<&str> = lines.take_while(|line| line.starts_with('#')).collect();
        assert!(
            first.to_lowercase().contains(&title.to_lowercase()),
            "{}: {first}",
            published.plan
        );
        for label in ["# Order: ", "# Reading: "] {
            let count = comment
                .iter()
                .filter(|line| line.starts_with(label))
                .count();
            assert_eq!(count, 1, "{}: {label}", published.plan);
        }
    }
}

fn check(plan: &str) -> Done {
    common::run(stem_sec().args(["rotate", "check"]).arg(file(plan)))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rotate_published")
}

fn file(plan: &str) -> PathBuf {
    folder().join(plan).with_extension("yaml")
}

fn named(plan: &str) -> &'static Published {
    let found = PUBLISHED.iter().find(|one| one.plan == plan);
    found.unwrap_or_else(|| panic!("`{plan}` is not in the table"))
}

fn is_safe(published: &Published) -> bool {
    matches!(published.verdict, Verdict::Safe)
}

/// What the verdict asks for and the output lacks.
fn missing(done: &Done, verdict: &Verdict) -> Vec<String> {
    let said = level(&done.stdout);
    match verdict {
        Verdict::Safe => [
            (done.code != Some(0)).then(|| format!("exit code 0, not {:?}", done.code)),
            (!names(&said, "safe")).then(|| "the word safe".to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect(),
        Verdict::Unsafe(trouble) => {
            let mut missing = missing_of(&said, trouble);
            if done.code != Some(1) {
                missing.push(format!("exit code 1, not {:?}", done.code));
            }
            missing
        }
    }
}

fn missing_of(said: &str, trouble: &Trouble) -> Vec<String> {
    let any = |words: &[&str]| words.iter().any(|word| names(said, &level(word)));
    let mut missing = Vec::new();
    if !any(trouble.kind.words()) {
        missing.push(format!("one of {:?}", trouble.kind.words()));
    }
    if !any(trouble.who) {
        missing.push(format!("one of {:?}", trouble.who));
    }
    if !any(&[trouble.key]) {
        missing.push(format!("key {}", trouble.key));
    }
    if let Some(step) = trouble.step.map(|number| format!("step {number}"))
        && !any(&[&step])
    {
        missing.push(step);
    }
    if let Some(error) = trouble.error
        && !said.contains(&level(error))
    {
        missing.push(format!("`{error}`"));
    }
    missing
}

/// Lower case, without line breaks, and `no-start` as `no start`.
fn level(text: &str) -> String {
    let lower = text.to_lowercase().replace('-', " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Are these words in the text, not as a part of longer ones?
fn names(text: &str, words: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(words).any(|(at, found)| {
        !text[..at].ends_with(inside) && !text[at + found.len()..].starts_with(inside)
    })
}
