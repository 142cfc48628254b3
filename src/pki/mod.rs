//! The CAs and the certificates that they have issued, on disk. The certificates are their
//! own record: what is issued is read from them, not from a second index.
//!
//! The store has `ca/<serial>/{ca.crt,ca.key}`, `ca/current` (the serial of the CA that
//! signs), `certs/<label>.{crt,key}`, and what rotations have staged or retired. Nothing is written before the caller commits the
//! [`crate::disk::Folder`] that a [`Pki`] works on, so that one command is one change.

mod error;
mod files;
mod find;
mod label;
mod staged;
mod store;

use rand::TryRng;
use rand::rngs::SysRng;

pub use error::PkiError;
pub use files::{Pair, authority_in, authority_of, key_of, pair_in, put_authority, put_pair};
pub use find::{Found, find};
pub use label::{Label, LabelError};
pub use staged::{Untrusted, clear_next};
pub use store::{Held, Issued, Pki};

use crate::mint::x509::Serial;

/// Name of a CA's certificate file, and of the bundle of trusted CAs that is handed out.
pub const CA_CERTIFICATE: &str = "ca.crt";
/// Name of a CA's key file.
pub const CA_KEY: &str = "ca.key";

/// Draws a serial number from the operating system's randomness.
///
/// # Errors
/// When it gives none.
pub fn draw_serial() -> Result<Serial, PkiError> {
    let mut random = [0; 20];
    SysRng
        .try_fill_bytes(&mut random)
        .map_err(|_| PkiError::Random)?;
    Ok(Serial::new(random))
}
