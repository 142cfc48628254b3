//! The order of a build: resources and bases, then generators, then components, then what
//! changes them all; hashes and references at the very end.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::resource::{Id, Resource};
use super::{Built, NAMES, change, generate, is_remote, join, patch, texts};
use crate::audit::assemble::kubernetes::cluster::add_gap;
use crate::audit::process::GapKind;
use crate::audit::tree::{Source, Tree, Unread};
use crate::formats::kubernetes::kustomize::{hash, reference};
use crate::formats::kubernetes::object::{Object, objects, without_merge_keys};
use crate::formats::place::Place;
use crate::formats::yaml::{self, Node};

/// The most kustomizations of one build, each counted as often as it is a base.
const MAX_KUSTOMIZATIONS: usize = 500;
/// The most objects of one build.
const MAX_OBJECTS: usize = 10_000;

/// A build under way.
pub(super) struct Build<'t> {
    pub(super) tree: &'t Tree,
    pub(super) built: Built,
    /// Whether it is a component that nothing here includes.
    pub(super) is_alone: bool,
    open: Vec<String>,
    kustomizations: usize,
}

/// A kustomization.
pub(super) struct Kustomization {
    /// The folder.
    pub(super) folder: String,
    /// What it says.
    pub(super) root: Arc<Node>,
}

pub(super) fn build(tree: &Tree, folder: &str) -> Built {
    let mut build = Build {
        tree,
        built: Built::default(),
        is_alone: false,
        open: Vec::new(),
        kustomizations: 0,
    };
    let mut resources = Vec::new();
    build.accumulate(folder, &mut resources, None);
    add_hashes(&mut resources);
    rename_references(&mut resources);
    build.built.objects = resources
        .into_iter()
        .map(|resource| resource.object)
        .collect();
    build.built
}

/// The kustomization in a folder and its file.
pub(super) fn kustomization(tree: &Tree, folder: &str) -> Option<(Arc<Source>, Arc<Node>)> {
    let source = NAMES
        .iter()
        .find_map(|name| tree.read(&join(folder, name)).ok())?;
    let documents = yaml::read(&source.bytes, source.number).ok()?;
    let root = without_merge_keys(documents.first()?);
    Some((source, root))
}

impl Build<'_> {
    pub(super) fn gap(&mut self, place: Place, kind: GapKind, text: impl Into<String>) {
        add_gap(&mut self.built.gaps, place, kind, text.into());
    }

    /// Adds the objects of a folder to those that are there: a base adds to none.
    fn accumulate(&mut self, folder: &str, resources: &mut Vec<Resource>, from: Option<Place>) {
        self.kustomizations += 1;
        let place = from.unwrap_or_default();
        if self.open.iter().any(|open| open == folder) {
            return self.gap(
                place,
                GapKind::Unreadable,
                "a kustomization includes itself",
            );
        }
        if self.kustomizations > MAX_KUSTOMIZATIONS {
            let text = "more kustomizations than are followed";
            return self.gap(place, GapKind::NotFollowed, text);
        }
        let source = NAMES
            .iter()
            .find_map(|name| self.tree.read(&join(folder, name)).ok());
        let Some(source) = source else {
            let text = format!("`{folder}` has no kustomization");
            return self.gap(place, GapKind::Missing, text);
        };
        self.built.used.insert(source.number);
        let Some(root) = self.documents(&source).into_iter().next() else {
            return;
        };
        if self.open.is_empty() {
            let kind = root.get("kind").and_then(|kind| kind.as_text());
            self.is_alone = kind == Some("Component");
        }
        let kustomization = Kustomization {
            folder: folder.to_owned(),
            root,
        };
        self.open.push(folder.to_owned());
        self.take(&kustomization, resources);
        self.open.pop();
    }

    fn take(&mut self, kustomization: &Kustomization, resources: &mut Vec<Resource>) {
        let Kustomization { folder, root } = kustomization;
        for field in ["resources", "bases"] {
            for (entry, node) in texts(root, field) {
                self.add(folder, entry, node.place, resources);
            }
        }
        generate::generate(self, kustomization, resources);
        for (entry, node) in texts(root, "components") {
            if is_remote(entry) {
                self.gap(node.place, GapKind::Outside, remote(entry));
            } else {
                self.accumulate(&join(folder, entry), resources, Some(node.place));
            }
        }
        patch::merge_all(self, kustomization, resources);
        patch::patch_all(self, kustomization, resources);
        change::names_and_labels(root, resources);
        patch::json_all(self, kustomization, resources);
        change::images(root, resources);
        self.say_what_is_not_followed(root);
    }

    fn add(&mut self, folder: &str, entry: &str, place: Place, resources: &mut Vec<Resource>) {
        let path = join(folder, entry);
        let is_folder = self.tree.is_folder(&path);
        if is_folder.is_none() && is_remote(entry) {
            return self.gap(place, GapKind::Outside, remote(entry));
        }
        let mut more = Vec::new();
        if is_folder == Some(true) {
            self.accumulate(&path, &mut more, Some(place));
        } else if let Some(source) = self.read(&path, place) {
            for document in self.documents(&source) {
                more.extend(objects(&document).into_iter().map(Resource::new));
            }
        }
        for resource in more {
            self.append(resource, place, resources);
        }
    }

    /// Adds an object, where there is no such one yet.
    pub(super) fn append(
        &mut self,
        resource: Resource,
        place: Place,
        resources: &mut Vec<Resource>,
    ) {
        let id = resource.id();
        if resources.iter().any(|other| other.is(&id)) {
            let text = format!("kustomize refuses a second {} `{}`", id.kind, id.name);
            return self.gap(place, GapKind::Unreadable, text);
        }
        if resources.len() >= MAX_OBJECTS {
            return self.gap(
                place,
                GapKind::NotFollowed,
                "more objects than are followed",
            );
        }
        resources.push(resource);
    }

    /// A file that something names.
    pub(super) fn read(&mut self, path: &str, place: Place) -> Option<Arc<Source>> {
        match self.tree.read(path) {
            Ok(source) => {
                self.built.used.insert(source.number);
                Some(source)
            }
            Err(why) => {
                let (kind, what) = match why {
                    Unread::Missing => (GapKind::Missing, "is not there"),
                    Unread::Outside => (GapKind::Outside, "lies outside"),
                    Unread::NotAFile => (GapKind::Unreadable, "is no file"),
                    Unread::TooLarge(_) => (GapKind::Unreadable, "is too large"),
                    Unread::Refused(_) => (GapKind::Unreadable, "cannot be read"),
                };
                self.gap(place, kind, format!("`{path}` {what}"));
                None
            }
        }
    }

    /// The documents of a file, merge keys resolved.
    pub(super) fn documents(&mut self, source: &Source) -> Vec<Arc<Node>> {
        match yaml::read(&source.bytes, source.number) {
            Ok(documents) => documents.iter().map(without_merge_keys).collect(),
            Err(error) => {
                self.gap(error.place, GapKind::Unreadable, error.problem.to_string());
                Vec::new()
            }
        }
    }

    fn say_what_is_not_followed(&mut self, root: &Node) {
        const FIELDS: [&str; 10] = [
            "replacements",
            "vars",
            "configurations",
            "crds",
            "openapi",
            "helmCharts",
            "helmChartInflationGenerator",
            "generators",
            "transformers",
            "validators",
        ];
        for (key, value) in root.entries().unwrap_or_default() {
            let Some(key) = key.as_text().filter(|key| FIELDS.contains(key)) else {
                continue;
            };
            if value.items().is_none_or(|items| !items.is_empty()) {
                self.gap(
                    value.place,
                    GapKind::NotFollowed,
                    format!("`{key}` is not followed"),
                );
            }
        }
    }
}

