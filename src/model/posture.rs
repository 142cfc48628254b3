//! The security posture of a deployment: how messages are signed and how connections are
//! protected. Every mix of the two is valid.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How messages are signed. Stem reads one algorithm at a time.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Signing {
    /// Messages are not signed; workers accept anything.
    None,
    /// One shared secret signs and verifies.
    HmacSha256,
    /// A private key signs, its public half verifies.
    Ed25519,
}

impl Signing {
    /// Every way of signing, weakest first.
    pub const ALL: [Signing; 3] = [Signing::None, Signing::HmacSha256, Signing::Ed25519];

    /// The word for it in manifests and in `STEM_SIGNING_ALGORITHM`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Signing::None => "none",
            Signing::HmacSha256 => "hmac-sha256",
            Signing::Ed25519 => "ed25519",
        }
    }
}

impl fmt::Display for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How connections to the broker are protected.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// No encryption: `redis://`.
    Plaintext,
    /// The server proves who it is: `rediss://`.
    Tls,
    /// Both sides prove who they are: `rediss://` with client certificates.
    Mtls,
}

impl Transport {
    /// Every transport, weakest first.
    pub const ALL: [Transport; 3] = [Transport::Plaintext, Transport::Tls, Transport::Mtls];

    /// The word for it in manifests and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Transport::Plaintext => "plaintext",
            Transport::Tls => "tls",
            Transport::Mtls => "mtls",
        }
    }

    /// Whether connections are encrypted.
    #[must_use]
    pub fn encrypts(self) -> bool {
        self != Transport::Plaintext
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Signing × transport.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Posture {
    /// How messages are signed.
    pub signing: Signing,
    /// How connections are protected.
    pub transport: Transport,
}

impl Posture {
    /// Every posture, in the order in which tables list them.
    pub fn all() -> impl Iterator<Item = Posture> {
        Signing::ALL.into_iter().flat_map(|signing| {
            Transport::ALL
                .into_iter()
                .map(move |transport| Posture { signing, transport })
        })
    }
}

impl fmt::Display for Posture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} + {}", self.signing, self.transport)
    }
}
