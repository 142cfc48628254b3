//! What a project is rendered for: every posture and target, by the words of the command line.

use std::fmt;

/// How messages are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Signing {
    None,
    Hmac,
    Ed25519,
}

/// How connections are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    Plaintext,
    Tls,
    Mtls,
}

/// For whom files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Dotenv,
    Compose,
    Systemd,
    Kubernetes,
}

/// A posture and a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Case {
    pub(crate) signing: Signing,
    pub(crate) transport: Transport,
    pub(crate) target: Target,
}

/// In the order of the table's columns.
pub(crate) const TARGETS: [Target; 4] = [
    Target::Dotenv,
    Target::Compose,
    Target::Systemd,
    Target::Kubernetes,
];

const SIGNINGS: [Signing; 3] = [Signing::None, Signing::Hmac, Signing::Ed25519];
const TRANSPORTS: [Transport; 3] = [Transport::Plaintext, Transport::Tls, Transport::Mtls];

impl Case {
    /// All 36.
    pub(crate) fn all() -> Vec<Case> {
        let mut all = Vec::new();
        for target in TARGETS {
            for signing in SIGNINGS {
                for transport in TRANSPORTS {
                    all.push(Case {
                        signing,
                        transport,
                        target,
                    });
                }
            }
        }
        all
    }

    /// Whether messages are signed.
    pub(crate) fn signs(self) -> bool {
        self.signing != Signing::None
    }

    /// Whether connections are encrypted.
    pub(crate) fn encrypts(self) -> bool {
        self.transport != Transport::Plaintext
    }

    /// Whether clients show certificates.
    pub(crate) fn mutual(self) -> bool {
        self.transport == Transport::Mtls
    }

    /// Whether the broker has a password.
    pub(crate) fn password(self) -> bool {
        !self.mutual()
    }

    pub(crate) fn hmac(self) -> bool {
        self.signing == Signing::Hmac
    }

    pub(crate) fn ed25519(self) -> bool {
        self.signing == Signing::Ed25519
    }

    /// The list by which a worker verifies.
    pub(crate) fn verifying_list(self) -> &'static str {
        match self.signing {
            Signing::Ed25519 => "STEM_SIGNING_PUBLIC_KEYS",
            _ => "STEM_SIGNING_KEYS",
        }
    }

    /// The list by which a producer signs.
    pub(crate) fn signing_list(self) -> &'static str {
        match self.signing {
            Signing::Ed25519 => "STEM_SIGNING_PRIVATE_KEYS",
            _ => "STEM_SIGNING_KEYS",
        }
    }
}

impl Signing {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Signing::None => "none",
            Signing::Hmac => "hmac-sha256",
            Signing::Ed25519 => "ed25519",
        }
    }
}

impl Transport {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Transport::Plaintext => "plaintext",
            Transport::Tls => "tls",
            Transport::Mtls => "mtls",
        }
    }
}

impl Target {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Target::Dotenv => "dotenv",
            Target::Compose => "compose",
            Target::Systemd => "systemd",
            Target::Kubernetes => "kubernetes",
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (signing, transport) = (self.signing.name(), self.transport.name());
        write!(f, "{signing}+{transport} {}", self.target.name())
    }
}
