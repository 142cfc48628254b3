//! `audit.ignore` of the manifests: what counts in no file that matches, below their folder.

use globset::GlobBuilder;

use super::{Files, Pattern, Scope, Suppression};
use crate::audit::finding::SuppressedBy;
use crate::audit::inventory::{Declared, NOWHERE, Request};
use crate::audit::tree::Tree;
use crate::formats::place::Place;
use crate::formats::yaml;
use crate::model::manifest::Manifest;

pub(super) fn all(tree: &Tree, manifests: &[Declared], request: &Request) -> Vec<Suppression> {
    let mut found = Vec::new();
    let lies_here = |declared: &&Declared| declared.place != NOWHERE;
    for declared in manifests.iter().filter(lies_here) {
        let places = places(tree, declared.place.source);
        let ways = [(declared.folder.clone(), String::new())];
        found.extend(of(&declared.manifest, &ways, &|at| {
            places.get(at).copied().unwrap_or(declared.place)
        }));
    }
    let is_in_the_tree = |manifest: &Manifest| {
        manifests
            .iter()
            .filter(lies_here)
            .any(|declared| declared.manifest == *manifest)
    };
    if let Some(manifest) = request.manifest.as_ref().filter(|one| !is_in_the_tree(one)) {
        let mut ways = vec![(String::new(), request.manifest_prefix.clone())];
        if !request.manifest_folder.is_empty() {
            // paths that lead out of the current folder are absolute
            ways.push((request.manifest_folder.clone(), String::new()));
        }
        let part = of(manifest, &ways, &|_| NOWHERE);
        found.extend(part.into_iter().map(|one| Suppression {
            is_whole: false,
            ..one
        }));
    }
    found
}

fn of(
    manifest: &Manifest,
    ways: &[(String, String)],
    place: &dyn Fn(usize) -> Place,
) -> Vec<Suppression> {
    let ignored = manifest.audit.ignore.iter().enumerate();
    let all = ignored.map(|(at, ignore)| Suppression {
        by: SuppressedBy::Manifest,
        rule: ignore.rule.clone(),
        reason: ignore.reason.clone(),
        until: ignore.until,
        place: place(at),
        subject: match &ignore.path {
            Some(path) => format!("audit.ignore {path}"),
            None => "audit.ignore".to_owned(),
        },
        scope: Scope::Files(Files {
            ways: ways.to_vec(),
            pattern: pattern(ignore.path.as_deref()),
        }),
        is_whole: true,
        uses: 0,
    });
    all.collect()
}

/// `*` stays within a folder, `**` does not; `dev/` is all below. What is no pattern matches
/// nothing.
fn pattern(path: Option<&str>) -> Pattern {
    let Some(path) = path else {
        return Pattern::Everything;
    };
    let path = path.strip_prefix("./").unwrap_or(path);
    let all_below = path.strip_suffix('/').map(|folder| format!("{folder}/**"));
    let pattern = all_below.as_deref().unwrap_or(path);
    match GlobBuilder::new(pattern).literal_separator(true).build() {
        Ok(glob) => Pattern::Glob(glob.compile_matcher()),
        Err(_) => Pattern::Nothing,
    }
}

/// Where each entry of `audit.ignore` stands.
fn places(tree: &Tree, source: u32) -> Vec<Place> {
    let Some(source) = tree.source(source) else {
        return Vec::new();
    };
    let documents = yaml::read(&source.bytes, source.number).unwrap_or_default();
    let ignore = documents
        .first()
        .and_then(|root| root.get("audit")?.get("ignore"));
    let items = ignore.and_then(|node| node.items()).unwrap_or_default();
    items.iter().map(|item| item.place).collect()
}
