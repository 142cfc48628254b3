//! The store in `.stem-sec/`.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::error::PkiError;
use super::files::{Pair, authority_in, first_certificate, maybe_pair_in, put_authority, put_pair};
use super::label::Label;
use super::{CA_CERTIFICATE, draw_serial};
use crate::disk::{Access, Existing, Folder};
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::x509::{Authority, Caution, Certificate, Request};

pub(super) const CURRENT: &str = "ca/current";
pub(super) const AUTHORITIES: &str = "ca";
const CERTIFICATES: &str = "certs";

/// The certificates in a store that this process has locked. What it writes is staged in the
/// folder; reading shows what was there before.
pub struct Pki<'f> {
    pub(super) folder: &'f mut Folder,
}

/// A CA to sign with.
#[derive(Debug)]
pub struct Held {
    /// The CA.
    pub authority: Authority,
    /// Whether it was made just now.
    pub is_new: bool,
    /// What is odd about it.
    pub cautions: Vec<Caution>,
}

/// A certificate and its key, kept under a label.
#[derive(Debug)]
pub struct Issued {
    /// Both.
    pub pair: Pair,
    /// Whether it was issued just now.
    pub is_new: bool,
    /// Whether it ends with its CA, before the time that was asked for.
    pub clamped: bool,
}

impl<'f> Pki<'f> {
    /// Works on a store.
    pub fn on(folder: &'f mut Folder) -> Pki<'f> {
        Pki { folder }
    }

    /// The CA that signs; `None` when there is none yet.
    ///
    /// # Errors
    /// When it is there but cannot sign now, or `ca/current` does not lead to it.
    pub fn current(&self, now: OffsetDateTime) -> Result<Option<Held>, PkiError> {
        let Some(serial) = self.current_serial()? else {
            return Ok(None);
        };
        let inside = format!("{AUTHORITIES}/{serial}/");
        match authority_in(self.folder, &inside, now)? {
            Some((authority, cautions)) => Ok(Some(Held {
                authority,
                is_new: false,
                cautions,
            })),
            None => Err(PkiError::Dangling {
                path: self.folder.path().join(CURRENT),
                serial,
            }),
        }
    }

    /// The CA that signs, made if there is none yet.
    ///
    /// # Errors
    /// As [`Pki::current`] and [`Pki::create_authority`].
    pub fn current_or_new(
        &mut self,
        key_type: KeyType,
        now: OffsetDateTime,
    ) -> Result<Held, PkiError> {
        if let Some(held) = self.current(now)? {
            return Ok(held);
        }
        let key = PrivateKey::generate(key_type).map_err(PkiError::Generation)?;
        self.create_authority(key, now)
    }

    /// Makes a new CA that signs from now on. Those that are there stay trusted.
    ///
    /// # Errors
    /// When it cannot be made or staged.
    pub fn create_authority(
        &mut self,
        key: PrivateKey,
        now: OffsetDateTime,
    ) -> Result<Held, PkiError> {
        let serial = draw_serial()?;
        let authority = Authority::create(key, serial, now).map_err(PkiError::Creation)?;
        let name = serial.hex();
        self.folder.ignore_in_git()?;
        let inside = format!("{AUTHORITIES}/{name}/");
        put_authority(self.folder, &inside, &authority, Existing::Refuse)?;
        let line = format!("{name}\n");
        let (access, existing) = (Access::PRIVATE, Existing::Replace);
        self.folder
            .stage(CURRENT, line.as_bytes(), access, existing)?;
        Ok(Held {
            authority,
            is_new: true,
            cautions: Vec::new(),
        })
    }

    /// The CA that signs first, then every other in the store that is valid at this moment and
    /// neither staged nor retired.
    ///
    /// # Errors
    /// When a certificate cannot be read.
    pub fn trusted(
        &self,
        current: &Authority,
        at: OffsetDateTime,
    ) -> Result<Vec<Certificate>, PkiError> {
        let mut trusted = vec![current.certificate().clone()];
        let untrusted = self.untrusted()?;
        for (_, certificate) in self.authorities()? {
            let is_out = untrusted
                .iter()
                .any(|(serial, _)| *serial == certificate.serial);
            if certificate.not_after > at && !is_out && !trusted.contains(&certificate) {
                trusted.push(certificate);
            }
        }
        Ok(trusted)
    }

    /// The certificates of all CAs in the store, also expired ones, with their files.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn authorities(&self) -> Result<Vec<(PathBuf, Certificate)>, PkiError> {
        let mut found = Vec::new();
        for name in self.folder.names(AUTHORITIES)? {
            if !is_serial(&name) {
                continue;
            }
            let file = format!("{AUTHORITIES}/{name}/{CA_CERTIFICATE}");
            if let Some(text) = self.folder.read(&file)? {
                let path = self.folder.path().join(file);
                let certificate = first_certificate(&text, &path)?;
                found.push((path, certificate));
            }
        }
        Ok(found)
    }

