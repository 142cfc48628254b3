//! What a rotation needs: keys, a CA, certificates, a password. Staged in the store; nothing
//! is used before the plan says so.

use time::OffsetDateTime;

use super::{Aim, PostureArguments, Session, SigningArguments, Word, Words};
use crate::cli::certificate::{certificate_for, purpose};
use crate::cli::rotate::declared;
use crate::cli::{Failure, Usage, material, random};
use crate::keyring::{Adds, KeyMaterial, KeyState, Keyring};
use crate::mint::key::{KeyType, PrivateKey};
use crate::mint::key_id::KeyId;
use crate::mint::x509::{Authority, LEAF_LIFETIME, Request};
use crate::mint::{ed25519, hmac, password};
use crate::model::manifest::{Manifest, REDIS_PORT, Url};
use crate::model::posture::{Posture, Signing, Transport};
use crate::model::role::Role;
use crate::pki::{Label, Pki, PkiError};
use crate::render::holdings::Material;
use crate::render::plan::{Names, present};
use crate::rotate::devise::{self, Wanted};
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

    fn posture(
        &mut self,
        session: &mut Session,
        arguments: &PostureArguments,
        cert: String,
    ) -> anyhow::Result<()> {
        let from = session.manifest.posture;
        let to = posture(from, &arguments.to)?;
        let url = self.url(&session.manifest, to, arguments.broker.as_deref())?;
        self.wanted = declared::wanted(&session.manifest, to, url.as_ref());
        let key = if to.signing != from.signing && to.signing != Signing::None {
            let id = free_id(&session.keyring, session.now)?;
            self.key(&mut session.keyring, &id, to.signing, session.now)?;
            Some(Key::named(id.as_str()))
        } else {
            None
        };
        let ca = if to.transport > from.transport {
            Some(self.certificates(session, from.transport, &cert)?)
        } else {
            None
        };
        let has_password = self.present.start.iter().any(|one| one.password.is_some());
        let password = if to.transport != Transport::Mtls && !has_password {
            if session.keyring.broker_password().is_none() {
                session
                    .keyring
                    .set_broker_password(password::password(&*random()?));
                self.news
                    .push("minted a password for the broker".to_owned());
            }
            session
                .keyring
                .broker_password()
                .map(|_| material::PASSWORD_NAME.to_owned())
        } else {
            None
        };
        self.adds.broker_url = url.map(|url| url.to_string());
        self.adds.posture = Some(to);
        let mut pairs = (session.manifest.components.iter()).zip(&self.wanted.components);
        self.loses_retries = pairs.any(|(now, then)| then.retries_lost && !now.retries_lost);
        (self.word, self.title) = ("posture", format!("the posture {to}"));
        self.aim = devise::Aim::Posture(Wanted {
            signing: to.signing,
            transport: to.transport,
            key,
            ca,
            cert: Some(cert),
            password,
        });
        Ok(())
    }

    /// The broker's URL by the other scheme, where the scheme changes.
    fn url(
        &mut self,
        manifest: &Manifest,
        to: Posture,
        given: Option<&str>,
    ) -> anyhow::Result<Option<Url>> {
        if to.transport.encrypts() == manifest.posture.transport.encrypts() {
            return match given {
                None => Ok(None),
                Some(_) => Err(Usage {
                    message: "the broker's URL stays as it is: TLS neither begins nor ends"
                        .to_owned(),
                    hint: "leave --broker out".to_owned(),
                }
                .into()),
            };
        }
        ensure_stores_move(manifest)?;
        let old = &manifest.broker.url;
        let scheme = if to.transport.encrypts() {
            "rediss"
        } else {
            "redis"
        };
        let text = match given {
            Some(text) => text.to_owned(),
            None => {
                let port = old.port().unwrap_or(REDIS_PORT).wrapping_add(1).max(1);
                let host = old.host();
                let host = if host.contains(':') {
                    format!("[{host}]")
                } else {
                    host.to_owned()
                };
                let server = Url::parse(&format!("{scheme}://{host}:{port}"));
                let moved = server.and_then(|server| old.on_server_of(&server));
                moved.map_or_else(|_| String::new(), |url| url.to_string())
            }
        };
        let usable = |url: &Url| {
            let ports = [url, old].map(|url| url.port().unwrap_or(REDIS_PORT));
            url.scheme() == scheme && ports[0] != ports[1]
        };
        let Some(url) = Url::parse(&text).ok().filter(usable) else {
            return Err(Usage {
                message: format!(
                    "the broker needs a second port: `--broker` is to be a {scheme}:// URL with another port"
                ),
                hint: format!("like --broker {scheme}://{}:6380/0", old.host()),
            }
            .into());
        };
        self.news
            .push(format!("the broker's URL will be {url}: the other port stays as it is until everybody has moved"));
        Ok(Some(url))
    }

    /// A CA and certificates for those who will show one and do not yet. Returns the CA.
    fn certificates(
        &mut self,
        session: &mut Session,
        from: Transport,
        cert: &str,
    ) -> anyhow::Result<String> {
        let authority = if from.encrypts() {
            current(session)?
        } else {
            self.new_authority(session)?
        };
        let mut issued = Vec::new();
        let wanted = self.wanted.clone();
        for component in &wanted.components {
            let at = self.present.component(component.name.as_str());
            let shows = at.is_some_and(|at| self.present.start[at].leaf.is_some());
            let Some(purpose) = purpose(&wanted, component).filter(|_| !shows) else {
                continue;
            };
            let request = certificate_for(&wanted, component, purpose, session.now)?;
            let label = Label::new(component.name.as_str())?;
            issue(session, &authority, &label, &request, KeyType::P256)?;
            issued.push(component.name.to_string());
        }
        self.issued(cert, &issued);
        Ok(material::short_name(authority.certificate()))
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

fn posture(from: Posture, words: &[Words]) -> Result<Posture, Usage> {
    let mut to = from;
    let (mut signings, mut transports) = (0, 0);
    for word in words.iter().flat_map(|Words(words)| words) {
        match *word {
            Word::Signing(signing) => (to.signing, signings) = (signing, signings + 1),
            Word::Transport(transport) => {
                (to.transport, transports) = (transport, transports + 1);
            }
        }
    }
    if signings > 1 || transports > 1 {
        return Err(Usage {
            message: "a posture has one way of signing and one transport".to_owned(),
            hint: "like --to ed25519,mtls".to_owned(),
        });
    }
    Ok(to)
}

/// A store on a server of its own would have to begin or end TLS at the same moment.
fn ensure_stores_move(manifest: &Manifest) -> Result<(), Failure> {
    let stores = &manifest.stores;
    let urls = [
        &stores.backend,
        &stores.schedule,
        &stores.revoke,
        &stores.workflow,
    ];
    let mut foreign = urls
        .into_iter()
        .flatten()
        .filter(|url| url.is_redis() && !manifest.is_on_broker(url));
    match foreign.next() {
        None => Ok(()),
        Some(url) => Err(Failure {
            message: format!(
                "the store `{url}` is not on the broker's server: no plan knows when it begins or ends TLS"
            ),
            hint: "move it to the broker's server, or to Postgres, before this rotation".to_owned(),
        }),
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
