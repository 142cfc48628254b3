//! What holds a rotation, and what is refused while one is under way.

use std::fs;

use super::common::Done;
use super::rotation::Place;
use super::{HMAC, PLAIN};

pub(super) fn begun() -> Place {
    let place = Place::new(&[HMAC, PLAIN].concat());
    place.rotate(&["start", "signing", "--to", "k2"]).ok();
    place
}

#[track_caller]
pub(super) fn refused(done: &Done, code: i32, words: &[&str]) {
    assert_eq!(done.code, Some(code), "{}", done.said());
    for word in words {
        assert!(done.said().contains(word), "{word}: {}", done.said());
    }
}

/// At the wait.
pub(super) fn waiting() -> Place {
    let place = begun();
    place.advance();
    place.advance();
    assert!(place.members().is_empty());
    place
}

#[test]
fn a_step_is_left_when_everybody_is_confirmed_and_not_before() {
    let place = begun();
    place.advance();
    assert_eq!(place.members(), ["producer", "worker", "beat"]);
    place.tool(&["render"]).ok();
    let done = place.rotate(&["advance", "--confirmed", "worker"]);
    refused(
        &done,
        1,
        &[
            "confirmed: worker",
            "producer, beat",
            "--confirmed producer,beat",
        ],
    );
    assert_eq!(place.plan().1, 2);
    place
        .rotate(&["advance", "--confirmed", "producer", "beat"])
        .ok();
    assert_eq!(place.plan().1, 3);
}

#[test]
fn names_that_have_no_part_are_told_from_those_that_have() {
    let place = begun();
    refused(
        &place.rotate(&["advance", "--confirmed", "producer"]),
        2,
        &["`producer` has no part in step 1", "it has worker"],
    );
    refused(
        &place.rotate(&["advance", "--confirmed", "wroker"]),
        2,
        &["wroker"],
    );
    assert_eq!(place.plan().1, 1);
}

#[test]
fn a_wait_whose_length_nobody_knows_says_what_to_set() {
    let place = waiting();
    refused(
        &place.rotate(&["advance"]),
        1,
        &[
            "`rotation.max-delay` and `rotation.max-backlog`",
            "--force --reason",
        ],
    );
    refused(&place.rotate(&["advance", "--force"]), 2, &["--reason"]);
    refused(
        &place.rotate(&["advance", "--force", "--reason", " "]),
        2,
        &["empty"],
    );
    refused(&place.rotate(&["status"]), 1, &["max-delay"]);
    place
        .rotate(&["advance", "--force", "--reason", "the queues are empty"])
        .ok();
    assert_eq!(place.plan().1, 4);
    let rotation = place.rotation().expect("under way");
    assert_eq!(rotation.forced[0].reason, "the queues are empty");
    let status = place.rotate(&["status", "--history"]);
    refused(
        &status,
        0,
        &["step 3 was left without waiting", "(the queues are empty)"],
    );
}

