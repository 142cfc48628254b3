//! What a rotation needs: keys, a CA, certificates, a password. Staged in the store; nothing
//! is used before the plan says so.

mod posture;

use time::OffsetDateTime;

use super::{Aim, Session, SigningArguments};
use crate::cli::{Failure, material, random};
use crate::keyring::{Adds, KeyMaterial, KeyState, Keyring};
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::key_id::KeyId;
use crate::mint::x509::{Authority, LEAF_LIFETIME, Request};
use crate::mint::{ed25519, hmac};
use crate::model::manifest::Manifest;
use crate::model::posture::Signing;
use crate::model::role::Role;
use crate::pki::{Label, Pki, PkiError};
use crate::render::holdings::Material;
use crate::render::plan::{Names, present};
use crate::rotate::devise;
use crate::rotate::plan::{Key, Plan};

/// A rotation before it begins.
pub(super) struct Prepared {
    /// The word of the command line for it.
    pub(super) word: &'static str,
    /// The same in a part of a sentence.
    pub(super) title: String,
    /// How it is now.
    pub(super) present: Plan,
    /// What the plan is to reach.
    pub(super) aim: devise::Aim,
    /// The plan's text, once it is devised.
    pub(super) plan: String,
    /// What the store gets for it.
    pub(super) adds: Adds,
    /// The manifest afterwards.
    pub(super) wanted: Manifest,
    /// What was minted.
    pub(super) news: Vec<String>,
    /// Whether workers will lose their retries that do not now, and nobody has accepted it.
    pub(super) loses_retries: bool,
}

impl Prepared {
    /// Mints what the aim needs.
    pub(super) fn new(
        session: &mut Session,
        aim: &Aim,
        material: &Material,
        names: &Names,
    ) -> anyhow::Result<Prepared> {
        let manifest = session.manifest.clone();
        let mut prepared = Prepared {
            word: "",
            title: String::new(),
            present: present(&manifest, material, names)?,
            aim: devise::Aim::Server {
                cert: String::new(),
            },
            plan: String::new(),
            adds: Adds::default(),
            wanted: manifest,
            news: Vec::new(),
            loses_retries: false,
        };
        let cert = format!("new-{}", session.now.date());
        match aim {
            Aim::Signing(arguments) => prepared.signing(session, arguments)?,
            Aim::Ca(_) => {
                let authority = prepared.new_authority(session)?;
                prepared.renew(session, &authority, &cert, |_| true)?;
                let to = material::short_name(authority.certificate());
                (prepared.word, prepared.title) = ("ca", format!("the CA `{to}`"));
                prepared.aim = devise::Aim::Authority { to, cert };
            }
            Aim::Server(_) => {
                let authority = current(session)?;
                prepared.renew(session, &authority, &cert, |is_broker| is_broker)?;
                prepared.word = "server";
                "a new certificate for the broker".clone_into(&mut prepared.title);
                prepared.aim = devise::Aim::Server { cert };
            }
            Aim::Clients(_) => {
                let authority = current(session)?;
                prepared.renew(session, &authority, &cert, |is_broker| !is_broker)?;
                prepared.word = "clients";
                "new certificates for all clients".clone_into(&mut prepared.title);
                prepared.aim = devise::Aim::Clients { cert };
            }
            Aim::Posture(arguments) => prepared.posture(session, arguments, cert)?,
        }
        Ok(prepared)
    }

    fn signing(
        &mut self,
        session: &mut Session,
        arguments: &SigningArguments,
    ) -> anyhow::Result<()> {
        let signing = session.manifest.posture.signing;
        let id = match &arguments.to {
            Some(id) => id.clone(),
            None => free_id(&session.keyring, session.now)?,
        };
        if signing != Signing::None {
            self.key(&mut session.keyring, &id, signing, session.now)?;
        }
        // whoever has it already has more than the plan needs
        for config in &mut self.present.start {
            config.keys.retain(|key| key.id != id.as_str());
            config.public.retain(|key| key.id != id.as_str());
        }
        (self.word, self.title) = ("signing", format!("the signing key `{id}`"));
        self.aim = devise::Aim::Signing {
            to: Key::named(id.as_str()),
            leaked: arguments.leaked,
        };
        Ok(())
    }

