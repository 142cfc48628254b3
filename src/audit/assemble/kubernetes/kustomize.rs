//! `kustomize build` on a tree: from a kustomization to its objects, each value with the place
//! where it was written. Follows what is in the tree; says what it does not follow.

mod build;
mod change;
mod generate;
mod patch;
mod resource;
mod select;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cluster::Origins;
use crate::audit::process::Gap;
use crate::audit::tree::Tree;
use crate::formats::kubernetes::object::Object;
use crate::formats::yaml::Node;

/// The names that a kustomization can have, in the order in which they are looked for.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a kustomization comes to.
#[derive(Debug, Default)]
pub struct Built {
    /// Its objects, in the order of kustomize.
    pub objects: Vec<Object>,
    /// What could not be read or followed.
    pub gaps: Vec<Gap>,
    /// What was taken for granted.
    pub assumptions: Vec<String>,
    /// The files that were read.
    pub used: BTreeSet<u32>,
    /// How values came into generated objects.
    pub(super) origins: Origins,
}

/// Builds the kustomization in a folder.
#[must_use]
pub fn build(tree: &Tree, folder: &str) -> Built {
    build::build(tree, folder)
}

/// The folders that the kustomization in a folder names, resolved; nothing where there is none.
pub(super) fn named_folders(tree: &Tree, folder: &str) -> Vec<String> {
    let Some((_, root)) = build::kustomization(tree, folder) else {
        return Vec::new();
    };
    let fields = ["resources", "bases", "components"];
    let entries = fields.iter().flat_map(|field| texts(&root, field));
    entries
        .filter(|entry| !is_remote(entry.0))
        .map(|(entry, _)| join(folder, entry))
        .filter(|path| tree.is_folder(path) == Some(true))
        .collect()
}

/// The texts of a list, with their nodes.
fn texts<'n>(node: &'n Node, list: &str) -> impl Iterator<Item = (&'n str, &'n Arc<Node>)> {
    let items = node.get(list).and_then(|list| list.items());
    let items = items.unwrap_or_default().iter();
    items.filter_map(|item| Some((item.as_text()?, item)))
}

/// A path below a folder, `.` and `..` resolved as text.
fn join(folder: &str, path: &str) -> String {
    let whole = if path.starts_with('/') || folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if whole.starts_with('/') {
        format!("/{joined}")
    } else {
        joined
    }
}

/// Whether kustomize would fetch it.
fn is_remote(entry: &str) -> bool {
    let known = [
        "github.com/",
        "gitlab.com/",
        "bitbucket.org/",
        "git@",
        "git::",
        "file://",
    ];
    entry.contains("://")
        || known.iter().any(|start| entry.starts_with(start))
        || entry.contains("?ref=")
        || entry.contains(".git//")
}
