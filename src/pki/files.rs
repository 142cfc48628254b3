//! Pairs of a certificate file and a key file, in a folder or anywhere.

use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::error::PkiError;
use super::{CA_CERTIFICATE, CA_KEY};
use crate::disk::{Access, DiskError, Existing, Folder, read_optional};
use crate::mint::key::PrivateKey;
use crate::mint::x509::{Authority, AuthorityError, Caution, Certificate};
use crate::model::secret::Secret;

/// A certificate and the key that belongs to it.
#[derive(Debug)]
pub struct Pair {
    /// The certificate.
    pub certificate: Certificate,
    /// Its key.
    pub key: PrivateKey,
}

/// Two files that belong together, read.
struct Files {
    certificate: Vec<u8>,
    key: Secret,
}

/// Reads `ca.crt` and `ca.key` of a folder, or of a folder inside it (`inside` ends with `/`
/// or is empty); `None` when neither is there.
///
/// # Errors
/// When only one is there, or they are no CA that can sign now.
pub fn authority_in(
    folder: &Folder,
    inside: &str,
    now: OffsetDateTime,
) -> Result<Option<(Authority, Vec<Caution>)>, PkiError> {
    let names = [CA_CERTIFICATE, CA_KEY].map(|name| format!("{inside}{name}"));
    let paths = names.each_ref().map(|name| folder.path().join(name));
    let read = |name: &str| folder.read(name).map_err(PkiError::from);
    let files = both(read(&names[0])?, read(&names[1])?, &paths)?;
    files.map(|files| load(&files, &paths, now)).transpose()
}

/// Reads a CA from two files.
///
/// # Errors
/// When one cannot be read, or they are no CA that can sign now.
pub fn authority_of(
    certificate: &Path,
    key: &Path,
    now: OffsetDateTime,
) -> Result<(Authority, Vec<Caution>), PkiError> {
    let files = Files {
        certificate: crate::disk::read_file(certificate)?,
        key: secret(crate::disk::read_file(key)?),
    };
    load(&files, &[certificate.to_owned(), key.to_owned()], now)
}

fn load(
    files: &Files,
    [certificate, key]: &[PathBuf; 2],
    now: OffsetDateTime,
) -> Result<(Authority, Vec<Caution>), PkiError> {
    let loaded = Authority::load(&files.certificate, files.key.expose().as_bytes(), now);
    loaded.map_err(|error| match error {
        AuthorityError::Key(source) => PkiError::AuthorityKey {
            path: key.clone(),
            source,
        },
        source => PkiError::Authority {
            path: certificate.clone(),
            source,
        },
    })
}

/// Reads `STEM.crt` and `STEM.key` of a folder.
///
/// # Errors
/// When one is missing or damaged, or they do not belong together.
pub fn pair_in(folder: &Folder, stem: &str) -> Result<Pair, PkiError> {
    maybe_pair_in(folder, stem)?.ok_or_else(|| {
        let path = folder.path().join(format!("{stem}.crt"));
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        PkiError::Disk(DiskError::io("read", path)(missing))
    })
}

/// Like [`pair_in`]; `None` when neither is there.
pub(super) fn maybe_pair_in(folder: &Folder, stem: &str) -> Result<Option<Pair>, PkiError> {
    let names = ["crt", "key"].map(|ending| format!("{stem}.{ending}"));
    let paths = names.each_ref().map(|name| folder.path().join(name));
    let files = both(folder.read(&names[0])?, folder.read(&names[1])?, &paths)?;
    files.map(|files| parse(&files, paths)).transpose()
}

/// Reads a private key from a file; `None` when there is none.
///
/// # Errors
/// When it cannot be read, or holds no usable key.
pub fn key_of(path: &Path) -> Result<Option<PrivateKey>, PkiError> {
    let Some(text) = read_optional(path)?.map(secret) else {
        return Ok(None);
    };
    let key = PrivateKey::from_pem(text.expose().as_bytes());
    key.map(Some).map_err(|source| PkiError::Key {
        path: path.to_owned(),
        source,
    })
}

fn parse(files: &Files, [certificate, key]: [PathBuf; 2]) -> Result<Pair, PkiError> {
    let parsed = first_certificate(&files.certificate, &certificate)?;
    let private =
        PrivateKey::from_pem(files.key.expose().as_bytes()).map_err(|source| PkiError::Key {
            path: key.clone(),
            source,
        })?;
    if !parsed.has_key(&private) {
        return Err(PkiError::Mismatch { certificate, key });
    }
    Ok(Pair {
        certificate: parsed,
        key: private,
    })
}

/// The first certificate of a PEM text; the others in a chain follow it.
pub(super) fn first_certificate(text: &[u8], path: &Path) -> Result<Certificate, PkiError> {
    Certificate::all_from_pem(text)
        .map(|mut all| all.swap_remove(0))
        .map_err(|source| PkiError::Certificate {
            path: path.to_owned(),
            source,
        })
}

fn both(
    certificate: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    paths: &[PathBuf; 2],
) -> Result<Option<Files>, PkiError> {
    let half = |present: usize, missing: usize| PkiError::Half {
        present: paths[present].clone(),
        missing: paths[missing].clone(),
    };
    match (certificate, key.map(secret)) {
        (Some(certificate), Some(key)) => Ok(Some(Files { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(half(0, 1)),
        (None, Some(_)) => Err(half(1, 0)),
    }
}

/// Bytes that are no text are no PEM either.
fn secret(bytes: Vec<u8>) -> Secret {
    match String::from_utf8(bytes) {
        Ok(text) => Secret::new(text),
        Err(error) => {
            drop(zeroize::Zeroizing::new(error.into_bytes()));
            Secret::new(String::new())
        }
    }
}

/// Stages a CA as `ca.crt` and `ca.key`; `inside` as in [`authority_in`].
///
/// # Errors
/// When it cannot be written.
pub fn put_authority(
    folder: &mut Folder,
    inside: &str,
    authority: &Authority,
    existing: Existing,
) -> Result<(), PkiError> {
    let [certificate, key] = [CA_CERTIFICATE, CA_KEY].map(|name| format!("{inside}{name}"));
    let pem = authority.certificate().to_pem();
    folder.stage(&certificate, pem.as_bytes(), Access::PUBLIC, existing)?;
    let pem = authority.key_pem();
    folder.stage(&key, pem.expose().as_bytes(), Access::PRIVATE, existing)?;
    Ok(())
}

/// Stages a certificate and its key as `STEM.crt` and `STEM.key`, each with its access.
///
/// # Errors
/// When they cannot be written.
pub fn put_pair(
    folder: &mut Folder,
    stem: &str,
    certificate: (&Certificate, Access),
    key: (&PrivateKey, Access),
    existing: Existing,
) -> Result<(), PkiError> {
    let pem = certificate.0.to_pem();
    folder.stage(
        &format!("{stem}.crt"),
        pem.as_bytes(),
        certificate.1,
        existing,
    )?;
    let pem = key.0.to_pem();
    folder.stage(
        &format!("{stem}.key"),
        pem.expose().as_bytes(),
        key.1,
        existing,
    )?;
    Ok(())
}
