//! What a rotation has made and nobody uses yet, and CAs that are out of use: their files are
//! kept, but nobody is told to trust them.
//!
//! `ca/states` has, below a heading, a line `SERIAL staged` or `SERIAL retired` a CA; one that is not named
//! there is trusted. `next/<label>.{crt,key}` are certificates that wait to take the place of
//! those of the same label in `certs/`.

use time::OffsetDateTime;

use super::error::PkiError;
use super::files::{Pair, maybe_pair_in, put_authority, put_pair};
use super::label::Label;
use super::store::{AUTHORITIES, CURRENT, Pki};
use super::{draw_serial, store};
use crate::disk::{Access, Existing, Folder};
use crate::mint::key::PrivateKey;
use crate::mint::x509::{Authority, Request};

const STATES: &str = "ca/states";
/// The first line: without it the file is not whole.
const HEADING: &str = "# CAs that are not trusted";
const NEXT: &str = "next";

/// Why a CA in the store is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// A rotation has made it, and says who trusts it.
    Staged,
    /// A rotation has put it out of use.
    Retired,
}

impl Untrusted {
    fn name(self) -> &'static str {
        match self {
            Untrusted::Staged => "staged",
            Untrusted::Retired => "retired",
        }
    }
}

impl Pki<'_> {
    /// The CAs that are not trusted, by serial number.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub fn untrusted(&self) -> Result<Vec<(String, Untrusted)>, PkiError> {
        let Some(bytes) = self.folder.read(STATES)? else {
            return Ok(Vec::new());
        };
        let damaged = || PkiError::States(self.folder.path().join(STATES));
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
        let line = |line: &str| {
            let (serial, state) = line.split_once(' ')?;
            let known = [Untrusted::Staged, Untrusted::Retired];
            let state = known.into_iter().find(|known| known.name() == state)?;
            store::is_serial(serial).then(|| (serial.to_owned(), state))
        };
        let mut lines = text.lines();
        if lines.next() != Some(HEADING) {
            return Err(damaged());
        }
        lines.map(|text| line(text).ok_or_else(damaged)).collect()
    }

    /// Makes a CA that neither signs for others nor is trusted until [`Pki::succeed`].
    ///
    /// # Errors
    /// When it cannot be made or staged.
    pub fn stage_authority(
        &mut self,
        key: PrivateKey,
        now: OffsetDateTime,
    ) -> Result<Authority, PkiError> {
        let authority = Authority::create(key, draw_serial()?, now).map_err(PkiError::Creation)?;
        let serial = authority.certificate().serial.clone();
        let inside = format!("{AUTHORITIES}/{serial}/");
        self.folder.ignore_in_git()?;
        put_authority(self.folder, &inside, &authority, Existing::Refuse)?;
        let mut states = self.untrusted()?;
        states.push((serial, Untrusted::Staged));
        self.put_states(&states)?;
        Ok(authority)
    }

    /// A staged CA signs from now on. Of the others in the store those that `is_out` names by
    /// their serials are trusted no more.
    ///
    /// # Errors
    /// When it cannot be staged.
    pub fn succeed(&mut self, serial: &str, is_out: impl Fn(&str) -> bool) -> Result<(), PkiError> {
        let mut states = self.untrusted()?;
        states.retain(|(one, _)| one != serial);
        for (_, certificate) in self.authorities()? {
            let other = certificate.serial;
            if other != serial && is_out(&other) && !states.iter().any(|(one, _)| *one == other) {
                states.push((other, Untrusted::Retired));
            }
        }
        self.put_states(&states)?;
        let line = format!("{serial}\n");
        let (access, existing) = (Access::PRIVATE, Existing::Replace);
        self.folder
            .stage(CURRENT, line.as_bytes(), access, existing)?;
        Ok(())
    }

    /// A staged CA is not needed after all.
    ///
    /// # Errors
    /// When it cannot be staged.
    pub fn give_up(&mut self, serial: &str) -> Result<(), PkiError> {
        let mut states = self.untrusted()?;
        for (one, state) in &mut states {
            if one == serial {
                *state = Untrusted::Retired;
            }
        }
        self.put_states(&states)
    }

    fn put_states(&mut self, states: &[(String, Untrusted)]) -> Result<(), PkiError> {
        let mut lines = format!("{HEADING}\n");
        for (serial, state) in states {
            lines.push_str(&format!("{serial} {}\n", state.name()));
        }
        let (access, existing) = (Access::PRIVATE, Existing::Replace);
        self.folder
            .stage(STATES, lines.as_bytes(), access, existing)?;
        Ok(())
    }

    /// Issues a certificate that waits to take the place of what is under a label.
    ///
    /// # Errors
    /// As [`Pki::get_or_issue`].
    pub fn issue_next(
        &mut self,
        label: &Label,
        authority: &Authority,
        request: &Request,
        key: PrivateKey,
        now: OffsetDateTime,
    ) -> Result<(), PkiError> {
        let leaf = authority.issue(request, key, draw_serial()?, now)?;
        let certificate = (&leaf.certificate, Access::PUBLIC);
        let key = (&leaf.key, Access::PRIVATE);
        self.folder.ignore_in_git()?;
        let stem = format!("{NEXT}/{label}");
        put_pair(self.folder, &stem, certificate, key, Existing::Replace)
    }

    /// What waits to take the place of what is under a label; `None` when nothing does.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn next(&self, label: &Label) -> Result<Option<Pair>, PkiError> {
        maybe_pair_in(self.folder, &format!("{NEXT}/{label}"))
    }

    /// What waits takes the place of what is under a label, which is kept beside it.
    ///
    /// # Errors
    /// When it is damaged, or cannot be staged.
    pub fn adopt_next(&mut self, label: &Label) -> Result<(), PkiError> {
        let Some(pair) = self.next(label)? else {
            return Ok(());
        };
        let (certificate, key) = self.access_of(label)?;
        let certificate = (&pair.certificate, certificate);
        self.put(label, certificate, (&pair.key, key), Existing::Keep)
    }
}

/// Removes certificates that wait for nothing any more. Whether there were any.
///
/// # Errors
/// When one cannot be removed.
pub fn clear_next(folder: &Folder) -> Result<bool, PkiError> {
    let names = folder.names(NEXT)?;
    for name in &names {
        folder.remove(&format!("{NEXT}/{name}"))?;
    }
    Ok(!names.is_empty())
}
