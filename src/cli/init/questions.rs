//! The questions about the whole deployment, in order, each with its default, its reason
//! and its flag. What a flag says already is not asked.

use super::ask::{Asker, Reason};
use super::look::Service;
use super::shape::Shape;
use super::{declare, parts};
use crate::cli::words::DEFAULT_POSTURE;
use crate::model::manifest::Target;
use crate::model::posture::{Posture, Signing, Transport};
use crate::render::TARGETS;

/// A compose file, and what its services seem to be.
pub(super) struct Found {
    pub(super) file: String,
    pub(super) services: Vec<Service>,
}

/// What is asked of whom, and what is known.
pub(super) struct Questions<'a> {
    pub(super) asker: &'a Asker,
    pub(super) found: Option<Found>,
    /// What the flags said, and more with each answer.
    pub(super) shape: Shape,
}

/// What a component is called elsewhere matters where the compose project is.
fn keeps_service_names(target: Option<Target>) -> bool {
    !matches!(target, Some(Target::Systemd | Target::Kubernetes))
}

impl Questions<'_> {
    /// Asks them, in order.
    pub(super) fn all(mut self) -> anyhow::Result<Shape> {
        let components_are_asked = self.shape.component.is_empty();
        let said_services = self.shape.service.clone();
        if components_are_asked {
            parts::ask(
                self.asker,
                self.found.as_ref().map(|it| &*it.services),
                &mut self.shape,
            )?;
        }
        self.signing()?;
        if components_are_asked && self.shape.signing == Some(Signing::Ed25519) {
            parts::ask_retries(self.asker, &mut self.shape)?;
        }
        self.transport()?;
        self.target()?;
        self.broker()?;
        self.hosts()?;
        if !keeps_service_names(self.shape.target) {
            self.shape.service = said_services;
        }
        Ok(self.shape)
    }

    fn signing(&mut self) -> anyhow::Result<()> {
        if self.shape.signing.is_some() {
            return Ok(());
        }
        let ways = [
            (
                Signing::Ed25519,
                "producers sign; workers can verify and not forge",
            ),
            (
                Signing::HmacSha256,
                "one shared secret; whoever verifies can forge",
            ),
            (Signing::None, "workers run whatever reaches the broker"),
        ];
        let reason = Reason {
            why: "a worker runs what is signed with a key that it knows, and nothing else",
            flag: "--signing HOW",
        };
        let items = ways.map(|(way, what)| row(way.name(), what));
        let default = position(&ways, DEFAULT_POSTURE.signing);
        let chosen = self
            .asker
            .one_of(reason, "How are messages signed?", &items, default)?;
        self.shape.signing = Some(ways[chosen].0);
        Ok(())
    }

    fn transport(&mut self) -> anyhow::Result<()> {
        if self.shape.transport.is_some() {
            return Ok(());
        }
        let mut ways = vec![
            (
                Transport::Mtls,
                "broker and clients both show a certificate",
            ),
            (
                Transport::Tls,
                "the broker shows a certificate, clients a password",
            ),
            (
                Transport::Plaintext,
                "not encrypted, with a password: for a network of its own",
            ),
        ];
        // a URL that was given has decided this much
        if let Some(text) = &self.shape.broker {
            let encrypts = declare::url(text)?.scheme() == "rediss";
            ways.retain(|(way, _)| way.encrypts() == encrypts);
        }
        let chosen = if ways.len() == 1 {
            0
        } else {
            let reason = Reason {
                why: "who reaches the broker can read every message, and add some",
                flag: "--transport HOW",
            };
            let items: Vec<String> = ways
                .iter()
                .map(|(way, what)| row(way.name(), what))
                .collect();
            let default = position(&ways, DEFAULT_POSTURE.transport);
            let prompt = "How are connections protected?";
            self.asker.one_of(reason, prompt, &items, default)?
        };
        self.shape.transport = Some(ways[chosen].0);
        Ok(())
    }

    /// Where a compose file is, its project is what the files are for.
    fn target(&mut self) -> anyhow::Result<()> {
        if self.shape.target.is_none() {
            let wanted = match self.found {
                Some(_) => Target::Compose,
                None => Target::Dotenv,
            };
            let default = TARGETS.iter().position(|it| *it == wanted).unwrap_or(0);
            let items = TARGETS.map(|target| {
                let what = match target {
                    Target::Dotenv => "an env file and TLS files, for any process manager",
                    Target::Compose => "Docker Compose",
                    Target::Systemd => "systemd units",
                    Target::Kubernetes => "Kubernetes objects",
                };
                row(target.name(), what)
            });
            let reason = Reason {
                why: "each component's files are written in the form that starts it",
                flag: "--target TARGET",
            };
            let prompt = "For whom are the files written?";
            let chosen = self.asker.one_of(reason, prompt, &items, default)?;
            self.shape.target = Some(TARGETS[chosen]);
        }
        if self.shape.target == Some(Target::Compose) && self.shape.project.is_none() {
            self.shape.project = self.found.as_ref().map(|found| found.file.clone());
        }
        Ok(())
    }

    fn posture(&self) -> Posture {
        Posture {
            signing: self.shape.signing.unwrap_or(DEFAULT_POSTURE.signing),
            transport: self.shape.transport.unwrap_or(DEFAULT_POSTURE.transport),
        }
    }

    fn broker(&mut self) -> anyhow::Result<()> {
        if self.shape.broker.is_some() {
            return Ok(());
        }
        let transport = self.posture().transport;
        let scheme = if transport.encrypts() {
            "rediss"
        } else {
            "redis"
        };
        let host = parts::broker_host(&self.shape);
        let reason = Reason {
            why: "every component connects here, so write the host as they see it; no password",
            flag: "--broker URL",
        };
        let check = |text: &str| {
            let url = declare::url(text).map_err(|error| error.to_string())?;
            if url.scheme() == scheme {
                return Ok(());
            }
            Err(format!("with {transport} it begins with {scheme}://"))
        };
        let default = format!("{scheme}://{host}:6379/0");
        let url = self
            .asker
            .text(reason, "Where is the broker?", default, check)?;
        self.shape.broker = Some(url);
        Ok(())
    }

    fn hosts(&mut self) -> anyhow::Result<()> {
        if !self.shape.host.is_empty() || !self.posture().transport.encrypts() {
            return Ok(());
        }
        let url = declare::url(self.shape.broker.as_deref().unwrap_or_default())?;
        let reason = Reason {
            why: "clients refuse a broker whose certificate does not name the host that they asked for",
            flag: "--host NAME,…",
        };
        let default = declare::names(&url, &[]).join(",");
        let check = |text: &str| {
            let shape = Shape {
                host: host_list(text),
                ..self.shape.clone()
            };
            declare::from_flags(&shape)
                .map(drop)
                .map_err(|error| error.to_string())
        };
        let prompt = "Which names and addresses has the broker?";
        let names = self.asker.text(reason, prompt, default, check)?;
        self.shape.host = host_list(&names);
        Ok(())
    }
}

fn host_list(text: &str) -> Vec<String> {
    text.split([',', ' '])
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A choice and what it means, in two columns.
pub(super) fn row(name: &str, what: &str) -> String {
    format!("{name:<12} {what}")
}

fn position<T: PartialEq>(ways: &[(T, &str)], wanted: T) -> usize {
    ways.iter().position(|(way, _)| *way == wanted).unwrap_or(0)
}
