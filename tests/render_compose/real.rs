//! Docker Compose itself, as PyPI has it: what it makes of files, without an engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{Done, python_tool, run};

/// What Compose says of these files: one service after the other.
#[track_caller]
pub(crate) fn services(folder: &Path, files: &[&str]) -> BTreeMap<String, Service> {
    let done = config(folder, files).ok();
    let text = &done.stdout[done.stdout.find("{\n").expect("JSON")..];
    let project: Value = serde_json::from_str(text).expect("JSON");
    let services = project["services"].as_object().expect("services");
    let service = |(name, value): (&String, &Value)| (name.clone(), Service(value.clone()));
    services.iter().map(service).collect()
}

/// `docker compose config` of these files, with every image named.
pub(crate) fn config(folder: &Path, files: &[&str]) -> Done {
    let mut command = python_tool("docker-compose");
    command.current_dir(folder);
    for name in ["API", "BEAT", "CLI", "JOBS", "PRODUCER", "WORKER", "DB"] {
        command.env(format!("{name}_IMAGE"), "example/image:1");
    }
    for file in files {
        command.args(["-f", file]);
    }
    run(command.args(["--profile", "*", "config", "--format", "json"]))
}

/// Whether a file is what the compose specification's schema asks for.
#[track_caller]
pub(crate) fn ensure_schema(file: &Path) {
    // the schema's validator reads plain YAML: Compose's two words are none of it
    let text = fs::read_to_string(file).expect("a compose file");
    let plain = text.replace("!reset null", "null").replace("!override", "");
    let copy = file.with_extension("plain.yaml");
    fs::write(&copy, plain).expect("a copy");
    let mut check = python_tool("check-jsonschema");
    run(check
        .args(["--builtin-schema", "vendor.compose-spec"])
        .arg(&copy))
    .ok();
    fs::remove_file(copy).expect("the copy is removed");
}

/// A service as it would be started.
pub(crate) struct Service(pub(crate) Value);

impl Service {
    /// Its environment.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let entries = self.0["environment"].as_object();
        let text = |value: &Value| plain(value.as_str().unwrap_or_default());
        entries
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    }

    /// What it mounts: target and source.
    pub(crate) fn mounts(&self) -> BTreeMap<String, String> {
        let volumes = self.0["volumes"].as_array();
        let text = |value: &Value, key: &str| plain(value[key].as_str().unwrap_or_default());
        volumes
            .into_iter()
            .flatten()
            .map(|volume| (text(volume, "target"), text(volume, "source")))
            .collect()
    }

    /// The text at a key.
    pub(crate) fn text(&self, key: &str) -> String {
        plain(self.0[key].as_str().unwrap_or_default())
    }

    /// The texts of a list.
    pub(crate) fn list(&self, value: &Value) -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items
            .map(|item| plain(item.as_str().unwrap_or_default()))
            .collect()
    }
}

/// `config` writes what Compose could read again, every `$` doubled.
fn plain(text: &str) -> String {
    text.replace("$$", "$")
}