#[test]
fn a_wait_is_refused_with_its_date_until_it_is_over() {
    let place = waiting();
    let manifest = place.path().join("stem-sec.yaml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let with = |delay: &str| {
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with("rotation:"))
            .collect();
        let rotation = format!(
            "rotation: {{ max-delay: {delay}, max-backlog: 1s, max-run-time: 1s, max-backoff: 1s, clock-skew: 1s }}"
        );
        fs::write(&manifest, format!("{}\n{rotation}\n", lines.join("\n"))).expect("written");
    };
    with("7d");
    let date = place.rotation().expect("under way").since().date() + time::Duration::days(7);
    refused(&place.rotate(&["advance"]), 1, &[&date.to_string()]);
    assert!(
        place
            .rotate(&["status"])
            .ok()
            .stdout
            .contains(&date.to_string())
    );
    let json = place.rotate(&["status", "--format", "json"]).ok().stdout;
    let status: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(status["rotation"]["gate"]["state"], "waiting");
    assert_eq!(status["rotation"]["step"], 3);
    with("1s");
    let mut left = false;
    for _ in 0..100 {
        left |= place.rotate(&["advance"]).success;
        if left {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert!(left, "the wait ends by itself");
}

#[test]
fn files_that_were_handed_out_are_evidence_and_others_are_not() {
    for target in ["dotenv", "compose", "systemd", "kubernetes"] {
        let place = Place::new(&[HMAC, PLAIN, ["--target", target]].concat());
        place.rotate(&["start", "signing", "--to", "k2"]).ok();
        evidence(&place);
    }
}

fn evidence(place: &Place) {
    let old = place.path().join("old");
    let copy = |to: &str| {
        let mut command = std::process::Command::new("cp");
        command
            .arg("-a")
            .arg(place.path().join("deploy"))
            .arg(place.path().join(to));
        assert!(command.status().expect("cp").success());
    };
    copy("old");
    assert!(old.is_dir());
    refused(
        &place.rotate(&["advance", "--evidence", "old"]),
        1,
        &["stem-sec render"],
    );
    place.tool(&["render"]).ok();
    refused(
        &place.rotate(&["advance", "--evidence", "old"]),
        1,
        &["worker"],
    );
    for path in ["deploy", "deploy/worker", ".", ".."] {
        let words = ["advance", "--evidence", path];
        refused(&place.rotate(&words), 2, &["wrote itself"]);
    }
    copy("new");
    place.rotate(&["advance", "--evidence", "new"]).ok();
    assert_eq!(place.plan().1, 2);
}

#[test]
fn one_rotation_at_a_time() {
    let place = begun();
    let before = fs::read(place.path().join(".stem-sec/keyring.yaml")).expect("a keyring");
    for aim in [&["signing"][..], &["ca"], &["posture", "--to", "tls"]] {
        let words: Vec<&str> = ["start"].iter().chain(aim).copied().collect();
        refused(&place.rotate(&words), 4, &["under way already"]);
    }
    let after = fs::read(place.path().join(".stem-sec/keyring.yaml")).expect("a keyring");
    assert_eq!(before, after);
}

#[test]
fn without_a_rotation_there_is_nothing_to_advance_or_abort() {
    let place = Place::new(&HMAC);
    for word in ["advance", "abort"] {
        refused(&place.rotate(&[word]), 1, &["no rotation is under way"]);
    }
    place.rotate(&["status"]).ok();
}

#[test]
fn other_commands_keep_a_rotation_whole() {
    let place = Place::new(&HMAC);
    place.rotate(&["start", "ca"]).ok();
    let before = place.rotation();
    refused(
        &place.tool(&["init", "--yes"]),
        4,
        &["a rotation is under way"],
    );
    let words = ["certs", "issue", "client", "x", "--new-ca"];
    refused(&place.tool(&words), 4, &["a rotation is under way"]);
    place
        .tool(&["keygen", "hmac", "--keyring", "--id", "k9"])
        .ok();
    place.tool(&["certs", "renew", "--all"]).ok();
    assert_eq!(place.rotation(), before);
    let status = place.tool(&["certs", "status"]).ok();
    assert!(
        status.stdout.contains("next/worker.crt"),
        "{}",
        status.stdout
    );
    while place.rotation().is_some() {
        place.tool(&["render"]).ok();
        place.advance();
    }
    assert_eq!(
        place.tool(&["render", "--check"]).code,
        Some(1),
        "k9 is staged, and new"
    );
    place.tool(&["render"]).ok();
}

#[test]
fn old_keys_are_due_and_a_rotation_says_what_it_is_for() {
    let place = begun();
    place.edit("version: 1\n", "version: 1\n# ours\n");
    let status = place.rotate(&["status"]).ok();
    for words in [
        "the signing key `k2`",
        "step 1 of 4",
        "staged",
        "active",
        "to do:",
    ] {
        assert!(status.stdout.contains(words), "{words}: {}", status.stdout);
    }
    let keyring = place.path().join(".stem-sec/keyring.yaml");
    let text = fs::read_to_string(&keyring).expect("a keyring");
    let year = text.find("created: \"20").expect("a date") + "created: \"".len();
    let aged = format!("{}2020{}", &text[..year], &text[year + 4..]);
    fs::write(&keyring, aged).expect("written");
    let path = place.path().join("stem-sec.yaml");
    let manifest = fs::read_to_string(&path).expect("a manifest");
    let lines: Vec<&str> = manifest
        .lines()
        .filter(|line| !line.starts_with("rotation:"))
        .collect();
    fs::write(
        &path,
        format!("{}\nrotation: {{ max-age: 90d }}\n", lines.join("\n")),
    )
    .expect("written");
    refused(&place.rotate(&["status"]), 1, &["`primary` is", "max-age"]);
}

#[test]
fn a_store_elsewhere_holds_up_a_change_of_transport() {
    let place = Place::new(&[HMAC, PLAIN].concat());
    place.edit("redis://redis:6379/1", "redis://results:6379/1");
    refused(
        &place.rotate(&["start", "posture", "--to", "tls"]),
        4,
        &["redis://results:6379/1"],
    );
    assert!(place.rotation().is_none());
    assert!(!place.path().join(".stem-sec/next").exists());
}

#[test]
fn files_that_wait_to_be_removed_do_not_make_a_step_unwritten() {
    let place = Place::new(&["--signing", "none", "--transport", "tls"]);
    place
        .rotate(&["start", "posture", "--to", "plaintext"])
        .ok();
    let rendered = || {
        let json = place.rotate(&["status", "--format", "json"]).stdout;
        let status: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        status["rotation"]["rendered"].clone()
    };
    let mut has_said = false;
    while place.rotation().is_some() {
        place.tool(&["render"]).ok();
        assert_eq!(rendered(), true, "step {}", place.plan().1);
        has_said |= place.rotate(&["status"]).stdout.contains("render --prune");
        place.advance();
    }
    assert!(has_said, "certificates lie there that nobody is given");
}

#[test]
fn a_command_that_is_repeated_does_not_leave_the_next_step() {
    let place = Place::new(&HMAC);
    place.rotate(&["start", "ca"]).ok();
    let members = place.members().join(",");
    let again = ["advance", "--confirmed", &members];
    let is_unwritten = ["step 1 of 3", "not written", "stem-sec render"];
    refused(&place.rotate(&again), 1, &is_unwritten);
    let rotation = place.rotation().expect("under way");
    assert!(rotation.confirmed.is_empty(), "nothing is on record");
    place.tool(&["render"]).ok();
    place.rotate(&again).ok();
    assert_eq!(place.plan().1, 2);
    let same = place.members().join(",");
    let again = ["advance", "--confirmed", &same];
    refused(&place.rotate(&again), 1, &["step 2 of 3", "not written"]);
    let force = ["advance", "--force", "--reason", "a test"];
    refused(&place.rotate(&force), 1, &["--step 2 --force"]);
    let other = [&force[..], &["--step", "1"]].concat();
    refused(&place.rotate(&other), 1, &["step 1 is not the present one"]);
    assert_eq!(place.plan().1, 2);
    place.rotate(&[&force[..], &["--step", "2"]].concat()).ok();
    assert_eq!(place.plan().1, 3);
}

#[test]
fn a_step_that_was_left_unconfirmed_is_said_to_be_unproven() {
    let place = begun();
    place.tool(&["render"]).ok();
    let done = place.rotate(&["advance", "--force", "--reason", "a test"]);
    let unproven = "no longer proven: step 1 was left unconfirmed";
    refused(&done, 0, &["nobody confirmed worker", unproven]);
    assert!(place.rotate(&["status"]).stdout.contains(unproven));
    place.tool(&["render"]).ok();
    refused(&place.rotate(&["abort"]), 0, &[unproven]);
    let waited = waiting();
    waited
        .rotate(&["advance", "--force", "--reason", "the queues are empty"])
        .ok();
    let status = waited.rotate(&["status"]);
    assert!(!status.said().contains("no longer proven"));
}

#[test]
fn what_looks_like_a_secret_is_not_written_into_the_history() {
    let place = begun();
    let secret = "q8Zt1VbX0aLw7RkP3mYd9SgH5nCj2TfE";
    let reason = format!("key {secret} leaked at 14:00");
    place.rotate(&["abort", "--reason", &reason]).ok();
    let status = place.rotate(&["status", "--history"]);
    assert!(!status.said().contains(secret));
    assert!(status.stdout.contains("leaked at 14:00"));
    let keyring = fs::read_to_string(place.path().join(".stem-sec/keyring.yaml"));
    assert!(!keyring.expect("a keyring").contains(secret));
}

#[test]
fn a_posture_is_named_with_a_plus_or_a_comma() {
    for to in ["hmac-sha256+tls", "hmac-sha256,tls"] {
        let place = Place::new(&[&["--signing", "none"][..], &PLAIN].concat());
        place.rotate(&["start", "posture", "--to", to]).ok();
        let rotation = place.rotation().expect("under way");
        let posture = rotation.adds.posture.expect("a posture");
        assert_eq!(posture.to_string().replace(' ', ""), "hmac-sha256+tls");
    }
    let place = Place::new(&HMAC);
    let both = ["start", "posture", "--to", "none+ed25519"];
    refused(&place.rotate(&both), 2, &["one way of signing"]);
}

#[test]
fn a_dashboard_that_starts_nothing_goes_over_to_key_pairs() {
    let place = Place::new(
        &[
            &HMAC[..],
            &PLAIN,
            &[
                "--component",
                "api=producer",
                "--component",
                "worker=worker",
            ],
            &[
                "--component",
                "dash=dashboard",
                "--component",
                "redis=broker",
            ],
        ]
        .concat(),
    );
    place.rotate(&["start", "posture", "--to", "ed25519"]).ok();
    assert!(place.rotation().is_some());
}
