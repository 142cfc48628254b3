//! Writes what may be handed out: one folder a component, everything in it and nothing else.
//! An index of what was written tells this tool's files from everybody else's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::disk::{Access, DiskError, Existing, Folder, Kept, Owner, is_folder};
use crate::model::manifest::{Component, Manifest, Target};
use crate::model::secret::Secret;
use crate::render::difference::{self, Mask};
use crate::render::holdings::Material;
use crate::render::{Deployment, OutputFile, Rendered, systemd};

/// The list of files that were written, in the folder itself.
const INDEX: &str = ".stem-sec-written";
const GITIGNORE: &str = ".gitignore";

/// Each file that was written, and the fingerprint of what was written.
type Index = BTreeMap<String, String>;

/// What is to be written, and where.
pub(crate) struct Prepared<'m> {
    manifest: &'m Manifest,
    /// The folder that holds the components' folders.
    out: PathBuf,
    rendered: Rendered,
    /// Whether files of other components were left out.
    partial: bool,
    mask: Mask,
}

/// What is there, beside what would be written.
pub(crate) struct Standing {
    /// The differences of the files that would be written; empty where all are written.
    pub(crate) to_write: String,
    /// Files written earlier that no component needs any more.
    pub(crate) stale: Vec<String>,
}

/// What was written.
pub(crate) struct Deployed {
    /// The folder that holds the components' folders.
    pub(crate) out: PathBuf,
    /// Components that have a folder, in the manifest's order.
    pub(crate) components: Vec<String>,
    /// Files that are new or changed.
    pub(crate) written: Vec<String>,
    /// Files that somebody else had put there, and where they are kept.
    pub(crate) kept: Vec<Kept>,
    /// Files written earlier that no component needs any more.
    pub(crate) stale: Vec<String>,
    /// Folders that belong to somebody else and could not be given away: folder, owner.
    pub(crate) to_give_away: Vec<(PathBuf, Owner)>,
    /// Whether other components were left out.
    pub(crate) is_partial: bool,
    /// What the target has to say about its files.
    pub(crate) notes: Vec<String>,
}

