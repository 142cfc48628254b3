//! The published JSON Schema of the manifest: current, and of one mind with the reader.
//! `UPDATE=1 cargo test --test manifest_schema` rewrites it.

#[path = "common/manifests.rs"]
mod manifests;

use std::path::Path;
use std::sync::LazyLock;

use jsonschema::Validator;
use manifests::any_manifest;
use proptest::prelude::*;
use serde_json::Value;
use stem_sec::model::manifest::{self, Manifest};

const EXAMPLE: &str = include_str!("manifest/example.yaml");

fn schema() -> Value {
    manifest::schema().into()
}

fn validator() -> &'static Validator {
    static VALIDATOR: LazyLock<Validator> =
        LazyLock::new(|| jsonschema::draft202012::new(&schema()).expect("a valid schema"));
    &VALIDATOR
}

fn value(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).expect("YAML")
}

#[test]
fn the_published_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/stem-sec.schema.json");
    let current = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == current,
        "schema/stem-sec.schema.json has drifted: run UPDATE=1 cargo test --test manifest_schema"
    );
}

#[test]
fn the_schema_takes_the_example() {
    let validator = validator();
    let errors: Vec<String> = validator
        .iter_errors(&value(EXAMPLE))
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let validator = validator();
    for (before, after) in [
        ("version: 1", "version: 2"),
        ("version: 1\n", ""),
        ("posture:", "postrue:"),
        ("ed25519", "rsa"),
        ("rediss://redis:6379/0", "rediss://:pw@redis:6379/0"),
        ("rediss://redis:6379/0", "https://redis"),
        ("rediss://redis:6379/1", "rediss://:pw@redis:6379/1"),
        (
            "  names:",
            "  password-file: a\n  password-env: B\n  names:",
        ),
        ("  names:", "  password-env: a-b\n  names:"),
        ("beat: {", "Beat_: {"),
        ("beat: {", "all: {"),
        ("{ role: beat }", "{}"),
        ("{ role: beat }", "{ roles: [] }"),
        ("{ role: beat }", "{ role: beat, roles: [beat] }"),
        ("{ role: beat }", "{ roles: [beat, beat] }"),
        ("{ role: beat }", "{ role: chef }"),
        ("{ role: beat }", "{ role: beat, holds: [ca-key] }"),
        ("{ role: beat }", "{ role: beat, holds: [crown] }"),
        ("{ role: beat }", "{ role: worker, retries: kept }"),
        ("{ role: beat }", "{ role: beat, uid: -1 }"),
        ("target: compose", "target: nomad"),
        ("install: /etc/stem", "install: etc/stem"),
        ("7d", "seven days"),
        ("fail-on: error", "fail-on: never"),
        ("reason: \"local only\", ", ""),
        ("2027-01-31", "soon"),
    ] {
        assert!(EXAMPLE.contains(before), "{before}");
        let text = EXAMPLE.replacen(before, after, 1);
        assert!(Manifest::parse(&text).is_err(), "the reader takes {after}");
        assert!(
            !validator.is_valid(&value(&text)),
            "the schema takes {after}"
        );
    }
}

proptest! {
    #[test]
    fn the_schema_takes_every_manifest_that_is_written(manifest in any_manifest()) {
        let text = manifest.text();
        let value = value(&text);
        let validator = validator();
        let errors: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
        prop_assert!(errors.is_empty(), "{:?}\n{}", errors, text);
    }
}
