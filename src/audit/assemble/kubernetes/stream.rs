//! Files of manifests that belong together: what in them can matter is parsed, piece by piece,
//! and nothing is kept of a piece but what a pod is given.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use memchr::memmem::{self, Finder};

use super::cluster::add_gap;
use super::group::Objects;
use crate::audit::process::{Gap, GapKind};
use crate::audit::tree::Source;
use crate::formats::kubernetes::bundle::is_bundle;
use crate::formats::kubernetes::object::{objects, without_merge_keys};
use crate::formats::kubernetes::pieces::{Piece, cut, words};
use crate::formats::place::Place;
use crate::formats::yaml::{self, Node, YamlError};

/// A piece, and of which of the files.
type Part<'s> = (&'s Source, Piece);

/// Adds the objects of these files; where `filter` says so, only those that can matter.
pub(super) fn read(sources: &[&Source], filter: bool, found: &mut Objects, gaps: &mut Vec<Gap>) {
    let mut reading = Reading {
        whole: HashSet::new(),
        found,
        gaps,
    };
    for source in sources {
        if u32::try_from(source.bytes.len()).is_err() {
            let place = Place::top(source.number);
            add_gap(
                reading.gaps,
                place,
                GapKind::Unreadable,
                "too large".to_owned(),
            );
        }
    }
    let sources = sources
        .iter()
        .filter(|source| u32::try_from(source.bytes.len()).is_ok());
    let parts: Vec<Part<'_>> = sources
        .flat_map(|source| {
            let pieces = cut(&source.bytes, source.number);
            pieces.into_iter().map(|piece| (*source, piece))
        })
        .collect();
    if filter {
        reading.take_relevant(&parts);
    } else {
        for part in &parts {
            reading.take(part);
        }
    }
}

struct Reading<'r> {
    /// Documents that were parsed as a whole.
    whole: HashSet<Place>,
    found: &'r mut Objects,
    gaps: &'r mut Vec<Gap>,
}

impl Reading<'_> {
    /// Secrets and ConfigMaps that can matter, workloads that can or that name one of those,
    /// and then what these workloads name besides.
    fn take_relevant(&mut self, parts: &[Part<'_>]) {
        let marks = words::Marks::default();
        let kind = Finder::new("kind");
        let name = Finder::new("ame");
        let containers = Finder::new("containers");
        let published = ["NodePort", "LoadBalancer"].map(Finder::new);
        let mut others: HashMap<&[u8], Vec<usize>> = HashMap::new();
        let mut workloads = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let bytes = part.1.bytes(&part.0.bytes);
            let bundle = |word: &[u8]| std::str::from_utf8(word).is_ok_and(is_bundle);
            if words::after(bytes, &kind).any(bundle) {
                if marks.any(bytes) {
                    self.take(part);
                } else {
                    for name in words::after(bytes, &name) {
                        others.entry(name).or_default().push(at);
                    }
                }
            } else if containers.find(bytes).is_some() {
                workloads.push((at, marks.any(bytes)));
            } else if words::after(bytes, &kind).any(|word| word == b"Service")
                && published.iter().any(|kind| kind.find(bytes).is_some())
            {
                self.take(part);
            }
        }
        let names = self.found.bundle_names();
        let mut taken = HashSet::new();
        for (at, marked) in workloads {
            let bytes = parts[at].1.bytes(&parts[at].0.bytes);
            if !marked && !words::after(bytes, &name).any(|name| names.contains(name)) {
                continue;
            }
            let before = self.found.workloads().len();
            self.take(&parts[at]);
            let missing: Vec<usize> = self.found.workloads()[before..]
                .iter()
                .flat_map(|workload| workload.references())
                .filter_map(|reference| others.get(reference.name.as_bytes()))
                .flatten()
                .copied()
                .filter(|other| taken.insert(*other))
                .collect();
            for other in missing {
                self.take(&parts[other]);
            }
        }
    }

    /// Parses a piece; what does not parse by itself, with all of its document.
    fn take(&mut self, (source, piece): &Part<'_>) {
        if self.whole.contains(&piece.document) {
            return;
        }
        let error = match parse(source, piece) {
            Ok(documents) => return self.add(&documents),
            Err(error) => error,
        };
        if !piece.dash {
            return self.refuse(source, error);
        }
        let document = piece.document;
        self.whole.insert(document);
        self.found.forget(document);
        let bytes = &source.bytes[document.start as usize..document.end as usize];
        match yaml::read_from(bytes, document) {
            Ok(documents) => self.add(&documents),
            Err(error) => self.refuse(source, error),
        }
    }

    fn add(&mut self, documents: &[Arc<Node>]) {
        for document in documents {
            for object in objects(&without_merge_keys(document)) {
                self.found.add(&object);
            }
        }
    }

    fn refuse(&mut self, source: &Source, error: YamlError) {
        let (kind, text) = if memmem::find(&source.bytes, b"{{").is_some() {
            let text = "a template, which only its own tool can read";
            (GapKind::Note, text.to_owned())
        } else {
            (GapKind::Unreadable, error.problem.to_string())
        };
        add_gap(self.gaps, error.place, kind, text);
    }
}

/// What no process gets anything from: what the cluster says of an object, and how its pods are
/// placed and watched.
fn is_idle(way: &[&str], key: &str) -> bool {
    match way {
        [] => key == "status",
        ["metadata"] => key == "managedFields",
        ["spec", .., "containers" | "initContainers"] => {
            let idle = [
                "livenessProbe",
                "readinessProbe",
                "startupProbe",
                "resources",
                "securityContext",
            ];
            idle.contains(&key)
        }
        ["spec", ..] => matches!(key, "affinity" | "tolerations" | "strategy"),
        _ => false,
    }
}

fn parse(source: &Source, piece: &Piece) -> Result<Vec<Arc<Node>>, YamlError> {
    let bytes = piece.bytes(&source.bytes);
    let quick = match bytes.first() {
        Some(b'{') => yaml::read_json_quickly(bytes, piece.place, is_idle),
        _ => yaml::read_quickly(bytes, piece.place, piece.dash, is_idle),
    };
    if let Some(quick) = quick {
        return Ok(vec![quick]);
    }
    if !piece.dash {
        return yaml::read_from(bytes, piece.place);
    }
    let mut bytes = bytes.to_vec();
    if let Some(dash) = bytes.iter_mut().find(|byte| **byte == b'-') {
        *dash = b' ';
    }
    yaml::read_from(&bytes, piece.place)
}