impl<'m> Prepared<'m> {
    /// Says what is to be written for these components; for all when there is no `only`.
    pub(crate) fn new(
        project: &Path,
        manifest: &'m Manifest,
        material: &Material,
        out: Option<&Path>,
        only: Option<&dyn Fn(&Component) -> bool>,
    ) -> anyhow::Result<Prepared<'m>> {
        let out = out.map_or_else(|| project.join(&manifest.render.out), Path::to_owned);
        let install = match &manifest.render.install {
            Some(folder) => folder.clone(),
            None => absolute(&out)?,
        };
        let deployment = Deployment::new(manifest, &install, material)?
            .on_top_of(super::project::read(project, manifest, &out)?);
        let mut rendered = deployment.render()?;
        if let Some(only) = only {
            let chosen = |file: &OutputFile| {
                component_of(&file.path)
                    .and_then(|name| manifest.component(name))
                    .is_some_and(only)
            };
            rendered.files.retain(chosen);
        }
        let mask = Mask::new(&deployment.secrets());
        Ok(Prepared {
            manifest,
            out,
            rendered,
            partial: only.is_some(),
            mask,
        })
    }

    /// The files, with git told also of folders whose files wait to be removed.
    fn files(&self, waiting: &[String]) -> Vec<OutputFile> {
        let mut files = self.rendered.files.clone();
        if let Some(ignored) = files.iter_mut().find(|file| file.path == GITIGNORE) {
            let folders: BTreeSet<&str> = waiting
                .iter()
                .filter_map(|path| component_of(path))
                .collect();
            let lines: Vec<String> = folders
                .iter()
                .map(|folder| format!("/{folder}/\n"))
                .collect();
            ignored.content =
                Secret::new(format!("{}{}", ignored.content.expose(), lines.concat()));
        }
        files
    }

    /// The differences between what is there and what would be there; empty for none.
    pub(crate) fn differences(&self) -> anyhow::Result<String> {
        let Standing {
            mut to_write,
            stale,
        } = self.standing()?;
        for name in stale {
            to_write.push_str(&format!("{name}: no component needs it any more\n"));
        }
        Ok(to_write)
    }

    /// What is there, beside what would be written.
    pub(crate) fn standing(&self) -> anyhow::Result<Standing> {
        let mut text = String::new();
        let folder = if is_folder(&self.out)? {
            Some(Folder::open(&self.out)?)
        } else {
            None
        };
        let there = |path: &str| match &folder {
            Some(folder) => folder.read(path),
            None => Ok(None),
        };
        let stale = match &folder {
            Some(folder) => self.stale(&index(folder)?),
            None => Vec::new(),
        };
        for file in &self.files(&stale) {
            let old = there(&file.path)?
                .map(|bytes| Secret::new(String::from_utf8_lossy(&bytes).into_owned()));
            let old = old.as_ref().map(Secret::expose);
            text.push_str(&difference::unified(
                &file.path,
                old,
                file.content.expose(),
                &self.mask,
            ));
            let access = folder
                .as_ref()
                .map(|folder| folder.access_of(&file.path))
                .transpose()?
                .flatten();
            if let Some(mode) = access
                .map(|access| access.mode)
                .filter(|mode| *mode != self.access(file).mode)
            {
                text.push_str(&format!(
                    "{}: mode {mode:04o}, not {:04o}\n",
                    file.path,
                    self.access(file).mode
                ));
            }
        }
        Ok(Standing {
            to_write: text,
            stale,
        })
    }

    /// Writes every file that is not there already, just so. Files that this tool did not
    /// write are refused, or with `force` kept beside the new ones.
    pub(crate) fn write(self, force: bool, prune: bool) -> anyhow::Result<Deployed> {
        let mut folder = Folder::create(&self.out, Access::PUBLIC_FOLDER)?;
        let before = index(&folder)?;
        let stale = self.stale(&before);
        let mut deployed = self.deployed(&stale);
        if !force {
            ensure_own(&folder, &deployed.components, &before)?;
        }
        self.make_folders(&mut folder, &deployed.components)?;
        let waiting: &[String] = if prune { &[] } else { &stale };
        for file in &self.files(waiting) {
            let existing = match before.get(&file.path) {
                Some(print) if is_as_written(&folder, &file.path, print)? => Existing::Replace,
                None if !force => Existing::Refuse,
                // edited since, or somebody else's
                _ => Existing::Keep,
            };
            let content = file.content.expose().as_bytes();
            if !folder.is_there_as(&file.path, content, self.access(file))? {
                folder.stage(&file.path, content, self.access(file), existing)?;
                deployed.written.push(file.path.clone());
            }
        }
        if prune {
            for name in &stale {
                folder.remove(name)?;
            }
        }
        let mut after: Index = before
            .into_iter()
            .filter(|(name, _)| !prune || self.partial || !stale.contains(name))
            .collect();
        for file in &self.files(waiting) {
            after.insert(file.path.clone(), file.content.fingerprint());
        }
        let lines: String = after
            .iter()
            .map(|(name, print)| format!("{print} {name}\n"))
            .collect();
        if !folder.is_there_as(INDEX, lines.as_bytes(), Access::PRIVATE)? {
            folder.stage(INDEX, lines.as_bytes(), Access::PRIVATE, Existing::Replace)?;
        }
        deployed.kept = folder.commit()?;
        Ok(deployed)
    }

    fn deployed(&self, stale: &[String]) -> Deployed {
        let with_files: BTreeSet<&str> = self
            .rendered
            .files
            .iter()
            .filter_map(|file| component_of(&file.path))
            .collect();
        let components = self
            .manifest
            .components
            .iter()
            .filter(|component| with_files.contains(component.name.as_str()));
        let foreign = components.clone().filter_map(|component| {
            let owner = self
                .declared_owner(component)
                .filter(|owner| !owner.can_be_given())?;
            Some((self.out.join(component.name.as_str()), owner))
        });
        Deployed {
            out: self.out.clone(),
            to_give_away: foreign.collect(),
            components: components
                .map(|component| component.name.to_string())
                .collect(),
            written: Vec::new(),
            kept: Vec::new(),
            stale: stale.to_vec(),
            is_partial: self.partial,
            notes: self.rendered.notes.clone(),
        }
    }

    fn make_folders(&self, folder: &mut Folder, components: &[String]) -> anyhow::Result<()> {
        for name in components {
            let component = self.manifest.component(name);
            let mut access = Access::PRIVATE_FOLDER;
            if component.is_some_and(|component| self.is_read_by_group(component, name)) {
                access = Access::GROUP_FOLDER;
            }
            folder.folder(name, access.owned_by(self.given_owner(component)))?;
        }
        Ok(())
    }

    fn access(&self, file: &OutputFile) -> Access {
        let component = component_of(&file.path).and_then(|name| self.manifest.component(name));
        let by_group = component.is_some_and(|of| self.is_read_by_group(of, &file.path));
        let access = match (file.private, by_group) {
            (true, false) => Access::PRIVATE,
            (true, true) => Access::GROUP,
            (false, _) => Access::PUBLIC,
        };
        access.owned_by(self.given_owner(component))
    }

    /// Not before the file can be given to that group: until then the caller's would read it.
    fn is_read_by_group(&self, component: &Component, path: &str) -> bool {
        self.manifest.render.target == Target::Systemd
            && systemd::is_read_by_group(component, path)
            && self.given_owner(Some(component)).is_some()
    }

    /// Whom a component's files belong to. What systemd reads as root stays root's: its unit
    /// could put a link there, and be handed any file of the host.
    fn declared_owner(&self, component: &Component) -> Option<Owner> {
        let mut owner = Owner {
            uid: component.uid,
            gid: component.gid,
        };
        if self.manifest.render.target == Target::Systemd && systemd::is_unit(component) {
            let root = Owner {
                uid: Some(0),
                gid: None,
            };
            owner.uid = (root.can_be_given() || owner.gid.is_some()).then_some(0);
        }
        (owner != Owner::default()).then_some(owner)
    }

    fn given_owner(&self, component: Option<&Component>) -> Option<Owner> {
        self.declared_owner(component?).filter(Owner::can_be_given)
    }

    /// What was written earlier and would not be written now. A partial run cannot tell.
    fn stale(&self, before: &Index) -> Vec<String> {
        let wanted: BTreeSet<&str> = self
            .rendered
            .files
            .iter()
            .map(|file| file.path.as_str())
            .collect();
        let stale = before
            .keys()
            .filter(|name| !self.partial && !wanted.contains(name.as_str()));
        stale.cloned().collect()
    }
}

