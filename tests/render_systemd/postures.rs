//! Under every posture each unit's process gets what its roles need and nothing else, whatever
//! the unit was given before.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::common::{as_root, environment, folder};
use crate::manager::{Manager, PLACE, Seen};
use crate::{COMPONENTS, edit, init};

const SIGNING: [&str; 3] = ["none", "hmac-sha256", "ed25519"];
const TRANSPORT: [&str; 3] = ["plaintext", "tls", "mtls"];

/// What stands in units of people who followed older advice.
const BEFORE: &str = "User=daemon\n\
    Environment=STEM_SIGNING_KEYS=old:b2xk STEM_TLS_ALLOW_INSECURE=true\n\
    Environment=STEM_BROKER_URL=redis://old:6379 STEM_SIGNING_PRIVATE_KEYS=old:b2xk\n\
    Environment=STEM_TLS_CLIENT_KEY=/old/client.key\n";

#[test]
fn each_process_gets_what_its_roles_need_and_nothing_else() {
    as_root(
        "postures::each_process_gets_what_its_roles_need_and_nothing_else",
        || {
            for signing in SIGNING {
                for transport in TRANSPORT {
                    under(signing, transport);
                }
            }
        },
    );
}

fn under(signing: &str, transport: &str) {
    let place = folder();
    let mut flags = vec![
        "--install",
        "/mnt/place/deploy",
        "--signing",
        signing,
        "--transport",
        transport,
    ];
    flags.extend(COMPONENTS);
    init(place.path(), &flags).ok();
    edit(
        place.path(),
        "worker: { role: worker",
        "worker: { service: \"worker@\", role: worker",
    );
    crate::render(place.path(), &["--prune"]).ok();
    let deploy = place.path().join("deploy");

    let mut manager = Manager::new();
    let shared = place.path().join("shared.env");
    let old = "STEM_SIGNING_PRIVATE_KEYS=old:b2xk\nSTEM_SIGNING_KEYS=old:b2xk\n\
               STEM_TLS_CA_CERT=/old/server.crt\nSTEM_TLS_CLIENT_KEY=/old/client.key\n\
               STEM_TLS_ALLOW_INSECURE=true\nSTEM_SIGNING_ALGORITHM=hmac-sha256\n";
    fs::write(&shared, old).expect("written");
    fs::set_permissions(&shared, PermissionsExt::from_mode(0o600)).expect("set");
    let lines = format!("{BEFORE}EnvironmentFile=-{PLACE}/shared.env");
    let units = ["api", "both", "beat", "board", "redis", "proxy"]
        .map(|name| (name, format!("{name}.service"), format!("{name}.service")));
    let template = (
        "worker",
        "worker@.service".to_owned(),
        "worker@eu.service".to_owned(),
    );
    for (component, unit, started) in units.iter().chain([&template]) {
        // a unit that gets nothing may keep nothing either, but that is not this tool's
        let lines = if ["redis", "proxy"].contains(component) {
            "User=daemon"
        } else {
            &lines
        };
        manager.probe(unit, started, lines);
        if deploy.join(component).exists() {
            manager.install_dropins(&deploy.join(component));
        }
    }
    manager.run(place.path());
    for (component, _, started) in units.iter().chain([&template]) {
        let seen = manager
            .seen(started)
            .unwrap_or_else(|| panic!("{started} did not run under {signing} + {transport}"));
        judge(component, signing, transport, &deploy, &seen);
    }
}

#[track_caller]
fn judge(component: &str, signing: &str, transport: &str, deploy: &Path, seen: &Seen) {
    let at = format!("{component} under {signing} + {transport}");
    assert!(
        !seen.contains_key("can read"),
        "{at} reads {:?} beside what systemd hands it",
        seen["can read"]
    );
    let names: BTreeSet<&str> = seen
        .keys()
        .map(String::as_str)
        .filter(|name| name.starts_with("STEM_"))
        .collect();
    assert_eq!(names, expected(component, signing, transport), "{at}");
    for values in seen.values() {
        assert!(
            values
                .iter()
                .all(|value| !value.contains("b2xk") && !value.contains("/old/")),
            "{at}: {values:?}"
        );
    }
    let given = if names.is_empty() {
        BTreeMap::new()
    } else {
        environment(&deploy.join(component).join("stem.env"))
    };
    for name in &names {
        let [value] = seen[*name].as_slice() else {
            panic!("{at}: {name} twice")
        };
        match given.get(*name) {
            Some(expected) => assert_eq!(value, expected, "{at}"),
            None => assert!(
                value.starts_with("/run/credentials/"),
                "{at}: {name}={value}"
            ),
        }
    }
    for (name, file) in [
        ("STEM_TLS_CA_CERT", "ca.crt"),
        ("STEM_TLS_CLIENT_CERT", "client.crt"),
        ("STEM_TLS_CLIENT_KEY", "client.key"),
    ] {
        let content = seen.get(&format!("content of {name}"));
        let expected = names
            .contains(name)
            .then(|| vec![fs::read_to_string(deploy.join(component).join(file)).expect("a file")]);
        assert_eq!(content, expected.as_ref(), "{at}: {name}");
    }
    let credentials: BTreeSet<&str> = seen
        .keys()
        .filter_map(|name| name.strip_prefix("credential "))
        .collect();
    assert_eq!(credentials, expected_files(component, transport), "{at}");
}

