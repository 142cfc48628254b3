//! Paths of the host: which files of the tree they are, and which of them a unit's process can
//! read. systemd reads env files as root, so that the process itself need not be able to.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::Reading;
use super::environment::{credentials_folder, host_only, unread_gap};
use super::hosts::split;
use crate::audit::process::{Content, Gap, GapKind, How, Process, Readable, Said, Value};
use crate::audit::tree::{Source, Tree, Unread};
use crate::formats::glob;
use crate::formats::place::Place;
use crate::formats::systemd::service::{Credential, CredentialContent, Named, Service};
use crate::formats::systemd::specifiers::UnitName;
use crate::model::env;

/// Where systemd looks for credentials that are named without a path.
const STORES: [&str; 4] = [
    "/etc/credstore",
    "/run/credstore",
    "/usr/local/lib/credstore",
    "/usr/lib/credstore",
];

impl Reading<'_> {
    /// The path in the tree of a path on the host.
    pub(super) fn on_host(&mut self, from: Place, path: &str) -> Option<String> {
        let source = self.tree.source(from.source)?;
        if self.host.is_root {
            return self.tree.path_on_host(&self.host.folder, path);
        }
        let found = self.tree.host_path(&source.path, path);
        let is_there = |path: &String| self.tree.is_folder(path).is_some();
        if found.as_ref().is_some_and(is_there) {
            return found;
        }
        // a repository often keeps beside its units what is installed elsewhere
        let beside = self.beside(path).filter(is_there);
        if let Some(beside) = &beside {
            self.assumptions.insert(format!("`{path}` is `{beside}`"));
        }
        beside.or(found)
    }

    /// The file below the units' folder, or the one above it, that ends like the path.
    fn beside(&self, path: &str) -> Option<String> {
        let folders = [self.host.folder.as_str(), split(&self.host.folder).0];
        let ends = path.match_indices('/').map(|(at, _)| &path[at + 1..]);
        let ends: Vec<&str> = ends.filter(|end| !end.is_empty()).collect();
        folders.iter().find_map(|folder| {
            let joined = |end: &&str| match *folder {
                "" => (*end).to_owned(),
                folder => format!("{}/{end}", folder.trim_end_matches('/')),
            };
            let mut paths = ends.iter().map(joined);
            paths.find(|path| self.tree.is_folder(path) == Some(false))
        })
    }

    /// The files that `EnvironmentFile=` means.
    pub(super) fn sources(&mut self, named: &Named, process: &mut Process) -> Vec<Arc<Source>> {
        let paths = match glob::is_escaped(&named.path) {
            false => self.matching(named),
            true => {
                let path = glob::literal(&named.path);
                let Some(path) = self.on_host(named.place, &path) else {
                    let gap = unread_gap(named.place, &path, &Unread::Outside, named.is_optional);
                    process.gaps.push(gap);
                    return Vec::new();
                };
                vec![path]
            }
        };
        if paths.is_empty() {
            let gap = unread_gap(
                named.place,
                &named.path,
                &Unread::Missing,
                named.is_optional,
            );
            process.gaps.push(gap);
        }
        let mut sources = Vec::new();
        for path in paths {
            match self.tree.read(&path) {
                Ok(source) => sources.push(source),
                Err(unread) => {
                    let gap = unread_gap(named.place, &path, &unread, named.is_optional);
                    process.gaps.push(gap);
                }
            }
        }
        sources
    }

    fn matching(&mut self, named: &Named) -> Vec<String> {
        let found = self.below(&named.path, named.place);
        found.into_iter().map(|(path, _)| path).collect()
    }

    /// The paths on the host that a pattern of them matches.
    pub(super) fn matching_paths(&mut self, pattern: &str, place: Place) -> Vec<String> {
        let found = self.below(pattern, place);
        found.into_iter().map(|(_, on_host)| on_host).collect()
    }

    /// What a pattern matches: paths in the tree, and the same on the host.
    fn below(&mut self, pattern: &str, place: Place) -> Vec<(String, String)> {
        let fixed = glob::fixed_folder(pattern).to_owned();
        let Some(folder) = self.on_host(place, &fixed) else {
            return Vec::new();
        };
        let on_host = |path: String| {
            let way = path.strip_prefix(&folder)?.trim_start_matches('/');
            let on_host = format!("{}/{way}", fixed.trim_end_matches('/'));
            glob::matches(pattern, &on_host).then_some((path, on_host))
        };
        self.tree
            .below(&folder)
            .iter()
            .cloned()
            .filter_map(on_host)
            .collect()
    }

    /// The files that the process can read: its credentials, and what its variables and its
    /// command line name.
    pub(super) fn set_files(&mut self, service: &Service, unit: &UnitName, process: &mut Process) {
        let folder = credentials_folder(unit, self.scope);
        let folder = folder.unwrap_or_else(|| "$CREDENTIALS_DIRECTORY".to_owned());
        for credential in &service.credentials {
            self.add_credential(credential, &folder, service, process);
        }
        let mut known = HashSet::new();
        let mut counted = 0;
        for (path, place, said, is_needed) in named_paths(process) {
            let new = process.files[counted..].iter();
            known.extend(new.map(|file| file.path.clone()));
            counted = process.files.len();
            if known.contains(&path) {
                continue;
            }
            if path.starts_with("/run/credentials/") {
                if is_needed {
                    let gap = unread_gap(place, &path, &Unread::Missing, false);
                    process.gaps.push(gap);
                }
                continue;
            }
            self.add_named(&path, place, said, is_needed, service, process);
        }
    }

    fn add_credential(
        &mut self,
        credential: &Credential,
        folder: &str,
        service: &Service,
        process: &mut Process,
    ) {
        let said = vec![Said {
            place: credential.place,
            how: How::Secret,
        }];
        let mut add = |id: &str, content: Content| {
            let path = format!("{folder}/{id}");
            if process.files.iter().all(|file| file.path != path) {
                let said = said.clone();
                process.files.push(Readable {
                    path,
                    content,
                    said,
                });
            }
        };
        let id = credential.id.as_str();
        match &credential.content {
            CredentialContent::Literal(text) => {
                let is_fallback = |other: &&Credential| {
                    other.id == id && matches!(other.content, CredentialContent::File(_))
                };
                let file = service.credentials.iter().find(is_fallback);
                let is_given = file.is_some_and(|file| match &file.content {
                    CredentialContent::File(named) => self.content(named).is_ok(),
                    _ => false,
                });
                if !is_given {
                    add(id, Content::Text(text.clone(), credential.place));
                }
            }
            CredentialContent::Encrypted => {
                add(id, Content::Unknown("an encrypted credential".to_owned()));
            }
            CredentialContent::Imported => {
                add(id, Content::Unknown("a credential of the host".to_owned()));
            }
            CredentialContent::File(named) => match self.content(named) {
                Ok(files) => {
                    for (below, number) in files {
                        self.used.insert(number);
                        let id = match below.as_str() {
                            "" => id.to_owned(),
                            below => format!("{id}_{}", below.replace('/', "_")),
                        };
                        add(&id, Content::File(number));
                    }
                }
                Err(gap) => {
                    let has_other = service.credentials.iter().any(|other| {
                        other.id == id && matches!(other.content, CredentialContent::Literal(_))
                    });
                    if !has_other {
                        add(id, Content::Unknown(gap.text.clone()));
                        process.gaps.push(gap);
                    }
                }
            },
        }
    }

    /// The files of a credential, each with its way below a folder that was named.
    fn content(&mut self, named: &Named) -> Result<Vec<(String, u32)>, Gap> {
        let gap = |kind, text| Gap {
            place: named.place,
            kind,
            text,
        };
        if let Some(letter) = named.unknown {
            return Err(gap(GapKind::NotFollowed, host_only(letter)));
        }
        let path = match named.path.starts_with('/') {
            true => self.on_host(named.place, &named.path),
            false => STORES.iter().find_map(|store| {
                let path = self.on_host(named.place, &format!("{store}/{}", named.path))?;
                (self.tree.is_folder(&path) == Some(false)).then_some(path)
            }),
        };
        let Some(path) = path else {
            let gap = unread_gap(named.place, &named.path, &Unread::Outside, false);
            return Err(gap);
        };
        if self.tree.is_folder(&path) == Some(true) {
            let below = self.tree.below(&path);
            let each = |file: &String| {
                let way = file.strip_prefix(&path)?.trim_start_matches('/');
                let source = self.tree.read(file).ok()?;
                Some((way.to_owned(), source.number))
            };
            return Ok(below.iter().filter_map(each).collect());
        }
        match self.tree.read(&path) {
            Ok(source) => Ok(vec![(String::new(), source.number)]),
            Err(unread) => Err(unread_gap(named.place, &path, &unread, named.is_optional)),
        }
    }

    /// A file of the host that a variable or an argument names.
    pub(super) fn add_named(
        &mut self,
        path: &str,
        place: Place,
        said: Vec<Said>,
        is_needed: bool,
        service: &Service,
        process: &mut Process,
    ) {
        let is_below = |folder: &str| {
            let rest = path.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder == "/")
        };
        if let Some(hidden) = service.hidden.iter().find(|hidden| is_below(&hidden.path)) {
            if is_needed {
                process.gaps.push(Gap {
                    place: hidden.place,
                    kind: GapKind::Missing,
                    text: format!("`{path}` is hidden from the process"),
                });
            }
            return;
        }
        let bind = service.binds.iter().rev().find(|bind| is_below(&bind.to));
        let mut said = said;
        let on_host = match (bind, &service.root) {
            (Some(bind), _) => {
                said.push(Said {
                    place: bind.from.place,
                    how: How::Mount,
                });
                format!("{}{}", bind.from.path, &path[bind.to.len()..])
            }
            (None, Some(root)) => format!("{}{path}", root.path),
            (None, None) => path.to_owned(),
        };
        let tree: &Tree = self.tree;
        let unread = match self.on_host(place, &on_host) {
            None => Unread::Outside,
            // what nobody takes for a key or an env file need not be read for an argument
            Some(file) if !is_needed && !self.found.contains(file.as_str()) => return,
            Some(file) => match tree.read(&file) {
                Ok(source) => {
                    self.used.insert(source.number);
                    process.files.push(Readable {
                        path: path.to_owned(),
                        content: Content::File(source.number),
                        said,
                    });
                    return;
                }
                Err(unread) => unread,
            },
        };
        if is_needed {
            process.gaps.push(unread_gap(place, path, &unread, false));
            process.files.push(Readable {
                path: path.to_owned(),
                content: Content::Unknown(format!("`{path}` {}", super::why(&unread))),
                said,
            });
        }
    }
}

