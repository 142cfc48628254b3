//! Images: what their Dockerfiles bake into them. One process a Dockerfile, the final stage, or
//! the one that a build names.

mod context;
mod stage;

use std::collections::BTreeSet;

use super::Assembly;
use crate::audit::process::{
    Argument, Content, Deployment, Gap, GapKind, How, Kind, Process, Readable, Said, Value,
    Variable,
};
use crate::audit::tree::{FileKind, Found, Tree};
use crate::formats::dockerfile::{self, Form};
use crate::formats::place::Place;
use crate::model::secret::Secret;
use context::Context;
use stage::{Baked, Builder, Held, Stage};

/// How an image is built.
#[derive(Debug)]
pub struct Build<'b> {
    /// The path of the Dockerfile in the tree.
    pub dockerfile: &'b str,
    /// The folder whose files it may copy.
    pub context: &'b str,
    /// Build arguments that are given: their values win over defaults.
    pub arguments: &'b [Variable],
    /// The stage that is built; else the last one.
    pub target: Option<&'b str>,
}

/// Adds an image for each Dockerfile that bakes in something that matters, but for those that
/// something else has built already. One deployment a folder.
pub fn assemble(tree: &Tree, found: &[Found], out: &mut Assembly) {
    let mut deployments: Vec<Deployment> = Vec::new();
    for file in found
        .iter()
        .filter(|file| file.kind == FileKind::Dockerfile)
    {
        let (folder, _) = split(&file.path);
        let Ok(source) = tree.read(&file.path) else {
            continue;
        };
        if out.used.contains(&source.number) {
            continue;
        }
        let build = Build {
            dockerfile: &file.path,
            context: folder,
            arguments: &[],
            target: None,
        };
        let mut used = BTreeSet::new();
        let Some(process) = image_of(tree, found, &build, &mut used).filter(matters) else {
            continue;
        };
        out.used.extend(used);
        let folder = if folder.is_empty() { "." } else { folder };
        match deployments
            .iter_mut()
            .find(|deployment| deployment.folder == folder)
        {
            Some(deployment) => deployment.processes.push(process),
            None => deployments.push(Deployment {
                name: tree.folder_name(folder),
                kind: Kind::Image,
                folder: folder.to_owned(),
                processes: vec![process],
                assumptions: Vec::new(),
            }),
        }
    }
    out.deployments.append(&mut deployments);
}

fn matters(process: &Process) -> bool {
    let is_stems = |variable: &Variable| variable.name.starts_with("STEM_");
    let mut variables = process.environment.iter().chain(&process.built_with);
    !process.files.is_empty() || process.label.is_some() || variables.any(is_stems)
}

/// The process that a built image starts; `None` where the Dockerfile cannot be read, or has no
/// such stage. Adds the files that are part of it to `used`.
#[must_use]
pub fn image_of(
    tree: &Tree,
    found: &[Found],
    build: &Build<'_>,
    used: &mut BTreeSet<u32>,
) -> Option<Process> {
    let source = tree.read(build.dockerfile).ok()?;
    used.insert(source.number);
    let file = dockerfile::read(&source.bytes, source.number);
    let context = Context::new(tree, found, build);
    let mut builder = Builder::new(&file, build.arguments, &context);
    let number = builder.target(build.target)?;
    let stage = builder.build(number);
    let (_, name) = split(build.dockerfile);
    let mut process = Process {
        name: name.to_owned(),
        service: name.to_owned(),
        place: file.stages[number].place,
        image: stage.base.clone(),
        label: stage.label.clone(),
        arguments: arguments(&stage),
        ..Process::default()
    };
    for (place, what) in &file.troubles {
        process.gaps.push(Gap {
            place: *place,
            kind: GapKind::Skipped,
            text: format!("this instruction {what}"),
        });
    }
    fill(stage, &mut process, used);
    Some(process)
}

/// Gives the process what the stage holds.
fn fill(stage: Stage, process: &mut Process, used: &mut BTreeSet<u32>) {
    for (name, baked) in &stage.arguments {
        // what is given to a build stays in the history of its image
        if name.starts_with("STEM_") && !stage.environment.contains_key(name) {
            let said = vec![Said {
                place: baked.place,
                how: How::BuildArgument,
            }];
            process.built_with.push(variable(name, baked, said));
        }
    }
    for (name, baked) in &stage.environment {
        process
            .environment
            .push(variable(name, baked, baked.said.clone()));
    }
    for file in stage.files {
        let content = match file.held {
            Held::File(number) => {
                used.insert(number);
                Content::File(number)
            }
            Held::Text(text, place) => Content::Text(text, place),
        };
        process.files.push(Readable {
            path: file.path,
            content,
            said: file.said,
        });
    }
    process.gaps.extend(stage.gaps);
}

fn variable(name: &str, baked: &Baked, said: Vec<Said>) -> Variable {
    Variable {
        name: name.to_owned(),
        value: match &baked.value {
            Some(value) => Value::Known(value.clone()),
            None => Value::Unknown("from the build, or from the image below".to_owned()),
        },
        place: baked.place,
        said,
    }
}

/// What the image starts: the entrypoint with the command behind it.
fn arguments(stage: &Stage) -> Vec<Argument> {
    let words = |form: &Form| -> Vec<(Secret, Place)> {
        match form {
            Form::Exec(words) => words.clone(),
            Form::Shell(text) => {
                let place = text.place();
                let shell = |word: &str| (Secret::new(word.to_owned()), place);
                vec![shell("/bin/sh"), shell("-c"), (text.text().clone(), place)]
            }
        }
    };
    let mut all = stage.entrypoint.as_ref().map(words).unwrap_or_default();
    // a shell's entrypoint takes no command
    if !matches!(stage.entrypoint, Some(Form::Shell(_))) {
        all.extend(stage.command.as_ref().map(words).unwrap_or_default());
    }
    all.into_iter()
        .map(|(text, place)| Argument::plain(text, place))
        .collect()
}

fn split(path: &str) -> (&str, &str) {
    match path.rfind('/') {
        Some(0) => ("/", &path[1..]),
        Some(at) => (&path[..at], &path[at + 1..]),
        None => ("", path),
    }
}

#[cfg(test)]
mod tests;