fn index(folder: &Folder) -> anyhow::Result<Index> {
    let bytes = folder.read(INDEX)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let entries = text.lines().filter_map(|line| line.split_once(' '));
    Ok(entries
        .map(|(print, name)| (name.to_owned(), print.to_owned()))
        .collect())
}

/// Whether nobody has changed the file since it was written; a missing one neither.
fn is_as_written(folder: &Folder, name: &str, print: &str) -> anyhow::Result<bool> {
    let there = folder.read(name)?;
    let text = there.map(|bytes| Secret::new(String::from_utf8_lossy(&bytes).into_owned()));
    Ok(text.is_none_or(|text| text.fingerprint() == print))
}

/// A folder that somebody else has filled is not given to a component, nor to its user.
fn ensure_own(folder: &Folder, components: &[String], before: &Index) -> anyhow::Result<()> {
    let is_foreign = |name: &&String| -> anyhow::Result<bool> {
        let inside = format!("{name}/");
        let ours = before.keys().any(|path| path.starts_with(&inside));
        Ok(!ours && !folder.names(name)?.is_empty())
    };
    for name in components {
        if is_foreign(&name)? {
            return Err(DiskError::Exists(vec![folder.path().join(name)]).into());
        }
    }
    Ok(())
}

fn component_of(path: &str) -> Option<&str> {
    path.split_once('/').map(|(component, _)| component)
}

/// Where a folder is that may not be there yet.
fn absolute(path: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(path).context("the current folder is gone")?;
    let text = path
        .to_str()
        .with_context(|| format!("`{}` is not UTF-8 text", path.display()))?;
    Ok(text.to_owned())
}
