//! The renewals themselves, staged one after another; whoever asked for them commits.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::RenewArguments;
use crate::cli::Usage;
use crate::cli::certs::create::say_wrote;
use crate::cli::certs::sign::{Signer, warn_of_end};
use crate::disk::{Access, Existing, Folder};
use crate::mint::key::PrivateKey;
use crate::mint::x509::{Certificate, Request};
use crate::pki::{self, Label, Pair, Pki, PkiError};
use crate::term;

/// A certificate that was renewed.
struct Renewed {
    path: String,
    certificate: Certificate,
    /// Whether another CA has signed it than before.
    changed_ca: bool,
    clamped: bool,
}

/// What is renewed, and by whom it was asked for.
pub(super) struct Work<'a> {
    arguments: &'a RenewArguments,
    now: OffsetDateTime,
    renewed: Vec<Renewed>,
}

impl<'a> Work<'a> {
    /// Nothing renewed yet.
    pub(super) fn new(arguments: &'a RenewArguments, now: OffsetDateTime) -> Work<'a> {
        Work {
            arguments,
            now,
            renewed: Vec::new(),
        }
    }

    /// Stages the successors of these in the store, of all without labels.
    pub(super) fn labels(
        &mut self,
        signer: &Signer,
        folder: &mut Folder,
        labels: Vec<Label>,
    ) -> Result<(), PkiError> {
        let mut pki = Pki::on(folder);
        let labels = if labels.is_empty() {
            let issued = pki.issued()?.into_iter();
            issued.map(|(label, _)| label).collect()
        } else {
            labels
        };
        for label in labels {
            let old = pki
                .get(&label)?
                .ok_or_else(|| PkiError::Unknown(label.clone()))?;
            let path = pki.path_of(&label).display().to_string();
            if let Some(new) = self.again(signer, old, path)? {
                let (certificate, key) = pki.access_of(&label)?;
                let certificate = (&new.certificate, certificate);
                let key = (&new.key, private(key));
                pki.put(&label, certificate, key, Existing::Keep)?;
            }
        }
        Ok(())
    }

    /// Stages each file's successor in its folder; the folders are not committed yet.
    pub(super) fn files(
        &mut self,
        signer: &Signer,
        files: Vec<PathBuf>,
    ) -> anyhow::Result<Vec<Folder>> {
        let mut folders: Vec<Folder> = Vec::new();
        for path in files {
            let stem = path.with_extension("");
            let name = stem.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| Usage {
                message: format!("`{}` does not name a file", path.display()),
                hint: "name a file that ends with .crt".to_owned(),
            })?;
            let parent = path.parent().unwrap_or(Path::new(""));
            let own = signer.folder.as_ref();
            let at = match folders
                .iter()
                .position(|folder| same(folder.path(), parent))
            {
                Some(at) => at,
                None if own.is_some_and(|own| same(own.path(), parent)) => {
                    return Err(beside_ca_key(&path).into());
                }
                None => {
                    folders.push(Folder::open(parent)?);
                    folders.len() - 1
                }
            };
            let folder = &mut folders[at];
            let old = pki::pair_in(folder, name)?;
            if let Some(new) = self.again(signer, old, path.display().to_string())? {
                let access = |file: String, usual: Access| {
                    let found = folder.access_of(&file);
                    found.map(|found| found.unwrap_or(usual))
                };
                let public = access(format!("{name}.crt"), Access::PUBLIC)?;
                let key = access(format!("{name}.key"), Access::PRIVATE)?;
                let key = (&new.key, private(key));
                let certificate = (&new.certificate, public);
                pki::put_pair(folder, name, certificate, key, Existing::Keep)?;
            }
        }
        Ok(folders)
    }

    /// The successor; `None` when it is not due yet.
    fn again(
        &mut self,
        signer: &Signer,
        old: Pair,
        path: String,
    ) -> Result<Option<Pair>, PkiError> {
        let due = self.arguments.due;
        if due.is_some_and(|within| old.certificate.not_after > self.now + within) {
            return Ok(None);
        }
        let request = Request::again(&old.certificate, self.arguments.lifetime.end(self.now))?;
        let key = if self.arguments.reuse_key {
            old.key
        } else {
            let like = self.arguments.key_type;
            let key_type = like.or_else(|| old.certificate.public_key.key_type());
            PrivateKey::generate(key_type.unwrap_or_default()).map_err(PkiError::Generation)?
        };
        let serial = pki::draw_serial()?;
        let leaf = signer.authority.issue(&request, key, serial, self.now)?;
        self.renewed.push(Renewed {
            path,
            changed_ca: old.certificate.issuer_der != leaf.certificate.issuer_der
                || old.certificate.authority_key_id != leaf.certificate.authority_key_id,
            certificate: leaf.certificate.clone(),
            clamped: leaf.clamped,
        });
        Ok(Some(Pair {
            certificate: leaf.certificate,
            key: leaf.key,
        }))
    }

    /// Says what was renewed, and what to mind.
    pub(super) fn report(&self, signer: &Signer) {
        if self.renewed.is_empty() {
            term::say("nothing is due");
            return;
        }
        signer.announce();
        for renewed in &self.renewed {
            say_wrote(&renewed.path, &renewed.certificate);
        }
        for renewed in self.renewed.iter().filter(|renewed| renewed.changed_ca) {
            term::warn(&format!(
                "another CA than before signed `{}`: hand out the new ca.crt before it is used",
                renewed.path
            ));
        }
        if self.renewed.iter().any(|renewed| renewed.clamped) {
            warn_of_end(&signer.authority);
        }
    }
}

/// Who could read the old key may read the new one, except everybody.
fn private(access: Access) -> Access {
    Access {
        mode: access.mode & 0o740,
        ..access
    }
}

fn same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| {
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        path.canonicalize().ok()
    };
    real(one).is_some_and(|one| real(other) == Some(one))
}

fn beside_ca_key(path: &Path) -> Usage {
    Usage {
        message: format!(
            "`{}` lies beside the CA key that is to sign",
            path.display()
        ),
        hint: "keep certificates and the CA key in folders apart".to_owned(),
    }
}
