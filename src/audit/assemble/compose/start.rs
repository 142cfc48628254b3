//! Which compose files are started together: as Compose finds them in a folder, as `.env`
//! says, and as the names and contents of the others suggest.

use std::collections::{BTreeMap, BTreeSet};

use super::supply::{FromTree, supplied};
use crate::audit::tree::{FileKind, Found, Tree};
use crate::formats::compose::paths::{absolute, folder_of};
use crate::formats::compose::project::{Project, Service, Start};
use crate::model::manifest::{COMPOSE_OVERRIDE, Manifest, Target};

/// Compose takes the first of these that is there.
const NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];
/// And on top of it the first of these.
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// A project as somebody starts it.
pub(super) struct Started {
    pub(super) name: String,
    pub(super) folder: String,
    /// Its first file.
    pub(super) from: String,
    pub(super) project: Project,
    pub(super) assumptions: Vec<String>,
    /// The files that it is made of.
    reached: BTreeSet<String>,
}

/// What is made of a project, and where it comes from.
struct Made<M> {
    from: String,
    is_overlay: bool,
    reached: BTreeSet<String>,
    made: M,
}

/// Makes something of every project among the files, in the order of their folders. A project
/// takes far more memory than what is made of it: there is only one at a time.
pub(super) fn of_each<M>(
    tree: &Tree,
    found: &[Found],
    mut make: impl FnMut(Started) -> M,
) -> Vec<M> {
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in found.iter().filter(|file| file.kind == FileKind::Compose) {
        let files = folders.entry(folder_of(&file.path)).or_default();
        files.push(&file.path);
    }
    // it may name files that nothing else marks as compose files
    for file in found.iter().filter(|file| name_of(&file.path) == ".env") {
        folders.entry(folder_of(&file.path)).or_default();
    }
    let declared = declared(tree, found);
    let folders: Vec<Folder<'_>> = folders
        .into_iter()
        .map(|(folder, files)| Folder {
            over: declared.get(folder).cloned(),
            ..Folder::new(tree, folder, files)
        })
        .collect();
    let mut made = |mut started: Started, is_overlay| Made {
        from: started.from.clone(),
        is_overlay,
        reached: std::mem::take(&mut started.reached),
        made: make(started),
    };
    let usual: Vec<Option<Made<M>>> = folders
        .iter()
        .map(|folder| Some(made(folder.usual()?, false)))
        .collect();
    let mut reached: BTreeSet<String> = BTreeSet::new();
    for project in usual.iter().flatten() {
        reached.extend(project.reached.iter().cloned());
    }
    let others: Vec<Vec<Made<M>>> = folders
        .iter()
        .zip(&usual)
        .map(|(folder, usual)| {
            let mut others = Vec::new();
            let own = usual.as_ref().map(|usual| &usual.reached);
            folder.others(own, &reached, |started, is_overlay| {
                others.push(made(started, is_overlay));
            });
            others
        })
        .collect();
    // what others lead to is theirs, whichever of them comes first
    for project in others.iter().flatten() {
        let further = project.reached.iter().filter(|path| **path != project.from);
        reached.extend(further.cloned());
    }
    let mut all = Vec::new();
    for (usual, others) in usual.into_iter().zip(others) {
        all.extend(usual.map(|project| project.made));
        let own = others
            .into_iter()
            .filter(|project| project.is_overlay || !reached.contains(&project.from));
        all.extend(own.map(|project| project.made));
    }
    all
}

/// A folder with compose files in it.
struct Folder<'t> {
    tree: &'t Tree,
    path: &'t str,
    files: Vec<&'t str>,
    settings: BTreeMap<String, String>,
    /// What a manifest has written to be put on top of the project here.
    over: Option<Over>,
}

/// The project that a manifest names, and its override.
#[derive(Clone)]
struct Over {
    base: String,
    file: String,
}

