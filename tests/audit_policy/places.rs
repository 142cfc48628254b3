//! Findings are the same ones wherever the tool is started.

use std::path::Path;

use serde_json::Value;

use crate::common::Done;
use crate::{COMPOSE, MANIFEST, audit, ensure_code, project};

/// Fingerprints in a report.
fn prints(done: &Done) -> Vec<String> {
    let report: Value = serde_json::from_str(&done.stdout).expect("a report");
    let all = report["findings"].as_array().expect("findings").iter();
    let mut all: Vec<String> = all.map(|one| one["fingerprint"].to_string()).collect();
    all.sort();
    all
}

#[test]
fn a_baseline_fits_wherever_the_tool_is_started() {
    let extra = "    env_file: [gone.env]\n";
    let place = project(&[
        ("deploy/compose.yaml", &format!("{COMPOSE}{extra}")),
        (
            "deploy/keys/.env",
            "STEM_BROKER_URL=redis://redis.example.com\n",
        ),
        ("stem-sec.yaml", MANIFEST),
        ("deploy/deeper/still/empty", ""),
    ]);
    let deploy = place.path().join("deploy");
    let known = place.path().join("known.json").display().to_string();
    audit(&deploy, &["--write-baseline", &known]).ok();
    let expected = prints(&audit(&deploy, &["--format", "json"]));
    let whole = deploy.display().to_string();
    let still = deploy.join("deeper/still");
    for (from, path) in [
        (deploy.as_path(), "."),
        (&deploy, &whole),
        (place.path(), "deploy"),
        (place.path(), "./deploy/"),
        (&still, "../.."),
        (Path::new("/"), &whole),
    ] {
        let found = prints(&audit(from, &["--format", "json", path]));
        assert_eq!(found, expected, "{path} from {}", from.display());
        let arguments = ["--baseline", &known, "--fail-on", "note", path];
        ensure_code(from, &arguments, 0);
    }
}

#[test]
fn a_dockerfile_is_found_from_below_its_folder() {
    let service = "services:\n  worker: { build: ., labels: { stem.role: worker } }\n";
    let place = project(&[
        ("compose.yaml", service),
        (
            "Dockerfile",
            "FROM scratch\nENV STEM_TLS_ALLOW_INSECURE=true\n",
        ),
        ("below/empty", ""),
    ]);
    let expected = prints(&audit(place.path(), &["--format", "json"]));
    let found = prints(&audit(
        &place.path().join("below"),
        &["--format", "json", ".."],
    ));
    assert_eq!(found, expected);
    assert!(!expected.is_empty());
}
