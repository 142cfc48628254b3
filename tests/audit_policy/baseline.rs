//! A baseline: what it lets stay, what it never does, and what becomes of its file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::common::{run, tool};
use crate::{
    COMPOSE, RULE, audit, ensure, ensure_code, ensure_refused, findings, project, with, write,
};

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
fn a_second_one_that_is_known_by_the_same_is_new() {
    // what hits several is known by no process
    let shared = |name: &str| {
        let anchored = COMPOSE
            .replace("services:\n", "")
            .replace("environment:", &format!("environment: &{name}"))
            .replace("worker:", &format!("{name}-1:"));
        format!(
            "{anchored}  {name}-2:\n    image: example/worker\n    labels: {{ stem.role: worker }}\n    environment: *{name}\n"
        )
    };
    let once = format!("services:\n{}", shared("a"));
    let place = project(&[("compose.yaml", &once)]);
    audit(place.path(), &["--write-baseline", "known.json"]).ok();
    let by = ["--baseline", "known.json"];
    ensure(place.path(), &by, 0, &["verification-disabled baseline"]);
    write(
        place.path(),
        "compose.yaml",
        &format!("{once}{}", shared("b")),
    );
    let expected = ["verification-disabled -", "verification-disabled baseline"];
    ensure(place.path(), &by, 1, &expected);
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
