//! The proof that a plan is safe, or what goes wrong.
//!
//! Messages do not interact, and neither do connections: one message and one (signer,
//! verifier) pair decide, one (client, broker) pair likewise. So at every moment each
//! signature that could be on its way is held against each configuration that a live
//! verifier may have. Five things must hold: no message or connection that could exist is
//! refused; every process starts; neither signing nor TLS is off in between; no process
//! holds what its role must not; the goal is reached.
//!
//! The cost grows with components × (distinct signatures + brokers) a step.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::connection;
use super::message::{self, Signature, Signs};
use super::moment::{self, Live, Moment, Phase, State};
use super::plan::{ClientAuth, Component, Config, Goal, Plan, Scheme};
use super::verdict::{Event, Origin, Process, Trouble, Verdict};
use crate::model::artifact::Artifact;
use crate::model::ownership::{self, Holder, Holding};
use crate::model::posture::{Posture, Transport};
use crate::model::role::Role;

/// Says whether a plan is safe, and if not, everything that goes wrong.
#[must_use]
pub fn prove(plan: &Plan) -> Verdict {
    let (mut moments, end) = moment::play(plan);
    let mut proof = Proof {
        plan,
        end: &end,
        under_way: BTreeMap::new(),
        said: BTreeSet::new(),
        troubles: Vec::new(),
    };
    proof.expect_others(&moments[0]);
    for moment in &mut moments {
        let step = moment.step;
        for live in &moment.live {
            proof.holds(step, live);
        }
        // what does not start does nothing else
        moment.live.retain(|live| proof.starts(step, live));
        proof.messages(moment);
        proof.connections(moment);
        for live in &moment.live {
            proof.protects(moment.step, live);
        }
    }
    proof.reaches();
    Verdict {
        troubles: proof.troubles,
    }
}

/// After so many troubles no more are listed.
const MOST: usize = 1_000;

/// Signatures that may be on their way, each with where it may come from.
type UnderWay = BTreeMap<Signature, Vec<Origin>>;

struct Proof<'p> {
    plan: &'p Plan,
    end: &'p State,
    under_way: UnderWay,
    /// What was said already: a cause is said where it shows first.
    said: BTreeSet<String>,
    troubles: Vec<Trouble>,
}