    /// Everything that is kept under a label, sorted by it.
    ///
    /// # Errors
    /// When a certificate cannot be read.
    pub fn issued(&self) -> Result<Vec<(Label, Certificate)>, PkiError> {
        let mut found = Vec::new();
        for name in self.folder.names(CERTIFICATES)? {
            let label = name.strip_suffix(".crt").map(Label::new);
            let Some(Ok(label)) = label else { continue };
            if let Some(text) = self.folder.read(&file(&label, "crt"))? {
                let path = self.path_of(&label);
                found.push((label, first_certificate(&text, &path)?));
            }
        }
        Ok(found)
    }

    /// Where a label's certificate is; its key is beside it.
    #[must_use]
    pub fn path_of(&self, label: &Label) -> PathBuf {
        self.folder.path().join(file(label, "crt"))
    }

    /// The certificate and key under a label; `None` when there is neither.
    ///
    /// # Errors
    /// When only one is there, one is damaged, or they do not belong together.
    pub fn get(&self, label: &Label) -> Result<Option<Pair>, PkiError> {
        maybe_pair_in(self.folder, &format!("{CERTIFICATES}/{label}"))
    }

    /// What is under a label, issued by this CA if there is nothing yet.
    ///
    /// # Errors
    /// As [`Pki::get`], [`Authority::issue`] and [`Pki::put`].
    pub fn get_or_issue(
        &mut self,
        label: &Label,
        authority: &Authority,
        request: &Request,
        key_type: KeyType,
        now: OffsetDateTime,
    ) -> Result<Issued, PkiError> {
        if let Some(pair) = self.get(label)? {
            return Ok(Issued {
                pair,
                is_new: false,
                clamped: false,
            });
        }
        let key = PrivateKey::generate(key_type).map_err(PkiError::Generation)?;
        let leaf = authority.issue(request, key, draw_serial()?, now)?;
        let pair = Pair {
            certificate: leaf.certificate,
            key: leaf.key,
        };
        let certificate = (&pair.certificate, Access::PUBLIC);
        let private = (&pair.key, Access::PRIVATE);
        self.put(label, certificate, private, Existing::Refuse)?;
        Ok(Issued {
            pair,
            is_new: true,
            clamped: leaf.clamped,
        })
    }

    /// Permission bits and owner of a label's certificate and key; the usual ones where there
    /// is no file.
    ///
    /// # Errors
    /// When one cannot be looked at.
    pub fn access_of(&self, label: &Label) -> Result<(Access, Access), PkiError> {
        let certificate = self.folder.access_of(&file(label, "crt"))?;
        let key = self.folder.access_of(&file(label, "key"))?;
        Ok((
            certificate.unwrap_or(Access::PUBLIC),
            key.unwrap_or(Access::PRIVATE),
        ))
    }

    /// Stages a certificate and its key under a label, each with its access.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn put(
        &mut self,
        label: &Label,
        certificate: (&Certificate, Access),
        key: (&PrivateKey, Access),
        existing: Existing,
    ) -> Result<(), PkiError> {
        self.folder.ignore_in_git()?;
        let stem = format!("{CERTIFICATES}/{label}");
        put_pair(self.folder, &stem, certificate, key, existing)
    }

    fn current_serial(&self) -> Result<Option<String>, PkiError> {
        let path = || self.folder.path().join(CURRENT);
        let Some(bytes) = self.folder.read(CURRENT)? else {
            let untrusted = self.untrusted()?;
            let is_out = |name: &str| untrusted.iter().any(|(serial, _)| serial == name);
            for name in self.folder.names(AUTHORITIES)? {
                // a run that was killed early may have left an empty one
                let inside = format!("{AUTHORITIES}/{name}");
                if is_serial(&name) && !is_out(&name) && !self.folder.names(&inside)?.is_empty() {
                    return Err(PkiError::NoCurrent(path()));
                }
            }
            return Ok(None);
        };
        std::str::from_utf8(&bytes)
            .ok()
            .map(str::trim_end)
            .filter(|serial| is_serial(serial))
            .map(|serial| Some(serial.to_owned()))
            .ok_or_else(|| PkiError::Current(path()))
    }
}

fn file(label: &Label, suffix: &str) -> String {
    format!("{CERTIFICATES}/{label}.{suffix}")
}

pub(super) fn is_serial(name: &str) -> bool {
    name.len() == 40
        && name
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
