//! Why the store, or a file outside of it, is of no use.

use std::path::PathBuf;

use super::label::{Label, LabelError};
use crate::disk::DiskError;
use crate::mint::key::KeyError;
use crate::mint::x509::{AuthorityError, CertificateError, IssueError, RenewalError};

/// Why a CA or certificate could not be read, made or kept.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The disk.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The name to keep it under.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// Nothing was issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// Not to be renewed.
    #[error(transparent)]
    Renewal(#[from] RenewalError),
    /// No certificate under that label.
    #[error("there is no certificate `{0}` in the store")]
    Unknown(Label),
    /// No key was made.
    #[error(transparent)]
    Generation(KeyError),
    /// No CA was made.
    #[error(transparent)]
    Creation(AuthorityError),
    /// A CA that cannot be used.
    #[error("the CA in `{path}` cannot be used: {source}")]
    Authority {
        /// Its certificate.
        path: PathBuf,
        /// Why.
        source: AuthorityError,
    },
    /// A CA whose key file cannot be used.
    #[error("the CA key in `{path}` cannot be used: {source}")]
    AuthorityKey {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// A file without a usable certificate.
    #[error("`{path}` cannot be used: {source}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CertificateError,
    },
    /// A file without a usable key.
    #[error("`{path}` cannot be used: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// One of two files that belong together.
    #[error("`{present}` is there, but `{missing}` is not")]
    Half {
        /// There.
        present: PathBuf,
        /// Not there.
        missing: PathBuf,
    },
    /// Two files that do not belong together.
    #[error("the key in `{key}` does not belong to the certificate in `{certificate}`")]
    Mismatch {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// `ca/current` names a CA that is not there.
    #[error("`{path}` names the CA `{serial}`, which is not there")]
    Dangling {
        /// `ca/current`
        path: PathBuf,
        /// What it names.
        serial: String,
    },
    /// `ca/current` is not a serial number.
    #[error("`{0}` does not hold the serial number of a CA")]
    Current(PathBuf),
    /// `ca/states` is not what this tool wrote.
    #[error("`{0}` cannot be understood")]
    States(PathBuf),
    /// There are CAs but no `ca/current`.
    #[error("there are CAs beside it, but `{0}` is missing")]
    NoCurrent(PathBuf),
    /// No randomness.
    #[error("the operating system gives no random numbers")]
    Random,
}

impl PkiError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            PkiError::Disk(error) => return error.hint(),
            PkiError::Label(error) => return error.hint(),
            PkiError::Issue(error) => return error.hint(),
            PkiError::Renewal(error) => return error.hint(),
            PkiError::Unknown(_) => "see which there are: stem-sec certs status".to_owned(),
            PkiError::Creation(error) | PkiError::Authority { source: error, .. } => {
                return error.hint();
            }
            PkiError::Generation(error)
            | PkiError::AuthorityKey { source: error, .. }
            | PkiError::Key { source: error, .. } => return error.hint(),
            PkiError::Certificate { source, .. } => return source.hint(),
            PkiError::Half { present, .. } => format!(
                "bring the other back, or move this one away: mv {0} {0}.old",
                present.display()
            ),
            PkiError::Mismatch { .. } => {
                "bring the right one back, or move both away and issue anew".to_owned()
            }
            PkiError::Dangling { path, .. }
            | PkiError::Current(path)
            | PkiError::NoCurrent(path) => {
                format!(
                    "write the name of one of the folders beside it into it: ls {}",
                    path.parent().unwrap_or(path).display()
                )
            }
            PkiError::States(_) => {
                "restore it from a backup: it says which CAs are not to be trusted".to_owned()
            }
            PkiError::Random => return None,
        };
        Some(hint)
    }
}
