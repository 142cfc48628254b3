//! Which units and drop-ins belong to one host, and in which order systemd reads them: by the
//! folders that it looks into where the tree has those, else by the folder in which they lie.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::tree::{FileKind, Found};
use crate::formats::systemd::specifiers::{Scope, UnitName};

/// Where the system's manager looks, first one first.
const SYSTEM: [&str; 13] = [
    "etc/systemd/system.control",
    "run/systemd/system.control",
    "run/systemd/transient",
    "run/systemd/generator.early",
    "etc/systemd/system",
    "etc/systemd/system.attached",
    "run/systemd/system",
    "run/systemd/system.attached",
    "run/systemd/generator",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
    "run/systemd/generator.late",
];

/// Where a user's does.
const USER: [&str; 6] = [
    ".config/systemd/user",
    "etc/systemd/user",
    "run/systemd/user",
    ".local/share/systemd/user",
    "usr/local/lib/systemd/user",
    "usr/lib/systemd/user",
];

/// The units of one host, or of one folder.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// Its folder: the root of the host's files, or that of the units.
    pub(super) folder: String,
    /// Whether the folders below it are those of a host.
    pub(super) is_root: bool,
    /// Each unit's files by its name, first one first; an empty path is that of a mask.
    units: BTreeMap<String, BTreeMap<usize, String>>,
    /// Drop-ins by the name before `.d`.
    dropins: BTreeMap<String, Vec<Dropin>>,
    /// Units that something pulls in by lying in its `.wants/`.
    wanted: BTreeSet<String>,
    /// What was taken for granted.
    pub(super) assumptions: Vec<String>,
}

#[derive(Clone, Debug)]
struct Dropin {
    layer: usize,
    file: String,
    path: String,
}

/// Whose manager reads the units, and where they lie.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    is_user: bool,
    folder: String,
    is_root: bool,
}

/// Sorts the units and drop-ins among what was found.
pub(super) fn hosts(found: &[Found]) -> Vec<(Host, Scope)> {
    let mut hosts: BTreeMap<Key, Host> = BTreeMap::new();
    for found in found {
        let (folder, file) = split(&found.path);
        let (above, last) = split(folder);
        let dropins = last.strip_suffix(".d");
        let wanted = [".wants", ".requires", ".upholds"];
        let is_link = wanted.iter().any(|end| last.ends_with(end));
        let home = match (found.kind, dropins) {
            (FileKind::Unit, _) | (FileKind::Mask, None) if !is_link => folder,
            (FileKind::Unit, _) | (FileKind::DropIn | FileKind::Mask, Some(_)) => above,
            _ => continue,
        };
        let (key, layer) = key_of(home);
        let host = hosts.entry(key.clone()).or_default();
        (host.folder, host.is_root) = (key.folder, key.is_root);
        let path = match found.kind {
            FileKind::Mask => String::new(),
            _ => found.path.clone(),
        };
        match (found.kind, dropins) {
            (FileKind::DropIn | FileKind::Mask, Some(unit)) => {
                host.dropins
                    .entry(unit.to_owned())
                    .or_default()
                    .push(Dropin {
                        layer,
                        file: file.to_owned(),
                        path,
                    });
            }
            _ if is_link => {
                host.wanted.insert(file.to_owned());
            }
            _ => {
                let files = host.units.entry(file.to_owned()).or_default();
                files.insert(layer, path);
            }
        }
    }
    let gathered = gather_lone_dropins(&mut hosts);
    gather_components(&mut hosts, &gathered);
    let scope = |is_user| if is_user { Scope::User } else { Scope::System };
    hosts
        .into_iter()
        .map(|(key, host)| (host, scope(key.is_user)))
        .collect()
}

fn key_of(home: &str) -> (Key, usize) {
    let below = |folders: &[&str]| {
        let matching = folders.iter().enumerate().filter_map(|(layer, folder)| {
            let before = home.strip_suffix(folder)?;
            (before.is_empty() || before.ends_with('/')).then_some((layer, before))
        });
        // `usr/lib/…` also ends in `lib/…`
        matching.min_by_key(|(_, before)| before.len())
    };
    for (is_user, folders) in [(false, SYSTEM.as_slice()), (true, USER.as_slice())] {
        if let Some((layer, before)) = below(folders) {
            let folder = match before {
                "/" => "/",
                before => before.trim_end_matches('/'),
            };
            let folder = folder.to_owned();
            let key = Key {
                is_user,
                folder,
                is_root: true,
            };
            return (key, layer);
        }
    }
    let key = Key {
        is_user: false,
        folder: home.to_owned(),
        is_root: false,
    };
    (key, 0)
}