/// The variables of a component by Stem's documentation, transcribed by hand.
fn expected(component: &str, signing: &str, transport: &str) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    if ["redis", "proxy"].contains(&component) {
        return names;
    }
    names.extend(["STEM_BROKER_URL", "STEM_RESULT_BACKEND_URL"]);
    if component == "beat" {
        names.insert("STEM_SCHEDULE_STORE_URL");
    }
    if signing == "hmac-sha256" {
        names.extend(["STEM_SIGNING_KEYS", "STEM_SIGNING_ACTIVE_KEY"]);
    }
    if signing == "ed25519" {
        names.extend(["STEM_SIGNING_ALGORITHM", "STEM_SIGNING_PUBLIC_KEYS"]);
        if component != "board" {
            names.insert("STEM_SIGNING_ACTIVE_KEY");
        }
        if ["api", "both", "beat"].contains(&component) {
            names.insert("STEM_SIGNING_PRIVATE_KEYS");
        }
    }
    if transport != "plaintext" {
        names.insert("STEM_TLS_CA_CERT");
    }
    if transport == "mtls" {
        names.extend(["STEM_TLS_CLIENT_CERT", "STEM_TLS_CLIENT_KEY"]);
    }
    names
}

fn expected_files(component: &str, transport: &str) -> BTreeSet<&'static str> {
    match (component, transport) {
        ("proxy", _) => BTreeSet::new(),
        ("redis", "plaintext") => BTreeSet::from(["redis.conf"]),
        ("redis", _) => BTreeSet::from(["ca.crt", "redis.conf", "server.crt", "server.key"]),
        (_, "plaintext") => BTreeSet::new(),
        (_, "tls") => BTreeSet::from(["ca.crt"]),
        _ => BTreeSet::from(["ca.crt", "client.crt", "client.key"]),
    }
}

#[test]
fn a_unit_whose_env_file_is_gone_does_not_start() {
    as_root(
        "postures::a_unit_whose_env_file_is_gone_does_not_start",
        || {
            let place = folder();
            init(place.path(), &["--install", "/mnt/place/deploy"]).ok();
            let worker = place.path().join("deploy/worker");
            for missing in ["stem.env", "client.key"] {
                let mut manager = Manager::new();
                manager.probe("worker.service", "worker.service", "User=daemon");
                manager.install_dropins(&worker);
                manager.run(place.path());
                assert!(manager.seen("worker.service").is_some());
                fs::rename(worker.join(missing), place.path().join("away")).expect("moved");
                let mut manager = Manager::new();
                manager.probe("worker.service", "worker.service", "User=daemon");
                manager.install_dropins(&worker);
                manager.run(place.path());
                assert!(
                    manager.seen("worker.service").is_none(),
                    "without {missing}"
                );
                fs::rename(place.path().join("away"), worker.join(missing)).expect("moved back");
            }
        },
    );
}

#[test]
fn with_a_group_the_files_are_roots_and_the_group_reads_all_but_the_env_file() {
    as_root(
        "postures::with_a_group_the_files_are_roots_and_the_group_reads_all_but_the_env_file",
        || {
            let place = folder();
            init(place.path(), &["--install", "/mnt/place/deploy"]).ok();
            // a group that Debian has and that the unit's user is not in
            edit(
                place.path(),
                "role: worker",
                "uid: 1, gid: 60, role: worker",
            );
            crate::render(place.path(), &[]).ok();
            let deploy = place.path().join("deploy");
            let mut manager = Manager::new();
            manager.probe("worker.service", "worker.service", "User=daemon");
            manager.install_dropins(&deploy.join("worker"));
            manager.run(place.path());
            let seen = manager.seen("worker.service").expect("it ran");
            let folder = deploy.join("worker");
            for (name, file) in [
                ("STEM_TLS_CA_CERT", "ca.crt"),
                ("STEM_TLS_CLIENT_CERT", "client.crt"),
                ("STEM_TLS_CLIENT_KEY", "client.key"),
            ] {
                let path = folder.join(file);
                assert_eq!(seen[name], [format!("{PLACE}/deploy/worker/{file}")]);
                let content = fs::read_to_string(&path).expect("a file");
                assert_eq!(seen[&format!("content of {name}")], [content]);
            }
            assert!(!seen.contains_key("CREDENTIALS_DIRECTORY"));
            let mut readable = seen["can read"].clone();
            readable.sort();
            let expected = ["ca.crt", "client.crt", "client.key"];
            let expected = expected.map(|name| format!("{PLACE}/deploy/worker/{name}"));
            assert_eq!(readable, expected);
        },
    );
}
