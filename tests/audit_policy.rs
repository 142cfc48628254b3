//! What does not count: comments, the manifest's `audit.ignore`, a baseline, and the exit codes
//! of all of them.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{Done, folder, run, stem_sec, tool};
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
fn a_comment_beside_or_above_holds() {
    let allow = format!("# stem-sec: allow {RULE} a lab without a CA");
    let above = format!("      {allow}\n");
    let held = [
        with(&allow, ""),
        with("", &above),
        with(
            "",
            &format!("{above}      # and more to say\n      # of it\n"),
        ),
        with("", &format!("      # before\n{above}")),
        with(&allow.replace("# stem", "#  stem"), ""),
        with(&allow.replace("disabled a", "disabled: a"), ""),
        with(
            &allow.replace("disabled a", "disabled until 2027-01-31 a"),
            "",
        ),
    ];
    for text in held {
        let place = project(&[("compose.yaml", &text)]);
        let at = ["--at", "2027-01-31"];
        ensure(place.path(), &at, 0, &["verification-disabled inline"]);
    }
}

#[test]
fn a_comment_elsewhere_does_not() {
    let allow = format!("# stem-sec: allow {RULE} a lab\n");
    let elsewhere = [
        with("", &format!("      {allow}\n")),
        format!("{COMPOSE}{allow}"),
        COMPOSE.replace("    image", &format!("    {allow}    image")),
    ];
    for text in elsewhere {
        let place = project(&[("compose.yaml", &text)]);
        let expected = ["suppression-unused -", "verification-disabled -"];
        ensure(place.path(), &[], 1, &expected);
    }
    // of another rule
    let text = with("# stem-sec: allow plaintext-url a lab", "");
    let place = project(&[("compose.yaml", &text)]);
    let expected = ["suppression-unused -", "verification-disabled -"];
    ensure(place.path(), &[], 1, &expected);
}

#[test]
fn a_comment_that_says_nothing_is_said_and_does_not_count() {
    let cases = [
        ("# stem-sec: allow", "names no rule"),
        ("# stem-sec: allow verification-disabled", "gives no reason"),
        (
            "# stem-sec: allow verification-disabled until 2027-01-31",
            "gives no reason",
        ),
        (
            "# stem-sec: allow verification-disabled until tomorrow a lab",
            "no date such as",
        ),
        (
            "# stem-sec: allow verification-disable a lab",
            "did you mean `verification-disabled`?",
        ),
        ("# stem-sec: allow xyz a lab", "there is no rule `xyz`"),
    ];
    for (comment, words) in cases {
        let place = project(&[("compose.yaml", &with(comment, ""))]);
        let done = audit(place.path(), &["--format", "json"]);
        assert!(done.stdout.contains(words), "{comment}\n{}", done.said());
        let expected = ["suppression-unused -", "verification-disabled -"];
        ensure(place.path(), &[], 1, &expected);
    }
}

#[test]
fn a_comment_holds_until_the_end_of_its_day() {
    let comment = format!("# stem-sec: allow {RULE} until 2027-01-31 a lab");
    let place = project(&[("compose.yaml", &with(&comment, ""))]);
    for day in ["2027-01-30", "2027-01-31"] {
        ensure(
            place.path(),
            &["--at", day],
            0,
            &["verification-disabled inline"],
        );
    }
    let expected = ["suppression-expired -", "verification-disabled -"];
    ensure(place.path(), &["--at", "2027-02-01"], 1, &expected);
}

#[test]
fn one_that_has_run_out_does_not_take_the_place_of_one_that_holds() {
    let comment = format!("# stem-sec: allow {RULE} until 2026-01-31 a lab");
    let manifest =
        format!("{MANIFEST}audit: {{ ignore: [ {{ rule: {RULE}, reason: a lab }} ] }}\n");
    let place = project(&[
        ("compose.yaml", &with(&comment, "")),
        ("stem-sec.yaml", &manifest),
    ]);
    let expected = ["suppression-expired -", "verification-disabled manifest"];
    let done = audit(place.path(), &["--format", "json"]);
    let found = findings(&done);
    for (one, by) in expected.iter().filter_map(|one| one.split_once(' ')) {
        let pair = (one.to_owned(), by.to_owned());
        assert!(found.contains(&pair), "{found:?}");
    }
}

