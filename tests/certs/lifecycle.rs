//! Certificates from their making to their end.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::common::{as_root, run, stem_sec, tool};
use super::workshop::Workshop;

#[test]
fn a_bundle_is_five_files_and_the_ca_key_is_not_among_them() {
    let shop = Workshop::new();
    let done = shop
        .certs("create certs --host stem.local,redis --host 10.0.0.5")
        .ok();
    assert_eq!(done.stdout, "");
    assert!(
        done.stderr
            .contains("(DNS stem.local, DNS redis, IP 10.0.0.5)")
    );
    let names: BTreeSet<_> = fs::read_dir(shop.path("certs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = [
        "ca.crt",
        "client.crt",
        "client.key",
        "server.crt",
        "server.key",
    ];
    assert_eq!(names, expected.map(str::to_owned).into());
    for (file, mode) in [
        ("certs", 0o755),
        ("certs/ca.crt", 0o644),
        ("certs/server.crt", 0o644),
        ("certs/server.key", 0o600),
        ("certs/client.key", 0o600),
        (".stem-sec", 0o700),
        (".stem-sec/ca", 0o700),
    ] {
        assert_eq!(shop.mode(file), mode, "{file}");
    }
    let ca = format!(".stem-sec/ca/{}", shop.read(".stem-sec/ca/current").trim());
    assert_eq!(shop.mode(&format!("{ca}/ca.key")), 0o600);
    assert_eq!(
        shop.read(&format!("{ca}/ca.crt")),
        shop.read("certs/ca.crt")
    );
    assert_eq!(shop.read(".stem-sec/.gitignore"), "*\n");
}

#[test]
fn a_second_bundle_is_signed_by_the_same_ca() {
    let shop = Workshop::new();
    for (line, said) in [
        ("create one --host redis", "made the CA"),
        ("create two --host redis", "used the CA"),
        ("create three --host redis --ca-dir ca", "made the CA"),
        ("create four --host redis --ca-dir ca", "used the CA"),
    ] {
        assert!(shop.certs(line).ok().stderr.contains(said), "{line}");
    }
    assert_eq!(shop.read("one/ca.crt"), shop.read("two/ca.crt"));
    assert_eq!(shop.read("three/ca.crt"), shop.read("four/ca.crt"));
    assert_ne!(shop.read("one/ca.crt"), shop.read("three/ca.crt"));
    assert_eq!(shop.mode("ca/ca.key"), 0o600);
    assert_eq!(shop.certs("verify two --ca one/ca.crt").code, Some(0));
    assert_eq!(shop.certs("verify two --ca three/ca.crt").code, Some(1));
}

#[test]
fn mode_and_peer_and_client_are_as_asked() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis --mode 0640 --peer --client api --days 30")
        .ok();
    assert_eq!(shop.mode("certs/server.key"), 0o640);
    assert_eq!(shop.mode("certs/server.crt"), 0o644);
    let ca = format!(".stem-sec/ca/{}", shop.read(".stem-sec/ca/current").trim());
    assert_eq!(shop.mode(&format!("{ca}/ca.key")), 0o600);
    assert_eq!(
        shop.certs("verify certs/server.crt --purpose peer").code,
        Some(0)
    );
    assert_eq!(
        shop.certs("verify certs/client.crt --purpose server").code,
        Some(1)
    );
    let client = shop
        .openssl("x509 -noout -subject -in certs/client.crt")
        .stdout;
    assert!(client.contains("CN = api"));
    assert_eq!(
        shop.certs("status certs --expires-within 31d").code,
        Some(1)
    );
    assert_eq!(
        shop.certs("status certs --expires-within 29d").code,
        Some(0)
    );
}

#[test]
fn force_keeps_what_it_replaces() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis").ok();
    let old = shop.read("certs/server.key");
    let done = shop.certs("create certs --host other --force").ok();
    assert!(done.stderr.contains("`certs/server.key.old-1`"));
    assert_eq!(shop.read("certs/server.key.old-1"), old);
    assert_ne!(shop.read("certs/server.key"), old);
    assert_eq!(shop.certs("verify certs --host other").code, Some(0));
}

