//! Two processes at once on one store: none loses a file of the other, no serial number is
//! used twice, and whoever has to give way says so.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use x509_parser::pem::Pem;

const ROUNDS: usize = 50;

#[test]
fn certificates_issued_at_once_are_all_there_with_serials_of_their_own() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut expected = 0;
    for round in 0..ROUNDS {
        let both = ["a", "b"].map(|side| {
            let name = format!("{side}{round}");
            start(place.path(), &["certs", "issue", "client", &name])
        });
        expected += both
            .map(done_or_locked)
            .into_iter()
            .filter(|done| *done)
            .count();
    }
    assert!(expected >= ROUNDS, "at least one of two gets through");
    let certificates = files(&place.path().join("store/certs"), ".crt");
    assert_eq!(certificates.len(), expected);
    let keys = files(&place.path().join("store/certs"), ".key");
    assert_eq!(keys.len(), expected);
    let serials: BTreeSet<String> = certificates.iter().map(|path| serial(path)).collect();
    assert_eq!(serials.len(), expected, "a serial number was used twice");
    // both saw an empty store in the first round
    assert_eq!(
        fs::read_dir(place.path().join("store/ca"))
            .expect("CAs")
            .count(),
        2
    );
}

#[test]
fn of_two_that_want_the_same_name_one_gets_it_whole() {
    let place = tempfile::tempdir().expect("a temporary folder");
    for round in 0..ROUNDS {
        let name = format!("same{round}");
        let both = [0, 1].map(|_| start(place.path(), &["certs", "issue", "client", &name]));
        let ended = both.map(|child| child.wait_with_output().expect("it ends"));
        let done = ended
            .iter()
            .filter(|output| output.status.success())
            .count();
        assert_eq!(done, 1, "{ended:?}");
        let refused = ended.iter().find(|output| !output.status.success());
        let refused = refused.map(said).unwrap_or_default();
        assert!(
            refused.contains("already") || refused.contains("locked"),
            "{refused}"
        );
    }
    let mut verify = start(place.path(), &["certs", "status", "store"]);
    assert!(verify.wait().expect("it ends").success());
}

#[test]
fn keys_added_at_once_are_all_in_the_keyring() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut expected = BTreeSet::new();
    for round in 0..ROUNDS {
        let both = ["a", "b"].map(|side| {
            let id = format!("{side}{round}");
            let command = ["keygen", "ed25519", "--keyring", "--id", &id];
            (start(place.path(), &command), id)
        });
        for (child, id) in both {
            if done_or_locked(child) {
                expected.insert(id);
            }
        }
    }
    let text = fs::read_to_string(place.path().join("store/keyring.yaml")).expect("a keyring");
    for id in &expected {
        assert!(text.contains(&format!("id: {id}\n")), "`{id}` was lost");
    }
    assert_eq!(text.matches("id: ").count(), expected.len());
}

#[test]
fn a_store_that_is_locked_is_said_to_be_so_within_seconds() {
    let place = tempfile::tempdir().expect("a temporary folder");
    done_or_locked(start(place.path(), &["certs", "issue", "client", "a"]));
    let lock = fs::File::open(place.path().join("store")).expect("the store");
    lock.lock().expect("the lock");
    let begun = Instant::now();
    let locked = start(place.path(), &["certs", "issue", "client", "b"]);
    let output = locked.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(4));
    assert!(
        said(&output).contains("locked by another process"),
        "{}",
        said(&output)
    );
    let waited = begun.elapsed();
    assert!((2..10).contains(&waited.as_secs()), "{waited:?}");
    assert!(waited > Duration::from_secs(2));
    drop(lock);
    assert!(done_or_locked(start(
        place.path(),
        &["certs", "issue", "client", "b"]
    )));
}

fn start(dir: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_stem-sec"))
        .args(arguments)
        .args(
            ["--state", "store"]
                .iter()
                .filter(|_| !arguments.contains(&"status")),
        )
        .current_dir(dir)
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts")
}

/// Whether it did its work; else it must have been locked out.
fn done_or_locked(child: Child) -> bool {
    let output = child.wait_with_output().expect("it ends");
    let locked = output.status.code() == Some(4) && said(&output).contains("locked");
    assert!(output.status.success() || locked, "{}", said(&output));
    output.status.success()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn files(dir: &Path, suffix: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(dir).expect("a folder").flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.to_string_lossy().ends_with(suffix))
        .collect()
}

fn serial(path: &Path) -> String {
    let bytes = fs::read(path).expect("a certificate");
    let pem = Pem::iter_from_buffer(&bytes)
        .next()
        .expect("PEM")
        .expect("PEM");
    pem.parse_x509()
        .expect("a certificate")
        .raw_serial_as_string()
}
