//! Writes what may be handed out: one folder a component, everything in it and nothing else.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::declare::Declared;
use crate::disk::{Access, Existing, Folder, Owner};
use crate::model::manifest::{Component, Manifest};
use crate::render::holdings::{self, Material};
use crate::render::{OutputFile, dotenv};

/// What was written.
pub(super) struct Deployed {
    /// The folder that holds the components' folders.
    pub(super) out: PathBuf,
    /// Components that have a folder, in the manifest's order.
    pub(super) components: Vec<String>,
    /// How many files are new or changed.
    pub(super) written: usize,
    /// Folders that belong to somebody else and could not be given away: folder, owner.
    pub(super) to_give_away: Vec<(PathBuf, String)>,
}

/// Writes every component's folder; files that are right already are left alone.
pub(super) fn write(
    project: &Path,
    declared: &Declared,
    material: &Material,
) -> anyhow::Result<Deployed> {
    let manifest = &declared.manifest;
    let out = project.join(&manifest.render.out);
    let install = install_folder(&out, manifest)?;
    let mut folder = Folder::create(&out, Access::PUBLIC_FOLDER)?;
    // a fresh start must not replace what somebody else put there
    let existing = if declared.is_new {
        Existing::Refuse
    } else {
        Existing::Replace
    };
    let mut deployed = Deployed {
        out,
        components: Vec::new(),
        written: 0,
        to_give_away: Vec::new(),
    };
    let mut secret_folders = Vec::new();
    for component in &manifest.components {
        let name = component.name.as_str();
        let held = holdings::of(manifest, component, &format!("{install}/{name}"), material)?;
        let files = dotenv::files(name, &held)?;
        if files.is_empty() {
            continue;
        }
        if files.iter().any(|file| file.private) {
            secret_folders.push(format!("/{name}/\n"));
        }
        let owner = owner(component, &mut deployed);
        folder.folder(name, Access::PRIVATE_FOLDER.owned_by(owner))?;
        deployed.components.push(name.to_owned());
        for file in &files {
            deployed.written += usize::from(stage(&mut folder, file, owner, existing)?);
        }
    }
    let ignored = OutputFile {
        path: ".gitignore".to_owned(),
        content: crate::model::secret::Secret::new(secret_folders.concat()),
        private: false,
    };
    deployed.written += usize::from(stage(&mut folder, &ignored, None, existing)?);
    folder.commit()?;
    Ok(deployed)
}

/// Where the folder will live: as declared, else where it is.
fn install_folder(out: &Path, manifest: &Manifest) -> anyhow::Result<String> {
    let install = match &manifest.render.install {
        Some(folder) => folder.trim_end_matches('/').to_owned(),
        None => {
            let here = std::path::absolute(out).context("the current folder is gone")?;
            here.to_str()
                .with_context(|| format!("`{}` is not UTF-8 text", here.display()))?
                .to_owned()
        }
    };
    Ok(install)
}

/// Whom the component's files are given to; `None` when they stay the caller's.
fn owner(component: &Component, deployed: &mut Deployed) -> Option<Owner> {
    let owner = Owner {
        uid: component.uid,
        gid: component.gid,
    };
    if owner == Owner::default() {
        return None;
    }
    if owner.can_be_given() {
        return Some(owner);
    }
    deployed.to_give_away.push((
        deployed.out.join(component.name.as_str()),
        owner.to_string(),
    ));
    None
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
