//! `audit --env`: an entrypoint asks whether what it is about to start has what it needs and
//! nothing else, with no deployment file at hand.

mod common;

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use common::{Done, folder, run, stem_sec, tool};
use serde_json::Value;
use tempfile::TempDir;

/// Variables by name.
type Variables = Vec<(String, String)>;

/// A worker that has nothing wrong, its certificates in a folder.
fn worker() -> (TempDir, Variables) {
    let place = folder();
    let mut command = stem_sec();
    command.args([
        "certs", "create", "bundle", "--host", "redis", "--state", "store",
    ]);
    run(command.current_dir(place.path())).ok();
    let done = run(stem_sec().args(["keygen", "hmac"])).ok();
    let minted = done.stdout.lines().filter_map(|line| line.split_once('='));
    let mut given: Variables = minted
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    given.push(("STEM_BROKER_URL".into(), "rediss://redis:6379/0".into()));
    for (name, file) in [
        ("STEM_TLS_CA_CERT", "ca.crt"),
        ("STEM_TLS_CLIENT_CERT", "client.crt"),
        ("STEM_TLS_CLIENT_KEY", "client.key"),
    ] {
        let path = place.path().join("bundle").join(file);
        given.push((name.into(), path.display().to_string()));
    }
    (place, given)
}

fn with(given: &Variables, name: &str, value: &str) -> Variables {
    let others = given.iter().filter(|(known, _)| known != name).cloned();
    others
        .chain([(name.to_owned(), value.to_owned())])
        .collect()
}

fn without(given: &Variables, name: &str) -> Variables {
    given
        .iter()
        .filter(|(known, _)| known != name)
        .cloned()
        .collect()
}

fn audit(given: &Variables, role: &str, more: &[&str]) -> Done {
    let mut command = stem_sec();
    command.args(["audit", "--env", "--role", role]).args(more);
    run(command.envs(given.iter().cloned()))
}