fn remote(entry: &str) -> String {
    // what stands before an `@` may be a password
    let shown = entry.rsplit('@').next().unwrap_or_default();
    format!("`{shown}` is fetched from elsewhere")
}

fn add_hashes(resources: &mut [Resource]) {
    for resource in resources.iter_mut().filter(|resource| resource.takes_hash) {
        let name = format!(
            "{}-{}",
            resource.object.name,
            hash::suffix(&resource.object.node)
        );
        resource.rename(&name);
    }
}

/// Gives every reference the name that its object ended with.
fn rename_references(resources: &mut [Resource]) {
    let mut by_name: BTreeMap<(bool, String), Vec<usize>> = BTreeMap::new();
    for (at, resource) in resources.iter().enumerate() {
        let object = &resource.object;
        let is_secret = object.kind == "Secret";
        if !(is_secret || object.kind == "ConfigMap") || !object.group.is_empty() {
            continue;
        }
        for id in &resource.earlier {
            let named = by_name.entry((is_secret, id.name.clone())).or_default();
            if named.last() != Some(&at) {
                named.push(at);
            }
        }
    }
    let mut changed = Vec::new();
    for (at, resource) in resources.iter().enumerate() {
        let mut renamed = |is_secret: bool, name: &str| {
            let named = by_name.get(&(is_secret, name.to_owned()))?;
            referred(resource, named, resources).map(|object| object.name.clone())
        };
        let node = reference::rename(&resource.object, &mut renamed);
        if !Arc::ptr_eq(&node, &resource.object.node) {
            changed.push((at, node));
        }
    }
    for (at, node) in changed {
        resources[at].change(node);
    }
}

/// Which of the objects with that earlier name is meant.
fn referred<'r>(from: &Resource, named: &[usize], resources: &'r [Resource]) -> Option<&'r Object> {
    let namespace = |resource: &Resource| Id::of(&resource.object).namespace;
    let here = namespace(from);
    let near: Vec<&Resource> = named
        .iter()
        .map(|at| &resources[*at])
        .filter(|resource| namespace(resource) == here)
        .collect();
    if let [one] = near.as_slice() {
        return Some(&one.object);
    }
    let beside = near.into_iter().find(|resource| resource.is_beside(from));
    beside.map(|resource| &resource.object)
}
