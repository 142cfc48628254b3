//! From the manifest and the minted material to the files of each component. What a
//! component is given is decided once, in [`holdings`], by the ownership table; a target
//! decides only how it is written down. Pure: values in, files out.

pub mod dotenv;
pub mod holdings;

use crate::formats::dotenv::DotenvError;
use crate::model::posture::Signing;
use crate::model::secret::Secret;

/// A file to be written below the folder of what may be handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Relative path: `COMPONENT/NAME`.
    pub path: String,
    /// What stands in it.
    pub content: Secret,
    /// Whether nobody but its owner may read it.
    pub private: bool,
}

/// Why a component's files cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Nothing signs with the manifest's algorithm.
    #[error("the keyring has no active key for {0}")]
    NoActiveKey(Signing),
    /// The component shows a certificate, and none was issued to it.
    #[error("no certificate was issued to component `{0}`")]
    NoCertificate(String),
    /// Clients must know whom to trust.
    #[error("the store has no CA")]
    NoAuthority,
    /// The broker asks for one, and it is not known.
    #[error("the broker's password is not known")]
    NoBrokerPassword,
    /// A value that no env file can carry.
    #[error(transparent)]
    Dotenv(#[from] DotenvError),
}

impl RenderError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            RenderError::NoActiveKey(Signing::Ed25519) => {
                "stem-sec keygen ed25519 --keyring --role worker".to_owned()
            }
            RenderError::NoActiveKey(_) => "stem-sec keygen hmac --keyring".to_owned(),
            RenderError::NoCertificate(name) => format!("stem-sec certs issue client {name}"),
            RenderError::NoAuthority | RenderError::NoBrokerPassword => {
                "stem-sec init . --yes mints what is missing".to_owned()
            }
            RenderError::Dotenv(error) => return error.hint(),
        };
        Some(hint)
    }
}
