//! The things a component may hold: keys, certificates, the settings that name them, and
//! the URLs that may carry a password. Rows of the ownership table.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One kind of thing that a process can be given.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Artifact {
    /// HMAC secrets, `STEM_SIGNING_KEYS`.
    SigningSecret,
    /// Ed25519 seeds, `STEM_SIGNING_PRIVATE_KEYS`.
    SigningPrivateKey,
    /// Ed25519 public keys, `STEM_SIGNING_PUBLIC_KEYS`.
    SigningPublicKey,
    /// The id of the key that signs, `STEM_SIGNING_ACTIVE_KEY`.
    ActiveKeyId,
    /// `STEM_SIGNING_ALGORITHM`.
    SigningAlgorithm,
    /// `STEM_BROKER_URL`; it carries the broker password where there is one.
    BrokerUrl,
    /// The URLs of result backend, schedule, revoke and workflow stores.
    StoreUrl,
    /// What Redis asks for with `requirepass`.
    BrokerPassword,
    /// The CAs trusted now, `STEM_TLS_CA_CERT`.
    CaCertificate,
    /// What issues certificates. It never leaves the store.
    CaKey,
    /// The broker's certificate.
    ServerCertificate,
    /// The key of the broker's certificate.
    ServerKey,
    /// What a client shows to the broker, `STEM_TLS_CLIENT_CERT`.
    ClientCertificate,
    /// The key of a client certificate, `STEM_TLS_CLIENT_KEY`.
    ClientKey,
    /// `STEM_TLS_ALLOW_INSECURE` with a value that Stem takes for true.
    InsecureFlag,
}

impl Artifact {
    /// Every artifact, in the order in which tables list them.
    pub const ALL: [Artifact; 15] = [
        Artifact::SigningSecret,
        Artifact::SigningPrivateKey,
        Artifact::SigningPublicKey,
        Artifact::ActiveKeyId,
        Artifact::SigningAlgorithm,
        Artifact::BrokerUrl,
        Artifact::StoreUrl,
        Artifact::BrokerPassword,
        Artifact::CaCertificate,
        Artifact::CaKey,
        Artifact::ServerCertificate,
        Artifact::ServerKey,
        Artifact::ClientCertificate,
        Artifact::ClientKey,
        Artifact::InsecureFlag,
    ];

    /// The words for it in reports and in a component's `holds:` list.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Artifact::SigningSecret => "signing-secret",
            Artifact::SigningPrivateKey => "signing-private-key",
            Artifact::SigningPublicKey => "signing-public-key",
            Artifact::ActiveKeyId => "active-key-id",
            Artifact::SigningAlgorithm => "signing-algorithm",
            Artifact::BrokerUrl => "broker-url",
            Artifact::StoreUrl => "store-url",
            Artifact::BrokerPassword => "broker-password",
            Artifact::CaCertificate => "ca-certificate",
            Artifact::CaKey => "ca-key",
            Artifact::ServerCertificate => "server-certificate",
            Artifact::ServerKey => "server-key",
            Artifact::ClientCertificate => "client-certificate",
            Artifact::ClientKey => "client-key",
            Artifact::InsecureFlag => "insecure-flag",
        }
    }

    /// The file of a component's folder in which it lies, where it is one.
    #[must_use]
    pub fn file_name(self) -> Option<&'static str> {
        match self {
            Artifact::CaCertificate => Some("ca.crt"),
            Artifact::CaKey => Some("ca.key"),
            Artifact::ServerCertificate => Some("server.crt"),
            Artifact::ServerKey => Some("server.key"),
            Artifact::ClientCertificate => Some("client.crt"),
            Artifact::ClientKey => Some("client.key"),
            _ => None,
        }
    }

    /// Whether whoever reads it gains a power: to sign, to impersonate, to connect.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(
            self,
            Artifact::SigningSecret
                | Artifact::SigningPrivateKey
                | Artifact::BrokerPassword
                | Artifact::CaKey
                | Artifact::ServerKey
                | Artifact::ClientKey
        )
    }
}

impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