/// By the folders of the projects that manifests name, what is put on top of them.
fn declared(tree: &Tree, found: &[Found]) -> BTreeMap<String, Over> {
    let manifests = found.iter().filter(|file| file.kind == FileKind::Manifest);
    let named = manifests.filter_map(|file| {
        let source = tree.read(&file.path).ok()?;
        let render = Manifest::parse(&source.bytes).ok()?.render;
        let folder = folder_of(&source.path);
        // the path as users know it, where `..` leads out of what was named
        let known = |path: String| Some(tree.read(&path).ok()?.path.clone());
        let base = known(absolute(folder, render.project.as_deref()?))?;
        let file = known(absolute(&absolute(folder, &render.out), COMPOSE_OVERRIDE))?;
        let is_for_it = render.target == Target::Compose;
        is_for_it.then(|| (folder_of(&base).to_owned(), Over { base, file }))
    });
    named.collect()
}

impl<'t> Folder<'t> {
    fn new(tree: &'t Tree, path: &'t str, files: Vec<&'t str>) -> Folder<'t> {
        let mut folder = Folder {
            tree,
            path,
            files,
            settings: BTreeMap::new(),
            over: None,
        };
        // a project without files says what `.env` says
        let start = folder.start(&[]);
        let project = Project::follow(&start, &FromTree::new(tree, path));
        for name in [
            "COMPOSE_FILE",
            "COMPOSE_PATH_SEPARATOR",
            "COMPOSE_PROJECT_NAME",
        ] {
            let value = project.lookup(name).filter(|value| !value.is_empty());
            folder
                .settings
                .extend(value.map(|value| (name.to_owned(), value)));
        }
        folder
    }

    fn start(&self, paths: &[String]) -> Start {
        let read = |path: &String| {
            let source = self.tree.read(path).ok()?;
            Some((source.path.clone(), supplied(source)))
        };
        let dotenv = self.tree.read(&absolute(self.path, ".env")).ok();
        Start {
            compose: paths.iter().filter_map(read).collect(),
            folder: self.path.to_owned(),
            dotenv: dotenv.map(supplied),
        }
    }

    fn first_of(&self, names: &[&str]) -> Option<&'t str> {
        let named = |name: &&str| {
            let files = self.files.iter();
            files.copied().find(|path| name_of(path) == *name)
        };
        names.iter().find_map(named)
    }

    /// The project that `docker compose up` starts here.
    fn usual(&self) -> Option<Started> {
        if let Some(files) = self.settings.get("COMPOSE_FILE") {
            let separator = self.settings.get("COMPOSE_PATH_SEPARATOR");
            let separator = separator.map_or(":", String::as_str);
            let paths = files.split(separator).filter(|path| !path.is_empty());
            let paths: Vec<String> = paths.map(|path| absolute(self.path, path)).collect();
            let first = paths.first()?.clone();
            let said = format!(
                "`COMPOSE_FILE` in `.env` says which files: {}",
                listed(&paths)
            );
            let mut started = self.started(&paths, "", vec![said]);
            started.from = first;
            return Some(started);
        }
        let base = self.first_of(&NAMES);
        let over = self.over.as_ref();
        let mut paths = vec![match over {
            Some(over) => over.base.clone(),
            None => base?.to_owned(),
        }];
        let on_top = self.first_of(&OVERRIDES);
        paths.extend(
            on_top
                .filter(|_| base == Some(paths[0].as_str()))
                .map(str::to_owned),
        );
        let said = match over {
            Some(over) => {
                paths.push(over.file.clone());
                format!("started as stem-sec.yaml says: {}", listed(&paths))
            }
            None => format!("started in its folder without `-f`: {}", listed(&paths)),
        };
        Some(self.started(&paths, "", vec![said]))
    }

