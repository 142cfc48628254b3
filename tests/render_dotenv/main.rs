//! The env files that `init` writes, through every loader that a deployment may meet: a
//! shell, python-dotenv, Node and Stem's own read the same variables, and just those.

#[path = "../common/mod.rs"]
mod common;
#[path = "../keygen/loaders.rs"]
mod loaders;
#[path = "../keygen/stem.rs"]
#[allow(dead_code)]
mod stem;

use std::fs;
use std::path::Path;

use common::{folder, run, stem_sec};

fn init(place: &Path, flags: &[&str]) {
    run(stem_sec().args(["init", "--yes"]).args(flags).arg(place)).ok();
}

/// The env files below a folder of components, at least four.
fn env_files(place: &Path) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(place.join("deploy")).expect("written");
    let files: Vec<_> = folders
        .map(|entry| entry.expect("readable").path().join("stem.env"))
        .filter(|path| path.is_file())
        .collect();
    assert!(files.len() >= 4, "{files:?}");
    files
}

#[test]
fn every_loader_reads_the_same_variables_under_every_posture() {
    for signing in ["none", "hmac-sha256", "ed25519"] {
        for transport in ["plaintext", "tls", "mtls"] {
            let place = folder();
            init(
                place.path(),
                &["--signing", signing, "--transport", transport],
            );
            for file in env_files(place.path()) {
                let expected = loaders::verbatim(&file);
                assert!(
                    expected.contains_key("STEM_BROKER_URL"),
                    "{}",
                    file.display()
                );
                for (name, load) in loaders::LOADERS {
                    assert_eq!(load(&file), expected, "{name}, {signing} + {transport}");
                }
            }
        }
    }
}

#[test]
fn a_folder_with_an_odd_name_is_read_back_unchanged() {
    let place = folder();
    init(place.path(), &["--install", "/srv/$HOME #1/%h \"q\" ~/é"]);
    for file in env_files(place.path()) {
        let component = file
            .parent()
            .and_then(Path::file_name)
            .expect("a component");
        let expected = format!(
            "/srv/$HOME #1/%h \"q\" ~/é/{}/ca.crt",
            component.to_string_lossy()
        );
        // docker run --env-file takes quotes for part of the value, and cannot be served here
        for (name, load) in &loaders::LOADERS[1..] {
            assert_eq!(load(&file)["STEM_TLS_CA_CERT"], expected, "{name}");
        }
    }
}

#[test]
fn a_folder_that_loaders_would_read_differently_is_refused() {
    let place = folder();
    let target = place.path().join("new");
    let done = run(stem_sec()
        .args(["init", "--yes", "--install", "/srv/it's"])
        .arg(&target));
    assert_eq!(done.code, Some(4), "{}", done.said());
    assert!(done.stderr.contains("a single quote"), "{}", done.stderr);
    assert!(!target.join("deploy").exists());
}
