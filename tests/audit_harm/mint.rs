//! Keys and certificates for harms: made here, each from its label or by the project's own CA.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};

use crate::project::Project;

/// 32 bytes that look random, the same for the same label.
pub(crate) fn bytes(label: &str) -> [u8; 32] {
    Sha256::digest(format!("harm {label}")).into()
}

/// Them in base64.
pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// `ID:VALUE` with a secret of its own.
pub(crate) fn entry(id: &str, label: &str) -> String {
    format!("{id}:{}", base64(bytes(label)))
}

/// The public half of an Ed25519 seed.
pub(crate) fn public(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// A private and a public key list with one pair.
pub(crate) fn pair(id: &str, label: &str) -> (String, String) {
    let seed = bytes(label);
    let public = base64(public(&seed));
    (format!("{id}:{}", base64(seed)), format!("{id}:{public}"))
}

/// The one seed of a private key list.
pub(crate) fn seed_of(list: &str) -> [u8; 32] {
    let text = list.split_once(':').expect("an entry").1;
    let bytes = STANDARD.decode(text).expect("base64");
    bytes.try_into().expect("32 bytes")
}

/// What a certificate is for.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Server,
    Client,
}

/// What to certify.
pub(crate) struct Wanted<'w> {
    pub(crate) names: &'w [&'w str],
    pub(crate) purpose: Purpose,
    /// Days from now.
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) ed25519: bool,
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Wanted {
            names: &["redis", "localhost", "127.0.0.1", "::1"],
            purpose: Purpose::Server,
            from: -400,
            until: 300,
            ed25519: false,
        }
    }
}

/// A certificate and its key, in PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// A CA that is not the project's.
pub(crate) fn other_ca() -> Pair {
    let key = KeyPair::generate().expect("a key");
    let certificate = ca_params().self_signed(&key).expect("a certificate");
    Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "Another CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = OffsetDateTime::now_utc() - Duration::days(500);
    params
}

impl Pair {
    /// The project's own CA.
    pub(crate) fn project_ca(project: &Project) -> Pair {
        Pair {
            certificate: project.read(&project.find("/ca.crt")),
            key: project.read(&project.find("/ca.key")),
        }
    }

    /// Lets this CA certify.
    pub(crate) fn issue(&self, wanted: &Wanted<'_>) -> Pair {
        let ca_key = KeyPair::from_pem(&self.key).expect("a CA key");
        let issuer = Issuer::from_ca_cert_pem(&self.certificate, ca_key).expect("a CA");
        let key = match wanted.ed25519 {
            true => KeyPair::generate_for(&rcgen::PKCS_ED25519),
            false => KeyPair::generate(),
        };
        let key = key.expect("a key");
        let names: Vec<String> = wanted.names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params
            .distinguished_name
            .push(DnType::CommonName, wanted.names[0]);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![match wanted.purpose {
            Purpose::Server => ExtendedKeyUsagePurpose::ServerAuth,
            Purpose::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        params.not_before = OffsetDateTime::now_utc() + Duration::days(wanted.from);
        params.not_after = OffsetDateTime::now_utc() + Duration::days(wanted.until);
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}
