//! The inventory of a tree: every deployment in it, what each process is and holds, and the
//! secrets that lie where no process reads them.

mod loose;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::aliases;
use super::assemble::{self, Assembly, Kept};
use super::contents::Library;
use super::holding::{self, Holding};
use super::names::Names;
use super::options;
use super::policy::Baseline;
use super::process::{Assigned, Deployment, Gap, GapKind, Kind, Process};
use super::roles::{self, Assignment, Context};
use super::threads;
use super::tree::{Found, Skipped, Source, Tree};
use super::veil;
use crate::formats::place::Place;
use crate::formats::yaml;
use crate::model::manifest::Manifest;
use crate::model::role::Role;
pub use loose::Loose;

/// What the user says beside the files.
#[derive(Debug, Default)]
pub struct Request {
    /// `--assign`.
    pub assignments: Vec<Assignment>,
    /// The manifest that applies where the tree has none.
    pub manifest: Option<Manifest>,
    /// The way from the folder of that manifest to the current one, with `/` at its end; empty
    /// where they are the same.
    pub manifest_prefix: String,
    /// The folder of that manifest, absolute; empty where it is not known.
    pub manifest_folder: String,
    /// `--baseline`.
    pub baseline: Option<Baseline>,
    /// Signing keys of the store that should not be in use any more.
    pub overdue: Vec<Overdue>,
}

/// A signing key that is in use for longer than it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Its id.
    pub id: String,
    /// The fingerprint of its value: of the secret, or of the public half.
    pub fingerprint: String,
    /// What is the matter, as the rest of a sentence about it.
    pub why: String,
}

/// What was found.
#[derive(Debug)]
pub struct Inventory {
    /// Deployments that have to do with Stem, in the order of their folders and names.
    pub deployments: Vec<Listed>,
    /// Secrets in files that no process reads.
    pub loose: Vec<Loose>,
    /// Entries of Secrets and ConfigMaps that may be secret, whether or not a pod gets them.
    pub kept: Vec<Kept>,
    /// What could not be read or followed, and belongs to no process.
    pub gaps: Vec<Gap>,
    /// Files and folders that were met and not looked into.
    pub skipped: Vec<Skipped>,
}

/// A deployment and what its processes hold.
#[derive(Debug)]
pub struct Listed {
    /// As it was found; the processes that hold nothing included. Their environments, files and
    /// command lines are empty but in a survey.
    pub deployment: Deployment,
    /// For each of its processes, in the same order.
    pub entries: Vec<Entry>,
}

/// What a process is and holds.
#[derive(Debug)]
pub struct Entry {
    /// Its roles.
    pub assigned: Assigned,
    /// What it holds, by artifact and subject.
    pub holdings: Vec<Holding>,
    /// Whether it is called after Stem, or runs it, and is given variables that are in no file.
    pub lacks: bool,
}

impl Listed {
    /// The processes that matter to Stem, with their entries.
    pub fn shown(&self) -> impl Iterator<Item = (&Process, &Entry)> {
        let pairs = self.deployment.processes.iter().zip(&self.entries);
        pairs.filter(|(_, entry)| entry.matters())
    }

    fn has_to_do_with_stem(&self) -> bool {
        let holds = |entry: &Entry| !entry.holdings.is_empty() || entry.lacks;
        self.entries.iter().any(holds) || self.deployment.processes.iter().any(Process::is_labelled)
    }
}

impl Entry {
    /// Whether it holds something or should, or plays a part of its own.
    #[must_use]
    pub fn matters(&self) -> bool {
        let roles = &self.assigned.roles;
        !self.holdings.is_empty() || self.lacks || roles.iter().any(|role| *role != Role::Other)
    }
}

impl Process {
    fn is_labelled(&self) -> bool {
        self.label.is_some()
    }

    /// Whether it is given variables that are in no file.
    fn lacks_variables(&self) -> bool {
        let mut gaps = self.gaps.iter().take(self.gaps_of_environment);
        gaps.any(|gap| matches!(gap.kind, GapKind::Missing | GapKind::Outside))
    }

