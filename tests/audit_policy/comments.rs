//! Comments beside what is found: where they hold, for how long, and those that say nothing.

use crate::{COMPOSE, MANIFEST, RULE, audit, ensure, findings, project, with};

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
        ("# stem-sec: allow eGoq7Zw05DtA a lab", "this names no rule"),
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
    let env = "# variables of the worker\n\n$ALLOW# and more\n\
               STEM_BROKER_URL=rediss://redis.example.com:6379/0\n";
    let compose = format!(
        "{}  other:\n    image: example/worker\n    labels: {{ stem.role: worker }}\n    env_file: [worker.env]\n",
        COMPOSE.replace("'true'", "'false'")
    );
    let allow = "# stem-sec: allow signing-disabled it is being moved\n";
    for (allow, by) in [(allow, "inline"), ("", "-")] {
        let env = env.replace("$ALLOW", allow);
        let place = project(&[("compose.yaml", &compose), ("worker.env", &env)]);
        let code = i32::from(by == "-");
        ensure(
            place.path(),
            &[],
            code,
            &[&format!("signing-disabled {by}")],
        );
    }
}
