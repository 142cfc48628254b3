//! The old secrets of a project: which there are, and whether a text, a file or a folder that
//! is mounted holds one of them.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{ComposeRenderError, Reach};
use super::existing::{Existing, Mounted, MountedFile};
use crate::formats::compose::paths::is_inside;
use crate::formats::compose::project::{Content, EnvFile, Project, Service, refusal};
use crate::formats::compose::{ComposeError, Problem};
use crate::formats::dotenv::{self, Assignment, Dialect};
use crate::model::env;
use crate::model::secret::Secret;

/// Shorter values could stand in a text by chance.
const MIN_NEEDLE: usize = 12;
const PRIVATE_KEY: &str = "PRIVATE KEY-----";

/// Whether a variable is Stem's to set: for signing, TLS and where the stores are.
pub(super) fn is_stems(name: &str) -> bool {
    env::artifact_of(name).is_some()
        || name.starts_with("STEM_SIGNING_")
        || name.starts_with("STEM_TLS_")
}

/// Whether a variable holds a signing secret.
pub(super) fn is_secret(name: &str) -> bool {
    let public = [
        env::SIGNING_ALGORITHM,
        env::SIGNING_PUBLIC_KEYS,
        env::SIGNING_ACTIVE_KEY,
    ];
    name.starts_with("STEM_SIGNING_") && !public.contains(&name)
}

/// Every old secret of a project.
#[derive(Debug, Default)]
pub(super) struct OldSecrets {
    /// Parts of texts that give one away, and what each is.
    needles: Vec<(Secret, String)>,
    /// Private keys by path, and what each is.
    key_files: BTreeMap<String, String>,
    /// Where they were found, for whoever cleans up.
    pub(super) origins: Vec<String>,
    /// The files among them.
    files: BTreeSet<String>,
}

/// What becomes of a mount.
pub(super) enum Verdict {
    /// It holds nothing old.
    Keep,
    /// It holds old keys and nothing else of use.
    Drop,
    /// It holds old secrets and more, or is above the store.
    Refuse(Reach),
}

impl OldSecrets {
    /// Gathers them: from every service's variables, and from what `is_stem` services mount.
    pub(super) fn of(
        existing: &Existing,
        project: &Project,
        is_stem: impl Fn(&Service) -> bool,
    ) -> Result<OldSecrets, ComposeRenderError> {
        let mut found = OldSecrets::default();
        for service in &project.services {
            for file in &service.env_files {
                for statement in statements(existing, project, file)? {
                    let origin = existing.shown(&file.path);
                    let value = statement.found.value.as_ref();
                    if found.take_variable(&statement.found.name, value, &origin) {
                        found.files.insert(file.path.clone());
                    }
                }
            }
            let origin = &project.files[0];
            for variable in &service.environment {
                found.take_variable(&variable.name, variable.value.as_ref(), origin);
            }
            for grant in &service.grants {
                if let Content::Environment(name, value, _) = &grant.content {
                    found.take_variable(name, value.as_ref(), ".env");
                }
            }
        }
        for service in &project.services {
            for path in service.host_paths() {
                for file in files_at(existing, path) {
                    found.take_file(existing, file, is_stem(service));
                }
            }
        }
        Ok(found)
    }

    fn take_variable(&mut self, name: &str, value: Option<&Secret>, origin: &str) -> bool {
        let Some(value) = value.filter(|_| is_secret(name)) else {
            return false;
        };
        let known = self.needles.len();
        for entry in value.expose().split(',') {
            let part = entry
                .split_once(':')
                .map_or(entry, |(_, value)| value)
                .trim();
            if part.len() >= MIN_NEEDLE {
                self.add(
                    Secret::new(part.to_owned()),
                    format!("the value of `{name}`"),
                );
                self.say(format!("`{name}` in {origin}"));
            }
        }
        self.needles.len() > known
    }

    fn take_file(&mut self, existing: &Existing, file: &MountedFile, is_stem: bool) {
        let shown = existing.shown(&file.path);
        let text = file.text.as_ref();
        let is_key = text.is_some_and(|text| text.expose().contains(PRIVATE_KEY))
            || matches!(extension(file), "key" | "p12" | "pfx");
        if is_stem && is_key {
            let what = format!("the private key `{shown}`");
            self.key_files.insert(file.path.clone(), what);
            self.files.insert(file.path.clone());
            self.say(shown.clone());
        }
        let Some(text) = text else { return };
        let known = |_: &str| None;
        for line in text.expose().lines() {
            let parsed = dotenv::read(line.as_bytes(), 0, Dialect::Compose, &known).assignments;
            for found in parsed.iter().filter(|found| is_secret(&found.name)) {
                self.take_variable(&found.name, found.value.as_ref(), &shown);
            }
        }
        if is_stem && text.expose().contains(PRIVATE_KEY) {
            let key = Secret::new(text.expose().trim().to_owned());
            self.add(key, format!("the private key `{shown}`"));
        }
    }

