//! What every step of a rotation works on: the manifest, the locked store, and the keyring.

use std::path::PathBuf;

use anyhow::Context;
use time::OffsetDateTime;

use super::walk::Walk;
use crate::cli::deploy::{Prepared, Standing};
use crate::cli::place::{MANIFEST, StateArgument, project};
use crate::cli::{Exit, Failure, material};
use crate::disk::{Folder, read_optional};
use crate::keyring::Keyring;
use crate::model::manifest::Manifest;
use crate::pki;
use crate::term;

/// A locked store with its manifest.
pub(super) struct Session {
    /// The folder of the manifest.
    pub(super) project: PathBuf,
    /// The manifest as it was read.
    pub(super) text: Vec<u8>,
    /// What it says.
    pub(super) manifest: Manifest,
    /// The store.
    pub(super) store: Folder,
    /// Its keyring.
    pub(super) keyring: Keyring,
    /// Now.
    pub(super) now: OffsetDateTime,
}

impl Session {
    /// Reads the manifest, locks the store and finishes what an interrupted run left.
    pub(super) fn open(state: &StateArgument) -> anyhow::Result<Session> {
        let project = project();
        let path = project.join(MANIFEST);
        let Some(text) = read_optional(&path)? else {
            return Err(Failure {
                message: format!("there is no `{MANIFEST}` here or in a folder above"),
                hint: "stem-sec init writes one".to_owned(),
            }
            .into());
        };
        let manifest = Manifest::parse(&text).with_context(|| format!("`{}`", path.display()))?;
        let store = Folder::open(&state.folder())?;
        if store.finished_earlier() {
            term::say("finished what an interrupted run had begun");
        }
        let keyring = Keyring::load(&store)?;
        if keyring.rotation.is_none() && pki::clear_next(&store)? {
            term::say("removed certificates that an ended rotation had left waiting");
        }
        Ok(Session {
            project,
            text,
            manifest,
            store,
            keyring,
            now: OffsetDateTime::now_utc(),
        })
    }

    /// The rotation under way.
    pub(super) fn walk(&self) -> Result<Option<Walk>, Failure> {
        Walk::in_keyring(&self.keyring)
    }

    /// Whether the files of the present step are written, and which lie there that no
    /// component needs any more.
    pub(super) fn standing(&mut self) -> anyhow::Result<Standing> {
        let (project, manifest) = (&self.project, &self.manifest);
        let material = material::load(&mut self.store, project, manifest, self.now)?;
        Prepared::new(project, manifest, &material, None, None)?.standing()
    }

    /// Puts the rotation and the states of its keys into the keyring, and all into place.
    pub(super) fn commit(mut self, walk: &Walk) -> anyhow::Result<()> {
        walk.settle_keys(&mut self.keyring, false);
        self.keyring.rotation = Some(walk.rotation.clone());
        self.keyring.stage(&mut self.store)?;
        self.store.commit()?;
        Ok(())
    }
}

/// What to say where nothing is under way.
pub(super) fn nothing() -> Exit {
    term::say("no rotation is under way");
    term::hint("begin one: stem-sec rotate start signing");
    Exit::No
}
