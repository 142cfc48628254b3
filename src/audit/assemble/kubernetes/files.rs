//! The files that a container's mounts give it. A mount hides what lies below its path, and
//! the deeper mount comes later.

use std::collections::BTreeMap;

use super::cluster::{Cluster, Origins, Referred, add_gap, call};
use super::environment::Environment;
use crate::audit::process::{Content, Gap, GapKind, How, Readable, Said};
use crate::formats::kubernetes::bundle::{Bundle, Entry, Held};
use crate::formats::kubernetes::pod::{Container, Item, Mount, Part, Reference, Volume};
use crate::formats::place::Place;

/// The bytes of texts that may still be kept; a hostile input could mount one text a million
/// times.
pub(super) struct Room(pub(super) usize);

impl Room {
    /// Takes so many bytes of it, if they are there.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// What is looked at while mounts are followed.
pub(super) struct Mounts<'m> {
    pub(super) cluster: &'m Cluster,
    pub(super) origins: &'m Origins,
    pub(super) environment: &'m Environment,
    pub(super) room: &'m mut Room,
    pub(super) gaps: &'m mut Vec<Gap>,
}

/// A file of a volume, by its path there.
struct Inside {
    content: Content,
    said: Vec<Said>,
}

impl Mounts<'_> {
    /// The files of a container.
    pub(super) fn files(&mut self, container: &Container, volumes: &[Volume]) -> Vec<Readable> {
        let mut mounts: Vec<(&Mount, String)> = container
            .mounts
            .iter()
            .map(|mount| (mount, clean(&mount.path)))
            .collect();
        mounts.sort_by_key(|(_, path)| path.split('/').filter(|part| !part.is_empty()).count());
        let mut files = BTreeMap::new();
        for (mount, path) in mounts {
            let below = format!("{}/", path.trim_end_matches('/'));
            files.retain(|other: &String, _| *other != path && !other.starts_with(&below));
            let volume = volumes.iter().find(|volume| volume.name == mount.volume);
            match volume {
                Some(volume) => self.mount(mount, &path, volume, &mut files),
                None => {
                    let text = format!("no volume is called `{}`", mount.volume);
                    self.gap(mount.place, GapKind::Missing, text);
                }
            }
        }
        files.into_values().collect()
    }

    fn gap(&mut self, place: Place, kind: GapKind, text: String) {
        add_gap(self.gaps, place, kind, text);
    }

    fn mount(
        &mut self,
        mount: &Mount,
        path: &str,
        volume: &Volume,
        files: &mut BTreeMap<String, Readable>,
    ) {
        let mut inside = BTreeMap::new();
        for part in &volume.parts {
            self.fill(part, &mut inside);
        }
        let sub_path = mount.sub_path.as_ref().map(|sub_path| {
            let expanded = sub_path
                .expands
                .then(|| self.environment.word(&sub_path.path, &[]).0);
            expanded.map_or_else(|| clean(&sub_path.path), |path| clean(path.expose()))
        });
        let mut found = inside.is_empty() || inside.contains_key("");
        for (name, held) in inside {
            let Some(path) = seen_at(path, &name, sub_path.as_deref()) else {
                continue;
            };
            found = true;
            let mut said = vec![Said {
                place: mount.place,
                how: How::Mount,
            }];
            said.extend(held.said);
            let readable = Readable {
                path: path.clone(),
                content: held.content,
                said,
            };
            files.insert(path, readable);
        }
        if !found {
            let text = format!("volume `{}` has nothing at its `subPath`", volume.name);
            self.gap(mount.place, GapKind::Missing, text);
        }
    }

    fn fill(&mut self, part: &Part, inside: &mut BTreeMap<String, Inside>) {
        match part {
            Part::Entries(reference, items) => self.fill_entries(reference, items, inside),
            Part::Host(path, place) => {
                let text = format!("`{path}` of the node is mounted");
                self.gap(*place, GapKind::Outside, text.clone());
                inside.insert(String::new(), unknown(text, Vec::new()));
            }
            Part::Cluster(what, place) => {
                let text = format!("files come from {what}");
                self.gap(*place, GapKind::Outside, text.clone());
                inside.insert(String::new(), unknown(text, Vec::new()));
            }
        }
    }

    fn fill_entries(
        &mut self,
        reference: &Reference,
        items: &[Item],
        inside: &mut BTreeMap<String, Inside>,
    ) {
        let bundle = match self.cluster.find(reference, self.gaps) {
            Referred::Bundle(bundle) => bundle,
            Referred::Optional => return,
            Referred::Outside(why) => {
                for item in items {
                    inside.insert(clean(&item.path), unknown(why.clone(), Vec::new()));
                }
                if items.is_empty() {
                    inside.insert(String::new(), unknown(why, Vec::new()));
                }
                return;
            }
        };
        if items.is_empty() {
            self.fill_all(reference, bundle, inside);
        }
        for item in items {
            self.fill_item(reference, bundle, item, inside);
        }
    }

    fn fill_all(
        &mut self,
        reference: &Reference,
        bundle: &Bundle,
        inside: &mut BTreeMap<String, Inside>,
    ) {
        if let Some(open) = &bundle.open {
            let text = format!("what {} holds comes from {open}", call(reference));
            self.gap(reference.place, GapKind::Outside, text.clone());
            inside.insert(String::new(), unknown(text, Vec::new()));
        }
        for entry in &bundle.entries {
            inside.extend(self.file(entry).map(|file| (entry.key.clone(), file)));
        }
    }

    fn fill_item(
        &mut self,
        reference: &Reference,
        bundle: &Bundle,
        item: &Item,
        inside: &mut BTreeMap<String, Inside>,
    ) {
        match (bundle.entry(&item.key), &bundle.open) {
            (Some(entry), _) => {
                inside.extend(self.file(entry).map(|file| (clean(&item.path), file)));
            }
            (None, Some(open)) => {
                inside.insert(clean(&item.path), unknown(open.clone(), Vec::new()));
            }
            (None, None) => {
                let kind = if reference.optional {
                    GapKind::OptionalMissing
                } else {
                    GapKind::Missing
                };
                let text = format!("{} has no key `{}`", call(reference), item.key);
                self.gap(item.place, kind, text);
            }
        }
    }

    /// An entry as a file, if it can matter.
    fn file(&mut self, entry: &Entry) -> Option<Inside> {
        let said = self.origins.of(entry);
        if let Some(number) = self.origins.files.get(&entry.place) {
            let content = Content::File(*number);
            return Some(Inside { content, said });
        }
        let content = match &entry.held {
            Held::Text(text) if !can_matter(&entry.key, text.expose()) => return None,
            Held::Text(text) => match self.room.take(text.expose().len()) {
                true => Content::Text(text.clone(), entry.place),
                false => Content::Unknown("too much text in all".to_owned()),
            },
            Held::Binary => Content::Unknown("no text".to_owned()),
            Held::Unknown(why) => Content::Unknown(why.clone()),
        };
        Some(Inside { content, said })
    }
}

