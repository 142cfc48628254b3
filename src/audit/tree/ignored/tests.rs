//! Rules of what is left out, held against git itself.

use std::path::Path;
use std::process::Command;

use crate::audit::tree::{InGit, Options, Tree};

fn git(folder: &Path, arguments: &[&str]) -> bool {
    let status = Command::new("git")
        .current_dir(folder)
        .args(["-c", "core.excludesFile=/dev/null", "-c", "user.name=x"])
        .args(["-c", "user.email=x@example.com"])
        .args(arguments)
        .env("HOME", folder)
        .stdout(std::process::Stdio::null())
        .status();
    status.expect("git is there").success()
}

const FILES: &[&str] = &[
    ".env",
    "a.env",
    "keep.env",
    "a/.env",
    "a/b/x.key",
    "a/b/y.key",
    "a/build/out.pem",
    "build/out.pem",
    "build/keep.pem",
    "logs/x/y.env",
    "deep/one/two/three.key",
    "deep/one/two/four.key",
    "trailing ",
    "#hash.key",
    "!bang.key",
    "dir.key/inner",
    "foo[1].key",
    "ä.key",
    "win.txt",
    "tracked.key",
    "only/in/exclude.key",
];

const RULES: &[(&str, &str)] = &[
    (
        ".gitignore",
        "*.env\n!keep.env\n# comment\n/build/\nlogs/**\n!logs/x\ndeep/**/three.key\ntrailing\\ \n\\#hash.key\n\\!bang.key\nfoo\\[1\\].key\n*.key/\n[\nwin.txt\r\ntracked.key\n",
    ),
    ("a/.gitignore", "!.env\nb/*.key\n!b/y.key\nbuild\n"),
    ("build/.gitignore", "!keep.pem\n"),
];

#[test]
fn what_is_left_out_is_what_git_leaves_out() {
    let dir = tempfile::tempdir().expect("a folder");
    let top = dir.path();
    for file in FILES {
        let path = top.join(file);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, "STEM_SIGNING_KEYS").expect("a file");
    }
    for (file, text) in RULES {
        std::fs::write(top.join(file), text).expect("a file");
    }
    assert!(git(top, &["init", "-q"]));
    std::fs::write(top.join(".git/info/exclude"), "only/\n").expect("a file");
    assert!(git(top, &["add", "-f", "tracked.key"]));
    let tree = Tree::walk(&[top.to_owned()], &Options::default()).expect("a tree");
    let mut seen = Vec::new();
    for file in FILES {
        let path = top.join(file).to_str().expect("text").to_owned();
        let expected = if *file == "tracked.key" {
            InGit::Tracked
        } else if git(top, &["check-ignore", "-q", "--no-index", file]) {
            InGit::Ignored
        } else {
            InGit::Open
        };
        assert_eq!(tree.in_git(&path), Some(expected), "{file}");
        seen.push(expected);
    }
    assert!(seen.contains(&InGit::Ignored) && seen.contains(&InGit::Open));
}

#[test]
fn a_work_tree_that_was_added_shares_the_rules_of_the_first() {
    let dir = tempfile::tempdir().expect("a folder");
    let first = dir.path().join("first");
    std::fs::create_dir(&first).expect("a folder");
    assert!(git(&first, &["init", "-q"]));
    assert!(git(
        &first,
        &["commit", "-q", "--allow-empty", "-m", "first"]
    ));
    assert!(git(&first, &["worktree", "add", "-q", "../second"]));
    std::fs::write(first.join(".git/info/exclude"), "*.key\n").expect("a file");
    let second = dir.path().join("second");
    for name in ["a.key", "b.env"] {
        std::fs::write(second.join(name), "STEM_SIGNING_KEYS").expect("a file");
    }
    let tree = Tree::walk(std::slice::from_ref(&second), &Options::default()).expect("a tree");
    let of = |name: &str| tree.in_git(second.join(name).to_str().expect("text"));
    assert_eq!(of("a.key"), Some(InGit::Ignored));
    assert_eq!(of("b.env"), Some(InGit::Open));
}

#[test]
fn outside_of_a_repository_git_says_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("a.env"), "").expect("a file");
    let tree = Tree::walk(&[dir.path().to_owned()], &Options::default()).expect("a tree");
    let path = dir.path().join("a.env");
    assert_eq!(tree.in_git(path.to_str().expect("text")), None);
}
