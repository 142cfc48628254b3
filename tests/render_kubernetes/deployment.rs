//! Deployments made of values, without a disk: for tests that try many.

use stem_sec::keyring::{KeyMaterial, Keyring};
use stem_sec::mint::key_id::KeyId;
use stem_sec::mint::{ed25519, hmac};
use stem_sec::model::manifest::{Manifest, Url};
use stem_sec::model::posture::{Posture, Signing, Transport};
use stem_sec::model::secret::Secret;
use stem_sec::render::holdings::{Material, Pair};
use stem_sec::render::{Deployment, RenderError, Rendered};
use time::OffsetDateTime;

/// A manifest of these components, one line each as in a file.
#[track_caller]
pub(crate) fn manifest(posture: Posture, components: &[String]) -> Manifest {
    let scheme = if posture.transport.encrypts() {
        "rediss"
    } else {
        "redis"
    };
    let mut text = format!(
        "version: 1\nposture: {{ signing: {}, transport: {} }}\nbroker: {{ url: \"{scheme}://redis\" }}\n\
         render: {{ target: kubernetes }}\ncomponents:\n",
        posture.signing, posture.transport
    );
    for component in components {
        text += &format!("  {component}\n");
    }
    let mut manifest = Manifest::parse(&text).expect("a manifest");
    let store = |database: u8| Url::parse(&format!("{scheme}://redis:6379/{database}")).ok();
    manifest.stores.backend = store(1);
    manifest.stores.schedule = store(2);
    manifest
}

/// What `init` would have minted; keys with this id.
#[track_caller]
pub(crate) fn material(manifest: &Manifest, id: &str) -> Material {
    let mut keyring = Keyring::default();
    let key = match manifest.posture.signing {
        Signing::None => None,
        Signing::HmacSha256 => Some(KeyMaterial::Hmac(hmac::secret(&[7; 32]))),
        Signing::Ed25519 => Some(KeyMaterial::Ed25519(ed25519::pair(&[8; 32]))),
    };
    if let Some(key) = key {
        let id = KeyId::new(id).expect("an id");
        keyring
            .add(id, key, OffsetDateTime::UNIX_EPOCH)
            .expect("a new key");
    }
    let password = (manifest.posture.transport != Transport::Mtls)
        .then(|| Secret::new("a-password-of-43-characters".to_owned()));
    let pair = |name: String| {
        let pair = Pair {
            certificate: pem(&format!("certificate of {name}")),
            key: Secret::new(pem(&format!("key of {name}"))),
        };
        (name, pair)
    };
    let names = manifest
        .components
        .iter()
        .map(|component| component.name.to_string());
    Material {
        keyring,
        broker_password: password,
        trusted: Some(pem("authority").repeat(2)),
        pairs: names.map(pair).collect(),
        present: None,
    }
}

fn pem(text: &str) -> String {
    format!("-----BEGIN TEST-----\n{text}\n-----END TEST-----\n")
}

/// The files.
pub(crate) fn render(manifest: &Manifest, material: &Material) -> Result<Rendered, RenderError> {
    Deployment::new(manifest, "/elsewhere", material)?.render()
}
