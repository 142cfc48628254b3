//! What no process manager starts: the folders of components that a manifest declares, and
//! env files that nothing names.

use std::sync::Arc;

use super::Assembly;
use crate::audit::inventory::{Declared, NOWHERE, folder_of};
use crate::audit::process::{
    Argument, Content, Deployment, Gap, GapKind, How, Kind, Process, Readable, Said, Value,
    Variable,
};
use crate::audit::tree::{FileKind, Found, Source, Tree};
use crate::audit::variables::Variables;
use crate::formats::dotenv::{self, Dialect, EnvFile};
use crate::formats::place::Place;
use crate::model::env;
use crate::model::manifest::Component;
use crate::model::secret::Secret;

/// The name of a component's env file in its folder.
const ENV_FILE: &str = "stem.env";

/// The configuration of a broker in its folder.
const REDIS_CONF: &str = "redis.conf";

/// The folders that manifests declare, where nothing else has used them.
pub(super) fn declared(tree: &Tree, manifests: &[Declared], out: &mut Assembly) {
    for declared in manifests {
        let processes: Vec<Process> = declared
            .manifest
            .components
            .iter()
            .filter_map(|component| folder_process(tree, declared, component, out))
            .collect();
        if processes.is_empty() {
            continue;
        }
        let written = &declared.manifest.render.out;
        let folder = tidy(&join(&declared.folder, written));
        let assumption = format!(
            "each folder below `{written}` is given to the component that it is named after"
        );
        // what a process manager starts of them is the same deployment
        let mut others = out.deployments.iter_mut();
        match others.rfind(|other| other.folder == folder) {
            Some(deployment) => {
                deployment.processes.extend(processes);
                deployment.assumptions.push(assumption);
            }
            None => out.deployments.push(Deployment {
                name: tree.folder_name(&folder),
                kind: Kind::Files,
                folder,
                processes,
                assumptions: vec![assumption],
            }),
        }
    }
}

fn folder_process(
    tree: &Tree,
    declared: &Declared,
    component: &Component,
    out: &mut Assembly,
) -> Option<Process> {
    let name = component.name.as_str();
    let render = &declared.manifest.render;
    let folder = join(&declared.folder, &format!("{}/{name}", render.out));
    let sources: Vec<Arc<Source>> = tree
        .below(&folder)
        .iter()
        .filter_map(|path| tree.read(path).ok())
        .collect();
    let is_new = |source: &Arc<Source>| !out.used.contains(&source.number);
    if sources.is_empty() || !sources.iter().all(is_new) {
        return None;
    }
    out.used.extend(sources.iter().map(|source| source.number));
    let said = Said {
        place: declared
            .components
            .get(name)
            .copied()
            .unwrap_or(match declared.place {
                NOWHERE => Place::top(sources[0].number),
                place => place,
            }),
        how: How::Manifest,
    };
    let mut process = Process {
        name: name.to_owned(),
        service: component.service_name().to_owned(),
        place: said.place,
        image: component.image.clone(),
        ..Process::default()
    };
    let (env_files, files): (Vec<_>, Vec<_>) = sources
        .iter()
        .partition(|source| base_name(&source.path) == ENV_FILE);
    for source in env_files {
        add_variables(source, &mut process, std::slice::from_ref(&said));
    }
    for source in files {
        let path = match &render.install {
            Some(install) => format!("{install}/{name}/{}", base_name(&source.path)),
            None => own_path(&process, &source.path, name),
        };
        if base_name(&path) == REDIS_CONF {
            process.arguments = started_with(&path, &said);
        }
        process.files.push(Readable {
            path,
            content: Content::File(source.number),
            said: vec![said.clone()],
        });
    }
    Some(process)
}

/// A broker reads the configuration in its folder: that is what it is there for.
fn started_with(path: &str, said: &Said) -> Vec<Argument> {
    let word = |text: &str| Argument {
        text: Secret::new(text.to_owned()),
        place: said.place,
        said: vec![said.clone()],
        is_open: false,
    };
    vec![word("redis-server"), word(path)]
}

