//! Another posture. Connections can be changed side by side, with a second port; another
//! way of signing cannot: Stem reads one algorithm at a time, and a worker without signing
//! publishes its retries unsigned. There the plan pauses as few as it can.

use crate::model::posture::{Signing, Transport};
use crate::model::role::Role;
use crate::rotate::message::is_signing_on;
use crate::rotate::plan::{ClientAuth, Component, Config, Leaf, Plan, Ports, Scheme, Step};

use super::draft::Draft;
use super::given::{given, transport_of};
use super::{DeviseError, Wanted};

/// Orders for another posture, those with the shortest pause first.
pub(super) fn candidates(present: &Plan, wanted: &Wanted) -> Result<Vec<Vec<Step>>, DeviseError> {
    let goal = Goal::new(present, wanted)?;
    let mut orders = Vec::new();
    if !goal.needs_pause() {
        let mut draft = Draft::new(present);
        if goal.weakens_transport(present) {
            goal.signing(&mut draft);
            goal.transport(&mut draft);
        } else {
            goal.transport(&mut draft);
            goal.signing(&mut draft);
        }
        orders.push(draft.steps);
    }
    if !orders.first().is_some_and(Vec::is_empty) {
        orders.push(goal.all_paused(present));
    }
    Ok(orders)
}

struct Goal<'w> {
    wanted: &'w Wanted,
    /// Before, as far as the components agree: the strongest.
    signing: Signing,
    transport: Transport,
    /// Whether the broker gets a password that it does not have.
    password: bool,
}

const PAUSE: &str = "everybody who sends messages of its own stops";
const RUN_OUT: &str = "wait until the queues are empty: also delayed messages and retries";

