//! The files that a service can read: mounts over mounts, secrets and configs over all.

use std::collections::{BTreeMap, BTreeSet};

use super::environment::at;
use super::supply::{in_tree, read};
use crate::audit::process::{Content, Gap, GapKind, How, Readable, Said};
use crate::audit::tree::{self, Tree, Unread};
use crate::formats::compose::project::{self, Project, Service, Volume};
use crate::formats::place::Place;
use crate::formats::yaml::Node;

/// How many services may take volumes from each other in a row.
const MAX_FROM: usize = 20;

/// A service whose files are looked for.
pub(super) struct Files<'f> {
    pub(super) tree: &'f Tree,
    pub(super) project: &'f Project,
    pub(super) from: &'f str,
    pub(super) gaps: &'f mut Vec<Gap>,
    pub(super) used: &'f mut BTreeSet<u32>,
}

/// What lies at a path of the container.
struct Layer {
    /// A path of the project; nothing where no file of the tree can show there.
    host: Option<String>,
    content: Option<Content>,
    /// Whether nothing starts where it is missing; else Compose makes a folder there.
    must_exist: bool,
    said: Vec<Said>,
}

impl Files<'_> {
    pub(super) fn read(mut self, service: &Service) -> Vec<Readable> {
        let mut layers: BTreeMap<String, Layer> = BTreeMap::new();
        self.taken_from(service, &mut vec![service.name.clone()], &mut layers);
        mounts(service, &mut layers);
        for grant in &service.grants {
            if let Some(layer) = self.grant(grant) {
                layers.insert(grant.target.clone(), layer);
            }
        }
        let targets: BTreeSet<String> = layers.keys().cloned().collect();
        let mut found: BTreeMap<String, Readable> = BTreeMap::new();
        for (target, layer) in layers {
            for readable in self.shown(&target, layer) {
                if uppermost(&readable.path, &targets) == Some(target.as_str()) {
                    found.insert(readable.path.clone(), readable);
                }
            }
        }
        for readable in found.values() {
            if let Content::File(number) = readable.content {
                self.used.insert(number);
            }
        }
        found.into_values().collect()
    }

    fn taken_from(
        &mut self,
        service: &Service,
        chain: &mut Vec<String>,
        layers: &mut BTreeMap<String, Layer>,
    ) {
        for from in &service.volumes_from {
            let text = from.value.expose();
            let name = text.split(':').next().unwrap_or_default();
            let other = self.project.service(name);
            if let Some(other) = other.filter(|_| !text.starts_with("container:")) {
                if chain.len() > MAX_FROM || chain.contains(&other.name) {
                    let text = format!("`volumes_from: {name}` leads back to itself");
                    self.gap(from.place, GapKind::Unreadable, text);
                    continue;
                }
                chain.push(other.name.clone());
                self.taken_from(other, chain, layers);
                chain.pop();
                mounts(other, layers);
            } else if text.starts_with("container:") {
                let text = "the volumes of another container are not in these files".to_owned();
                self.gap(from.place, GapKind::Outside, text);
            } else {
                let text = format!("there is no service `{name}` to take volumes from");
                self.gap(from.place, GapKind::Missing, text);
            }
        }
    }

    fn gap(&mut self, place: Place, kind: GapKind, text: String) {
        self.gaps.push(Gap { place, kind, text });
    }

    fn grant(&mut self, grant: &project::Grant) -> Option<Layer> {
        let how = match grant.section {
            "secrets" => How::Secret,
            _ => How::Config,
        };
        let mut said: Vec<Said> = vec![at(grant.place, how)];
        let content = match &grant.content {
            project::Content::File(path) => {
                return Some(Layer {
                    host: Some(path.clone()),
                    content: None,
                    must_exist: true,
                    said,
                });
            }
            project::Content::Environment(_, Some(value), place) => {
                Content::Text(value.clone(), place.unwrap_or(grant.place))
            }
            project::Content::Environment(name, None, _) => {
                Content::Unknown(format!("`{name}` from the environment of docker compose"))
            }
            project::Content::Inline(text, place, via) => {
                said.extend(via.iter().map(|place| at(*place, How::Interpolation)));
                Content::Text(text.clone(), *place)
            }
            project::Content::External => {
                // undeclared ones are told already
                grant.declared?;
                let text = format!(
                    "what is in the external `{}` is not in these files",
                    grant.target
                );
                self.gap(grant.place, GapKind::Outside, text);
                Content::Unknown("an external one".to_owned())
            }
        };
        Some(Layer {
            host: None,
            content: Some(content),
            must_exist: true,
            said,
        })
    }

    fn shown(&mut self, target: &str, layer: Layer) -> Vec<Readable> {
        let readable = |path: String, content| Readable {
            path,
            content,
            said: layer.said.clone(),
        };
        if let Some(content) = layer.content {
            return vec![readable(target.to_owned(), content)];
        }
        let Some(host) = layer.host else {
            return Vec::new();
        };
        let place = layer
            .said
            .last()
            .map_or(Place::default(), |said| said.place);
        let Some(path) = in_tree(self.tree, self.from, &host) else {
            let text = format!("`{host}` lies outside of what is looked at");
            self.gap(place, GapKind::Outside, text);
            return Vec::new();
        };
        if self.tree.is_folder(&path) == Some(true) {
            let mut found = Vec::new();
            let below = self.tree.below(&path);
            if self.tree.is_given_away() {
                self.gap(place, GapKind::NotFollowed, tree::TOO_MUCH.to_owned());
            }
            for file in below.iter() {
                let below = match path.as_str() {
                    "." => file.as_str(),
                    path => file.strip_prefix(path).unwrap_or(file),
                };
                let below = below.trim_start_matches("./").trim_start_matches('/');
                if let Ok(source) = self.tree.read(file) {
                    let target = target.trim_end_matches('/');
                    found.push(readable(
                        format!("{target}/{below}"),
                        Content::File(source.number),
                    ));
                }
            }
            return found;
        }
        match read(self.tree, self.from, &host) {
            Ok(source) => vec![readable(target.to_owned(), Content::File(source.number))],
            Err(why) => {
                let (kind, text) = match why {
                    // Compose makes a folder of it
                    Unread::Missing if !layer.must_exist => {
                        (GapKind::OptionalMissing, format!("`{host}` is not there"))
                    }
                    Unread::Missing => (GapKind::Missing, format!("`{host}` is not there")),
                    Unread::Outside => {
                        let text = format!("`{host}` lies outside of what is looked at");
                        (GapKind::Outside, text)
                    }
                    _ => (GapKind::Unreadable, format!("`{host}` cannot be read")),
                };
                self.gap(place, kind, text.clone());
                vec![readable(target.to_owned(), Content::Unknown(text))]
            }
        }
    }
}

fn mounts(service: &Service, layers: &mut BTreeMap<String, Layer>) {
    for mount in &service.mounts {
        let host = match mount.volume {
            Volume::Bind | Volume::Named(_) => mount.host.clone(),
            Volume::Temporary | Volume::Other => None,
        };
        layers.insert(
            mount.target.clone(),
            Layer {
                host,
                content: None,
                must_exist: is_made_by_nobody(&mount.node),
                said: vec![at(mount.place, How::Mount)],
            },
        );
    }
}

/// `create_host_path: false`: Docker makes no folder of what is not there, and the container does
/// not start.
fn is_made_by_nobody(mount: &Node) -> bool {
    let bind = mount.get("bind");
    let said = bind.and_then(|bind| bind.get("create_host_path"));
    said.and_then(|said| said.as_text()) == Some("false")
}

/// The deepest of the targets that the path lies at or below.
fn uppermost<'t>(path: &str, targets: &'t BTreeSet<String>) -> Option<&'t str> {
    let mut path = path;
    loop {
        if let Some(target) = targets.get(path) {
            return Some(target);
        }
        path = match path.rfind('/') {
            Some(0) | None => return targets.get("/").map(String::as_str),
            Some(at) => &path[..at],
        };
    }
}
