//! What a rotation is for, as arguments say it.

use anyhow::Result;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;

use crate::cli::{Usage, words};
use crate::model::posture::{Posture, Signing, Transport};
use crate::rotate::devise::{Aim, Wanted};
use crate::rotate::plan::{Key, Plan};

/// What is to be replaced, and by what.
#[derive(Args, Clone, Debug)]
pub(crate) struct AimArguments {
    /// What to replace
    #[arg(value_enum, value_name = "WHAT")]
    pub(crate) what: What,
    /// The new key's id [default: this month], the new CA's name, or the posture: `ed25519`, `mtls`, `ed25519+mtls`
    #[arg(long, value_name = "TO")]
    pub(crate) to: Option<String>,
    /// Somebody else may have the old key: it goes at once, and what it signed is lost
    #[arg(long)]
    pub(crate) leaked: bool,
}

/// What is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// The key that signs messages
    Signing,
    /// The CA, with every certificate
    Ca,
    /// The broker's certificate
    Server,
    /// The certificates of all clients
    Clients,
    /// How messages are signed or connections protected
    Posture,
}

/// Names for what is not made yet.
pub(crate) const NEW_CA: &str = "new-ca";
const NEW_LEAF: &str = "new";
const NEW_PASSWORD: &str = "new-password";

impl AimArguments {
    /// The aim for a deployment whose plan begins like this; what is to be minted goes by
    /// names. Whether a broker without a password should get one where nothing else keeps
    /// strangers out, is `guards`.
    pub(crate) fn aim(&self, present: &Plan, now: OffsetDateTime, guards: bool) -> Result<Aim> {
        if self.leaked && self.what != What::Signing {
            return Err(usage(
                "--leaked is for signing keys",
                "stem-sec rotate plan signing --leaked",
            ));
        }
        let cert = NEW_LEAF.to_owned();
        let no_name = |what: &str| match &self.to {
            None => Ok(()),
            Some(_) => Err(usage(
                &format!("--to says nothing about {what}"),
                "leave it out",
            )),
        };
        Ok(match self.what {
            What::Signing => Aim::Signing {
                to: Key::named(&self.to.clone().unwrap_or_else(|| fresh_id(present, now))),
                leaked: self.leaked,
            },
            What::Ca => Aim::Authority {
                to: self.to.clone().unwrap_or_else(|| NEW_CA.to_owned()),
                cert,
            },
            What::Server => {
                no_name("the broker's certificate")?;
                Aim::Server { cert }
            }
            What::Clients => {
                no_name("the clients' certificates")?;
                Aim::Clients { cert }
            }
            What::Posture => {
                let wanted = self.posture(posture_of(present))?;
                Aim::Posture(Wanted {
                    signing: wanted.signing,
                    transport: wanted.transport,
                    key: Some(Key::named(&fresh_id(present, now))),
                    ca: Some(ca_of(present)),
                    cert: Some(cert),
                    // under mutual TLS a password that is there stays, and none is added
                    password: (guards && wanted.transport != Transport::Mtls)
                        .then(|| NEW_PASSWORD.to_owned()),
                })
            }
        })
    }

    /// The posture that `--to` says, the rest as it is.
    pub(crate) fn posture(&self, now: Posture) -> Result<Posture> {
        let words =
            "one or both of none, hmac-sha256, ed25519 and plaintext, tls, mtls: --to ed25519+mtls";
        let Some(text) = &self.to else {
            return Err(usage("a rotation of the posture needs --to", words));
        };
        let mut wanted = now;
        for word in text.split(['+', ',', ' ']).filter(|word| !word.is_empty()) {
            match (words::parse_signing(word), words::parse_transport(word)) {
                (Ok(signing), _) => wanted.signing = signing,
                (_, Ok(transport)) => wanted.transport = transport,
                _ => return Err(usage("--to names no posture", words)),
            }
        }
        Ok(wanted)
    }

    /// What it is for, in a few words.
    pub(crate) fn title(&self, aim: &Aim) -> String {
        match aim {
            Aim::Signing { to, leaked: true } => {
                format!("a leaked signing key replaced by `{}`", to.id)
            }
            Aim::Signing { to, .. } => format!("another signing key, `{}`", to.id),
            Aim::Authority { to, .. } => format!("another CA, `{to}`"),
            Aim::Server { .. } => "another certificate for the broker".to_owned(),
            Aim::Clients { .. } => "other certificates for the clients".to_owned(),
            Aim::Posture(wanted) => format!("posture {} + {}", wanted.signing, wanted.transport),
        }
    }
}

fn usage(message: &str, hint: &str) -> anyhow::Error {
    Usage {
        message: message.to_owned(),
        hint: hint.to_owned(),
    }
    .into()
}

/// An id that no key has: the month, and a number where that is taken.
pub(crate) fn fresh_id(present: &Plan, now: OffsetDateTime) -> String {
    let month = format!("{:04}-{:02}", now.year(), u8::from(now.month()));
    let is_taken = |id: &str| {
        let mut keys = present.start.iter().flat_map(|config| {
            config
                .keys
                .iter()
                .chain(&config.public)
                .chain(&config.private)
        });
        keys.any(|key| key.id == id)
    };
    let numbered = (2_u32..).map(|number| format!("{month}-{number}"));
    std::iter::once(month.clone())
        .chain(numbered)
        .find(|id| !is_taken(id))
        .unwrap_or(month)
}

/// The posture of a deployment as its plan has it: the strongest that is in use.
pub(crate) fn posture_of(present: &Plan) -> Posture {
    use crate::rotate::plan::Scheme;
    let on = present
        .start
        .iter()
        .filter(|config| crate::rotate::message::is_signing_on(config));
    let clients = present
        .components
        .iter()
        .zip(&present.start)
        .filter(|(component, _)| component.is_stem());
    let transport = clients.map(|(_, config)| match (config.url, &config.leaf) {
        (Scheme::Redis, _) => Transport::Plaintext,
        (Scheme::Rediss, None) => Transport::Tls,
        (Scheme::Rediss, Some(_)) => Transport::Mtls,
    });
    Posture {
        signing: on
            .map(|config| config.signing)
            .max()
            .unwrap_or(Signing::None),
        transport: transport.max().unwrap_or(Transport::Plaintext),
    }
}

/// The CA that is in use, or a name for one that is to be made.
fn ca_of(present: &Plan) -> String {
    let mut leaves = present
        .start
        .iter()
        .filter_map(|config| config.leaf.as_ref());
    leaves
        .next()
        .map_or_else(|| NEW_CA.to_owned(), |leaf| leaf.ca.clone())
}
