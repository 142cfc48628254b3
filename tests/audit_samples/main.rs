//! Whole deployments, as people keep them in a repository, against the findings in each that
//! were written by hand: `tests/audit_samples/README.md`.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/files.rs"]
mod files;
#[path = "../common/mint.rs"]
mod mint;

mod findings;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use files::{Files, Lines};
use findings::{Expected, Found};
use mint::Mint;

/// A deployment and what is to be found in it.
struct Sample {
    name: String,
    files: Files,
    expected: Vec<Expected>,
    arguments: Vec<String>,
    /// Files that have another mode than 0600.
    modes: Vec<(u32, String)>,
    /// What git tracks, where the folder is a repository.
    tracked: Option<Vec<String>>,
}

/// Counts at warning and above.
#[derive(Default)]
struct Score {
    expected: usize,
    found: usize,
    hit: usize,
}

#[test]
fn every_expected_place_is_there() {
    let samples = samples();
    assert!(samples.len() >= 95, "only {} are read", samples.len());
    let mut wrong = Vec::new();
    for sample in &samples {
        for one in &sample.expected {
            let is_there = |(path, line): &(String, u32)| sample.files.line(path, *line).is_some();
            if !one.places.iter().all(is_there) {
                wrong.push(format!("{}: no place for `{one}`", sample.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_findings_in_every_deployment_are_those_written_by_hand() {
    // the name of one in DEPLOYMENT: easier to work on
    let only = std::env::var("DEPLOYMENT").unwrap_or_default();
    let (mut score, mut wrong) = (Score::default(), Vec::new());
    for sample in samples() {
        if only.is_empty() || sample.name == only {
            wrong.extend(sample.difference(&mut score));
        }
    }
    let Score {
        expected,
        found,
        hit,
    } = score;
    let shown = format!(
        "{} differ\n{}\nPRECISION {hit} of {found}, RECALL {hit} of {expected}",
        wrong.len(),
        wrong.join("\n"),
    );
    common::note(&shown);
    assert!(wrong.is_empty(), "{shown}");
}

impl Sample {
    /// From the folder of the files, and the file with what is expected.
    fn read(folder: &Path, expected: &Path) -> Sample {
        let name = folder.file_name().expect("a name").to_string_lossy();
        let text = fs::read_to_string(expected);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", expected.display()));
        let expected = findings::parse(&text);
        let beside = |file: &str| fs::read_to_string(folder.join(file)).ok();
        let modes = beside("modes.txt").unwrap_or_default();
        let modes = modes.lines().map(|line| {
            let (mode, path) = line.split_once(' ').expect("MODE PATH");
            let mode = u32::from_str_radix(mode, 8).expect("an octal mode");
            (mode, path.to_owned())
        });
        Sample {
            files: Files::read(&folder.join("files")),
            expected: expected.unwrap_or_else(|error| panic!("{name}: {error}")),
            arguments: shell_words::split(&beside("args.txt").unwrap_or_default())
                .expect("args.txt holds words"),
            modes: modes.collect(),
            tracked: beside("git.txt").map(|text| text.lines().map(str::to_owned).collect()),
            name: name.into_owned(),
        }
    }

    /// What the binary says that was not expected, and the reverse.
    fn difference(&self, score: &mut Score) -> Option<String> {
        let parent = common::folder();
        // the folder's name is that of what it holds, where the files give it none
        let root = parent.path().join(&self.name);
        let lines = self.files.write(&root, &mut Mint::default());
        self.arrange(&root);
        let done = common::run(
            common::stem_sec()
                .args(["audit", "--format", "json"])
                .args(&self.arguments)
                .current_dir(&root),
        );
        let Some(found) = read_findings(&done, &lines) else {
            score.expected += counted(self.expected.iter().map(|one| one.severity.as_str()));
            return Some(format!("== {}: no JSON\n{}", self.name, done.said()));
        };
        let (missing, surplus) = findings::compare(&self.expected, &found);
        let wanted = counted(self.expected.iter().map(|one| one.severity.as_str()));
        score.expected += wanted;
        score.found += counted(found.iter().map(|one| one.severity.as_str()));
        score.hit += wanted - counted(missing.iter().map(|one| one.severity.as_str()));
        // nothing in the samples asks for another --fail-on
        let says_no = found.iter().any(|one| one.severity == "error");
        let ended_well = (done.code == Some(1)) == says_no;
        if missing.is_empty() && surplus.is_empty() && ended_well {
            return None;
        }
        let mut shown = vec![format!("== {} (- missing, + surplus)", self.name)];
        if !ended_well {
            shown.push(format!("exit code {:?}", done.code));
        }
        shown.extend(missing.iter().map(|one| format!("- {one}")));
        shown.extend(surplus.iter().map(|one| format!("+ {one}")));
        Some(shown.join("\n"))
    }

    /// Modes and the repository around it.
    fn arrange(&self, root: &Path) {
        // the tool makes its own store so
        let store = root.join(".stem-sec");
        if store.is_dir() {
            fs::set_permissions(store, fs::Permissions::from_mode(0o700)).expect("a folder");
        }
        for (mode, path) in &self.modes {
            let mode = fs::Permissions::from_mode(*mode);
            fs::set_permissions(root.join(path), mode).expect("modes.txt names files");
        }
        if let Some(tracked) = &self.tracked {
            let git = |arguments: &[&str]| {
                common::run(common::tool("git").args(arguments).current_dir(root)).ok()
            };
            git(&["init", "--quiet"]);
            for path in tracked {
                git(&["add", "--force", path]);
            }
        }
    }
}

fn counted<'a>(severities: impl Iterator<Item = &'a str>) -> usize {
    severities.filter(|severity| *severity != "note").count()
}

/// What was found, by the lines that stood there before they were filled.
fn read_findings(done: &common::Done, lines: &Lines) -> Option<Vec<Found>> {
    // a folder in which nothing is to be judged
    if done.code == Some(3) && done.stdout.trim().is_empty() {
        return Some(Vec::new());
    }
    let document: serde_json::Value = serde_json::from_str(&done.stdout).ok()?;
    assert_eq!(document["schema"], "stem-sec/audit/v1");
    let list = document["findings"].as_array()?;
    Some(findings::of_document(list, lines))
}

/// Those of the inventory, and our own.
fn samples() -> Vec<Sample> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let expected = tests.join("audit_samples/expected");
    let theirs = folders(&tests.join("inventory/deployments"));
    let theirs = theirs.iter().map(|folder| {
        let name = folder.file_name().expect("a name").to_string_lossy();
        Sample::read(folder, &expected.join(format!("{name}.txt")))
    });
    let ours = folders(&tests.join("audit_samples/deployments"));
    let ours = ours
        .iter()
        .map(|folder| Sample::read(folder, &folder.join("expected.txt")));
    theirs.chain(ours).collect()
}

fn folders(root: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root)
        .expect("deployments")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    folders.sort();
    folders
}
