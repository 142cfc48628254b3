//! A whole compose file for a project that has none.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{environment, folder, run, stem_sec};
use crate::real::{Service, ensure_schema, services};

const SIGNING: [&str; 3] = ["none", "hmac-sha256", "ed25519"];
const TRANSPORT: [&str; 3] = ["plaintext", "tls", "mtls"];

fn init(place: &Path, flags: &[&str]) {
    let mut command = stem_sec();
    run(command
        .arg("init")
        .arg(place)
        .args(["--yes", "--target", "compose"])
        .args(flags))
    .ok();
}

/// Every posture.
pub(crate) fn postures() -> impl Iterator<Item = [&'static str; 4]> {
    let all = |signing| TRANSPORT.map(|transport| ["--signing", signing, "--transport", transport]);
    SIGNING.into_iter().flat_map(all)
}

/// The service gets its own folder's variables and files, each file by itself, and no more.
#[track_caller]
fn ensure_own(service: &Service, name: &str, out: &Path) {
    let own = out.join(name);
    let env_file = own.join("stem.env");
    let expected = if env_file.exists() {
        environment(&env_file)
    } else {
        BTreeMap::new()
    };
    assert_eq!(service.environment(), expected, "{name}");
    let mut mounts = service.mounts();
    mounts.remove("/data");
    let entries = fs::read_dir(&own).expect("a folder");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let files = files.filter(|path| !path.ends_with("stem.env"));
    let expected: BTreeMap<String, String> = files
        .map(|path| {
            let file = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (format!("/etc/stem/{file}"), path.display().to_string())
        })
        .collect();
    assert_eq!(mounts, expected, "{name}");
    for (variable, path) in service.environment() {
        let is_path = variable.starts_with("STEM_TLS_");
        assert!(
            !is_path || mounts.contains_key(&path),
            "{name}: {variable}={path}"
        );
    }
    let volumes = service.0["volumes"].as_array().into_iter().flatten();
    for volume in volumes.filter(|volume| volume["type"] == "bind") {
        assert_eq!(volume["read_only"], true, "{name}: {volume}");
        assert_ne!(volume["bind"]["create_host_path"], true, "{name}: {volume}");
    }
    assert!(service.0["ports"].is_null(), "{name}");
}

#[test]
fn every_service_gets_its_own_folder_and_nothing_else_in_every_posture() {
    for posture in postures() {
        let place = folder();
        init(place.path(), &posture);
        let out = place.path().join("deploy");
        ensure_schema(&out.join("compose.yaml"));
        let services = services(&out, &["compose.yaml"]);
        let names: Vec<&str> = services.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["beat", "cli", "producer", "redis", "worker"],
            "{posture:?}"
        );
        for (name, service) in &services {
            ensure_own(service, name, &out);
            let role = if name == "redis" {
                "broker"
            } else {
                name.as_str()
            };
            assert_eq!(service.0["labels"]["stem.role"], role);
        }
    }
}

#[test]
fn a_component_with_several_roles_is_one_service_with_all_of_its_files() {
    let place = folder();
    init(
        place.path(),
        &[
            "--component",
            "jobs=worker+producer",
            "--component",
            "redis=broker",
            "--owner",
            "jobs=1000:1001",
        ],
    );
    let out = place.path().join("deploy");
    let services = services(&out, &["compose.yaml"]);
    ensure_own(&services["jobs"], "jobs", &out);
    assert!(
        services["jobs"]
            .environment()
            .contains_key("STEM_SIGNING_PRIVATE_KEYS")
    );
    assert_eq!(services["jobs"].0["labels"]["stem.role"], "worker,producer");
    assert_eq!(services["jobs"].text("user"), "1000:1001");
    assert_eq!(services["redis"].text("user"), "999");
    let waits = &services["jobs"].0["depends_on"]["redis"]["condition"];
    assert_eq!(waits, "service_healthy");
}

#[test]
fn the_folder_can_be_moved() {
    let place = folder();
    init(place.path(), &[]);
    let moved = place.path().join("elsewhere");
    fs::rename(place.path().join("deploy"), &moved).expect("moved");
    for (name, service) in services(&moved, &["compose.yaml"]) {
        ensure_own(&service, &name, &moved);
    }
}

#[test]
fn an_image_that_is_not_named_is_asked_for() {
    let place = folder();
    init(
        place.path(),
        &[
            "--component",
            "night-jobs=worker",
            "--component",
            "redis=broker",
        ],
    );
    let done = crate::real::config(&place.path().join("deploy"), &["compose.yaml"]);
    assert!(
        done.stderr.contains("set NIGHT_JOBS_IMAGE"),
        "{}",
        done.said()
    );
}

#[test]
fn the_broker_answers_to_the_name_in_its_url() {
    let place = folder();
    init(
        place.path(),
        &["--broker", "rediss://broker.internal:6390/0"],
    );
    let out = place.path().join("deploy");
    let services = services(&out, &["compose.yaml"]);
    let redis = &services["redis"];
    assert_eq!(
        redis.list(&redis.0["networks"]["default"]["aliases"]),
        ["broker.internal"]
    );
    ensure_own(redis, "redis", &out);
}

#[test]
fn hostile_words_reach_the_container_unchanged() {
    let words = [
        "a\nb",
        "it's",
        "\"q\"",
        "$HOME",
        "${HOME:-x}",
        "$$",
        "%h%%",
        "#no comment",
        " leading",
        "trailing ",
        "back\\slash",
        "a: b",
        "- a",
        "*a",
        "&a",
        "!reset",
        "{a}",
        "[a]",
        "",
        "~",
        "null",
        "true",
        "1e3",
        "0x1f",
        "é😀",
        "\u{85}\u{2028}\u{feff}",
        "\t",
        "\r\n",
        "{{ name }}",
        "\u{7f}\u{1b}[31m",
    ];
    let long = "x".repeat(100_000);
    let place = folder();
    init(place.path(), &[]);
    let path = place.path().join("stem-sec.yaml");
    let mut manifest =
        stem_sec::model::manifest::Manifest::parse(fs::read(&path).expect("a manifest"))
            .expect("a manifest");
    // the manifest itself refuses some of them; what it takes has to arrive
    let mut command = Vec::new();
    for word in words.into_iter().chain([long.as_str()]) {
        let mut candidate = manifest.clone();
        candidate.components[0].command = vec![word.to_owned()];
        if stem_sec::model::manifest::Manifest::parse(candidate.text()).is_ok() {
            command.push(word.to_owned());
        }
    }
    assert!(command.len() > 15, "{command:?}");
    manifest.components[0].command = command.clone();
    manifest.components[0].image = Some("registry.example:5000/a/b:1".to_owned());
    manifest.render.install = Some("/opt/its $HOME: #1".to_owned());
    fs::write(&path, manifest.text()).expect("written");
    run(stem_sec().arg("render").current_dir(place.path())).ok();
    let out = place.path().join("deploy");
    ensure_schema(&out.join("compose.yaml"));
    let services = services(&out, &["compose.yaml"]);
    let service = &services["producer"];
    assert_eq!(service.list(&service.0["command"]), command);
    assert_eq!(service.text("image"), "registry.example:5000/a/b:1");
    assert!(
        service
            .mounts()
            .contains_key("/opt/its $HOME: #1/client.key")
    );
    assert_eq!(
        service.environment()["STEM_TLS_CLIENT_KEY"],
        "/opt/its $HOME: #1/client.key"
    );
}