/// Without `.` before it.
fn tidy(path: &str) -> String {
    path.strip_prefix("./")
        .unwrap_or(path)
        .trim_end_matches('/')
        .to_owned()
}

/// The path by which the process itself knows a file of its folder: the one that its
/// settings name, where they do.
fn own_path(process: &Process, path: &str, component: &str) -> String {
    let end = format!("/{component}/{}", base_name(path));
    let named = process.environment.iter().find_map(|variable| {
        let text = variable.value.known()?.trim();
        (text.starts_with('/') && text.ends_with(&end)).then(|| text.to_owned())
    });
    named.unwrap_or_else(|| path.to_owned())
}

/// Env files that nothing else read: each is what some process is given.
pub(super) fn env_files(tree: &Tree, found: &[Found], out: &mut Assembly) {
    let mut deployments: Vec<(Option<&str>, Deployment)> = Vec::new();
    let env_files = found.iter().filter(|found| found.kind == FileKind::EnvFile);
    for found in env_files.filter(|found| !is_sample(&found.path)) {
        let Ok(source) = tree.read(&found.path) else {
            continue;
        };
        if out.used.contains(&source.number) {
            continue;
        }
        let Some(process) = env_file_process(tree, &source, out) else {
            continue;
        };
        let folder = folder_of(&found.path);
        let stage = stage_of(&found.path);
        let known =
            |one: &&mut (Option<&str>, Deployment)| one.0 == stage && one.1.folder == folder;
        match deployments.iter_mut().find(known) {
            Some((_, deployment)) => deployment.processes.push(process),
            None => {
                let deployment = of_env_file(tree, folder, stage, process);
                deployments.push((stage, deployment));
            }
        }
    }
    let deployments = deployments.into_iter().map(|(_, deployment)| deployment);
    out.deployments.extend(deployments);
}

fn of_env_file(tree: &Tree, folder: &str, stage: Option<&str>, process: Process) -> Deployment {
    let name = tree.folder_name(folder);
    let mut assumptions = vec![
        "nothing here says how the env files are loaded: read as a shell reads them".to_owned(),
    ];
    if let Some(stage) = stage {
        assumptions.push(format!(
            "by their names, these env files are those of {stage}, which shares nothing with other stages"
        ));
    }
    Deployment {
        name: stage.map_or_else(|| name.clone(), |stage| format!("{name}-{stage}")),
        kind: Kind::Files,
        folder: folder.to_owned(),
        processes: vec![process],
        assumptions,
    }
}

/// The stage that an env file's name says it is for: `.env.production`, `worker.dev.env`.
fn stage_of(path: &str) -> Option<&'static str> {
    let name = base_name(path).to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.find_map(|word| match word {
        "dev" | "develop" | "development" => Some("development"),
        "test" | "tests" | "testing" => Some("test"),
        "stage" | "staging" => Some("staging"),
        "prod" | "production" => Some("production"),
        "ci" => Some("ci"),
        "qa" => Some("qa"),
        "uat" => Some("uat"),
        "preview" => Some("preview"),
        _ => None,
    })
}

fn env_file_process(tree: &Tree, source: &Source, out: &mut Assembly) -> Option<Process> {
    let mut process = Process {
        name: base_name(&source.path).to_owned(),
        service: stem_of(tree, &source.path),
        place: Place::top(source.number),
        ..Process::default()
    };
    add_variables(source, &mut process, &[]);
    let matters = |variable: &Variable| {
        let name = variable.name.as_str();
        env::artifact_of(name).is_some() || env::BROKER_PASSWORDS.contains(&name)
    };
    if !process.environment.iter().any(matters) {
        return None;
    }
    out.used.insert(source.number);
    add_named_files(tree, source, &mut process, out);
    Some(process)
}