#[test]
fn the_comments_of_units_are_read_too() {
    for sign in ["#", ";"] {
        let unit = format!(
            "[Service]\nExecStart=/usr/bin/worker\n\
             Environment=STEM_BROKER_URL=rediss://redis.example.com:6379/0\n\
             {sign} stem-sec: allow {RULE} a lab\n\
             Environment=STEM_TLS_ALLOW_INSECURE=true\n\
             EnvironmentFile=/run/keys/worker\n"
        );
        let place = project(&[("etc/systemd/system/worker.service", &unit)]);
        let done = audit(place.path(), &["--format", "json"]);
        let held = (RULE.to_owned(), "inline".to_owned());
        assert!(findings(&done).contains(&held), "{}", done.said());
    }
}

#[test]
fn what_is_said_of_a_whole_file_is_allowed_at_its_top() {
    let env = "# variables of the worker\n# stem-sec: allow missing-artifact it is started by hand\n\
               # and more\nSTEM_BROKER_URL=rediss://redis.example.com:6379/0\n";
    let compose = "services:\n  worker:\n    image: example/worker\n    labels: { stem.role: worker }\n    env_file: [worker.env]\n  api:\n    image: example/api\n    labels: { stem.role: producer }\n    environment: { STEM_BROKER_URL: 'rediss://redis.example.com:6379/0', STEM_SIGNING_KEYS: '${KEYS:?}', STEM_SIGNING_ACTIVE_KEY: '${ID:?}' }\n";
    let place = project(&[("compose.yaml", compose), ("worker.env", env)]);
    let done = audit(place.path(), &["--format", "json"]);
    let at_top = findings(&done);
    let is_held = |(rule, by): &(String, String)| rule == "missing-artifact" && by == "inline";
    let other = |(rule, _): &(String, String)| rule == "signing-disabled";
    assert!(
        at_top.iter().any(|one| is_held(one) || other(one)),
        "{}",
        done.said()
    );
}

#[test]
fn the_manifest_ignores_by_folder_and_pattern() {
    let patterns = [
        ("", true),
        ("dev/**", true),
        ("dev/", true),
        ("./dev/**", true),
        ("**/compose.yaml", true),
        ("dev/*.yaml", true),
        ("dev/compose.yaml", true),
        ("*.yaml", false),
        ("*/compose.yaml", true),
        ("compose.yaml", false),
        ("prod/**", false),
        ("de", false),
        ("[", false),
    ];
    for (pattern, holds) in patterns {
        let path = match pattern {
            "" => String::new(),
            pattern => format!("path: '{pattern}', "),
        };
        let manifest =
            format!("{MANIFEST}audit: {{ ignore: [ {{ rule: {RULE}, {path}reason: a lab }} ] }}\n");
        let place = project(&[
            ("lab/dev/compose.yaml", COMPOSE),
            ("lab/stem-sec.yaml", &manifest),
        ]);
        let by = if holds { "manifest" } else { "-" };
        let wanted = (RULE.to_owned(), by.to_owned());
        // where the manifest is, above it, below it, and from its neighbour
        fs::create_dir(place.path().join("lab/other")).expect("is made");
        for (from, arguments) in [
            ("lab", &["."][..]),
            ("lab", &["dev"][..]),
            ("lab", &["dev/compose.yaml"][..]),
            ("", &["lab"][..]),
            ("", &["."][..]),
            ("lab/dev", &[][..]),
            ("lab/dev", &["../../lab"][..]),
            ("lab/other", &["../dev"][..]),
        ] {
            let mut all = vec!["--format", "json"];
            all.extend(arguments);
            let done = audit(&place.path().join(from), &all);
            let found = findings(&done);
            assert!(
                found.contains(&wanted),
                "{pattern} {from} {arguments:?}\n{}",
                done.said()
            );
            let unused = found.iter().any(|(rule, _)| rule == "suppression-unused");
            let is_whole = matches!(arguments, ["."] | ["lab"] | ["../../lab"]);
            assert_eq!(unused, is_whole && !holds, "{pattern} {from} {arguments:?}");
        }
    }
}