/// Rule and subject of each finding but notes.
#[track_caller]
fn ensure(given: &Variables, role: &str, expected: &[(&str, &str)]) {
    let done = audit(given, role, &["--format", "json"]);
    let report: Value = serde_json::from_str(&done.stdout).expect("JSON");
    let all = report["findings"].as_array().expect("findings").iter();
    let counting = all.filter(|one| one["severity"] != "note");
    let found: Vec<(&str, &str)> = counting
        .map(|one| {
            (
                one["rule"].as_str().unwrap_or(""),
                one["subject"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(found, expected, "{}", done.said());
    let code = i32::from(!expected.is_empty());
    for format in ["human", "line", "json", "sarif", "github", "markdown"] {
        let done = audit(given, role, &["--format", format, "--fail-on", "warning"]);
        assert_eq!(done.code, Some(code), "{}", done.said());
    }
}

#[test]
fn a_worker_with_all_it_needs_is_silent() {
    let (_place, given) = worker();
    ensure(&given, "worker", &[]);
    ensure(&given, "producer", &[]);
}

#[test]
fn what_is_missing_or_wrong_is_named_by_its_variable() {
    let (place, given) = worker();
    ensure(
        &with(&given, "STEM_TLS_ALLOW_INSECURE", "1"),
        "worker",
        &[("verification-disabled", "STEM_TLS_ALLOW_INSECURE")],
    );
    ensure(
        &without(&given, "STEM_TLS_CLIENT_KEY"),
        "worker",
        &[("client-pair-incomplete", "STEM_TLS_CLIENT_KEY")],
    );
    ensure(
        &without(&given, "STEM_SIGNING_ACTIVE_KEY"),
        "worker",
        &[("active-key-missing", "STEM_SIGNING_ACTIVE_KEY")],
    );
    ensure(
        &with(&given, "STEM_SIGNING_ACTIVE_KEY", "other"),
        "worker",
        &[("active-key-unknown", "STEM_SIGNING_ACTIVE_KEY")],
    );
    let done = audit(
        &without(&given, "STEM_BROKER_URL"),
        "worker",
        &["--format", "line"],
    );
    assert_eq!(done.code, Some(1));
    assert!(
        done.stdout
            .contains("error[missing-artifact] STEM_BROKER_URL"),
        "{}",
        done.stdout
    );
    // a broker is nobody's signer
    let done = audit(&given, "broker", &["--format", "line"]);
    assert_eq!(done.code, Some(1));
    assert!(
        done.stdout.contains("error[signing-key-on-broker]"),
        "{}",
        done.stdout
    );
    // the pair is one of two
    let other = place.path().join("bundle/server.key").display().to_string();
    let done = audit(
        &with(&given, "STEM_TLS_CLIENT_KEY", &other),
        "worker",
        &["--format", "line"],
    );
    assert_eq!(done.code, Some(1));
    assert!(
        done.stdout.contains("error[certificate-key-mismatch]"),
        "{}",
        done.stdout
    );
}

#[test]
fn named_files_are_read_from_disk_and_judged() {
    let (place, given) = worker();
    let at = |file: &str| place.path().join("bundle").join(file);
    let done = audit(
        &given,
        "worker",
        &["--format", "line", "--at", "2099-01-01"],
    );
    assert_eq!(done.code, Some(1), "{}", done.said());
    let expired = done.stdout.matches("error[certificate-expired]").count();
    assert_eq!(expired, 2, "{}", done.stdout);
    let gone = with(&given, "STEM_TLS_CLIENT_CERT", "/nowhere/client.crt");
    let done = audit(&gone, "worker", &["--format", "line"]);
    assert_eq!(done.code, Some(1), "{}", done.said());
    assert!(
        done.stdout.contains("error[reference-missing]"),
        "{}",
        done.stdout
    );
    assert!(
        done.stdout.contains("/nowhere/client.crt"),
        "{}",
        done.stdout
    );
    // what is there and no file, or too large
    let large = at("large.pem");
    fs::File::create(&large)
        .and_then(|file| file.set_len(5 << 20))
        .expect("a large file");
    for path in [
        place.path().to_owned(),
        large,
        Path::new("/dev/zero").to_owned(),
    ] {
        let odd = with(&given, "STEM_TLS_CA_CERT", &path.display().to_string());
        let done = audit(&odd, "worker", &["--format", "line"]);
        assert_eq!(done.code, Some(1), "{}", done.said());
        assert!(
            done.stdout.contains("error[input-unreadable]"),
            "{}",
            done.stdout
        );
    }
    fs::write(at("ca.crt"), "no certificate\n").expect("is written");
    let done = audit(&given, "worker", &["--format", "line"]);
    assert!(done.stdout.contains("error[ca-missing]"), "{}", done.stdout);
}

#[test]
fn a_file_that_its_user_may_not_read_is_said() {
    let (place, given) = worker();
    let mut command = tool("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    command.arg(env!("CARGO_BIN_EXE_stem-sec"));
    command.args(["audit", "--env", "--role", "worker", "--format", "line"]);
    let done = run(command
        .envs(given.iter().cloned())
        .current_dir(place.path()));
    assert_eq!(done.code, Some(1), "{}", done.said());
    assert!(
        done.stdout.contains("error[input-unreadable]"),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("client.key"), "{}", done.stdout);
}

#[test]
fn no_output_has_a_secret_of_the_environment() {
    let (place, given) = worker();
    let planted = |number: u8| {
        BASE64_STANDARD.encode([number.wrapping_mul(37) ^ 0x5a; 32].map({
            let mut state = number;
            move |byte: u8| {
                state = state.wrapping_mul(73).wrapping_add(41);
                byte ^ state
            }
        }))
    };
    let key = fs::read_to_string(place.path().join("bundle/client.key")).expect("a key");
    let mut given = given;
    for (name, value) in [
        (
            "STEM_SIGNING_PRIVATE_KEYS",
            format!("a:{},{}", planted(1), planted(2)),
        ),
        ("STEM_SIGNING_PUBLIC_KEYS", format!("a:{}", planted(3))),
        ("STEM_SIGNING_KEYS", format!("'x:{}'", planted(4))),
        ("STEM_SIGNING_ALGORITHM", planted(5)),
        ("STEM_SIGNING_ACTIVE_KEY", planted(6)),
        (
            "STEM_BROKER_URL",
            format!("redis://user:{}@redis/0", planted(7)),
        ),
        (
            "STEM_RESULT_BACKEND_URL",
            format!("postgres://u:{}@db/x", planted(8)),
        ),
        ("STEM_SIGNING_PRIVATE_KEY", planted(9)),
        ("STEM_SIGNING_KEYS_FILE", planted(10)),
        ("STEM_TLS_CLIENT_KEY", key.clone()),
        ("REDIS_PASSWORD", planted(11)),
        ("STEM_TLS_ALLOW_INSECURE", planted(12)),
    ] {
        given = with(&given, name, &value);
    }
    let mut secrets: Vec<String> = (1..=12).map(planted).collect();
    secrets.extend(key.lines().skip(1).take(1).map(str::to_owned));
    for role in ["worker", "producer", "broker", "other", "cli"] {
        for format in ["human", "line", "json", "sarif", "github", "markdown"] {
            let said = audit(&given, role, &["--format", format]).said();
            for secret in &secrets {
                for start in 0..secret.len() - 12 {
                    let part = &secret[start..start + 12];
                    assert!(!said.contains(part), "{role} {format} {part}: {said}");
                }
                let again = BASE64_STANDARD.encode(secret);
                assert!(!said.contains(&again[..16]), "{role} {format}: {said}");
            }
        }
    }
}

#[test]
fn it_needs_a_role_and_no_path() {
    for arguments in [
        &["--env"][..],
        &["--role", "worker"][..],
        &["--env", "--role", "worker", "."][..],
        &["--env", "--role", "boss"][..],
    ] {
        let done = run(stem_sec().arg("audit").args(arguments));
        assert_eq!(done.code, Some(2), "{}", done.said());
    }
}
