//! Whole rotations on the command line: at every step the files are what the plan says, no
//! step is left too early, and at the end the manifest and the store alone say the same as
//! the last step did.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/rotation.rs"]
mod rotation;

mod agree;
mod changed;
mod gates;

use std::fs;

use rotation::Place;
use stem_sec::keyring::KeyState;

/// Goes from the first step to the end; how many steps there were.
#[track_caller]
fn walk(place: &Place) -> usize {
    let mut steps = 0;
    while place.rotation().is_some() {
        steps += 1;
        assert!(steps < 20, "it does not end");
        place.tool(&["render", "--prune"]).ok();
        agree::all(place);
        let early = place.rotate(&["advance"]);
        assert_eq!(early.code, Some(1), "{}", early.said());
        place.advance();
    }
    steps
}

/// What was rendered at the last step is what the manifest and the store say.
#[track_caller]
fn is_at_rest(place: &Place) {
    let check = place.tool(&["render", "--check"]);
    assert_eq!(check.code, Some(0), "{}", check.said());
    assert!(
        !place.path().join(".stem-sec/next").exists(),
        "nothing waits any more"
    );
    let status = place.rotate(&["status"]).ok();
    assert!(status.stdout.contains("no rotation"), "{}", status.stdout);
}

#[track_caller]
fn rotates(flags: &[&str], aim: &[&str]) -> Place {
    let place = Place::new(flags);
    begins_and_ends(&place, aim);
    place
}

#[track_caller]
fn begins_and_ends(place: &Place, aim: &[&str]) {
    let words: Vec<&str> = ["start"].iter().chain(aim).copied().collect();
    place.rotate(&words).ok();
    walk(place);
    is_at_rest(place);
}

const HMAC: [&str; 2] = ["--signing", "hmac-sha256"];
const PLAIN: [&str; 2] = ["--transport", "plaintext"];
const TLS: [&str; 2] = ["--transport", "tls"];

fn states(place: &Place) -> Vec<(String, KeyState)> {
    let keyring = place.keyring();
    let keys = keyring.keys().iter();
    keys.map(|key| (key.id.to_string(), key.state)).collect()
}

#[test]
fn a_signing_secret_is_rotated() {
    let place = Place::new(&[HMAC, PLAIN].concat());
    place.rotate(&["start", "signing", "--to", "k2"]).ok();
    let at = |one, two| vec![("primary".to_owned(), one), ("k2".to_owned(), two)];
    assert_eq!(states(&place), at(KeyState::Active, KeyState::Staged));
    place.advance();
    assert_eq!(states(&place), at(KeyState::Retiring, KeyState::Active));
    walk(&place);
    is_at_rest(&place);
    assert_eq!(states(&place), at(KeyState::Retired, KeyState::Active));
}

#[test]
fn a_signing_key_pair_is_rotated() {
    let place = rotates(&[], &["signing", "--to", "k2"]);
    let text = fs::read_to_string(place.file("worker", "stem.env")).expect("an env file");
    assert!(text.contains("STEM_SIGNING_PUBLIC_KEYS=k2:"), "{text}");
    assert!(!text.contains("PRIVATE_KEYS"), "{text}");
}

#[test]
fn a_staged_key_is_rotated_to_and_others_come_after_it() {
    let place = Place::new(&[]);
    for id in ["k2", "k3"] {
        place
            .tool(&["keygen", "ed25519", "--keyring", "--id", id])
            .ok();
    }
    begins_and_ends(&place, &["signing", "--to", "k2"]);
    let again = place.rotate(&["start", "signing", "--to", "k2"]);
    assert_eq!(again.code, Some(4), "{}", again.said());
}

#[test]
fn a_ca_is_rotated_under_mutual_tls() {
    let place = Place::new(&HMAC);
    let before = fs::read_to_string(place.path().join(".stem-sec/ca/current")).expect("a CA");
    begins_and_ends(&place, &["ca"]);
    let after = fs::read_to_string(place.path().join(".stem-sec/ca/current")).expect("a CA");
    assert_ne!(before, after);
    let states = fs::read_to_string(place.path().join(".stem-sec/ca/states")).expect("states");
    assert!(
        states.ends_with(&format!("\n{} retired\n", before.trim())),
        "{states}"
    );
    let bundle = fs::read_to_string(place.file("worker", "ca.crt")).expect("a bundle");
    assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), 1);
    place.tool(&["certs", "renew", "worker"]).ok();
    place.tool(&["render"]).ok();
}

#[test]
fn a_ca_is_rotated_where_only_the_server_shows_a_certificate() {
    rotates(&[HMAC, TLS].concat(), &["ca"]);
}

#[test]
fn the_certificates_of_server_and_clients_are_rotated() {
    let place = rotates(&[], &["server"]);
    begins_and_ends(&place, &["clients"]);
}

