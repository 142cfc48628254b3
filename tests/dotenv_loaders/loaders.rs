//! The real loaders: `loaders.py` asks most of them, a manager of its own asks systemd.
//! Judges nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{folder, python, run};
use crate::manager::Manager;

/// What is set outside of the files.
pub(crate) const OUTSIDE: [(&str, &str); 4] = [
    ("HOME", "/home/exam"),
    ("LC_ALL", "C.UTF-8"),
    ("OUT", "from outside"),
    ("EMPTY", ""),
];

/// What a loader sets.
pub(crate) type Seen = BTreeMap<String, String>;

/// A program that reads env files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loader {
    Bash,
    Compose,
    ComposeRaw,
    Dash,
    Docker,
    Kubectl,
    Kustomize,
    Python,
    Systemd,
}

/// What is set outside under this name.
pub(crate) fn lookup(name: &str) -> Option<String> {
    let found = OUTSIDE.iter().find(|(key, _)| *key == name);
    found.map(|(_, value)| (*value).to_owned())
}

/// What the loader makes of each file; `None` where it refuses it. Those that are thought to
/// be taken may be read together.
#[track_caller]
pub(crate) fn ask(loader: Loader, files: &[Vec<u8>], taken: &[bool]) -> Vec<Option<Seen>> {
    let place = folder();
    let name = |at: usize| format!("{}-{at}.env", if taken[at] { "ok" } else { "no" });
    for (at, bytes) in files.iter().enumerate() {
        fs::write(place.path().join(name(at)), bytes).expect("written");
    }
    if loader == Loader::Systemd {
        let names: Vec<String> = (0..files.len()).map(name).collect();
        return ask_systemd(place.path(), &names);
    }
    let outside: BTreeMap<_, _> = OUTSIDE.into_iter().collect();
    let outside = serde_json::to_string(&outside).expect("JSON");
    fs::write(place.path().join("outside.json"), outside).expect("written");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dotenv_loaders/loaders.py");
    let word = match loader {
        Loader::Bash => "bash",
        Loader::Compose => "compose",
        Loader::ComposeRaw => "compose-raw",
        Loader::Dash => "dash",
        Loader::Docker => "docker",
        Loader::Kubectl => "kubectl",
        Loader::Kustomize => "kustomize",
        Loader::Python => "python",
        Loader::Systemd => unreachable!(),
    };
    let done = run(python().arg(script).arg(word).arg(place.path())).ok();
    let mut all: BTreeMap<String, Option<Seen>> = serde_json::from_str(&done.stdout).expect("JSON");
    (0..files.len())
        .map(|at| all.remove(&name(at)).expect("every file"))
        .collect()
}

/// A unit a file, all started by one manager.
fn ask_systemd(place: &Path, names: &[String]) -> Vec<Option<Seen>> {
    let mut manager = Manager::new();
    let unit = |at: usize| format!("exam-{at}.service");
    for (at, name) in names.iter().enumerate() {
        let lines = format!("EnvironmentFile={}/{name}", crate::manager::PLACE);
        manager.probe(&unit(at), &unit(at), &lines);
    }
    manager.probe("bare.service", "bare.service", "");
    manager.run(place);
    let bare = manager.seen("bare.service").expect("an environment");
    let changes = ["INVOCATION_ID", "JOURNAL_STREAM", "SYSTEMD_EXEC_PID"];
    let seen = |at| {
        let mut seen = manager.seen(&unit(at))?;
        seen.retain(|name, values| {
            bare.get(name) != Some(values) && !changes.contains(&name.as_str())
        });
        let first = |(name, mut values): (String, Vec<String>)| (name, values.swap_remove(0));
        Some(seen.into_iter().map(first).collect())
    };
    (0..names.len()).map(seen).collect()
}