/// The files that its variables name, from the folder of the env file.
fn add_named_files(tree: &Tree, source: &Source, process: &mut Process, out: &mut Assembly) {
    for variable in &process.environment {
        let (Value::Known(text), true) = (&variable.value, env::is_path(&variable.name)) else {
            continue;
        };
        let path = text.expose().trim();
        let there = match path.starts_with('/') {
            true => tree.host_path(&source.path, path),
            false => Some(join(folder_of(&source.path), path)),
        };
        let Some(file) = there.and_then(|there| tree.read(&there).ok()) else {
            continue;
        };
        out.used.insert(file.number);
        process.files.push(Readable {
            path: path.to_owned(),
            content: Content::File(file.number),
            said: variable.said.clone(),
        });
    }
}

/// Whether a file only shows what an env file could look like.
fn is_sample(path: &str) -> bool {
    let name = base_name(path).to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        matches!(
            word,
            "example" | "sample" | "template" | "dist" | "defaults"
        )
    })
}

/// As a shell reads it, unless that is not what it is written for: of a URL with a `&` between
/// its options a shell makes a command, and every other loader a value.
fn read(source: &Source) -> EnvFile {
    let by = |dialect| dotenv::read(&source.bytes, source.number, dialect, &|_| None);
    let shell = by(Dialect::Shell);
    let has_options = |line: &[u8]| {
        let scheme = memchr::memmem::find(line, b"://");
        scheme.is_some_and(|at| line[at..].contains(&b'&'))
    };
    if !source.bytes.split(|byte| *byte == b'\n').any(has_options) {
        return shell;
    }
    let plain = by(Dialect::Systemd);
    let is_whole = plain.troubles.is_empty() && !plain.refused;
    match is_whole && !source.bytes.contains(&b'$') && !source.bytes.contains(&b'`') {
        true => plain,
        false => shell,
    }
}

fn add_variables(source: &Source, process: &mut Process, way: &[Said]) {
    let read = read(source);
    for (place, trouble) in &read.troubles {
        process.gaps.push(Gap {
            place: *place,
            kind: GapKind::Skipped,
            text: format!("the line {trouble}"),
        });
    }
    let mut variables = Variables::of(std::mem::take(&mut process.environment));
    for assignment in read.assignments {
        // what is set nowhere here is set by whoever loads the file
        let is_set = |name: &String| variables.get(name).is_some();
        let is_whole = assignment.references.iter().all(is_set);
        let value = match (assignment.value, assignment.exact) {
            (Some(_), true) if !is_whole => Value::Unknown("set outside of this file".to_owned()),
            (Some(value), true) => Value::Known(value),
            (_, false) => Value::Unknown("a shell would have to run".to_owned()),
            (None, true) => continue,
        };
        let line = Said {
            place: assignment.name_place,
            how: How::EnvFileLine,
        };
        let mut said = [way, &[line]].concat();
        for name in &assignment.references {
            if let Some(other) = variables.get(name) {
                said.push(Said {
                    place: other.place,
                    how: How::Interpolation,
                });
            }
        }
        variables.set(Variable {
            name: assignment.name,
            value,
            place: assignment.value_place,
            said,
        });
    }
    process.environment = variables.into_all();
}

/// [`Tree`] resolves `.` and `..` itself.
fn join(folder: &str, way: &str) -> String {
    match folder {
        "" | "." => way.to_owned(),
        folder => format!("{folder}/{way}"),
    }
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `worker` of `worker.env`, `.env.worker` and `deploy/worker/.env`.
fn stem_of(tree: &Tree, path: &str) -> String {
    let name = base_name(path);
    let mut words = name
        .split('.')
        .filter(|word| !word.is_empty() && *word != "env");
    match words.next_back() {
        Some(word) => word.to_owned(),
        None => tree.folder_name(folder_of(path)),
    }
}