#[test]
fn signing_is_turned_on_and_changed_and_off() {
    let place = Place::new(&["--signing", "none", "--transport", "plaintext"]);
    begins_and_ends(&place, &["posture", "--to", "hmac-sha256"]);
    place.edit(
        "worker: { role: worker }",
        "worker: { role: worker, retries: lost }",
    );
    begins_and_ends(&place, &["posture", "--to", "ed25519"]);
    begins_and_ends(&place, &["posture", "--to", "none"]);
}

#[test]
fn transport_goes_up_and_down_again() {
    let place = Place::new(&[HMAC, PLAIN].concat());
    begins_and_ends(&place, &["posture", "--to", "tls"]);
    let manifest = fs::read_to_string(place.path().join("stem-sec.yaml")).expect("a manifest");
    assert!(manifest.contains("rediss://redis:6380/0"), "{manifest}");
    begins_and_ends(&place, &["posture", "--to", "mtls"]);
    begins_and_ends(&place, &["posture", "--to", "tls"]);
    begins_and_ends(
        &place,
        &[
            "posture",
            "--to",
            "plaintext",
            "--broker",
            "redis://redis:6379/0",
        ],
    );
}

#[test]
fn everything_changes_at_once() {
    let place = Place::new(&[HMAC, PLAIN].concat());
    place.edit(
        "worker: { role: worker }",
        "worker: { role: worker, retries: lost }",
    );
    begins_and_ends(&place, &["posture", "--to", "ed25519,mtls"]);
    begins_and_ends(&place, &["posture", "--to", "hmac-sha256,plaintext"]);
}

#[test]
fn mutual_tls_without_a_password_goes_down_to_one() {
    rotates(&HMAC, &["posture", "--to", "tls"]);
}

/// From each step of the way there.
#[track_caller]
fn turns_back_everywhere(flags: &[&str], aim: &[&str]) {
    let origin = Place::new(flags);
    let before = origin.rendered();
    let words: Vec<&str> = ["start"].iter().chain(aim).copied().collect();
    origin.rotate(&words).ok();
    let steps = origin.plan().0.steps.len();
    for step in 1..=steps {
        let place = origin.copy();
        // the demo's paths are those of its folder
        place.tool(&["render"]).ok();
        for _ in 1..step {
            place.advance();
        }
        place.tool(&["render"]).ok();
        place.rotate(&["abort", "--reason", "a test"]).ok();
        let again = place.rotate(&["abort"]);
        assert_eq!(again.code, Some(1), "{}", again.said());
        walk(&place);
        is_at_rest(&place);
        let after = place.rendered();
        let there = |text: &String, of: &Place| text.replace(&of.path().display().to_string(), "");
        for (path, text) in &before {
            let now = after.get(path).map(|text| there(text, &place));
            assert_eq!(now, Some(there(text, &origin)), "{path} after step {step}");
        }
        assert_eq!(before.len(), after.len(), "after step {step}");
    }
}

#[test]
fn a_signing_rotation_turns_back_from_everywhere() {
    turns_back_everywhere(&[HMAC, PLAIN].concat(), &["signing"]);
}

#[test]
fn a_leaked_key_is_replaced() {
    for flags in [[HMAC, PLAIN].concat(), Vec::new()] {
        rotates(&flags, &["signing", "--to", "k2", "--leaked"]);
    }
}

#[test]
fn workers_that_lose_their_retries_are_written_down_with_the_posture() {
    let place = Place::new(&["--signing", "none", "--transport", "plaintext"]);
    place.rotate(&["start", "posture", "--to", "ed25519"]).ok();
    walk(&place);
    let manifest = fs::read_to_string(place.path().join("stem-sec.yaml")).expect("a manifest");
    assert!(
        manifest.contains("retries: lost, role: worker"),
        "{manifest}"
    );
    assert!(
        manifest.contains("# a worker that may only verify"),
        "{manifest}"
    );
    place.tool(&["render"]).ok();
    is_at_rest(&place);
}

#[test]
fn a_leaked_key_that_was_none_is_kept_and_the_new_one_goes() {
    let place = Place::new(&[HMAC, PLAIN].concat());
    let before = place.rendered();
    let begun = place.rotate(&["start", "signing", "--to", "k2", "--leaked"]);
    let said = begun.ok().said();
    assert!(
        said.contains("lost: ") && said.contains("unknown signing key \"primary\""),
        "{said}"
    );
    place.rotate(&["abort", "--reason", "a false alarm"]).ok();
    walk(&place);
    is_at_rest(&place);
    assert_eq!(before, place.rendered());
    let at = [
        ("primary".to_owned(), KeyState::Active),
        ("k2".to_owned(), KeyState::Retired),
    ];
    assert_eq!(states(&place), at);
}

#[test]
fn a_rotation_of_the_ca_turns_back_from_everywhere() {
    turns_back_everywhere(&[], &["ca"]);
}

#[test]
fn a_change_of_posture_turns_back_from_everywhere() {
    turns_back_everywhere(&[HMAC, PLAIN].concat(), &["posture", "--to", "tls"]);
}