#[test]
fn a_date_of_the_manifest_runs_out() {
    let manifest = format!(
        "{MANIFEST}audit: {{ ignore: [ {{ rule: {RULE}, reason: a lab, until: 2027-01-31 }} ] }}\n"
    );
    let place = project(&[("compose.yaml", COMPOSE), ("stem-sec.yaml", &manifest)]);
    for (day, expected) in [("2027-01-31", "manifest"), ("2027-02-01", "-")] {
        let done = audit(place.path(), &["--format", "json", "--at", day]);
        let found = findings(&done);
        assert!(
            found.contains(&(RULE.to_owned(), expected.to_owned())),
            "{found:?}"
        );
        let is_said = found.iter().any(|(rule, _)| rule == "suppression-expired");
        assert_eq!(is_said, expected == "-");
    }
}

#[test]
fn a_manifest_that_names_no_rule_is_refused_with_the_nearest() {
    let manifest =
        format!("{MANIFEST}audit: {{ ignore: [ {{ rule: verification-disable, reason: x }} ] }}\n");
    let place = project(&[("compose.yaml", COMPOSE), ("stem-sec.yaml", &manifest)]);
    ensure_code(place.path(), &[], 4);
    let words = [
        "names `verification-disable`",
        "hint: did you mean `verification-disabled`?",
    ];
    ensure_refused(&audit(place.path(), &[]), &words);
}

#[test]
fn a_baseline_lets_stay_what_was_there() {
    let place = project(&[("compose.yaml", COMPOSE)]);
    let file = place.path().join("known.json");
    let done = audit(place.path(), &["--write-baseline", "known.json"]);
    assert_eq!(done.code, Some(0), "{}", done.said());
    let mode = fs::metadata(&file).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode, 0o644);
    let by = ["--baseline", "known.json"];
    ensure(place.path(), &by, 0, &["verification-disabled baseline"]);
    // lines move
    write(
        place.path(),
        "compose.yaml",
        &format!("# a comment\n\n{COMPOSE}"),
    );
    ensure(place.path(), &by, 0, &["verification-disabled baseline"]);
    // something new
    let more = COMPOSE.replace("rediss:", "redis:");
    write(place.path(), "compose.yaml", &more);
    let expected = ["plaintext-url -", "verification-disabled baseline"];
    let done = audit(
        place.path(),
        &["--format", "json", "--baseline", "known.json"],
    );
    let found = findings(&done);
    for (rule, by) in expected.iter().filter_map(|one| one.split_once(' ')) {
        assert!(
            found.contains(&(rule.to_owned(), by.to_owned())),
            "{found:?}"
        );
    }
    // something gone
    write(
        place.path(),
        "compose.yaml",
        &COMPOSE.replace("'true'", "'false'"),
    );
    ensure(place.path(), &by, 0, &["suppression-unused -"]);
    ensure_code(
        place.path(),
        &["--baseline", "known.json", "--fail-on", "warning"],
        1,
    );
}

#[test]
fn a_baseline_lets_one_stay_for_each_entry() {
    let place = project(&[("compose.yaml", COMPOSE)]);
    audit(place.path(), &["--write-baseline", "known.json"]).ok();
    // the other service brings a finding of its own, not one of the same fingerprint
    let twice = format!(
        "{COMPOSE}{}",
        COMPOSE
            .replace("services:\n", "")
            .replace("worker:\n", "other:\n")
    );
    write(place.path(), "compose.yaml", &twice);
    let expected = ["verification-disabled -", "verification-disabled baseline"];
    ensure(place.path(), &["--baseline", "known.json"], 1, &expected);
}

#[test]
fn reasons_and_dates_stay_when_a_baseline_is_written_again() {
    let place = project(&[("compose.yaml", COMPOSE)]);
    audit(place.path(), &["--write-baseline", "known.json"]).ok();
    let file = place.path().join("known.json");
    let text = fs::read_to_string(&file).expect("a baseline");
    let print = "\"fingerprint\"";
    assert_eq!(text.matches(print).count(), 1, "{text}");
    let said = text.replace(
        print,
        &format!("\"reason\": \"a lab\", \"until\": \"2027-01-31\", {print}"),
    );
    fs::write(&file, said).expect("is written");
    for arguments in [
        &["--write-baseline", "known.json"][..],
        &["--baseline", "known.json", "--write-baseline", "known.json"][..],
    ] {
        audit(place.path(), arguments).ok();
        let text = fs::read_to_string(&file).expect("a baseline");
        assert!(
            text.contains("a lab") && text.contains("2027-01-31"),
            "{text}"
        );
    }
    let at = ["--baseline", "known.json", "--at", "2027-02-01"];
    ensure(
        place.path(),
        &at,
        1,
        &["suppression-expired -", "verification-disabled -"],
    );
}

