//! Kubernetes: kustomizations, folders of manifests and streams of them become deployments,
//! each container a process with what the kubelet gives it.

mod cluster;
mod environment;
mod files;
mod group;
mod kept;
pub mod kustomize;
mod stream;
mod ways;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::audit::assemble::Assembly;
use crate::audit::process::GapKind;
use crate::audit::tree::{FileKind, Found, Source, Tree};
use crate::formats::place::Place;

use cluster::{Origins, add_gap, say_once};
use group::{Objects, Whereabouts};

/// Adds the deployments of a stream of manifests, like that of `kubectl get … -o yaml` or
/// `helm template`.
pub fn assemble_stream(source: &Source, out: &mut Assembly) {
    let mut found = Objects::default();
    stream::read(&[source], true, &mut found, &mut out.gaps);
    let whereabouts = Whereabouts {
        folder: source.path.clone(),
        name: "default".to_owned(),
    };
    found.assemble(&whereabouts, &Origins::default(), out);
}

/// Adds the deployments of the kustomizations and manifests among the files.
pub fn assemble(tree: &Tree, found: &[Found], out: &mut Assembly) {
    let is_input = |found: &&Found| found.path == "-" && found.kind == FileKind::Kubernetes;
    if found.iter().any(|found| is_input(&found)) {
        if let Ok(source) = tree.read("-") {
            out.used.insert(source.number);
            assemble_stream(&source, out);
        }
        return;
    }
    let reached = kustomizations(tree, found, out);
    manifests(tree, found, &reached, out);
    charts(tree, found, out);
    say_once(&mut out.gaps);
}

/// The part of a path before its last `/`.
fn folder_of(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(at) => &path[..at],
        None => "",
    }
}

fn paths(found: &[Found], kind: FileKind) -> impl Iterator<Item = &str> {
    let of_kind = found.iter().filter(move |found| found.kind == kind);
    of_kind.map(|found| found.path.as_str())
}

/// Builds the kustomizations that no other includes, and says which files they read.
fn kustomizations(tree: &Tree, found: &[Found], out: &mut Assembly) -> BTreeSet<u32> {
    let folders: BTreeSet<&str> = paths(found, FileKind::Kustomization)
        .map(folder_of)
        .collect();
    let named: BTreeMap<&str, Vec<String>> = folders
        .iter()
        .map(|folder| (*folder, kustomize::named_folders(tree, folder)))
        .collect();
    let included: BTreeSet<&str> = named
        .iter()
        .flat_map(|(folder, named)| named.iter().filter(move |other| other != folder))
        .map(String::as_str)
        .collect();
    let mut reached = BTreeSet::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    // what goes round in a circle is included by something, and begins somewhere all the same
    let roots = folders.iter().filter(|folder| !included.contains(*folder));
    for folder in roots.chain(&folders) {
        if !mark(folder, &named, &mut seen) {
            continue;
        }
        let built = kustomize::build(tree, folder);
        let mut objects = Objects::default();
        for object in &built.objects {
            objects.add(object);
        }
        for gap in built.gaps {
            add_gap(&mut out.gaps, gap.place, gap.kind, gap.text);
        }
        reached.extend(built.used);
        let whereabouts = Whereabouts {
            folder: (*folder).to_owned(),
            name: tree.folder_name(folder),
        };
        let before = out.deployments.len();
        objects.assemble(&whereabouts, &built.origins, out);
        for deployment in out.deployments.iter_mut().skip(before) {
            let assumed = built.assumptions.iter().cloned();
            deployment.assumptions.extend(assumed);
        }
    }
    out.used.extend(&reached);
    reached
}

/// Takes a folder and all that it includes for seen; whether it was not seen before.
fn mark<'n>(
    folder: &'n str,
    named: &'n BTreeMap<&str, Vec<String>>,
    seen: &mut BTreeSet<&'n str>,
) -> bool {
    if seen.contains(folder) {
        return false;
    }
    let mut left = vec![folder];
    while let Some(folder) = left.pop() {
        if seen.insert(folder) {
            left.extend(named.get(folder).into_iter().flatten().map(String::as_str));
        }
    }
    true
}

/// Files of manifests that no kustomization reaches: those below the uppermost folder that
/// holds some belong together.
fn manifests(tree: &Tree, found: &[Found], reached: &BTreeSet<u32>, out: &mut Assembly) {
    let mut by_folder: BTreeMap<&str, Vec<Arc<Source>>> = BTreeMap::new();
    for path in paths(found, FileKind::Kubernetes) {
        let Ok(source) = tree.read(path) else {
            continue;
        };
        if !reached.contains(&source.number) {
            by_folder.entry(folder_of(path)).or_default().push(source);
        }
    }
    let mut groups: Vec<(&str, Vec<Arc<Source>>)> = Vec::new();
    for (folder, sources) in by_folder {
        match groups
            .last_mut()
            .filter(|(above, _)| is_below(folder, above))
        {
            Some((_, group)) => group.extend(sources),
            None => groups.push((folder, sources)),
        }
    }
    for (folder, sources) in groups {
        let mut objects = Objects::default();
        let sources: Vec<&Source> = sources.iter().map(AsRef::as_ref).collect();
        stream::read(&sources, false, &mut objects, &mut out.gaps);
        out.used.extend(sources.iter().map(|source| source.number));
        let whereabouts = Whereabouts {
            folder: folder.to_owned(),
            name: tree.folder_name(folder),
        };
        objects.assemble(&whereabouts, &Origins::default(), out);
    }
}

fn is_below(folder: &str, above: &str) -> bool {
    above.is_empty()
        || folder
            .strip_prefix(above)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || above == "/")
}

/// Says once of every chart that only Helm can read it.
fn charts(tree: &Tree, found: &[Found], out: &mut Assembly) {
    let mut charts: BTreeMap<&str, &str> = BTreeMap::new();
    for path in paths(found, FileKind::HelmSource) {
        let folder = folder_of(path);
        let chart = folder.split("/templates").next().unwrap_or(folder);
        let chart = if chart == "templates" { "" } else { chart };
        charts.entry(chart).or_insert(path);
    }
    for (chart, path) in charts {
        let named = match chart {
            "" => "Chart.yaml".to_owned(),
            chart => format!("{chart}/Chart.yaml"),
        };
        if let Ok(source) = tree.read(&named).or_else(|_| tree.read(path)) {
            let text = "a chart that only Helm can read: audit what `helm template` prints";
            let place = Place::top(source.number);
            add_gap(&mut out.gaps, place, GapKind::NotFollowed, text.to_owned());
        }
    }
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