impl Proof<'_> {
    fn trouble(&mut self, step: usize, cause: String, event: Event) {
        if self.troubles.len() < MOST && self.said.insert(cause) {
            self.troubles.push(Trouble { step, event });
        }
    }

    fn component(&self, live: &Live) -> &Component {
        &self.plan.components[live.component]
    }

    /// Where nobody in the plan sends, somebody else does: whatever workers take at the start
    /// may be on its way.
    fn expect_others(&mut self, start: &Moment) {
        if self.plan.components.iter().any(Component::is_source) {
            return;
        }
        for live in &start.live {
            let starts = message::start_failure(&live.config).is_none();
            if !self.component(live).verifies() || !starts {
                continue;
            }
            let origin = Origin {
                step: 0,
                by: process(live),
                is_own: false,
                is_elsewhere: true,
            };
            for signature in message::expected(&live.config) {
                self.under_way.entry(signature).or_default().push(origin);
            }
        }
    }

    fn messages(&mut self, moment: &Moment) {
        for origins in self.under_way.values_mut() {
            // what was signed earlier meets everybody: one story is enough
            origins.sort_by_key(told_later);
            origins.truncate(1);
        }
        if moment.drains {
            let mut live = moment.live.iter();
            let is_taken = live.any(|live| self.component(live).verifies());
            if !self.under_way.is_empty() && !is_taken {
                self.trouble(moment.step, "drain".to_owned(), Event::NeverEnds);
            }
            // whatever is there now was last signed by somebody as they are now
            self.under_way.clear();
        }
        self.sign(moment);
        let refused = self.refused(moment);
        for (cause, event) in refused {
            self.trouble(moment.step, cause, event);
        }
    }

    /// Adds what can be signed at this moment. Messages that are published again are there
    /// only where there are messages.
    fn sign(&mut self, moment: &Moment) {
        for is_own in [true, false] {
            for live in &moment.live {
                let component = self.component(live);
                let signs = if is_own {
                    component.is_source()
                } else {
                    component.verifies() && !self.under_way.is_empty()
                };
                if !signs {
                    continue;
                }
                let by = process(live);
                let step = moment.step;
                match message::signs(&live.config) {
                    Signs::As(signature) => {
                        let origin = Origin {
                            step,
                            by,
                            is_own,
                            is_elsewhere: false,
                        };
                        self.under_way.entry(signature).or_default().push(origin);
                    }
                    Signs::Throws(why) if is_own && !component.may_not_send() => {
                        let cause = format!("cannot sign {} {why}", live.component);
                        self.trouble(step, cause, Event::CannotSign { by, why });
                    }
                    // a listed loss: no plan changes it
                    Signs::Throws(_) => {}
                }
            }
        }
    }

    fn refused(&self, moment: &Moment) -> Vec<(String, Event)> {
        let mut found = Vec::new();
        for live in &moment.live {
            if !self.component(live).verifies() {
                continue;
            }
            let by = process(live);
            for (signature, origins) in &self.under_way {
                let Some(refusal) = message::refuses(&live.config, signature) else {
                    continue;
                };
                if let Some(origin) = self.origin(moment, origins, by) {
                    let cause = format!("refused {signature:?} {}", by.component);
                    let event = Event::Message {
                        signature: signature.clone(),
                        origin,
                        by,
                        refusal,
                    };
                    found.push((cause, event));
                }
            }
        }
        found
    }

    /// Where a message that meets this verifier comes from: the origin that is told soonest.
    fn origin(&self, moment: &Moment, origins: &[Origin], verifier: Process) -> Option<Origin> {
        let meets = |origin: &&Origin| {
            let signer = (origin.by.component, origin.by.phase);
            let is_now = origin.step == moment.step;
            // what an old process signed is met by a new one later, but not the other way round
            !is_now
                || origin.by.phase == Phase::Old
                || Moment::side_by_side(self.plan, signer, (verifier.component, verifier.phase))
        };
        origins
            .iter()
            .filter(meets)
            .min_by_key(|origin| told_later(origin))
            .copied()
    }

    fn connections(&mut self, moment: &Moment) {
        let brokers: Vec<usize> = (0..self.plan.components.len())
            .filter(|&one| self.plan.components[one].has(Role::Broker))
            .collect();
        let mut found = Vec::new();
        for client in moment.live.iter().filter(|it| self.component(it).is_stem()) {
            for &broker in &brokers {
                let mut lives = moment.live.iter().filter(|live| live.component == broker);
                let client_process = process(client);
                if !moment.throughout[broker] {
                    let event = Event::BrokerGone {
                        client: client_process,
                        broker,
                    };
                    found.push((format!("gone {} {broker}", client.component), event));
                    continue;
                }
                let refusal = lives.find_map(|live| {
                    let why = connection::refused(&client.config, &live.config)?;
                    Some((process(live), why))
                });
                if let Some((broker, why)) = refusal {
                    let cause =
                        format!("connection {} {} {why}", client.component, broker.component);
                    let event = Event::Connection {
                        client: client_process,
                        broker,
                        why,
                    };
                    found.push((cause, event));
                }
            }
        }
        for (cause, event) in found {
            self.trouble(moment.step, cause, event);
        }
    }

    fn starts(&mut self, step: usize, live: &Live) -> bool {
        let component = self.component(live);
        let stem = component
            .is_stem()
            .then(|| message::start_failure(&live.config))
            .flatten();
        let broker = component
            .has(Role::Broker)
            .then(|| connection::broker_start_failure(&live.config))
            .flatten();
        let Some(why) = stem.or_else(|| broker.map(str::to_owned)) else {
            return true;
        };
        let cause = format!("start {} {why}", live.component);
        let process = process(live);
        self.trouble(step, cause, Event::NoStart { process, why });
        false
    }

    fn protects(&mut self, step: usize, live: &Live) {
        let ends = [
            &self.plan.start[live.component],
            &self.end.configs[live.component],
        ];
        let component = self.component(live);
        let process = process(live);
        let is_lost = |is: fn(&Config) -> bool| ends.into_iter().all(is) && !is(&live.config);
        let signing_is_lost = component.is_stem() && is_lost(message::is_signing_on);
        let is_broker = component.has(Role::Broker);
        let tls_is_lost = component.is_stem() && is_lost(|config| config.url == Scheme::Rediss)
            || is_broker && is_lost(|config| !config.ports.plain);
        if signing_is_lost {
            let cause = format!("off {}", live.component);
            self.trouble(step, cause, Event::SigningOff { process });
        }
        if tls_is_lost {
            let cause = format!("clear {}", live.component);
            self.trouble(step, cause, Event::InClear { process });
        }
        let asks: [(bool, &'static str); 2] = [
            (is_lost(asks_for_certificates), "client certificate"),
            (is_lost(|config| config.password.is_some()), "password"),
        ];
        for (_, what) in asks
            .into_iter()
            .filter(|(is_lost, _)| is_broker && *is_lost)
        {
            let cause = format!("unguarded {} {what}", live.component);
            self.trouble(step, cause, Event::Unguarded { process, what });
        }
    }

    fn holds(&mut self, step: usize, live: &Live) {
        let component = self.component(live);
        let config = &live.config;
        let held = [
            (!config.keys.is_empty(), Artifact::SigningSecret),
            (!config.private.is_empty(), Artifact::SigningPrivateKey),
            (config.insecure, Artifact::InsecureFlag),
        ];
        let posture = Posture {
            signing: config.algorithm(),
            // none of these depends on it
            transport: Transport::Plaintext,
        };
        let holder = Holder {
            roles: &component.roles,
            enqueues: component.enqueues == Some(true),
            ..Holder::default()
        };
        let forbidden: Vec<Artifact> = held
            .into_iter()
            .filter(|(is_held, _)| *is_held)
            .map(|(_, artifact)| artifact)
            .filter(|artifact| {
                ownership::holding(*artifact, &holder, posture) == Holding::Forbidden
            })
            .collect();
        for artifact in forbidden {
            let cause = format!("holds {} {artifact}", live.component);
            let process = process(live);
            self.trouble(step, cause, Event::Holds { process, artifact });
        }
    }

    fn reaches(&mut self) {
        let last = self.plan.steps.len();
        for component in 0..self.plan.components.len() {
            let runs = self.end.runs[component];
            let event = match self.plan.goal.get(component) {
                Some(Goal::Gone) => runs.then_some(Event::LeftRunning { component }),
                _ if !runs => Some(Event::LeftStopped { component }),
                Some(Goal::Runs(wanted)) => wanted
                    .first_missing(&self.end.configs[component])
                    .map(|field| Event::NotReached { component, field }),
                None => None,
            };
            if let Some(event) = event {
                self.trouble(last, format!("end {component}"), event);
            }
        }
    }
}

fn asks_for_certificates(broker: &Config) -> bool {
    broker.ports.tls && broker.clients == ClientAuth::Required
}

/// The origin that is told in the fewest words comes first.
fn told_later(origin: &Origin) -> impl Ord + use<> {
    let latest = Reverse((origin.is_own, origin.step, origin.by.phase));
    (latest, origin.by.component)
}

fn process(live: &Live) -> Process {
    Process {
        component: live.component,
        phase: live.phase,
    }
}

#[cfg(test)]
mod tests;