    fn add(&mut self, needle: Secret, what: String) {
        if !self.needles.iter().any(|(known, _)| *known == needle) {
            self.needles.push((needle, what));
        }
    }

    fn say(&mut self, origin: String) {
        if !self.origins.contains(&origin) {
            self.origins.push(origin);
        }
    }

    /// The old secret that a text gives away.
    pub(super) fn within(&self, text: &str) -> Option<&str> {
        let found = self
            .needles
            .iter()
            .find(|(needle, _)| text.contains(needle.expose()));
        found.map(|(_, what)| what.as_str())
    }

    fn of_file(&self, file: &MountedFile) -> Option<&str> {
        let by_path = self.key_files.get(&file.path).map(String::as_str);
        by_path.or_else(|| self.within(file.text.as_ref()?.expose()))
    }

    /// The first old secret among the files of a mount.
    pub(super) fn of_mount(&self, existing: &Existing, path: &str) -> Option<&str> {
        files_at(existing, path)
            .iter()
            .find_map(|file| self.of_file(file))
    }

    /// Whether one of the files that were found lies in a folder.
    pub(super) fn lies_below(&self, folder: &str) -> bool {
        self.files.iter().any(|file| is_inside(file, folder))
    }

    /// What becomes of a component's mount of a path.
    pub(super) fn verdict(&self, existing: &Existing, path: &str) -> Verdict {
        let real = existing
            .mounts
            .get(path)
            .map_or(path, |mounted| mounted.real.as_str());
        if existing
            .guarded
            .iter()
            .any(|folder| is_inside(real, folder))
        {
            return Verdict::Drop;
        }
        if let Some(folder) = existing
            .guarded
            .iter()
            .find(|folder| is_inside(folder, real))
        {
            return Verdict::Refuse(Reach::Covers {
                folder: existing.shown(path),
                inside: existing.shown(folder),
            });
        }
        let files = files_at(existing, path);
        let Some(what) = files.iter().find_map(|file| self.of_file(file)) else {
            return Verdict::Keep;
        };
        let other = files
            .iter()
            .find(|file| self.of_file(file).is_none() && !goes_with_keys(file));
        match other {
            None => Verdict::Drop,
            Some(other) => Verdict::Refuse(Reach::Mixed {
                folder: existing.shown(path),
                what: what.to_owned(),
                other: existing.shown(&other.path),
            }),
        }
    }
}

/// A statement of an env file, and its text: may be secret.
pub(super) struct Statement<'e> {
    pub(super) found: Assignment,
    pub(super) text: &'e str,
}

/// The statements of an env file; none where it may be missing and is.
pub(super) fn statements<'e>(
    existing: &'e Existing,
    project: &Project,
    file: &EnvFile,
) -> Result<Vec<Statement<'e>>, ComposeRenderError> {
    let shown = existing.shown(&file.path);
    let Some(Some(text)) = existing.env_files.get(&file.path) else {
        if file.required {
            let problem = Problem::NoEnvFile(shown);
            return Err(project.error(file.node.place, problem).into());
        }
        return Ok(Vec::new());
    };
    let text = text.expose();
    let lookup = |name: &str| project.lookup(name);
    let read = dotenv::read(text.as_bytes(), 0, file.format, &lookup);
    if let Some(place) = refusal(&read) {
        return Err(ComposeError {
            file: shown,
            line: place.line,
            column: 1,
            problem: Problem::EnvFile,
        }
        .into());
    }
    let statement = |found: Assignment| Statement {
        text: &text[found.place.start as usize..found.place.end as usize],
        found,
    };
    Ok(read.assignments.into_iter().map(statement).collect())
}

fn files_at<'e>(existing: &'e Existing, path: &str) -> &'e [MountedFile] {
    let mounted: Option<&Mounted> = existing.mounts.get(path);
    mounted.map_or(&[], |mounted| mounted.files.as_slice())
}

/// Certificates, requests and what scripts leave beside them.
fn goes_with_keys(file: &MountedFile) -> bool {
    let name = name(file);
    let is_named_so = matches!(
        extension(file),
        "crt" | "cer" | "pem" | "der" | "csr" | "key" | "srl" | "cnf" | "ext" | "p12" | "pfx"
    );
    let is_pem = file
        .text
        .as_ref()
        .is_some_and(|text| text.expose().trim_start().starts_with("-----BEGIN "));
    is_named_so || is_pem || matches!(name, ".gitignore" | ".gitkeep" | "README.md" | "README")
}

fn name(file: &MountedFile) -> &str {
    file.path.rsplit('/').next().unwrap_or_default()
}

fn extension(file: &MountedFile) -> &str {
    name(file)
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension)
}