    /// Forgets what it is given.
    fn forget(&mut self) {
        self.environment = Vec::new();
        self.built_with = Vec::new();
        self.files = Vec::new();
        self.arguments = Vec::new();
    }
}

/// Takes the inventory of a tree.
#[must_use]
pub fn take(tree: &Tree, request: &Request) -> Inventory {
    survey(tree, request, Keep::Holdings).inventory
}

/// How much of what was read stays.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// What processes hold.
    Holdings,
    /// All that they are given, too: of a large tree, that is most of the memory.
    Everything,
}

/// An inventory and what it was made from, for those who judge it.
pub(super) struct Survey<'t> {
    pub(super) inventory: Inventory,
    pub(super) manifests: Vec<Declared>,
    pub(super) library: Library<'t>,
}

/// Takes the inventory of a tree, and keeps what it was made from.
pub(super) fn survey<'t>(tree: &'t Tree, request: &Request, keep: Keep) -> Survey<'t> {
    let mut assembly = Assembly::default();
    let mut manifests = manifests(tree, &mut assembly);
    let is_here = manifests.is_empty() && request.manifest_prefix.is_empty();
    if let Some(manifest) = request.manifest.as_ref().filter(|_| is_here) {
        manifests.push(Declared::outside(manifest));
    }
    assemble::all(tree, &manifests, &mut assembly);
    let library = Library::new(tree, &assembly.deployments);
    let parts = in_parts(assembly.deployments);
    let read = threads::each(&parts, tree.found().len(), |part| {
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        let deployments = std::mem::take(&mut *part).into_iter();
        let listed = deployments
            .map(|deployment| listed(deployment, tree, &manifests, request, &library))
            .filter(Listed::has_to_do_with_stem);
        let mut listed: Vec<Listed> = listed.collect();
        if keep == Keep::Holdings {
            let processes = listed
                .iter_mut()
                .flat_map(|one| &mut one.deployment.processes);
            processes.for_each(Process::forget);
        }
        listed
    });
    let mut deployments: Vec<Listed> = read.into_iter().flatten().collect();
    deployments.sort_by(|one, other| {
        let (one, other) = (&one.deployment, &other.deployment);
        (&one.folder, one.kind, &one.name).cmp(&(&other.folder, other.kind, &other.name))
    });
    make_names_unique(&mut deployments);
    let loose = tree
        .found()
        .iter()
        .flat_map(|found| loose::of(found, tree, &assembly.used, &library))
        .collect();
    let mut gaps = assembly.gaps;
    gaps.sort_by_cached_key(|gap| (tree.path(gap.place.source), gap.place, gap.kind));
    gaps.dedup();
    let mut inventory = Inventory {
        deployments,
        loose,
        kept: assembly.kept,
        gaps,
        skipped: tree.skipped(),
    };
    veil::over(&mut inventory);
    Survey {
        inventory,
        manifests,
        library,
    }
}

/// As many deployments are one piece of work.
const PIECE: usize = 32;

fn in_parts(deployments: Vec<Deployment>) -> Vec<Mutex<Vec<Deployment>>> {
    let mut parts = Vec::new();
    let mut deployments = deployments.into_iter().peekable();
    while deployments.peek().is_some() {
        parts.push(Mutex::new(deployments.by_ref().take(PIECE).collect()));
    }
    parts
}

/// The place of what is written in no file of the tree.
pub(super) const NOWHERE: Place = Place {
    source: u32::MAX,
    line: 0,
    column: 0,
    start: 0,
    end: 0,
};

/// A manifest of the tree and the folder it lies in.
pub(super) struct Declared {
    pub(super) folder: String,
    pub(super) place: Place,
    pub(super) manifest: Manifest,
    /// Where each component is declared, by its name.
    pub(super) components: BTreeMap<String, Place>,
}

impl Declared {
    /// One that lies beside what is looked at, in the current folder.
    fn outside(manifest: &Manifest) -> Declared {
        Declared {
            folder: String::new(),
            place: NOWHERE,
            manifest: manifest.clone(),
            components: BTreeMap::new(),
        }
    }
}