#[test]
fn a_new_ca_is_handed_out_beside_the_old_one() {
    let shop = Workshop::new();
    shop.certs("create old --host redis").ok();
    shop.certs("create new --host redis --new-ca").ok();
    assert_eq!(shop.read("new/ca.crt").matches("BEGIN CERT").count(), 2);
    assert_eq!(shop.certs("verify old --ca new/ca.crt").code, Some(0));
    assert_eq!(shop.certs("verify new --ca new/ca.crt").code, Some(0));
    assert_eq!(shop.certs("verify new --ca old/ca.crt").code, Some(1));
    shop.openssl("verify -x509_strict -CAfile new/ca.crt old/server.crt new/server.crt");
}

#[test]
fn a_renewal_keeps_everything_but_key_serial_and_dates() {
    let shop = Workshop::new();
    shop.certs("issue peer redis --host redis,10.0.0.5 --key-type p384 --days 5")
        .ok();
    let file = ".stem-sec/certs/redis";
    fs::set_permissions(
        shop.path(&format!("{file}.key")),
        fs::Permissions::from_mode(0o440),
    )
    .unwrap();
    let old_key = shop.read(&format!("{file}.key"));
    let old = shop.read(&format!("{file}.crt"));
    let told = |file: &str, what: &str| {
        shop.openssl(&format!("x509 -noout {what} -in {file}"))
            .stdout
    };
    let kept = "-subject -issuer -ext subjectAltName,extendedKeyUsage,keyUsage,basicConstraints";
    assert_eq!(
        shop.certs("renew --due 4d").ok().stderr,
        "stem-sec: nothing is due\n"
    );
    let done = shop.certs("renew --due 6d").ok();
    assert!(done.stderr.contains("redis.key.old-1"), "{}", done.stderr);
    assert_eq!(shop.read(&format!("{file}.key.old-1")), old_key);
    assert_eq!(shop.read(&format!("{file}.crt.old-1")), old);
    assert_ne!(shop.read(&format!("{file}.key")), old_key);
    assert_eq!(shop.mode(&format!("{file}.key")), 0o440);
    let (now, before) = (format!("{file}.crt"), format!("{file}.crt.old-1"));
    assert_eq!(told(&now, kept), told(&before, kept));
    assert_ne!(told(&now, "-serial"), told(&before, "-serial"));
    assert!(told(&now, "-text").contains("384 bit"));
    assert_eq!(shop.certs("verify").code, Some(0));

    let key = shop.read(&format!("{file}.key"));
    shop.certs("renew redis --reuse-key").ok();
    assert_eq!(shop.read(&format!("{file}.key")), key);
    assert_ne!(
        told(&now, "-serial"),
        told(&format!("{file}.crt.old-2"), "-serial")
    );
}

#[test]
fn a_bundle_outside_of_the_store_is_renewed_in_place() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis").ok();
    let old = shop.read("certs/client.key");
    shop.certs("renew certs/server.crt certs/client.crt").ok();
    assert_eq!(shop.read("certs/client.key.old-1"), old);
    assert_eq!(shop.certs("verify certs --host redis").code, Some(0));
    shop.refuses("renew certs/ca.crt", 4, "ca.key` is not");
}

#[test]
fn a_ca_is_not_renewed() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis --ca-dir ca").ok();
    shop.certs("create other --host redis --ca-dir second").ok();
    shop.refuses("renew ca/ca.crt --ca-dir second", 4, "is a CA");
    shop.refuses("renew ca/ca.crt --ca-dir ca", 2, "beside the CA key");
}

#[test]
fn status_answers_about_any_moment_in_both_forms() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis --days 100").ok();
    shop.certs("issue client worker --days 10").ok();
    for (line, code) in [
        ("status certs", 0),
        ("status .", 1),
        ("status", 1),
        ("status certs --expires-within 20w", 1),
        ("status certs --at 2100-01-01", 1),
        ("status certs --at 2000-01-01", 1),
    ] {
        assert_eq!(shop.certs(line).code, Some(code), "{line}");
    }
    let table = shop.certs("status .").stdout;
    let kinds: Vec<&str> = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(4))
        .collect();
    assert_eq!(kinds, ["client", "client", "server", "ca"], "{table}");
    let json = shop.certs("status . --format json").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "stem-sec/certs-status/v1");
    let states: Vec<&str> = json["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|certificate| certificate["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["due", "ok", "ok", "ok"]);
    assert_eq!(
        json["certificates"][2]["names"],
        serde_json::json!(["DNS:redis"])
    );
    assert_eq!(
        json["certificates"][3]["paths"].as_array().unwrap().len(),
        2
    );
    shop.write("certs/broken.crt", "broken");
    let done = shop.certs("status certs");
    assert_eq!(done.code, Some(4));
    assert!(
        done.stdout.contains("server"),
        "the others are still listed"
    );
}