/// Every absolute path that the environment or the command line names, with the place, what was
/// said of it, and whether Stem needs the file.
fn named_paths(process: &Process) -> Vec<(String, Place, Vec<Said>, bool)> {
    let mut seen = BTreeSet::new();
    let mut paths = Vec::new();
    for variable in &process.environment {
        let Value::Known(value) = &variable.value else {
            continue;
        };
        let path = value.expose().trim();
        if is_path(path) && variable.name != "CREDENTIALS_DIRECTORY" {
            let said = variable.said.iter();
            let said = said.filter(|said| said.how != How::Overridden);
            let said: Vec<Said> = said.cloned().collect();
            let is_needed = is_path_variable(&variable.name);
            paths.push((path.to_owned(), variable.place, said, is_needed));
        }
    }
    for argument in process.arguments.iter().skip(1) {
        let text = argument.text.expose();
        let value = text.split_once('=').map_or(text, |(_, value)| value);
        if is_path(value) {
            let said = Said {
                place: argument.place,
                how: How::Argument,
            };
            paths.push((value.to_owned(), argument.place, vec![said], false));
        }
    }
    // needed ones first, so that they are not taken for others
    paths.sort_by_key(|(_, _, _, is_needed)| !is_needed);
    paths.retain(|(path, ..)| seen.insert(path.clone()));
    paths
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.len() > 1 && text.len() < 4_096 && !text.contains(['\n', '\0'])
}

fn is_path_variable(name: &str) -> bool {
    matches!(
        name,
        env::TLS_CA_CERT | env::TLS_CLIENT_CERT | env::TLS_CLIENT_KEY
    )
}
