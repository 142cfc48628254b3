//! What another posture needs: the broker's URL on a second port, certificates for those who
//! show none yet, a key of its algorithm, a password.

use super::{Prepared, current, free_id, issue};
use crate::cli::certificate::{certificate_for, purpose};
use crate::cli::rotate::declared;
use crate::cli::rotate::start::{PostureArguments, Session, Word, Words};
use crate::cli::{Failure, Usage, material, random};
use crate::mint::key::KeyType;
use crate::mint::password;
use crate::model::manifest::{Manifest, REDIS_PORT, Url};
use crate::model::posture::{Posture, Signing, Transport};
use crate::pki::Label;
use crate::rotate::devise::{self, Wanted};
use crate::rotate::plan::Key;

impl Prepared {
    pub(super) fn posture(
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
