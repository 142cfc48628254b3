//! The real readers of YAML that a manifest meets: Go's in kubectl, PyYAML and libyaml,
//! Node's `yaml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Deserializer, Value};

use super::common::{KUBECTL, NODE_PACKAGES, python, run, script, tool};

/// The documents of each file.
pub(crate) type Files = BTreeMap<PathBuf, Vec<Value>>;

/// As Python reads them.
#[track_caller]
pub(crate) fn by_python(files: &[PathBuf]) -> Files {
    let mut command = python();
    command.arg(script("kubernetes.py")).args(files);
    parsed(&run(&mut command).ok().stdout)
}

/// As Python reads them, where every one satisfies Kubernetes' schemas.
#[track_caller]
pub(crate) fn by_strict_python(files: &[PathBuf]) -> Files {
    let mut command = python();
    command.arg(script("kubernetes.py")).arg("--strict");
    parsed(&run(command.args(files)).ok().stdout)
}

/// As Node reads them.
#[track_caller]
pub(crate) fn by_node(files: &[PathBuf]) -> Files {
    let mut command = tool("node");
    command.arg(script("yaml.mjs")).arg(NODE_PACKAGES);
    parsed(&run(command.args(files)).ok().stdout)
}

/// The objects of one file as kubectl reads them, without what it adds.
#[track_caller]
pub(crate) fn by_kubectl(file: &Path) -> Vec<Value> {
    let mut command = tool(KUBECTL);
    command.args([
        "annotate",
        "--local",
        "--output=json",
        "read-by=kubectl",
        "--filename",
    ]);
    let said = run(command.arg(file)).ok().stdout;
    let mut objects = Vec::new();
    for document in Deserializer::from_str(&said).into_iter::<Value>() {
        let document = document.expect("JSON");
        match document["items"].as_array() {
            Some(items) => objects.extend(items.clone()),
            None => objects.push(document),
        }
    }
    objects
}

fn parsed(json: &str) -> Files {
    serde_json::from_str(json).expect("JSON")
}
