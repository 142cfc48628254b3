//! What a service has from the image that it builds: variables, files and build arguments,
//! beneath what the compose file gives it.

use std::collections::{BTreeSet, HashSet};

use super::environment::of_entry;
use super::start::Started;
use crate::audit::assemble::image::{Build, image_of};
use crate::audit::process::{How, Process, Variable};
use crate::audit::tree::{Found, Tree};
use crate::audit::variables::Variables;
use crate::formats::compose::paths::absolute;
use crate::formats::compose::project::Service;

/// Puts the service on top of the image that is built for it.
pub(super) fn upon(
    tree: &Tree,
    found: &[Found],
    started: &Started,
    service: &Service,
    process: &mut Process,
    used: &mut BTreeSet<u32>,
) {
    let arguments: Vec<Variable> = service
        .build_arguments
        .iter()
        .map(|argument| of_entry(argument, How::BuildArgument))
        .collect();
    let mut image = built(tree, found, started, service, &arguments, used).unwrap_or_default();
    let given = std::mem::take(&mut process.environment);
    process.built_with = left_behind(arguments, &image, &given);
    let mut environment = Variables::of(std::mem::take(&mut image.environment));
    for variable in given {
        environment.set(variable);
    }
    process.environment = environment.into_all();
    let mounted: BTreeSet<&str> = process
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    let baked = image.files.into_iter();
    let shown: Vec<_> = baked
        .filter(|file| !mounted.contains(file.path.as_str()))
        .collect();
    process.files.extend(shown);
    if process.arguments.is_empty() {
        process.arguments = image.arguments;
    }
    process.label = process.label.take().or(image.label);
    process.gaps.extend(image.gaps);
}

/// What the image keeps though the process does not get it: build arguments, and variables that
/// the compose file overrides.
fn left_behind(arguments: Vec<Variable>, image: &Process, given: &[Variable]) -> Vec<Variable> {
    let mut all = Variables::of(arguments);
    for variable in &image.built_with {
        if all.get(&variable.name).is_none() {
            all.set(variable.clone());
        }
    }
    let mut all = all.into_all();
    let given: HashSet<&str> = given.iter().map(|one| one.name.as_str()).collect();
    let is_given = |variable: &&Variable| given.contains(variable.name.as_str());
    all.extend(image.environment.iter().filter(is_given).cloned());
    all
}

/// The image, where its Dockerfile is in the tree.
fn built(
    tree: &Tree,
    found: &[Found],
    started: &Started,
    service: &Service,
    arguments: &[Variable],
    used: &mut BTreeSet<u32>,
) -> Option<Process> {
    let build = service.node.get("build")?;
    let text = |key: &str| {
        let text = build.get(key)?.as_text()?;
        Some(started.project.expand(text).text)
    };
    let context = match build.as_text() {
        Some(text) => started.project.expand(text).text,
        None => text("context").unwrap_or_else(|| ".".to_owned()),
    };
    let context = in_project(started, &context);
    let dockerfile = text("dockerfile").unwrap_or_else(|| "Dockerfile".to_owned());
    let target = text("target");
    let dockerfile = match context.as_str() {
        "" => dockerfile,
        context => format!("{context}/{dockerfile}"),
    };
    let build = Build {
        dockerfile: &dockerfile,
        context: &context,
        arguments,
        target: target.as_deref(),
    };
    image_of(tree, found, &build, used)
}

/// A path of the compose file, from where the tree's paths begin.
fn in_project(started: &Started, path: &str) -> String {
    let folder = match started.folder.as_str() {
        "" => ".",
        folder => folder,
    };
    match absolute(folder, path) {
        here if here == "." => String::new(),
        there => there,
    }
}