impl<'w> Goal<'w> {
    fn new(present: &Plan, wanted: &'w Wanted) -> Result<Goal<'w>, DeviseError> {
        let on = present.start.iter().filter(|config| is_signing_on(config));
        let signing = on
            .map(|config| config.signing)
            .max()
            .unwrap_or(Signing::None);
        let transport = transport_of(present);
        let has_brokers = present.components.iter().any(|one| one.has(Role::Broker));
        let goal = Goal {
            wanted,
            signing,
            transport,
            password: has_brokers
                && wanted.password.is_some()
                && present.start.iter().all(|config| config.password.is_none()),
        };
        if wanted.signing != Signing::None && wanted.signing != signing && wanted.key.is_none() {
            return Err(DeviseError::Needs("a signing key of its algorithm"));
        }
        let needs_leaf = wanted.transport.encrypts() && wanted.transport > transport;
        if needs_leaf && (wanted.ca.is_none() || wanted.cert.is_none()) {
            return Err(DeviseError::Needs("a CA and certificates"));
        }
        Ok(goal)
    }

    /// A password cannot be asked for and given at the same moment.
    fn needs_pause(&self) -> bool {
        self.password
    }

    fn weakens_transport(&self, present: &Plan) -> bool {
        self.wanted.transport < transport_of(present)
    }

    fn signs(&self, component: &Component, config: &Config) -> Config {
        if self.wanted.signing == self.signing {
            return config.clone();
        }
        given(
            component,
            config,
            self.wanted.signing,
            self.wanted.key.as_ref(),
        )
    }

    fn signing(&self, draft: &mut Draft<'_>) {
        match self.wanted.signing {
            same if same == self.signing => {}
            Signing::None => {
                draft.stop(
                    "everybody who verifies stops: those who do and those who do not must not be side by side",
                    Component::verifies,
                );
                draft.start(
                    "they start without signing, and accept everything",
                    |component, config| self.signs(component, config),
                );
                draft.roll("nobody signs any more", |component, config| {
                    self.signs(component, config)
                });
            }
            _ => {
                draft.stop(PAUSE, Component::is_source);
                draft.drain(RUN_OUT);
                draft.roll(
                    "everybody else gets the new way of signing",
                    |component, config| self.signs(component, config),
                );
                draft.start("those who send start with it", |component, config| {
                    self.signs(component, config)
                });
            }
        }
    }

    fn transport(&self, draft: &mut Draft<'_>) {
        let target = self.wanted.transport;
        match (self.transport, target) {
            (from, to) if from == to => {}
            (Transport::Plaintext, _) => {
                draft.roll(
                    "the broker opens a port with TLS beside the other",
                    |component, config| {
                        self.broker(
                            component,
                            config,
                            Ports {
                                plain: true,
                                tls: true,
                            },
                            true,
                        )
                    },
                );
                draft.roll("every client connects with TLS", |component, config| {
                    self.client(component, config)
                });
                draft.roll(
                    "the broker closes the port without TLS",
                    |component, config| {
                        self.broker(
                            component,
                            config,
                            Ports {
                                plain: false,
                                tls: true,
                            },
                            true,
                        )
                    },
                );
            }
            (_, Transport::Plaintext) => {
                draft.roll(
                    "the broker opens a port without TLS beside the other",
                    |component, config| {
                        self.broker(
                            component,
                            config,
                            Ports {
                                plain: true,
                                tls: true,
                            },
                            false,
                        )
                    },
                );
                draft.roll("every client connects without TLS", |component, config| {
                    self.client(component, config)
                });
                draft.roll(
                    "the broker closes the port with TLS",
                    |component, config| {
                        self.broker(
                            component,
                            config,
                            Ports {
                                plain: true,
                                tls: false,
                            },
                            true,
                        )
                    },
                );
            }
            (Transport::Tls, _) => {
                draft.roll("every client gets a certificate", |component, config| {
                    self.client(component, config)
                });
                draft.roll("the broker asks for certificates", |component, config| {
                    self.broker(component, config, config.ports, true)
                });
            }
            (Transport::Mtls, _) => {
                draft.roll(
                    "the broker asks for no certificates any more",
                    |component, config| self.broker(component, config, config.ports, true),
                );
                draft.roll(
                    "no client shows a certificate any more",
                    |component, config| self.client(component, config),
                );
            }
        }
    }

    /// Everything stands still, and starts anew.
    fn all_paused(&self, present: &Plan) -> Vec<Step> {
        let mut draft = Draft::new(present);
        let signing_turns =
            self.wanted.signing != self.signing && self.wanted.signing != Signing::None;
        if signing_turns {
            draft.stop(PAUSE, Component::is_source);
            draft.drain(RUN_OUT);
        }
        draft.stop(
            "everybody else who connects to the broker stops",
            Component::is_stem,
        );
        draft.roll("the broker is set up anew", |component, config| {
            let ports = Ports {
                plain: !self.wanted.transport.encrypts(),
                tls: self.wanted.transport.encrypts(),
            };
            self.broker(component, config, ports, true)
        });
        draft.start("everybody starts as wanted", |component, config| {
            self.client(component, &self.signs(component, config))
        });
        draft.steps
    }

    /// A broker with these ports; `as_wanted`: it asks its clients what it will ask at the end.
    fn broker(
        &self,
        component: &Component,
        config: &Config,
        ports: Ports,
        as_wanted: bool,
    ) -> Config {
        if !component.has(Role::Broker) {
            return config.clone();
        }
        let mut next = config.clone();
        next.ports = ports;
        if ports.tls && next.leaf.is_none() {
            next.leaf = self.leaf();
        }
        if ports.tls && next.trust.is_empty() {
            next.trust.extend(self.wanted.ca.clone());
        }
        if !ports.tls {
            next.leaf = None;
            next.trust = Vec::new();
        }
        if as_wanted {
            next.clients = match self.wanted.transport {
                Transport::Mtls => ClientAuth::Required,
                Transport::Tls => ClientAuth::Ignored,
                // as Redis has it when nothing is said
                Transport::Plaintext => ClientAuth::Required,
            };
        }
        self.keep_password(&mut next);
        next
    }

    fn client(&self, component: &Component, config: &Config) -> Config {
        if !component.is_stem() {
            return config.clone();
        }
        let mut next = config.clone();
        self.keep_password(&mut next);
        if !self.wanted.transport.encrypts() {
            next.url = Scheme::Redis;
            next.trust = Vec::new();
            next.leaf = None;
            return next;
        }
        next.url = Scheme::Rediss;
        if next.trust.is_empty() && self.transport == Transport::Plaintext {
            next.trust.extend(self.wanted.ca.clone());
        }
        match self.wanted.transport {
            Transport::Mtls if next.leaf.is_none() => {
                next.leaf = self.leaf();
                // with a certificate of its own Stem trusts nothing that is not named
                if next.trust.is_empty() {
                    next.trust.extend(self.wanted.ca.clone());
                }
            }
            Transport::Mtls => {}
            _ => next.leaf = None,
        }
        next
    }

    fn keep_password(&self, next: &mut Config) {
        if self.password {
            next.password.clone_from(&self.wanted.password);
        }
    }

    fn leaf(&self) -> Option<Leaf> {
        Some(Leaf {
            ca: self.wanted.ca.clone()?,
            cert: self.wanted.cert.clone(),
        })
    }
}
