//! Whole deployments, as people keep them in a repository, against the inventory of each that
//! was written by hand: `tests/inventory/README.md`.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/files.rs"]
mod files;
#[path = "../common/mint.rs"]
mod mint;

mod actual;
mod expected;
mod links;
mod rendered;

use std::fs;
use std::path::{Path, PathBuf};

use actual::Words;
use expected::Expected;
use files::Files;
use mint::Mint;

/// A folder of `deployments/`.
struct Deployment {
    name: String,
    files: Files,
    expected: Expected,
    arguments: Vec<String>,
}

#[test]
fn every_expected_place_is_there_and_shows_what_is_said_of_it() {
    let mut wrong = Vec::new();
    let deployments = deployments();
    assert!(
        deployments.len() >= 30,
        "only {} are read",
        deployments.len()
    );
    for deployment in &deployments {
        deployment.check_places(&mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_inventory_of_every_deployment_is_the_one_written_by_hand() {
    // the name of one in DEPLOYMENT: easier to work on
    let only = std::env::var("DEPLOYMENT").unwrap_or_default();
    let wrong: Vec<String> = deployments()
        .iter()
        .filter(|deployment| only.is_empty() || deployment.name == only)
        .filter_map(Deployment::difference)
        .collect();
    let count = wrong.len();
    assert!(count == 0, "{count} differ\n{}", wrong.join("\n"));
}

impl Deployment {
    fn read(folder: &Path) -> Deployment {
        let name = folder.file_name().expect("a name").to_string_lossy();
        let files = Files::read(&folder.join("files"));
        let text = fs::read_to_string(folder.join("expected.txt"));
        let text = text.unwrap_or_else(|error| panic!("{name}/expected.txt: {error}"));
        let expected = expected::parse(&text);
        let line = fs::read_to_string(folder.join("args.txt")).unwrap_or_default();
        Deployment {
            files,
            expected: expected.unwrap_or_else(|error| panic!("{name}/expected.txt {error}")),
            arguments: shell_words::split(&line).expect("args.txt holds words"),
            name: name.into_owned(),
        }
    }

    /// Holds every PATH:LINE against the files.
    fn check_places(&self, wrong: &mut Vec<String>) {
        for said in &self.expected.statements {
            let mut complain = |what: String| {
                let (name, number) = (&self.name, said.number);
                wrong.push(format!("{name}/expected.txt:{number}: {what}"));
            };
            for place in said.via.iter().chain([&said.from]) {
                if self.files.line(&place.path, place.line).is_none() {
                    complain(format!("no line {}:{}", place.path, place.line));
                }
            }
            let line = self.files.line(&said.from.path, said.from.line);
            let line = line.unwrap_or_default();
            let shown = said.shows.iter().any(|word| line.contains(word.as_str()));
            if !shown && !said.shows.is_empty() {
                complain(format!("none of {:?} in: {line}", said.shows));
            }
        }
    }

    /// What the binary says that was not expected, and the reverse.
    fn difference(&self) -> Option<String> {
        let parent = common::folder();
        // the folder's name is that of what it holds, where the files give it none
        let root = parent.path().join(&self.name);
        let mut mint = Mint::default();
        let lines = self.files.write(&root, &mut mint);
        let done = common::run(
            common::stem_sec()
                .args(["inventory", ".", "--format", "json"])
                .args(&self.arguments)
                .current_dir(&root),
        );
        let Ok(inventory) = serde_json::from_str(&done.stdout) else {
            return Some(format!("{}: no JSON\n{}", self.name, done.said()));
        };
        let words = Words {
            mint: &mint,
            lines: &lines,
        };
        let expected = self.expected.lines().into_iter().map(unshown).collect();
        compare(&self.name, expected, words.lines(&inventory))
    }
}

/// Passwords are never shown, not even by fingerprint: which one it is, is known by its place.
fn unshown(line: String) -> String {
    let words = line
        .split(' ')
        .map(|word| match word.starts_with("password.") {
            true => "(weak)",
            false => word,
        });
    words.collect::<Vec<_>>().join(" ")
}

/// What is in one list and not in the other.
fn compare(name: &str, mut expected: Vec<String>, mut actual: Vec<String>) -> Option<String> {
    expected.sort();
    actual.sort();
    if expected == actual {
        return None;
    }
    let (expected, actual) = (expected.join("\n"), actual.join("\n"));
    let diff = similar::TextDiff::from_lines(&expected, &actual);
    let mut shown = format!("== {name} (- written by hand, + printed)\n");
    for change in diff.iter_all_changes() {
        let line = change.value().trim_end_matches('\n');
        match change.tag() {
            similar::ChangeTag::Equal => {}
            similar::ChangeTag::Delete => shown.push_str(&format!("- {line}\n")),
            similar::ChangeTag::Insert => shown.push_str(&format!("+ {line}\n")),
        }
    }
    Some(shown)
}

fn deployments() -> Vec<Deployment> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inventory/deployments");
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .expect("deployments")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.sort();
    folders.iter().map(|path| Deployment::read(path)).collect()
}

#[test]
fn a_difference_shows_both_sides() {
    let lines = |words: &str| words.split(' ').map(str::to_owned).collect();
    assert_eq!(compare("x", lines("b a"), lines("a b")), None);
    let shown = compare("x", lines("a b"), lines("a c")).expect("a difference");
    assert!(shown.ends_with("- b\n+ c\n"), "{shown}");
}
