//! From files to processes. One module a format; each takes the files of its kind and adds
//! deployments, following every reference as the real loader does.

mod commanded;
pub mod compose;
mod files;
pub mod image;
pub mod kubernetes;
mod loaded;
pub mod systemd;

use std::collections::BTreeSet;

use super::inventory::Declared;
use super::process::{Content, Deployment, Gap, Value};
use super::threads::each;
use super::tree::{Found, Tree};
use crate::formats::place::Place;
use crate::formats::reference::is_reference;
use crate::model::env;

/// What the modules of the formats add to.
#[derive(Debug, Default)]
pub struct Assembly {
    /// What was found.
    pub deployments: Vec<Deployment>,
    /// What could not be read or followed, and belongs to no process.
    pub gaps: Vec<Gap>,
    /// The files that some process reads, or that were part of what was read: they do not lie
    /// around by themselves.
    pub used: BTreeSet<u32>,
    /// Entries of Secrets and ConfigMaps that may be secret.
    pub kept: Vec<Kept>,
}

/// An entry of a Secret or ConfigMap, whether or not a pod gets it.
#[derive(Debug)]
pub struct Kept {
    /// A Secret's, no ConfigMap's.
    pub is_secret: bool,
    /// Its key.
    pub key: String,
    /// What it holds.
    pub content: Content,
    /// Where that is written.
    pub place: Place,
}

/// The module of a format: takes what it knows of the files, and leaves the rest.
type Assembler = fn(&Tree, &[Found], &mut Assembly);

/// Everything in a tree. What one format's files lead to is not taken again by those after it.
pub(super) fn all(tree: &Tree, manifests: &[Declared], out: &mut Assembly) {
    let found = tree.found();
    let formats: [Assembler; 3] = [compose::assemble, kubernetes::assemble, systemd::assemble];
    for part in each(&formats, found.len(), |assemble| {
        let mut part = Assembly::default();
        assemble(tree, found, &mut part);
        part
    }) {
        out.deployments.extend(part.deployments);
        out.gaps.extend(part.gaps);
        out.used.extend(part.used);
        out.kept.extend(part.kept);
    }
    image::assemble(tree, found, out);
    loaded::variables(tree, out);
    commanded::variables(out);
    files::declared(tree, manifests, out);
    files::env_files(tree, found, out);
    out.deployments.iter_mut().for_each(forget_references);
}

/// What says where a secret is kept is not the secret: something puts that in its place.
fn forget_references(deployment: &mut Deployment) {
    for process in &mut deployment.processes {
        for variable in process
            .environment
            .iter_mut()
            .chain(&mut process.built_with)
        {
            let matters = env::artifact_of(&variable.name).is_some();
            if let Value::Known(text) = &variable.value
                && matters
                && is_reference(text.expose())
            {
                variable.value = Value::Unknown("kept in a store of secrets".to_owned());
            }
        }
    }
}
