//! Plans that are made here: orders known to be good as candidates, each proven before it is
//! handed out, and made as short as the proof allows. A candidate that the proof rejects is
//! never shown as a plan.

mod back;
mod draft;
mod given;
mod keys;
mod posture;
mod shrink;
mod tls;

#[cfg(test)]
mod tests;

pub use back::back;
pub(in crate::rotate) use shrink::shrunk;

use crate::model::posture::{Signing, Transport};

use super::message::{Signature, is_signing_on};
use super::plan::{Change, Config, Goal, Key, Plan, Step};
use super::prove::prove;
use super::story;
use super::verdict::{Event, Trouble, Verdict};

/// What a rotation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// Another signing key, with the algorithm that is in use.
    Signing {
        /// The key that signs afterwards.
        to: Key,
        /// Whether somebody else may have the old key: it must go now, whatever it costs.
        leaked: bool,
    },
    /// Another CA, with new certificates for everybody who shows one.
    Authority {
        /// The name of the CA that is trusted afterwards.
        to: String,
        /// What its certificates are called.
        cert: String,
    },
    /// A new certificate for the broker, from the same CA.
    Server {
        /// What it is called.
        cert: String,
    },
    /// New certificates for all clients, from the same CA.
    Clients {
        /// What they are called.
        cert: String,
    },
    /// Another way of signing or another transport.
    Posture(Wanted),
}

/// A posture, with what must be there for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How messages are signed afterwards.
    pub signing: Signing,
    /// How connections are protected afterwards.
    pub transport: Transport,
    /// The key to sign with, where the algorithm is new.
    pub key: Option<Key>,
    /// The CA to trust, where TLS is new.
    pub ca: Option<String>,
    /// What the certificates are called that are new.
    pub cert: Option<String>,
    /// The broker's password, where it has none and wants one.
    pub password: Option<String>,
}

/// A plan, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Devised {
    /// Proven, but for what is lost.
    pub plan: Plan,
    /// What is lost: of a leaked key, the messages that it signed. Else empty.
    pub lost: Vec<Trouble>,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviseError {
    /// It is as wanted already.
    #[error("everything is so already")]
    NothingToDo,
    /// There is trouble before the first step.
    #[error("the deployment is not sound as it is: {0}")]
    Unsound(String),
    /// Nobody signs.
    #[error("signing is off everywhere, so there is no key to rotate")]
    NothingSigns,
    /// The new key has the id of one that is there.
    #[error(
        "a key `{0}` is there already, with another value: messages that it signed would be refused"
    )]
    IdTaken(String),
    /// No TLS, or nobody with a certificate.
    #[error("nobody shows a certificate of this kind")]
    NoCertificates,
    /// A posture needs something that was not given.
    #[error("this posture needs {0}")]
    Needs(&'static str),
    /// The proof rejects every order that is known.
    #[error("no order is safe: {0}")]
    NoOrder(String),
}

impl DeviseError {
    /// What to type next.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            DeviseError::NothingToDo => return None,
            DeviseError::Unsound(_) => {
                "put that right first; stem-sec audit shows where it is written"
            }
            DeviseError::NothingSigns => {
                "turn signing on: stem-sec rotate plan posture --to hmac-sha256"
            }
            DeviseError::IdTaken(_) => "give the new key another id, with --to",
            DeviseError::NoCertificates => "see what there is: stem-sec inventory",
            DeviseError::Needs(_) => "name it, or let stem-sec mint it: stem-sec rotate start",
            DeviseError::NoOrder(_) => {
                "a component that both sends and takes messages cannot be paused without stopping both: if it sends \
                 only retries, say `enqueues: false`"
            }
        };
        Some(hint.to_owned())
    }
}

/// Makes a plan from how it is to what is wanted. `present` has no steps; its goal is not
/// looked at.
///
/// # Errors
/// When there is nothing to do, when it is not sound as it is, or when no order is safe.
pub fn devise(present: &Plan, aim: &Aim) -> Result<Devised, DeviseError> {
    let present = Plan {
        steps: Vec::new(),
        goal: Vec::new(),
        ..present.clone()
    };
    if let Some(trouble) = prove(&present).shortest() {
        return Err(DeviseError::Unsound(story::headline(&present, trouble)));
    }
    let leaked = matches!(aim, Aim::Signing { leaked: true, .. });
    let candidates = match aim {
        Aim::Signing { to, leaked } => keys::candidates(&present, to, *leaked)?,
        Aim::Authority { to, cert } => tls::authority(&present, to, cert)?,
        Aim::Server { cert } => tls::renewal(&present, cert, false)?,
        Aim::Clients { cert } => tls::renewal(&present, cert, true)?,
        Aim::Posture(wanted) => posture::candidates(&present, wanted)?,
    };
    let is_lost = |trouble: &Trouble| leaked && is_old_message(&present, trouble);
    choose(&present, candidates, is_lost)
}

/// The first of several orders that the proof accepts, but for what is given up.
pub(super) fn choose(
    present: &Plan,
    candidates: Vec<Vec<Step>>,
    is_lost: impl Fn(&Trouble) -> bool,
) -> Result<Devised, DeviseError> {
    let mut rejected = None;
    for steps in candidates {
        if steps.is_empty() {
            return Err(DeviseError::NothingToDo);
        }
        let plan = with_goal(present, steps);
        let verdict = prove(&plan);
        if verdict.troubles.iter().all(&is_lost) {
            let devised = accepted(plan, verdict);
            return match devised.plan.steps.is_empty() {
                true => Err(DeviseError::NothingToDo),
                false => Ok(devised),
            };
        }
        let worst = verdict.troubles.iter().find(|trouble| !is_lost(trouble));
        rejected = rejected.or(worst.map(|trouble| story::headline(&plan, trouble)));
    }
    Err(DeviseError::NoOrder(rejected.unwrap_or_default()))
}

fn accepted(plan: Plan, verdict: Verdict) -> Devised {
    if verdict.is_safe() {
        let lost = Vec::new();
        return Devised {
            plan: shrink::shrunk(plan, 0, |_| false),
            lost,
        };
    }
    Devised {
        plan,
        lost: verdict.troubles,
    }
}

/// The plan, its goal being what its steps lead to: then no step can be left out unseen.
fn with_goal(present: &Plan, steps: Vec<Step>) -> Plan {
    let mut plan = Plan {
        steps,
        ..present.clone()
    };
    let (_, end) = super::moment::play(&plan);
    let goals = plan.start.iter().zip(&end.configs).zip(&plan.components);
    plan.goal = goals
        .map(|((_, config), component)| Goal::Runs(whole(config, |field| component.uses(field))))
        .collect();
    plan
}

/// A configuration as a change that says every field that is used.
fn whole(config: &Config, uses: impl Fn(super::plan::Field) -> bool) -> Change {
    Change::of(config).only(uses)
}

/// Whether a trouble is a message that an old key signed: what a leaked key costs.
fn is_old_message(present: &Plan, trouble: &Trouble) -> bool {
    let Event::Message { signature, .. } = &trouble.event else {
        return false;
    };
    match signature {
        Signature::Unsigned => false,
        Signature::Signed(_, key) => present
            .start
            .iter()
            .filter(|config| is_signing_on(config))
            .any(|config| config.keys.contains(key) || config.public.contains(key)),
    }
}