#[test]
fn entries_for_what_was_not_looked_at_are_not_unused() {
    let place = project(&[("a/compose.yaml", COMPOSE), ("b/compose.yaml", COMPOSE)]);
    audit(place.path(), &["--write-baseline", "known.json"]).ok();
    let expected = ["verification-disabled baseline"];
    ensure(
        place.path(),
        &["--baseline", "known.json", "a"],
        0,
        &expected,
    );
}

#[test]
fn a_comment_that_holds_needs_no_baseline_beside_it() {
    let comment = format!("# stem-sec: allow {RULE} a lab");
    let place = project(&[("compose.yaml", &with(&comment, ""))]);
    audit(place.path(), &["--write-baseline", "known.json"]).ok();
    let text = fs::read_to_string(place.path().join("known.json")).expect("a baseline");
    assert!(!text.contains(RULE), "{text}");
}

#[test]
fn what_is_no_baseline_is_refused_and_not_replaced() {
    let entry = |rule: &str, more: &str| {
        format!(
            r#"{{"schema":"stem-sec/baseline/v1","findings":[{{"rule":"{rule}","fingerprint":"00"{more}}}]}}"#
        )
    };
    let texts = [
        ("{", "is no baseline"),
        ("", "is no baseline"),
        ("[]", "is no baseline"),
        ("services: {}\n", "is no baseline: line 1"),
        (
            r#"{"schema":"stem-sec/baseline/v2","entries":[]}"#,
            "no baseline that this version reads",
        ),
        (
            &entry("verification-disable", ""),
            "did you mean `verification-disabled`?",
        ),
        (&entry(RULE, r#","until":"soon""#), "no date"),
        (&entry(RULE, r#","x":1"#), "is no baseline"),
    ];
    for (text, words) in texts {
        let place = project(&[("compose.yaml", COMPOSE), ("known.json", text)]);
        ensure_refused(
            &audit(place.path(), &["--baseline", "known.json"]),
            &[words],
        );
        let done = audit(place.path(), &["--write-baseline", "known.json"]);
        assert_eq!(done.code, Some(4), "{}", done.said());
        assert!(done.stderr.contains(words), "{}", done.stderr);
        let after = fs::read_to_string(place.path().join("known.json")).expect("there");
        assert_eq!(after, text);
        ensure_code(place.path(), &["--baseline", "known.json"], 4);
    }
    let place = project(&[("compose.yaml", COMPOSE)]);
    let words = [
        "there is no baseline `gone.json`",
        "--write-baseline gone.json",
    ];
    ensure_refused(&audit(place.path(), &["--baseline", "gone.json"]), &words);
}

#[test]
fn what_could_not_be_read_fails_whatever_else_is_said() {
    let broken = COMPOSE.replace("    environment:", "    volumes: {}\n    environment:");
    let place = project(&[("compose.yaml", &broken)]);
    let done = audit(place.path(), &["--write-baseline", "known.json"]);
    assert_eq!(done.code, Some(1), "{}", done.said());
    let text = fs::read_to_string(place.path().join("known.json")).expect("a baseline");
    assert!(!text.contains("input-unreadable"), "{text}");
    let done = audit(
        place.path(),
        &["--format", "json", "--baseline", "known.json"],
    );
    let left = ("input-unreadable".to_owned(), "-".to_owned());
    assert!(findings(&done).contains(&left), "{}", done.said());
    ensure_code(place.path(), &["--baseline", "known.json"], 1);
}

#[test]
fn a_full_disk_leaves_the_former_baseline() {
    let place = project(&[("compose.yaml", COMPOSE)]);
    audit(place.path(), &["--write-baseline", "known.json"]).ok();
    let file = place.path().join("known.json");
    let before = fs::read(&file).expect("a baseline");
    let line = "trap '' XFSZ; ulimit -f 0; exec \"$0\" audit --write-baseline known.json | cat";
    let line = format!("set -o pipefail; {line}");
    let mut shell = tool("bash");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_stem-sec")]);
    let done = run(shell.current_dir(place.path()));
    assert_eq!(done.code, Some(4), "{}", done.said());
    assert_eq!(fs::read(&file).expect("a baseline"), before);
    let left: Vec<_> = fs::read_dir(place.path()).expect("a folder").collect();
    assert_eq!(left.len(), 2, "{left:?}");
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