fn manifests(tree: &Tree, assembly: &mut Assembly) -> Vec<Declared> {
    use super::tree::FileKind;
    let mut manifests = Vec::new();
    let is_manifest = |found: &&Found| found.kind == FileKind::Manifest;
    for found in tree.found().iter().filter(is_manifest) {
        let Ok(source) = tree.read(&found.path) else {
            continue;
        };
        assembly.used.insert(source.number);
        match Manifest::parse(&source.bytes) {
            Ok(manifest) => manifests.push(Declared {
                folder: folder_of(&found.path).to_owned(),
                place: Place::top(source.number),
                manifest,
                components: components(&source),
            }),
            Err(error) => assembly.gaps.push(Gap {
                place: Place::top(source.number),
                kind: GapKind::Unreadable,
                text: error.to_string(),
            }),
        }
    }
    manifests
}

/// The lines of a manifest that name its components.
fn components(source: &Source) -> BTreeMap<String, Place> {
    let documents = yaml::read(&source.bytes, source.number).unwrap_or_default();
    let declared = documents.first().and_then(|root| root.get("components"));
    let entries = declared.and_then(|node| node.entries()).unwrap_or_default();
    let named = entries.iter();
    let named = named.filter_map(|(name, _)| Some((name.as_text()?.to_owned(), name.place)));
    named.collect()
}

/// The folder part of a path; empty for a file of the current folder.
pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn listed(
    mut deployment: Deployment,
    tree: &Tree,
    manifests: &[Declared],
    request: &Request,
    library: &Library<'_>,
) -> Listed {
    let manifest = nearest(manifests, &deployment.folder)
        .map(|declared| &declared.manifest)
        .or(request.manifest.as_ref());
    for process in &mut deployment.processes {
        let gaps = options::gaps(process, library);
        process.gaps.extend(gaps);
    }
    let known = aliases::Known::of(&deployment.processes);
    let entries: Vec<Entry> = deployment
        .processes
        .iter()
        .map(|process| {
            let mut holdings = holding::of(process, library);
            let aliases = known.held_by(process);
            if !aliases.is_empty() {
                holdings.extend(aliases);
                holdings.sort_by_key(|held| held.artifact); // stable: subjects stay in order
            }
            let path = tree.path(process.place.source);
            let context = Context {
                manifest,
                assignments: &request.assignments,
                deployment: &deployment.name,
                path: &path,
            };
            Entry {
                assigned: roles::assign(process, context),
                holdings,
                lacks: roles::speaks_of_stem(process) && process.lacks_variables(),
            }
        })
        .collect();
    Listed {
        deployment,
        entries,
    }
}

/// The manifest of the folder, or the next one above it.
pub(super) fn nearest<'m>(manifests: &'m [Declared], folder: &str) -> Option<&'m Declared> {
    let above = |declared: &&Declared| {
        let own = declared.folder.as_str();
        own.is_empty()
            || own == "."
            || folder == own
            || folder
                .strip_prefix(own)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    manifests
        .iter()
        .filter(above)
        .max_by_key(|declared| declared.folder.len())
}

/// Two deployments of one name are told apart by their folders, and where that is not enough
/// by a number.
fn make_names_unique(deployments: &mut [Listed]) {
    let mut names = Names::default();
    for listed in deployments {
        let deployment = &mut listed.deployment;
        let with_folder = || format!("{} in {}", deployment.name, deployment.folder);
        let numbered = |name: &str, number| format!("{name} ({number})");
        deployment.name = names.take(&deployment.name, with_folder, numbered);
    }
}

impl Kind {
    /// The word for it in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Compose => "compose",
            Kind::Kubernetes => "kubernetes",
            Kind::Systemd => "systemd",
            Kind::Image => "image",
            Kind::Files => "files",
            Kind::Environment => "environment",
        }
    }
}

#[cfg(test)]
mod tests;
