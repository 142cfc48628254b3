//! Where secrets are written: file by file, with the processes that get them from there, and
//! without what only marks a place to fill in.

use std::collections::{BTreeMap, HashSet};

use super::bystanders;
use super::guessable::{self, Flaw};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::contents::Piece;
use crate::audit::finding::Finding;
use crate::audit::holding::{self, Held, Holding, Shown};
use crate::audit::process::{Content, How, Kind, Process, Readable, Said, Value, Variable};
use crate::audit::tree::{FileKind, InGit};
use crate::formats::key_list;
use crate::formats::place::Place;
use crate::formats::reference::is_reference;
use crate::formats::url;
use crate::model::artifact::Artifact;
use crate::model::manifest::KEYRING_FILE;
use crate::model::secret::Secret;
use crate::model::strength::Weakness;

/// A secret, and where it is written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) place: Place,
    pub(super) artifact: Held,
    /// The variable, path or option.
    pub(super) subject: String,
    /// Whether a Secret of Kubernetes holds it.
    pub(super) is_bundled: bool,
}

/// A file with secrets in it.
pub(super) struct Lying<'s, 'c> {
    pub(super) path: String,
    pub(super) kind: Option<FileKind>,
    /// The deployment that it belongs to, if a process of one gets a secret from it.
    pub(super) site: Option<&'s Site<'c>>,
    /// Those processes, and where each gets the first of them.
    pub(super) hits: Vec<(&'s Subject<'c>, Place)>,
    /// In the order of the file; at least one.
    pub(super) secrets: Vec<Written>,
    known: HashSet<(Place, Held)>,
}

impl Lying<'_, '_> {
    /// A finding about the file, at its first secret.
    pub(super) fn about(&self, mut finding: Finding) -> Finding {
        for other in self.secrets.iter().skip(1) {
            let words = format!("{} is here, too", other.artifact.name());
            finding = finding.related(other.place, words);
        }
        if let Some(site) = self.site {
            for (subject, way) in &self.hits {
                finding = finding.hitting(site, subject, *way);
            }
        }
        finding.subject(&self.path)
    }

