//! Writes what may be handed out: one folder a component, everything in it and nothing else.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::disk::{Access, Existing, Folder, Owner};
use crate::model::manifest::{Component, Manifest};
use crate::render::holdings::Material;
use crate::render::{Deployment, OutputFile, Rendered};

/// What was written.
pub(crate) struct Deployed {
    /// The folder that holds the components' folders.
    pub(crate) out: PathBuf,
    /// Components that have a folder, in the manifest's order.
    pub(crate) components: Vec<String>,
    /// How many files are new or changed.
    pub(crate) written: usize,
    /// Folders that belong to somebody else and could not be given away: folder, owner.
    pub(crate) to_give_away: Vec<(PathBuf, Owner)>,
    /// What the target has to say about its files.
    pub(crate) notes: Vec<String>,
}

/// Writes every component's folder; files that are right already are left alone.
pub(crate) fn write(
    project: &Path,
    manifest: &Manifest,
    material: &Material,
    existing: Existing,
) -> anyhow::Result<Deployed> {
    let out = project.join(&manifest.render.out);
    let install = match &manifest.render.install {
        Some(folder) => folder.clone(),
        None => absolute(&out)?,
    };
    let Rendered { files, notes } = Deployment::new(manifest, &install, material)?.render()?;
    let mut folder = Folder::create(&out, Access::PUBLIC_FOLDER)?;
    let mut deployed = Deployed {
        out,
        components: Vec::new(),
        written: 0,
        to_give_away: Vec::new(),
        notes,
    };
    let with_files: BTreeSet<&str> = files.iter().filter_map(component_of).collect();
    for component in &manifest.components {
        let name = component.name.as_str();
        if with_files.contains(name) {
            let access = Access::PRIVATE_FOLDER.owned_by(deployed.owner_of(component));
            folder.folder(name, access)?;
            deployed.components.push(name.to_owned());
        }
    }
    for file in &files {
        let component = component_of(file).and_then(|name| manifest.component(name));
        let owner = component.and_then(given_owner);
        deployed.written += usize::from(stage(&mut folder, file, owner, existing)?);
    }
    folder.commit()?;
    Ok(deployed)
}

impl Deployed {
    /// Whom the component's folder is given to. What cannot be given is remembered.
    fn owner_of(&mut self, component: &Component) -> Option<Owner> {
        let owner = declared_owner(component)?;
        if !owner.can_be_given() {
            self.to_give_away
                .push((self.out.join(component.name.as_str()), owner));
        }
        given_owner(component)
    }
}

fn component_of(file: &OutputFile) -> Option<&str> {
    file.path.split_once('/').map(|(component, _)| component)
}

fn declared_owner(component: &Component) -> Option<Owner> {
    let owner = Owner {
        uid: component.uid,
        gid: component.gid,
    };
    (owner != Owner::default()).then_some(owner)
}

fn given_owner(component: &Component) -> Option<Owner> {
    declared_owner(component).filter(Owner::can_be_given)
}

/// Where a folder is that may not be there yet.
fn absolute(path: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(path).context("the current folder is gone")?;
    let text = path
        .to_str()
        .with_context(|| format!("`{}` is not UTF-8 text", path.display()))?;
    Ok(text.to_owned())
}

/// Stages the file unless it is there already, just so.
fn stage(
    folder: &mut Folder,
    file: &OutputFile,
    owner: Option<Owner>,
    existing: Existing,
) -> anyhow::Result<bool> {
    let access = if file.private {
        Access::PRIVATE
    } else {
        Access::PUBLIC
    }
    .owned_by(owner);
    let content = file.content.expose().as_bytes();
    if folder.is_there_as(&file.path, content, access)? {
        return Ok(false);
    }
    folder.stage(&file.path, content, access, existing)?;
    Ok(true)
}