/// Drop-ins that lie somewhere without any unit, as `stem-sec render` writes them, one folder a
/// component: they belong to the one place in the tree that has the unit, else together with
/// their neighbours. The places that they were gathered in.
fn gather_lone_dropins(hosts: &mut BTreeMap<Key, Host>) -> Vec<Key> {
    let mut gathered: Vec<Key> = Vec::new();
    let is_lone = |(key, host): &(&Key, &Host)| !key.is_root && host.units.is_empty();
    let lone: Vec<Key> = hosts
        .iter()
        .filter(is_lone)
        .map(|(k, _)| k.clone())
        .collect();
    for key in lone {
        let Some(host) = hosts.remove(&key) else {
            continue;
        };
        for (unit, dropins) in host.dropins {
            let mut homes = hosts.iter_mut().filter(|(_, host)| host.has(&unit));
            let home = match (homes.next(), homes.next()) {
                (Some((_, home)), None) => home,
                _ => {
                    let (folder, _) = split(&key.folder);
                    let together = Key {
                        folder: folder.to_owned(),
                        ..key.clone()
                    };
                    let home = hosts.entry(together.clone()).or_default();
                    home.folder = folder.to_owned();
                    home.dropins.entry(unit).or_default().extend(dropins);
                    gathered.push(together);
                    continue;
                }
            };
            if home.folder != key.folder {
                home.assumptions.push(format!(
                    "`{}/{unit}.d` is installed beside `{unit}`",
                    key.folder
                ));
            }
            home.dropins.entry(unit).or_default().extend(dropins);
        }
    }
    gathered
}

/// Where components have a folder each, one whose folder holds its whole unit belongs to the
/// others, too: `deploy/db/db.service` beside `deploy/worker/worker.service.d/`.
fn gather_components(hosts: &mut BTreeMap<Key, Host>, gathered: &[Key]) {
    let homes: BTreeSet<&Key> = gathered.iter().collect();
    for home in homes {
        let is_component = |(key, host): &(&Key, &Host)| {
            let (above, name) = split(&key.folder);
            let is_named = |unit: &String| unit.split(['.', '@']).next() == Some(name);
            let is_beside = !key.is_root && key.is_user == home.is_user && above == home.folder;
            is_beside && host.units.keys().all(is_named)
        };
        let components: Vec<Key> = hosts
            .iter()
            .filter(is_component)
            .map(|(key, _)| key.clone())
            .collect();
        for component in components.iter().filter(|key| *key != home) {
            let moved = hosts.remove(component);
            if let (Some(moved), Some(host)) = (moved, hosts.get_mut(home)) {
                host.take(moved);
            }
        }
    }
}

impl Host {
    fn take(&mut self, other: Host) {
        for (unit, files) in other.units {
            self.units.entry(unit).or_default().extend(files);
        }
        for (unit, dropins) in other.dropins {
            self.dropins.entry(unit).or_default().extend(dropins);
        }
        self.wanted.extend(other.wanted);
        self.assumptions.extend(other.assumptions);
    }

    /// The units that something pulls in by lying in its `.wants/`.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &String> {
        self.wanted.iter()
    }

    fn has(&self, unit: &str) -> bool {
        let template = UnitName::of(unit).and_then(|unit| unit.template());
        self.units.contains_key(unit)
            || template.is_some_and(|template| self.units.contains_key(&template))
    }

    /// Every service of which something lies here, templates included.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        let dropins = self
            .dropins
            .keys()
            .filter(|unit| !unit.ends_with("-.service"));
        let names = self.units.keys().chain(dropins).chain(&self.wanted);
        names
            .map(String::as_str)
            .filter(|name| UnitName::of(name).is_some())
            .collect()
    }

    /// The file of a unit, its template's where it has none of its own; empty where it is masked.
    pub(super) fn file(&self, unit: &UnitName) -> Option<&str> {
        let first = |name: &str| self.units.get(name)?.values().next();
        let own = first(&unit.full);
        let found = own.or_else(|| first(&unit.template()?));
        found.map(String::as_str)
    }

    /// A unit's drop-ins in the order in which they are read: by their names, of which the first
    /// folder that has one hides the others.
    pub(super) fn dropins(&self, unit: &UnitName) -> Vec<&str> {
        let mut by_file: BTreeMap<&str, ((bool, usize, usize), &str)> = BTreeMap::new();
        let own = unit.dropin_names();
        let names = own.iter().map(|name| (name.as_str(), false));
        for (number, (name, is_type)) in names.chain([("service", true)]).enumerate() {
            for dropin in self.dropins.get(name).into_iter().flatten() {
                let rank = (is_type, dropin.layer, number);
                let entry = by_file.entry(&dropin.file).or_insert((rank, &dropin.path));
                if rank < entry.0 {
                    *entry = (rank, &dropin.path);
                }
            }
        }
        let paths = by_file.into_values().map(|(_, path)| path);
        paths.filter(|path| !path.is_empty()).collect()
    }
}

