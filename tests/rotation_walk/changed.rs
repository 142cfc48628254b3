//! What is changed by hand, or by a fault, in the middle of a rotation.

use std::fs;

use super::gates::{begun, refused, waiting};
use super::rotation::Place;
use super::{HMAC, PLAIN};

/// The commands that would go on by what the manifest says now.
#[track_caller]
fn holds_everything_up(place: &Place, words: &[&str]) {
    let before = place.keyring();
    let commands: [&[&str]; 4] = [
        &["render"],
        &["rotate", "advance", "--confirmed", "worker"],
        &[
            "rotate", "advance", "--force", "--step", "1", "--reason", "a test",
        ],
        &["rotate", "abort"],
    ];
    for command in commands {
        refused(&place.tool(command), 4, words);
    }
    refused(&place.rotate(&["status"]), 1, words);
    assert!(place.keyring() == before, "nothing is changed");
}

#[test]
fn a_manifest_that_changes_on_the_way_holds_it_up_until_it_is_put_back() {
    let place = begun();
    let worker = "worker: { role: worker }";
    let changes = [
        (
            "worker: { roles: [worker, producer] }",
            "of `worker`: producer, worker; when",
        ),
        (
            "worker: { role: worker }\n  extra: { role: worker }",
            "a component `extra`",
        ),
        ("other: { role: worker }", "a component `other`"),
        ("", "no component `worker` any more"),
    ];
    let path = place.path().join("stem-sec.yaml");
    let text = fs::read(&path).expect("a manifest");
    for (to, words) in changes {
        place.edit(worker, to);
        holds_everything_up(&place, &[words, "put it back"]);
        fs::write(&path, &text).expect("written");
    }
    place.edit("signing: hmac-sha256", "signing: none");
    holds_everything_up(&place, &["says the posture none", "put it back"]);
    fs::write(&path, &text).expect("written");
    place.edit(worker, "worker: { role: worker, image: other }");
    place.advance();
    assert_eq!(place.plan().1, 2, "what decides nothing may change");
}

#[test]
fn an_end_that_was_interrupted_is_finished_and_not_turned_back() {
    let place = Place::new(&[HMAC, PLAIN].concat());
    place.rotate(&["start", "posture", "--to", "tls"]).ok();
    while place.plan().1 < place.plan().0.steps.len() {
        place.advance();
    }
    let keyring = place.path().join(".stem-sec/keyring.yaml");
    let before = fs::read(&keyring).expect("a keyring");
    let store = place.copy();
    place.advance();
    // killed after the manifest and before the keyring
    let manifest = fs::read(place.path().join("stem-sec.yaml")).expect("a manifest");
    fs::write(store.path().join("stem-sec.yaml"), manifest).expect("written");
    refused(
        &store.rotate(&["abort", "--reason", "no"]),
        1,
        &["interrupted", "rotate advance"],
    );
    refused(&store.rotate(&["status"]), 1, &["interrupted"]);
    let after = fs::read(store.path().join(".stem-sec/keyring.yaml")).expect("a keyring");
    assert!(after == before, "nothing is changed");
    store.advance();
    assert!(store.rotation().is_none());
    store.tool(&["render", "--check"]).ok();
}

#[test]
fn a_clock_that_goes_back_does_not_end_a_wait() {
    let place = waiting();
    let keyring = place.path().join(".stem-sec/keyring.yaml");
    let text = fs::read_to_string(&keyring).expect("a keyring");
    let at = text.find("entered:").expect("moments");
    let year = at + text[at..].find("20").expect("a year");
    let ahead = format!("{}2099{}", &text[..year], &text[year + 4..]);
    fs::write(&keyring, ahead).expect("written");
    let path = place.path().join("stem-sec.yaml");
    let manifest = fs::read_to_string(&path).expect("a manifest");
    let lines: Vec<&str> = manifest
        .lines()
        .filter(|line| !line.starts_with("rotation:"))
        .collect();
    let short = "rotation: { max-delay: 1s, max-backlog: 1s, max-run-time: 1s, max-backoff: 1s, clock-skew: 0s }";
    fs::write(&path, format!("{}\n{short}\n", lines.join("\n"))).expect("written");
    let words = ["the clock has gone back", "2099-"];
    refused(&place.rotate(&["advance"]), 1, &words);
    refused(&place.rotate(&["status"]), 1, &words);
}

#[test]
fn a_way_back_takes_no_empty_reason() {
    let place = begun();
    for words in [
        &["abort", "--reason", " "][..],
        &["abort", "--force", "--reason", ""],
    ] {
        refused(&place.rotate(words), 2, &["the reason is empty"]);
    }
    assert_eq!(place.rotation().expect("under way").back_from, None);
}

#[test]
fn a_keyring_that_was_edited_is_not_acted_upon() {
    let place = begun();
    let path = place.path().join(".stem-sec/keyring.yaml");
    let text = fs::read_to_string(&path).expect("a keyring");
    let edits: [(&str, &str, &[&str]); 3] = [
        ("  step: 1\n", "  step: 9\n", &["step 9", "1 were begun"]),
        ("active: k2", "active: k3", &["not the one that was proven"]),
        (
            "- id: k2\n",
            "- id: k4\n",
            &["a key `k2` that is not there"],
        ),
    ];
    for (from, to, words) in edits {
        assert!(
            text.contains(from),
            "{from}: {}",
            text.replace("secret", "")
        );
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
        for command in [
            &["render"][..],
            &["rotate", "advance"],
            &["rotate", "status"],
        ] {
            refused(&place.tool(command), 4, words);
        }
    }
    fs::write(&path, text).expect("written");
    place.advance();
}
