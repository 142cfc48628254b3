//! Mints what a deployment lacks: a signing key, a CA, a certificate a component, the
//! broker's password. What is there is kept.

use std::path::Path;

use time::{Duration, OffsetDateTime};

use crate::cli::certificate::{certificate_for, purpose};
use crate::cli::material::given_password;
use crate::cli::{Failure, random};
use crate::disk::Folder;
use crate::keyring::{KeyMaterial, Keyring};
use crate::mint::key::KeyType;
use crate::mint::key_id::KeyId;
use crate::mint::x509::{Authority, Purpose};
use crate::mint::{ed25519, hmac, password};
use crate::model::manifest::{Component, Manifest};
use crate::model::posture::{Signing, Transport};
use crate::pki::{Issued, Label, Pki};
use crate::render::holdings::{Material, Pair};
use crate::term;

/// What ends within this time is worth a word, as in `certs status`.
const DUE: Duration = Duration::days(30);

/// What a deployment has, and what of it is new.
pub(super) struct Minted {
    /// All of it.
    pub(super) material: Material,
    /// One line a thing that was minted now.
    pub(super) news: Vec<String>,
}

/// Stages what is missing in the store.
pub(super) fn missing(
    store: &mut Folder,
    project: &Path,
    manifest: &Manifest,
) -> anyhow::Result<Minted> {
    let now = OffsetDateTime::now_utc();
    let mut minted = Minted {
        material: Material::default(),
        news: Vec::new(),
    };
    minted.keys(store, project, manifest, now)?;
    if manifest.posture.transport.encrypts() {
        minted.certificates(store, manifest, now)?;
    }
    Ok(minted)
}

impl Minted {
    fn keys(
        &mut self,
        store: &mut Folder,
        project: &Path,
        manifest: &Manifest,
        now: OffsetDateTime,
    ) -> anyhow::Result<()> {
        let mut keyring = Keyring::load(store)?;
        ensure_at_rest(&keyring)?;
        let before = keyring.clone();
        let signing = manifest.posture.signing;
        if signing != Signing::None && keyring.active(signing).is_none() {
            let id = free_id(&keyring)?;
            let bytes = random()?;
            let material = match signing {
                Signing::Ed25519 => KeyMaterial::Ed25519(ed25519::pair(&bytes)),
                _ => KeyMaterial::Hmac(hmac::secret(&bytes)),
            };
            self.news.push(format!("signing key `{id}` ({signing})"));
            keyring.add(id, material, now)?;
        }
        self.material.broker_password = match &manifest.broker.password {
            Some(source) => Some(given_password(source, project)?),
            None if is_certificate_enough(manifest, &keyring) => None,
            None => {
                if keyring.broker_password().is_none() {
                    keyring.set_broker_password(password::password(&*random()?));
                    self.news.push("broker password".to_owned());
                }
                keyring.broker_password().cloned()
            }
        };
        if keyring != before {
            keyring.stage(store)?;
        }
        self.material.keyring = keyring;
        Ok(())
    }

    fn certificates(
        &mut self,
        store: &mut Folder,
        manifest: &Manifest,
        now: OffsetDateTime,
    ) -> anyhow::Result<()> {
        let mut pki = Pki::on(store);
        let held = pki.current_or_new(KeyType::P256, now)?;
        if held.is_new {
            self.news.push(format!(
                "{}, until {}",
                held.authority.certificate().title(),
                held.authority.certificate().not_after.date()
            ));
        }
        let trusted = pki.trusted(&held.authority, now)?;
        self.material.trusted = Some(
            trusted
                .iter()
                .map(|certificate| certificate.to_pem())
                .collect(),
        );
        let mut due = Vec::new();
        for component in &manifest.components {
            let Some(purpose) = purpose(manifest, component) else {
                continue;
            };
            let issued = issue(&mut pki, &held.authority, manifest, component, purpose, now)?;
            let certificate = &issued.pair.certificate;
            if issued.is_new {
                self.news.push(format!(
                    "{purpose} certificate `{}`, until {}",
                    component.name,
                    certificate.not_after.date()
                ));
            }
            if certificate.not_after <= now + DUE {
                due.push(format!("`{}`", component.name));
            }
            let pair = Pair {
                certificate: certificate.to_pem(),
                key: issued.pair.key.to_pem(),
            };
            self.material.pairs.insert(component.name.to_string(), pair);
        }
        if !due.is_empty() {
            warn_of_due(&due.join(", "), store);
        }
        Ok(())
    }
}

fn is_certificate_enough(manifest: &Manifest, keyring: &Keyring) -> bool {
    manifest.posture.transport == Transport::Mtls && !keyring.keeps_password
}

/// In the middle of a rotation the store has what its step says, and init would say otherwise.
fn ensure_at_rest(keyring: &Keyring) -> Result<(), Failure> {
    match &keyring.rotation {
        None => Ok(()),
        Some(rotation) => Err(Failure {
            message: format!("a rotation is under way: {}", rotation.title),
            hint: "see where it stands: stem-sec rotate status; stem-sec render writes its present step".to_owned(),
        }),
    }
}

/// What is minted already is kept, so nobody would hear that it is of no use any more.
fn warn_of_due(names: &str, store: &Folder) {
    let state = store.path().display();
    term::warn(&format!(
        "certificates that expired, or will within 30 days: {names}"
    ));
    term::hint(&format!(
        "renew them and run init again: stem-sec certs renew --due 30d --state {state}"
    ));
}

fn issue(
    pki: &mut Pki<'_>,
    authority: &Authority,
    manifest: &Manifest,
    component: &Component,
    purpose: Purpose,
    now: OffsetDateTime,
) -> anyhow::Result<Issued> {
    let request = certificate_for(manifest, component, purpose, now)?;
    let label = Label::new(component.name.as_str())?;
    Ok(pki.get_or_issue(&label, authority, &request, KeyType::P256, now)?)
}

/// `primary`, or the first of `primary-2`, `primary-3`… that is free.
fn free_id(keyring: &Keyring) -> anyhow::Result<KeyId> {
    let taken = |id: &KeyId| keyring.keys().iter().any(|key| key.id == *id);
    let mut id = KeyId::new("primary")?;
    let mut number = 2;
    while taken(&id) {
        id = KeyId::new(&format!("primary-{number}"))?;
        number += 1;
    }
    Ok(id)
}
