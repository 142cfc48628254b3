//! The variables that Stem reads, and the artifact that each one carries
//! (stem-semantics, section 1).

use super::artifact::Artifact;
use super::role::Role;

/// The algorithm: unset means HMAC-SHA256.
pub const SIGNING_ALGORITHM: &str = "STEM_SIGNING_ALGORITHM";
/// HMAC secrets as `id:base64,…`.
pub const SIGNING_KEYS: &str = "STEM_SIGNING_KEYS";
/// Ed25519 public keys as `id:base64,…`.
pub const SIGNING_PUBLIC_KEYS: &str = "STEM_SIGNING_PUBLIC_KEYS";
/// Ed25519 seeds as `id:base64,…`.
pub const SIGNING_PRIVATE_KEYS: &str = "STEM_SIGNING_PRIVATE_KEYS";
/// The id of the key that signs.
pub const SIGNING_ACTIVE_KEY: &str = "STEM_SIGNING_ACTIVE_KEY";
/// Where the broker is.
pub const BROKER_URL: &str = "STEM_BROKER_URL";
/// Where results go.
pub const RESULT_BACKEND_URL: &str = "STEM_RESULT_BACKEND_URL";
/// Where schedules are kept.
pub const SCHEDULE_STORE_URL: &str = "STEM_SCHEDULE_STORE_URL";
/// Where revocations are kept.
pub const REVOKE_STORE_URL: &str = "STEM_REVOKE_STORE_URL";
/// Where workflows are kept.
pub const WORKFLOW_STORE_URL: &str = "STEM_WORKFLOW_STORE_URL";
/// Path of the CA bundle.
pub const TLS_CA_CERT: &str = "STEM_TLS_CA_CERT";
/// Path of the client certificate.
pub const TLS_CLIENT_CERT: &str = "STEM_TLS_CLIENT_CERT";
/// Path of the client key.
pub const TLS_CLIENT_KEY: &str = "STEM_TLS_CLIENT_KEY";
/// Turns verification off when its value contains `true`, or is `1`.
pub const TLS_ALLOW_INSECURE: &str = "STEM_TLS_ALLOW_INSECURE";

/// Every variable that carries an artifact, in the order in which files list them.
pub const VARIABLES: [(&str, Artifact); 14] = [
    (BROKER_URL, Artifact::BrokerUrl),
    (RESULT_BACKEND_URL, Artifact::StoreUrl),
    (SCHEDULE_STORE_URL, Artifact::StoreUrl),
    (REVOKE_STORE_URL, Artifact::StoreUrl),
    (WORKFLOW_STORE_URL, Artifact::StoreUrl),
    (SIGNING_ALGORITHM, Artifact::SigningAlgorithm),
    (SIGNING_KEYS, Artifact::SigningSecret),
    (SIGNING_PUBLIC_KEYS, Artifact::SigningPublicKey),
    (SIGNING_PRIVATE_KEYS, Artifact::SigningPrivateKey),
    (SIGNING_ACTIVE_KEY, Artifact::ActiveKeyId),
    (TLS_CA_CERT, Artifact::CaCertificate),
    (TLS_CLIENT_CERT, Artifact::ClientCertificate),
    (TLS_CLIENT_KEY, Artifact::ClientKey),
    (TLS_ALLOW_INSECURE, Artifact::InsecureFlag),
];

/// What the variable with this exact name carries; names are case-sensitive.
#[must_use]
pub fn artifact_of(variable: &str) -> Option<Artifact> {
    VARIABLES
        .iter()
        .find(|(name, _)| *name == variable)
        .map(|(_, artifact)| *artifact)
}

/// Variables by which others than Stem are told the password of a Redis.
pub const BROKER_PASSWORDS: [&str; 4] = [
    "REDIS_PASSWORD",
    "REDISCLI_AUTH",
    "VALKEY_PASSWORD",
    "REDIS_MASTER_PASSWORD",
];

/// Whether the variable holds a list of keys, `id:base64,…`.
#[must_use]
pub fn is_key_list(variable: &str) -> bool {
    matches!(
        variable,
        SIGNING_KEYS | SIGNING_PUBLIC_KEYS | SIGNING_PRIVATE_KEYS
    )
}

/// Whether the variable holds the path of a file.
#[must_use]
pub fn is_path(variable: &str) -> bool {
    matches!(variable, TLS_CA_CERT | TLS_CLIENT_CERT | TLS_CLIENT_KEY)
}

/// Whether a component of this role uses what the variable carries, if it may have it:
/// the schedule is read by beat and the command line only, and so on.
#[must_use]
pub fn is_used_by(variable: &str, role: Role) -> bool {
    match variable {
        SCHEDULE_STORE_URL => matches!(role, Role::Beat | Role::Cli),
        REVOKE_STORE_URL => matches!(role, Role::Worker | Role::Cli),
        WORKFLOW_STORE_URL => matches!(role, Role::Cli | Role::Dashboard),
        _ => role.is_stem(),
    }
}