fn unknown(why: String, said: Vec<Said>) -> Inside {
    Inside {
        content: Content::Unknown(why),
        said,
    }
}

/// Where a file of a volume is seen, if it is.
fn seen_at(mount: &str, name: &str, sub_path: Option<&str>) -> Option<String> {
    let rest = match sub_path {
        None => name,
        // of a volume that is not known as a whole
        Some(_) if name.is_empty() => "",
        Some(sub_path) => {
            let rest = name.strip_prefix(sub_path)?;
            if rest.is_empty() {
                rest
            } else {
                rest.strip_prefix('/')?
            }
        }
    };
    if rest.is_empty() {
        return Some(mount.to_owned());
    }
    Some(format!("{}/{rest}", mount.trim_end_matches('/')))
}

/// A path without doubled and closing slashes and `.`.
fn clean(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    let joined = parts.join("/");
    if path.starts_with('/') {
        format!("/{joined}")
    } else {
        joined
    }
}

/// Keys, certificates, configurations of the broker, and whatever names Stem.
fn can_matter(name: &str, text: &str) -> bool {
    const MARKS: [&str; 9] = [
        "-----BEGIN",
        "STEM_",
        "stem",
        "redis",
        "postgres",
        "requirepass",
        "masterauth",
        "tls-",
        "ssl",
    ];
    const ENDINGS: [&str; 10] = [
        ".conf", ".env", ".pem", ".crt", ".cer", ".key", ".p12", ".pfx", ".jks", ".acl",
    ];
    // a bare list of keys or a password has no mark of its own
    const SHORT: usize = 4 << 10;
    text.len() <= SHORT
        || name == ".env"
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || MARKS.iter().any(|mark| text.contains(mark))
}