    fn started(&self, paths: &[String], suffix: &str, mut assumptions: Vec<String>) -> Started {
        let start = self.start(paths);
        let from = paths.first().cloned().unwrap_or_default();
        let supply = FromTree::new(self.tree, &from);
        let project = Project::follow(&start, &supply);
        let mut reached = supply.given.into_inner();
        reached.extend(start.compose.iter().map(|(path, _)| path.clone()));
        // by a link, a file has two paths
        reached.extend(paths.iter().cloned());
        if !project.services.is_empty() {
            assumptions
                .push("nothing is set in the environment of docker compose itself".to_owned());
        }
        Started {
            name: format!("{}{suffix}", self.name(&project)),
            folder: self.path.to_owned(),
            from,
            project,
            assumptions,
            reached,
        }
    }

    fn name(&self, project: &Project) -> String {
        let said = self.settings.get("COMPOSE_PROJECT_NAME").cloned();
        let own = || {
            project
                .name
                .as_ref()
                .map(|name| name.value.expose().to_owned())
        };
        let said = said.or_else(own).filter(|name| !name.is_empty());
        said.unwrap_or_else(|| {
            let name = normalised(&self.tree.folder_name(self.path));
            if name.is_empty() {
                self.path.to_owned()
            } else {
                name
            }
        })
    }

    fn services_of(&self, base: Option<&str>) -> BTreeSet<String> {
        let base = base.map(|base| self.started(&[base.to_owned()], "", Vec::new()));
        let services = base.into_iter().flat_map(|base| base.project.services);
        services.map(|service| service.name).collect()
    }

    /// Takes the files that are not part of the usual project: overlays of it, which the second
    /// argument says, or projects of their own.
    fn others(
        &self,
        usual: Option<&BTreeSet<String>>,
        reached: &BTreeSet<String>,
        mut take: impl FnMut(Started, bool),
    ) {
        let base = self.first_of(&NAMES);
        let mut known: Option<BTreeSet<String>> = None;
        for path in &self.files {
            let is_part = usual.is_some_and(|usual| usual.contains(*path));
            if is_part || reached.contains(*path) {
                continue;
            }
            let suffix = suffix_of(name_of(path));
            let own = [(*path).to_owned()];
            let alone = self.started(&own, &suffix, Vec::new());
            let needy: Vec<&Service> = alone.project.services.iter().filter(is_needy).collect();
            let known = known.get_or_insert_with(|| self.services_of(base));
            let is_overlay = needy.iter().any(|service| known.contains(&service.name));
            let base = base.filter(|_| is_overlay);
            if let Some(base) = base {
                let paths = [base.to_owned(), (*path).to_owned()];
                let said = format!(
                    "`{}` cannot stand alone: taken to be started as {}",
                    name_of(path),
                    listed(&paths)
                );
                // it is started anew, with its base
                drop(alone);
                take(self.started(&paths, &suffix, vec![said]), true);
                continue;
            }
            let said = match needy.first() {
                Some(service) => format!(
                    "`{}` has neither image nor build for `{}`: what it is put on top of is not known",
                    name_of(path),
                    service.name
                ),
                None => format!("taken to be started by itself: {}", listed(&own)),
            };
            let mut alone = alone;
            alone.assumptions.insert(0, said);
            take(alone, false);
        }
    }
}

/// `+prod` of `compose.prod.yaml` and `docker-compose.prod.yml`; nothing of standard input.
fn suffix_of(name: &str) -> String {
    let words = name.split('.').filter(|word| {
        !matches!(
            *word,
            "compose" | "docker-compose" | "podman-compose" | "yaml" | "yml" | ""
        )
    });
    match words.collect::<Vec<&str>>().as_slice() {
        // standard input has no name
        [] | ["-"] => String::new(),
        words => format!("+{}", words.join(".")),
    }
}

/// Whether Compose would refuse to start it.
fn is_needy(service: &&Service) -> bool {
    service.image.is_none() && !service.is_built
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn listed(paths: &[String]) -> String {
    let names = paths.iter().map(|path| format!("`{}`", name_of(path)));
    names.collect::<Vec<_>>().join(" + ")
}

/// A folder's name as Compose makes a project's name of it.
fn normalised(name: &str) -> String {
    let lower = name.to_lowercase();
    let kept = lower
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'));
    let kept: String = kept.collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}
