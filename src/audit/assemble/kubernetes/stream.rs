//! Files of manifests that belong together: what in them can matter.

use memchr::memmem;

use super::cluster::add_gap;
use super::group::Objects;
use crate::audit::process::{Gap, GapKind};
use crate::audit::tree::Source;
use crate::formats::kubernetes::object::{objects, without_merge_keys};
use crate::formats::yaml;

/// Adds the objects of these files.
pub(super) fn read(sources: &[&Source], _filter: bool, found: &mut Objects, gaps: &mut Vec<Gap>) {
    for source in sources {
        match yaml::read(&source.bytes, source.number) {
            Ok(documents) => {
                for document in &documents {
                    for object in objects(&without_merge_keys(document)) {
                        found.add(&object);
                    }
                }
            }
            Err(error) => {
                let (kind, text) = if memmem::find(&source.bytes, b"{{").is_some() {
                    let text = "a template, which only its own tool can read";
                    (GapKind::Note, text.to_owned())
                } else {
                    (GapKind::Unreadable, error.problem.to_string())
                };
                add_gap(gaps, error.place, kind, text);
            }
        }
    }
}