    /// A staged key with this id: the one that is there, or a new one.
    fn key(
        &mut self,
        keyring: &mut Keyring,
        id: &KeyId,
        signing: Signing,
        now: OffsetDateTime,
    ) -> anyhow::Result<()> {
        self.adds.key = Some(id.to_string());
        if let Some(key) = keyring.keys().iter().find(|key| key.id == *id) {
            if key.state == KeyState::Staged && key.material.signing() == signing {
                return Ok(());
            }
            return Err(Failure {
                message: format!("the keyring has a key `{id}`, which is not staged for {signing}"),
                hint: "name the new key otherwise, with --to".to_owned(),
            }
            .into());
        }
        let bytes = random()?;
        let material = match signing {
            Signing::Ed25519 => KeyMaterial::Ed25519(ed25519::pair(&bytes)),
            _ => KeyMaterial::Hmac(hmac::secret(&bytes)),
        };
        keyring.add(id.clone(), material, now)?;
        keyring.set_state(id.as_str(), KeyState::Staged);
        self.news
            .push(format!("minted the signing key `{id}` ({signing})"));
        Ok(())
    }

    fn new_authority(&mut self, session: &mut Session) -> anyhow::Result<Authority> {
        let key = PrivateKey::generate(KeyType::P256).map_err(PkiError::Generation)?;
        let authority = Pki::on(&mut session.store).stage_authority(key, session.now)?;
        let certificate = authority.certificate();
        self.adds.authority = Some(certificate.serial.clone());
        self.news.push(format!(
            "made the CA `{}`, until {}",
            certificate.title(),
            certificate.not_after.date()
        ));
        Ok(authority)
    }

    /// New certificates for those who show one.
    fn renew(
        &mut self,
        session: &mut Session,
        authority: &Authority,
        cert: &str,
        is_meant: impl Fn(bool) -> bool,
    ) -> anyhow::Result<()> {
        let of_new_ca = self.adds.authority.is_some();
        let called = material::short_name(authority.certificate());
        let parts = self.present.components.iter().zip(&self.present.start);
        let mut issued = Vec::new();
        for (component, config) in parts {
            let Some(leaf) = config.leaf.as_ref() else {
                continue;
            };
            if !is_meant(component.has(Role::Broker)) {
                continue;
            }
            if !of_new_ca && leaf.ca != called {
                return Err(Failure {
                    message: format!(
                        "the certificate of `{}` is of another CA than the one that signs now",
                        component.name
                    ),
                    hint: "replace the CA with all certificates: stem-sec rotate start ca"
                        .to_owned(),
                }
                .into());
            }
            let label = Label::new(&component.name)?;
            let old = Pki::on(&mut session.store)
                .get(&label)?
                .ok_or_else(|| PkiError::Unknown(label.clone()))?;
            let request = Request::again(&old.certificate, session.now + LEAF_LIFETIME)
                .map_err(PkiError::Renewal)?;
            let key_type = old.certificate.public_key.key_type().unwrap_or_default();
            issue(session, authority, &label, &request, key_type)?;
            issued.push(component.name.clone());
        }
        self.issued(cert, &issued);
        Ok(())
    }

    fn issued(&mut self, cert: &str, names: &[String]) {
        if !names.is_empty() {
            self.adds.certificates = Some(cert.to_owned());
            self.news
                .push(format!("issued certificates: {}", names.join(", ")));
        }
    }
}

fn issue(
    session: &mut Session,
    authority: &Authority,
    label: &Label,
    request: &Request,
    key_type: KeyType,
) -> Result<(), PkiError> {
    let key = PrivateKey::generate(key_type).map_err(PkiError::Generation)?;
    let now = session.now;
    Pki::on(&mut session.store).issue_next(label, authority, request, key, now)
}

fn current(session: &mut Session) -> anyhow::Result<Authority> {
    let now = session.now;
    match Pki::on(&mut session.store).current(now)? {
        Some(held) => Ok(held.authority),
        None => Err(Failure {
            message: "the store has no CA".to_owned(),
            hint: "mint what is missing: stem-sec init --yes".to_owned(),
        }
        .into()),
    }
}

/// This month, or the first of `2026-11-2`, `2026-11-3`… that is free.
fn free_id(keyring: &Keyring, now: OffsetDateTime) -> anyhow::Result<KeyId> {
    let month = format!("{}-{:02}", now.year(), u8::from(now.month()));
    let taken = |id: &KeyId| keyring.keys().iter().any(|key| key.id == *id);
    let mut id = KeyId::new(&month)?;
    let mut number = 2;
    while taken(&id) {
        id = KeyId::new(&format!("{month}-{number}"))?;
        number += 1;
    }
    Ok(id)
}
