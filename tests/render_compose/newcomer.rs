//! The story of somebody who has a project with one shared `.env` and one shared folder of
//! keys, and turns it into Ed25519 with mutual TLS.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use crate::common::{environment, run, tool};
use crate::project::{COMPOSE, old_private, project};

/// All that is typed.
const COMMANDS: [&str; 3] = [
    "stem-sec init . --yes --target compose --project compose.yaml \
     --component api=producer --component worker=worker --component redis=broker",
    "echo COMPOSE_FILE=compose.yaml:deploy/compose.stem-sec.yaml >> .env",
    "docker compose up -d --force-recreate",
];

/// A `docker` that writes down what Compose would start, and the stem-sec under test.
fn programs(folder: &Path) {
    let compose = concat!(env!("CARGO_TARGET_TMPDIR"), "/python/bin/docker-compose");
    let programs = [
        (
            "docker",
            format!(
                "test \"$1 $2\" = 'compose up' && exec {compose} config --format json > started.json"
            ),
        ),
        (
            "stem-sec",
            format!("exec {} \"$@\"", env!("CARGO_BIN_EXE_stem-sec")),
        ),
    ];
    fs::create_dir(folder).expect("a folder");
    for (name, line) in programs {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{line}\n")).expect("a program");
        fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a mode");
    }
}

#[test]
fn three_commands_leave_no_old_secret_in_reach() {
    let place = project(COMPOSE);
    let bin = place.path().join("bin");
    programs(&bin);
    let path = format!(
        "{}:{}",
        bin.display(),
        std::env::var("PATH").expect("a PATH")
    );
    for command in COMMANDS {
        let mut shell = tool("sh");
        run(shell
            .args(["-c", command])
            .env("PATH", &path)
            .current_dir(place.path()))
        .ok();
    }
    let text = fs::read_to_string(place.path().join("started.json")).expect("what is started");
    let started: Value = serde_json::from_str(&text).expect("JSON");
    assert!(!text.contains(&old_private()), "{text}");
    assert!(!text.contains("/certs"), "{text}");
    let names = |service: &str| -> Vec<String> {
        let environment = started["services"][service]["environment"].as_object();
        environment
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    let private = "STEM_SIGNING_PRIVATE_KEYS".to_owned();
    assert!(names("api").contains(&private));
    assert!(!names("worker").contains(&private));
    assert_eq!(names("redis"), ["DATABASE_URL"]);
    let api = environment(&place.path().join("deploy/api/stem.env"));
    let given = &started["services"]["api"]["environment"];
    for (name, value) in &api {
        assert_eq!(given[name], value.as_str(), "{name}");
    }
    assert_eq!(api["STEM_SIGNING_ALGORITHM"], "ed25519");
    assert_eq!(api["STEM_BROKER_URL"], "rediss://redis:6379/0");
    for service in ["api", "worker", "redis"] {
        let volumes = started["services"][service]["volumes"]
            .as_array()
            .expect("volumes");
        let keys: Vec<&str> = volumes
            .iter()
            .filter_map(|volume| volume["source"].as_str())
            .filter(|source| source.ends_with(".key"))
            .collect();
        let file = if service == "redis" {
            "server.key"
        } else {
            "client.key"
        };
        let own = place.path().join("deploy").join(service).join(file);
        assert_eq!(keys, [own.to_str().expect("text")], "{service}");
    }
}

#[test]
fn the_readme_tells_the_same_story() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(readme).expect("the README");
    for command in COMMANDS {
        assert!(text.lines().any(|line| line == command), "{command}");
    }
}
