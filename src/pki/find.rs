//! Certificates wherever they lie: in a file, or anywhere below a folder.

use std::path::{Path, PathBuf};

use super::error::PkiError;
use crate::disk::{DiskError, read_file};
use crate::mint::x509::{Certificate, CertificateError};

/// Files with these endings are taken for certificates.
const ENDINGS: [&str; 4] = ["crt", "pem", "cer", "cert"];
/// No deployment is nested deeper; a loop of mounts might be.
const MAX_DEPTH: usize = 32;

/// A file that was looked at.
#[derive(Debug)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What is in it, in its order.
    pub certificates: Result<Vec<Certificate>, PkiError>,
}

/// Reads a file, or every certificate file below a folder, sorted by path. Links to folders
/// are not followed, `.git` is left out, and a `.pem` file without a certificate is none.
///
/// # Errors
/// When the path itself, or a folder below it, cannot be read.
pub fn find(path: &Path) -> Result<Vec<Found>, DiskError> {
    let metadata = std::fs::metadata(path).map_err(DiskError::io("look at", path))?;
    if !metadata.is_dir() {
        return Ok(vec![read(path.to_owned())]);
    }
    let mut files = Vec::new();
    collect(path, 0, &mut files)?;
    files.sort_unstable();
    Ok(files
        .into_iter()
        .map(read)
        .filter(|found| !is_something_else(found))
        .collect())
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), DiskError> {
    let failed = |source| DiskError::io("read", folder)(source);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            // `..data` and its like are what Kubernetes links the real names to
            let name = entry.file_name();
            let skipped = name == ".git" || name.as_encoded_bytes().starts_with(b"..");
            if !skipped && depth < MAX_DEPTH {
                collect(&path, depth + 1, files)?;
            }
        } else if is_certificate_file(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_certificate_file(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

fn is_something_else(found: &Found) -> bool {
    let none = matches!(
        found.certificates,
        Err(PkiError::Certificate {
            source: CertificateError::Missing,
            ..
        })
    );
    none && found.path.extension().is_some_and(|ending| ending == "pem")
}

fn read(path: PathBuf) -> Found {
    let certificates = read_file(&path).map_err(PkiError::from).and_then(|text| {
        Certificate::all_from_pem(&text).map_err(|source| PkiError::Certificate {
            path: path.clone(),
            source,
        })
    });
    Found { path, certificates }
}
