//! Every rule by its own examples, and the registry by the files beside it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use time::OffsetDateTime;

use super::{Example, Finding, all};
use crate::audit::inventory::{Overdue, Request};
use crate::audit::judge;
use crate::audit::tree::{Options, Tree};
use crate::model::secret::Secret;
use minted::Minted;

mod broker;
mod commands;
mod meant;
mod minted;
mod places;
mod servers;
mod signing;
mod teams;
mod transport;

#[test]
fn a_bad_example_raises_its_rule_and_no_other() {
    let mut wrong = Vec::new();
    for rule in all() {
        let found = audit(&rule.bad);
        let rules: Vec<&str> = found.keys().map(String::as_str).collect();
        if rules != [rule.id] {
            wrong.push(format!("{}: {found:#?}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_good_example_raises_nothing() {
    let mut wrong = Vec::new();
    for rule in all() {
        let found = audit(&rule.good);
        if !found.is_empty() {
            wrong.push(format!("{}: {found:#?}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_beside_the_list_is_a_rule_of_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/audit/rules");
    let mut files: Vec<String> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| {
            entry
                .expect("it can be read")
                .file_name()
                .into_string()
                .expect("a name")
        })
        .filter_map(|name| Some(name.strip_suffix(".rs")?.replace('_', "-")))
        .filter(|name| {
            let beside = [
                "mod",
                "tests",
                "ownership",
                "guessable",
                "lists",
                "passwords",
                "certificates",
                "urls",
                "places",
                "brokers",
                "bystanders",
                "examples",
            ];
            !beside.contains(&name.as_str())
        })
        .collect();
    files.sort();
    let mut ids: Vec<String> = all().iter().map(|rule| rule.id.to_owned()).collect();
    ids.sort();
    assert_eq!(files, ids);
}

#[test]
fn rules_are_listed_by_family() {
    let families: Vec<_> = all().iter().map(|rule| rule.family).collect();
    assert!(families.is_sorted());
}

#[test]
fn every_rule_says_what_why_and_how() {
    for rule in all() {
        assert!(
            !rule.says.ends_with('.') && !rule.fix.ends_with('.'),
            "{}",
            rule.id
        );
        assert!(rule.why.ends_with('.'), "{}", rule.id);
        assert!(!rule.says.contains(rule.id), "{}", rule.id);
        assert!(
            !rule.bad.0.is_empty() && !rule.good.0.is_empty(),
            "{}",
            rule.id
        );
    }
}

/// The rules that an example raises, with where.
fn audit(example: &Example) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let files = example.0.iter();
    let files: Vec<_> = files
        .map(|one| (one.path, one.text, one.mode, one.tracked))
        .collect();
    judged(&files, |finding, path| {
        let name = path.rsplit('/').next().unwrap_or_default();
        let what = format!(
            "{name}:{} {} {} {}",
            finding.place.line,
            finding.subject,
            finding.component(),
            finding.message
        );
        found
            .entry(finding.rule.id.to_owned())
            .or_default()
            .push(what);
    });
    found
}

/// What files raise: `SEVERITY RULE PATH:LINE SUBJECT`, the path below the folder of all.
fn raised_at(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (*path, *text, 0o600, false))
        .collect();
    let mut found = Vec::new();
    judged(&files, |finding, path| {
        let severity = finding.severity.name();
        let (rule, line) = (finding.rule.id, finding.place.line);
        found.push(format!(
            "{severity} {rule} {path}:{line} {}",
            finding.subject
        ));
    });
    found
}

/// Hands over every finding that counts, with its path. Of each file: its path, its text, its
/// permissions and whether it is in git.
fn judged(files: &[(&str, &str, u32, bool)], mut each: impl FnMut(&Finding, &str)) {
    let folder = tempfile::tempdir().expect("a folder");
    let minted = Minted::new();
    let is_stored = |path: &str| path == super::key_overdue::STORED;
    for (path, text, mode, _) in files.iter().filter(|(path, ..)| !is_stored(path)) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, minted.fill(text)).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).expect("a mode");
    }
    if files.iter().any(|(_, _, _, tracked)| *tracked) {
        git(folder.path(), &["init", "-q"]);
        for (path, ..) in files.iter().filter(|(_, _, _, tracked)| *tracked) {
            git(folder.path(), &["add", "-f", path]);
        }
    }
    let tree = Tree::walk(&[folder.path().to_owned()], &Options::default()).expect("a tree");
    let stored = files.iter().filter(|(path, ..)| is_stored(path));
    let request = Request {
        overdue: stored
            .map(|(_, text, ..)| overdue(&minted.fill(text)))
            .collect(),
        ..Request::default()
    };
    let verdict = judge::audit(&tree, &request, now());
    let above = format!("{}/", folder.path().display());
    let counting = verdict.findings.iter();
    for finding in counting.filter(|one| one.suppressed.is_none()) {
        let path = tree.path(finding.place.source);
        each(finding, path.strip_prefix(&above).unwrap_or(&path));
    }
}

/// What files in memory raise, as `rule subject key`, in order; with `<…>` in them minted.
fn raised(files: &[(&str, &str)]) -> Vec<String> {
    let mut all: Vec<String> = findings(files)
        .iter()
        .map(|finding| {
            let key = finding.key_id.as_deref().unwrap_or_default();
            let line = format!("{} {} {key}", finding.rule.id, finding.subject);
            line.trim_end().to_owned()
        })
        .collect();
    all.sort();
    all
}

/// What is found in files in memory.
fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let minted = Minted::new();
    let texts = files.iter().map(|(path, text)| {
        let text = minted.fill(text);
        ((*path).to_owned(), text.into_bytes())
    });
    let tree = Tree::of_texts(texts.collect());
    judge::audit(&tree, &Request::default(), now()).findings
}

/// The key of an example's keyring.
fn overdue(keyring: &str) -> Overdue {
    let value = |name: &str| {
        let mut lines = keyring.lines();
        let found = lines.find_map(|line| line.split_once(&format!("{name}: ")));
        found.expect("a key").1.to_owned()
    };
    Overdue {
        id: value("id"),
        fingerprint: Secret::new(value("secret")).fingerprint(),
        why: "is old".to_owned(),
    }
}

fn now() -> OffsetDateTime {
    minted::NOW
}

fn git(folder: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .env("HOME", folder)
        .status()
        .expect("git is there");
    assert!(status.success());
}