/// The folder in which something lies, and its name.
pub(super) fn split(path: &str) -> (&str, &str) {
    match path.rfind('/') {
        Some(0) => ("/", &path[1..]),
        Some(at) => (&path[..at], &path[at + 1..]),
        None => ("", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[(&str, FileKind)]) -> Vec<(Host, Scope)> {
        let found = |(path, kind): &(&str, FileKind)| Found {
            path: (*path).to_owned(),
            kind: *kind,
        };
        hosts(&paths.iter().map(found).collect::<Vec<_>>())
    }

    #[test]
    fn folders_of_a_host_hide_each_other() {
        use FileKind::{DropIn, Unit};
        let hosts = of(&[
            ("web/usr/lib/systemd/system/a-b.service", Unit),
            ("web/etc/systemd/system/a-b.service", Unit),
            ("web/etc/systemd/system/a-b.service.d/20.conf", DropIn),
            ("web/usr/lib/systemd/system/a-b.service.d/10.conf", DropIn),
            ("web/usr/lib/systemd/system/a-b.service.d/20.conf", DropIn),
            ("web/run/systemd/system/a-.service.d/10.conf", DropIn),
            ("web/etc/systemd/system/service.d/10.conf", DropIn),
            ("web/etc/systemd/system/service.d/15.conf", DropIn),
            ("db/etc/systemd/system/c@.service", Unit),
            (
                "db/etc/systemd/system/multi-user.target.wants/c@x.service",
                Unit,
            ),
        ]);
        let folders: Vec<&str> = hosts.iter().map(|(host, _)| host.folder.as_str()).collect();
        assert_eq!(folders, ["db", "web"]);
        let unit = UnitName::of("a-b.service").expect("a service");
        let web = &hosts[1].0;
        assert_eq!(web.file(&unit), Some("web/etc/systemd/system/a-b.service"));
        assert_eq!(
            web.dropins(&unit),
            [
                "web/run/systemd/system/a-.service.d/10.conf",
                "web/etc/systemd/system/service.d/15.conf",
                "web/etc/systemd/system/a-b.service.d/20.conf",
            ]
        );
        assert!(hosts[0].0.names().contains("c@x.service"));
    }

    #[test]
    fn lone_drop_ins_go_to_their_unit_or_stay_together() {
        use FileKind::{DropIn, Unit};
        let rendered = [
            ("deploy/api/api.service.d/50.conf", DropIn),
            ("deploy/worker/worker.service.d/50.conf", DropIn),
        ];
        let alone = of(&rendered);
        assert_eq!(alone.len(), 1);
        assert_eq!(alone[0].0.folder, "deploy");
        assert_eq!(alone[0].0.names().len(), 2);
        let with_unit = of(&[rendered.as_slice(), &[("units/api.service", Unit)]].concat());
        let api = UnitName::of("api.service").expect("a service");
        let units = with_unit.iter().find(|(host, _)| host.folder == "units");
        let (units, _) = units.expect("there");
        assert_eq!(units.dropins(&api), ["deploy/api/api.service.d/50.conf"]);
        assert_eq!(units.assumptions.len(), 1);
    }

    #[test]
    fn a_component_with_its_whole_unit_belongs_to_those_with_drop_ins() {
        use FileKind::{DropIn, Unit};
        let rendered = ("deploy/worker/worker.service.d/50.conf", DropIn);
        let folders = |unit: &'static str| {
            let hosts = of(&[rendered, (unit, Unit)]);
            let folders = hosts.into_iter().map(|(host, _)| host.folder);
            folders.collect::<Vec<_>>()
        };
        assert_eq!(folders("deploy/db/db.service"), ["deploy"]);
        assert_eq!(folders("deploy/db/other.service"), ["deploy", "deploy/db"]);
        assert_eq!(folders("db/db.service"), ["db", "deploy"]);
    }
}