    /// What is in it: each artifact once.
    pub(super) fn holds(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for written in &self.secrets {
            let name = written.artifact.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.join(", ")
    }
}

/// A line of a file: a secret that is found there in two ways is one.
pub(super) type Line = (u32, u32);

pub(super) fn line_of(place: Place) -> Line {
    (place.source, place.line)
}

/// Whether a holding is the secret itself: known, no path of one, nothing to fill in.
pub(super) fn is_secret(case: &Case<'_>, subject: &Subject<'_>, holding: &Holding) -> bool {
    holding.artifact.is_secret()
        && !matches!(holding.shown, Shown::Text(_) | Shown::Unknown(_))
        && !is_no_key(subject.process, holding)
        && !is_to_fill_in(case, Some(subject.process), holding)
        && !bystanders::came_along(case, holding)
}

/// Whether it is said to be a key, and is none: a file that is damaged, or the path of one.
fn is_no_key(process: &Process, holding: &Holding) -> bool {
    let is_file = !matches!(
        holding.artifact,
        Held::Artifact(
            Artifact::SigningSecret | Artifact::SigningPrivateKey | Artifact::BrokerPassword
        )
    );
    let is_block = |variable: &Variable| {
        let text = variable.value.known();
        text.is_some_and(|text| text.contains("PRIVATE KEY-----"))
    };
    let variable = process.variable(&holding.subject);
    holding.shown == Shown::Malformed
        && variable.is_none_or(|variable| is_file && !is_block(variable))
}

/// Whether what is written there marks a place to fill in, or is nothing.
fn is_to_fill_in(case: &Case<'_>, process: Option<&Process>, holding: &Holding) -> bool {
    let variables = process.into_iter().flat_map(|process| {
        let all = process.environment.iter().chain(&process.built_with);
        all.filter(|one| one.name == holding.subject && one.place == holding.place)
    });
    let mut known = variables.filter_map(|variable| match &variable.value {
        Value::Known(text) => Some(text.clone()),
        Value::WithoutLogin(_) | Value::Unknown(_) => None,
    });
    let text = known
        .next()
        .or_else(|| written(case, holding.place))
        .or_else(|| only_line(case, holding.place));
    text.is_some_and(|text| marks_a_place(holding.artifact, text.expose()))
}

fn marks_a_place(artifact: Held, text: &str) -> bool {
    let text = key_list::trim(text);
    if is_reference(text) {
        return true;
    }
    let is_filler =
        |flaw: Option<Flaw>| matches!(flaw, Some(Flaw::Placeholder | Flaw::Weak(Weakness::Empty)));
    match artifact {
        Held::Artifact(Artifact::SigningSecret | Artifact::SigningPrivateKey) => {
            let mut entries = key_list::entries(text);
            entries.all(|entry| is_filler(guessable::entry(&entry)))
        }
        Held::Artifact(Artifact::BrokerPassword) => match url::redis_password(text) {
            Some(password) => is_filler(guessable::password(password.expose())),
            None => text.is_empty() || is_filler(guessable::password(text)),
        },
        _ => false,
    }
}

/// What is written at a place, as it is written.
pub(super) fn written(case: &Case<'_>, place: Place) -> Option<Secret> {
    let source = case.tree.source(place.source)?;
    let (start, end) = (
        usize::try_from(place.start).ok()?,
        usize::try_from(place.end).ok()?,
    );
    let bytes = source.bytes.get(start..end).filter(|it| !it.is_empty())?;
    Some(Secret::new(String::from_utf8_lossy(bytes).into_owned()))
}

/// All of a file, where it is one line.
fn only_line(case: &Case<'_>, place: Place) -> Option<Secret> {
    let source = case.tree.source(place.source)?;
    let text = std::str::from_utf8(&source.bytes).ok()?;
    let line = key_list::trim(text);
    (place.end == 0 && !line.contains('\n')).then(|| Secret::new(line.to_owned()))
}

/// By which means something comes to its process, without what lost.
pub(super) fn way(said: &[Said]) -> impl Iterator<Item = &Said> {
    said.iter().filter(|said| said.how != How::Overridden)
}

/// What a file is, if it was found by itself.
pub(super) fn kind_of(case: &Case<'_>, path: &str) -> Option<FileKind> {
    let found = case.tree.found();
    let at = found.binary_search_by(|found| found.path.as_str().cmp(path));
    at.ok().map(|at| found[at].kind)
}

/// Secrets of entries of Secrets and ConfigMaps, whoever gets them.
pub(super) fn bundled(case: &Case<'_>, of_secrets: bool) -> Vec<Written> {
    let kept = case.inventory.kept.iter();
    let kept = kept.filter(|kept| kept.is_secret == of_secrets);
    kept.flat_map(|kept| {
        let said = vec![Said {
            place: kept.place,
            how: How::Entry,
        }];
        let mut process = Process::default();
        if let Content::Text(text, place) = &kept.content {
            process.environment.push(Variable {
                name: kept.key.clone(),
                value: Value::Known(text.clone()),
                place: *place,
                said: said.clone(),
            });
        }
        process.files.push(Readable {
            path: kept.key.clone(),
            content: match &kept.content {
                Content::File(source) => Content::File(*source),
                Content::Text(text, place) => Content::Text(text.clone(), *place),
                Content::Unknown(why) => Content::Unknown(why.clone()),
            },
            said,
        });
        let mut found: Vec<Written> = Vec::new();
        for held in holding::of(&process, case.library) {
            let is_known = |one: &Written| one.place.line == held.place.line;
            let counts = held.artifact.is_secret()
                && !matches!(held.shown, Shown::Text(_) | Shown::Unknown(_))
                && !is_no_key(&process, &held)
                && !is_to_fill_in(case, Some(&process), &held);
            if counts && !found.iter().any(is_known) {
                found.push(Written {
                    place: held.place,
                    artifact: held.artifact,
                    subject: held.subject,
                    is_bundled: of_secrets,
                });
            }
        }
        found
    })
    .collect()
}

/// Every file with a secret that is no part of git's history for good and none that everybody
/// may see: those of which git or the file system has something to say.
pub(super) fn lying<'s, 'c>(case: &'s Case<'c>) -> Vec<Lying<'s, 'c>> {
    let mut files: BTreeMap<u32, Vec<Lying<'s, 'c>>> = BTreeMap::new();
    let bundled = bundled(case, true);
    let lines: HashSet<Line> = bundled.iter().map(|one| line_of(one.place)).collect();
    let mut known: HashSet<Line> = HashSet::new();
    for (site, subject) in case.each() {
        if site.listed.deployment.kind == Kind::Environment {
            continue;
        }
        for held in &subject.entry.holdings {
            if is_secret(case, subject, held) {
                let written = Written {
                    place: held.place,
                    artifact: held.artifact,
                    subject: held.subject.clone(),
                    is_bundled: lines.contains(&line_of(held.place)),
                };
                known.insert(line_of(written.place));
                add(
                    case,
                    &mut files,
                    written,
                    Some((site, subject, subject.way_to(held))),
                );
            }
        }
    }
    let others = bundled.iter().cloned().chain(found(case));
    for written in others {
        if known.insert(line_of(written.place)) {
            add(case, &mut files, written, None);
        }
    }
    let mut all: Vec<Lying<'s, 'c>> = files.into_values().flatten().collect();
    for record in &mut all {
        record
            .secrets
            .sort_by_key(|one| (one.place.line, one.place.column));
    }
    all
}

fn add<'s, 'c>(
    case: &'s Case<'c>,
    files: &mut BTreeMap<u32, Vec<Lying<'s, 'c>>>,
    written: Written,
    owner: Option<(&'s Site<'c>, &'s Subject<'c>, Place)>,
) {
    let records = files.entry(written.place.source).or_default();
    let at = match owner {
        None => records.len().checked_sub(1),
        Some((site, ..)) => records
            .iter()
            .position(|one| one.site.is_some_and(|other| std::ptr::eq(other, site))),
    };
    let at = at.unwrap_or_else(|| {
        let path = case.tree.path(written.place.source);
        records.push(Lying {
            kind: kind_of(case, &path),
            path,
            site: owner.map(|(site, ..)| site),
            hits: Vec::new(),
            secrets: Vec::new(),
            known: HashSet::new(),
        });
        records.len() - 1
    });
    let record = &mut records[at];
    if let Some((_, subject, way)) = owner
        && !record
            .hits
            .iter()
            .any(|(known, _)| std::ptr::eq(*known, subject))
    {
        record.hits.push((subject, way));
    }
    if record.known.insert((written.place, written.artifact)) {
        record.secrets.push(written);
    }
}

/// What stands in files, whether or not a process gets it. Of a file that git keeps out and
/// that nobody else can read, nothing is asked.
fn found(case: &Case<'_>) -> Vec<Written> {
    let mut all = Vec::new();
    for file in case.tree.found() {
        let is_kept = matches!(
            case.tree.in_git(&file.path),
            Some(InGit::Tracked | InGit::Open)
        );
        let is_shared = case
            .tree
            .mode(&file.path)
            .is_some_and(|mode| mode & 0o027 != 0);
        if !is_kept && !is_shared {
            continue;
        }
        let Ok(source) = case.tree.read(&file.path) else {
            continue;
        };
        let Some(contents) = case.library.of_source(source.number) else {
            continue;
        };
        let mut of_file: Vec<(Held, Place)> = Vec::new();
        for piece in &contents.pieces {
            match piece {
                Piece::PrivateKey { public, place } => {
                    let known = public
                        .as_deref()
                        .and_then(|public| case.library.key_of(public));
                    let known = known.or_else(|| holding::key_called(&file.path));
                    of_file.push((known.map_or(Held::PrivateKey, Held::Artifact), *place));
                }
                Piece::Statement {
                    artifact, place, ..
                } if artifact.is_secret() => of_file.push((Held::Artifact(*artifact), *place)),
                Piece::Statement { .. } | Piece::Certificate { .. } | Piece::Broken { .. } => {}
            }
        }
        if let Some(bare) = contents.bare(&file.path).filter(|_| of_file.is_empty()) {
            of_file.push((Held::Artifact(bare.artifact), bare.place));
        }
        all.extend(of_file.into_iter().filter_map(|(artifact, place)| {
            let text = written(case, place).or_else(|| only_line(case, place));
            let is_filler = text.is_some_and(|text| marks_a_place(artifact, text.expose()));
            let counts = !is_filler && !bystanders::lies_about(case, &file.path, artifact, place);
            counts.then(|| Written {
                place,
                artifact,
                subject: file.path.clone(),
                is_bundled: false,
            })
        }));
    }
    all
}

/// The paths of what lies in the tool's own stores and is secret, store by store.
pub(super) fn stores(case: &Case<'_>) -> Vec<(String, Vec<String>)> {
    let stores = case.tree.stores().iter();
    stores
        .map(|store| {
            let is_secret = |path: &&String| {
                let name = path.rsplit('/').next().unwrap_or_default();
                name == KEYRING_FILE || name.ends_with(".key")
            };
            let below = case.tree.below(store);
            let secrets = below.iter().filter(is_secret).cloned().collect();
            (store.clone(), secrets)
        })
        .filter(|(_, secrets): &(String, Vec<String>)| !secrets.is_empty())
        .collect()
}