#[test]
fn names_in_certificates_cannot_drive_a_terminal() {
    let shop = Workshop::new();
    shop.root(
        "evil",
        super::workshop::P256,
        "CN=\u{1b}]0;owned\u{7}",
        "subjectAltName=DNS:redis",
    );
    for line in ["status .", "verify evil.crt --ca evil.crt"] {
        let said = shop.certs(line).said();
        assert!(!said.contains(['\u{1b}', '\u{7}']), "{line}: {said}");
    }
}

#[test]
fn each_wrong_thing_has_its_own_answer() {
    let shop = Workshop::new();
    shop.certs("create certs --host redis,10.0.0.5").ok();
    shop.certs("create other --host redis --ca-dir ca").ok();
    let wrong = |line: &str| {
        let done = shop.certs(line);
        assert_eq!(done.code, Some(1), "{line}: {}", done.said());
        let bad = done.stdout.lines().filter(|line| line.starts_with("  NO"));
        let bad: Vec<String> = bad
            .map(|line| line.split_whitespace().nth(1).unwrap().to_owned())
            .collect();
        bad
    };
    assert_eq!(wrong("verify certs/server.crt --host nope"), ["names"]);
    assert_eq!(wrong("verify certs/server.crt --host 10.0.0.6"), ["names"]);
    assert_eq!(
        wrong("verify certs/server.crt --purpose client"),
        ["purpose"]
    );
    assert_eq!(
        wrong("verify certs/server.crt --ca other/ca.crt"),
        ["chain"]
    );
    assert_eq!(
        wrong("verify certs/server.crt --at 2029-01-01"),
        ["validity"]
    );
    fs::copy(shop.path("other/server.key"), shop.path("certs/server.key")).unwrap();
    assert_eq!(wrong("verify certs/server.crt"), ["key"]);
}

#[test]
fn several_at_once_never_lose_a_file_or_repeat_a_serial() {
    let shop = Workshop::new();
    let done: Vec<bool> = std::thread::scope(|scope| {
        let issue = |number: usize| {
            let mut command = stem_sec();
            command
                .args(["certs", "issue", "client"])
                .arg(format!("worker-{number}"));
            command.current_dir(shop.path(""));
            scope.spawn(move || {
                let done = run(&mut command);
                assert!(
                    done.success || done.stderr.contains("locked"),
                    "{}",
                    done.said()
                );
                done.success
            })
        };
        let threads: Vec<_> = (0..8).map(issue).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let issued = done.iter().filter(|done| **done).count();
    assert!(issued > 0);
    let json = shop.certs("status --format json").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let certificates = json["certificates"].as_array().unwrap();
    let serials: BTreeSet<_> = certificates
        .iter()
        .map(|one| one["serial"].to_string())
        .collect();
    let issuers: BTreeSet<_> = certificates
        .iter()
        .map(|one| one["issuer"].to_string())
        .collect();
    assert_eq!(certificates.len(), issued + 1);
    assert_eq!(serials.len(), issued + 1);
    assert_eq!(issuers.len(), 1);
    assert_eq!(shop.certs("verify").code, Some(0));
}

#[test]
fn who_may_not_read_a_key_may_ask_about_its_certificate() {
    as_root(
        "lifecycle::who_may_not_read_a_key_may_ask_about_its_certificate",
        || {
            let shop = Workshop::new();
            shop.certs("create certs --host redis").ok();
            // where the other user can reach it
            fs::copy(env!("CARGO_BIN_EXE_stem-sec"), shop.path("stem-sec")).unwrap();
            fs::set_permissions(shop.path(""), PermissionsExt::from_mode(0o755)).unwrap();
            let mut command = tool("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
            command.args(["./stem-sec", "certs", "verify", "certs"]);
            let done = run(command.current_dir(shop.path(""))).ok();
            assert!(done.stdout.contains("certs/server.crt: good"));
            assert!(!done.stdout.contains("key  "), "{}", done.stdout);
            assert!(done.stderr.contains("certs/server.key` may not be read"));
        },
    );
}
