//! What does not count: comments, the manifest's `audit.ignore`, a baseline, and the exit codes
//! of all of them.

#[path = "../common/mod.rs"]
mod common;

mod baseline;
mod comments;
mod declared;
mod places;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{Done, folder, run, stem_sec};
use serde_json::Value;
use tempfile::TempDir;

/// A worker that accepts any certificate, on line 7, and has no other fault.
const COMPOSE: &str = "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    environment:
      STEM_BROKER_URL: rediss://redis.example.com:6379/0
      STEM_TLS_ALLOW_INSECURE: 'true'
      STEM_SIGNING_KEYS: ${KEYS:?}
      STEM_SIGNING_ACTIVE_KEY: ${ID:?}
";

const RULE: &str = "verification-disabled";

const MANIFEST: &str = "\
version: 1
posture: { signing: hmac-sha256, transport: tls }
broker: { url: 'rediss://redis.example.com:6379/0', names: [redis.example.com] }
components: { api: { role: producer } }
";

/// A folder with these files.
fn project(files: &[(&str, &str)]) -> TempDir {
    let place = folder();
    for (path, text) in files {
        write(place.path(), path, text);
    }
    place
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("is made");
    fs::write(&path, text).expect("is written");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("a mode");
}

fn audit(folder: &Path, arguments: &[&str]) -> Done {
    let mut command = stem_sec();
    run(command.arg("audit").args(arguments).current_dir(folder))
}

/// The compose file with this comment at the end of line 7, or above it.
fn with(beside: &str, above: &str) -> String {
    let line = "      STEM_TLS_ALLOW_INSECURE: 'true'\n";
    assert!(COMPOSE.contains(line));
    let end = if beside.is_empty() { "" } else { " " };
    let text = format!("{above}{}{end}{beside}\n", line.trim_end());
    COMPOSE.replace(line, &text)
}

/// Of each finding: its rule, and by what it is suppressed, if it is.
fn findings(done: &Done) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&done.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", done.said()));
    let all = report["findings"].as_array().expect("findings").iter();
    let mut found: Vec<(String, String)> = all
        .map(|one| {
            let by = match &one["suppressed"] {
                Value::Object(by) => by["by"].as_str().unwrap_or("?").to_owned(),
                _ => "-".to_owned(),
            };
            (one["rule"].as_str().expect("a rule").to_owned(), by)
        })
        .collect();
    found.sort();
    found
}

/// What an audit finds, `rule by`, and its exit code.
#[track_caller]
fn ensure(folder: &Path, arguments: &[&str], code: i32, expected: &[&str]) {
    let mut all = vec!["--format", "json"];
    all.extend(arguments);
    let done = audit(folder, &all);
    let found: Vec<String> = findings(&done)
        .iter()
        .map(|(rule, by)| format!("{rule} {by}"))
        .collect();
    assert_eq!(found, expected, "{arguments:?}\n{}", done.said());
    ensure_code(folder, arguments, code);
}

/// The same exit code whatever the format.
#[track_caller]
fn ensure_code(folder: &Path, arguments: &[&str], code: i32) {
    for format in ["human", "line", "json", "sarif", "github", "markdown"] {
        let mut all = vec!["--format", format];
        all.extend(arguments);
        let done = audit(folder, &all);
        assert_eq!(done.code, Some(code), "{all:?}\n{}", done.said());
    }
}

#[track_caller]
fn ensure_refused(done: &Done, words: &[&str]) {
    assert_eq!(done.code, Some(4), "{}", done.said());
    assert_eq!(done.stdout, "");
    for word in words {
        assert!(done.stderr.contains(word), "{word}\n{}", done.stderr);
    }
}

#[test]
fn without_a_suppression_it_counts() {
    let place = project(&[("compose.yaml", COMPOSE)]);
    ensure(place.path(), &[], 1, &["verification-disabled -"]);
    ensure_code(place.path(), &["--exit-zero"], 0);
    ensure_code(place.path(), &["--fail-on", "note"], 1);
}

#[test]
fn nothing_to_judge_and_lines_that_make_no_sense_have_codes_of_their_own() {
    let place = project(&[("notes.txt", "nothing\n")]);
    ensure_code(place.path(), &[], 3);
    ensure_code(place.path(), &["--exit-zero"], 3);
    ensure_code(place.path(), &["--write-baseline", "known.json"], 3);
    assert!(!place.path().join("known.json").exists());
    ensure_code(place.path(), &["--fail-on", "fatal"], 2);
    ensure_code(place.path(), &["--env"], 2);
    ensure_code(place.path(), &["gone"], 4);
}

#[test]
fn two_reports_are_not_written_into_one_file() {
    let place = project(&[("compose.yaml", COMPOSE)]);
    let twice = ["--output", "json=a", "--output", "line=./a"];
    ensure_code(place.path(), &twice, 2);
    ensure_code(
        place.path(),
        &["--output", "json=a", "--write-baseline", "a"],
        2,
    );
    assert!(!place.path().join("a").exists());
    ensure_code(
        place.path(),
        &["--output", "json=a", "--output", "line=b"],
        1,
    );
    let done = audit(place.path(), &["--output", "yaml=a"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("sarif"), "{}", done.stderr);
}

#[test]
fn standard_input_is_judged_or_not_said_to_be() {
    let place = project(&[]);
    let on = |input: &str| {
        let mut command = common::stem_sec();
        command
            .args(["audit", "-", "--format", "json"])
            .current_dir(place.path());
        common::run_on(input.as_bytes(), &mut command)
    };
    // what `docker exec worker env` prints
    let done = on("PATH=/bin\nSTEM_TLS_ALLOW_INSECURE=1\nSTEM_BROKER_URL=rediss://redis/0\n");
    assert_eq!(done.code, Some(1), "{}", done.said());
    let rules: Vec<String> = findings(&done).into_iter().map(|(rule, _)| rule).collect();
    assert!(
        rules.contains(&"verification-disabled".to_owned()),
        "{rules:?}"
    );
    // a page that shows a key is no deployment
    let secret = "c3VwZXItc2VjcmV0LXN1cGVyLXNlY3JldA==";
    for text in [
        String::new(),
        "\0\u{1}{[".to_owned(),
        format!("run it with \"STEM_SIGNING_KEYS\": primary:{secret}\n"),
    ] {
        let done = on(&text);
        assert_eq!(done.code, Some(3), "{}", done.said());
    }
    // what cannot be read as what it says it is
    let done = on("apiVersion: v1\nkind: Secret\nmetadata: [\nSTEM_SIGNING_KEYS: x\n");
    assert_eq!(done.code, Some(1), "{}", done.said());
}
