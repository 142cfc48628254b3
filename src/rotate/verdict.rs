//! What a proof says: the troubles of a plan, each with what leads to it.

use crate::model::artifact::Artifact;

use super::message::{Refusal, Signature};
use super::moment::Phase;
use super::plan::Field;

/// A kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A message or a connection that could exist is refused.
    Refused,
    /// A process does not start.
    NoStart,
    /// Signing or TLS is off in between, though it is on at the start and at the end.
    Unprotected,
    /// A process holds what its role must not.
    Forbidden,
    /// The plan ends elsewhere.
    Incomplete,
}

impl Kind {
    /// Each, in the order in which the properties are listed.
    pub const ALL: [Kind; 5] = [
        Kind::Refused,
        Kind::NoStart,
        Kind::Unprotected,
        Kind::Forbidden,
        Kind::Incomplete,
    ];

    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Refused => "refused",
            Kind::NoStart => "no-start",
            Kind::Unprotected => "unprotected",
            Kind::Forbidden => "forbidden",
            Kind::Incomplete => "incomplete",
        }
    }
}

/// A process of a component, before or after the change of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Process {
    /// Which component.
    pub component: usize,
    /// Before or after.
    pub phase: Phase,
}

/// Who signed a message, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// In which step, from 1; 0 is before the first.
    pub step: usize,
    /// By whom.
    pub by: Process,
    /// Whether it was a message of its own, and not one that it published again.
    pub is_own: bool,
    /// Whether somebody sent it who is not in the plan, as this process takes it.
    pub is_elsewhere: bool,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message is not accepted.
    Message {
        /// How it is signed.
        signature: Signature,
        /// Where it comes from.
        origin: Origin,
        /// By whom it is refused.
        by: Process,
        /// How.
        refusal: Refusal,
    },
    /// A process that should sign cannot.
    CannotSign {
        /// Who.
        by: Process,
        /// In Stem's words.
        why: String,
    },
    /// Messages wait, and nobody takes them.
    NeverEnds,
    /// A client and a broker do not come together.
    Connection {
        /// Who connects.
        client: Process,
        /// To whom.
        broker: Process,
        /// In whose words it is refused.
        why: String,
    },
    /// The broker is stopped while a client runs.
    BrokerGone {
        /// Who connects.
        client: Process,
        /// Which broker.
        broker: usize,
    },
    /// A process does not start.
    NoStart {
        /// Which.
        process: Process,
        /// In whose words.
        why: String,
    },
    /// Signing is off.
    SigningOff {
        /// In which process.
        process: Process,
    },
    /// A client speaks, or a broker listens, without TLS.
    InClear {
        /// Which process.
        process: Process,
    },
    /// A broker asks for less than at both ends.
    Unguarded {
        /// Which process.
        process: Process,
        /// For what it does not ask.
        what: &'static str,
    },
    /// It holds what it must not.
    Holds {
        /// Which process.
        process: Process,
        /// What.
        artifact: Artifact,
    },
    /// It is not what the goal says.
    NotReached {
        /// Which component.
        component: usize,
        /// The first field that differs.
        field: Field,
    },
    /// It runs at the end, and should be gone.
    LeftRunning {
        /// Which component.
        component: usize,
    },
    /// It does not run at the end.
    LeftStopped {
        /// Which component.
        component: usize,
    },
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// In which step, from 1; 0 is before the first.
    pub step: usize,
    /// What happens.
    pub event: Event,
}

impl Trouble {
    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.event {
            Event::Message { .. }
            | Event::CannotSign { .. }
            | Event::NeverEnds
            | Event::Connection { .. }
            | Event::BrokerGone { .. } => Kind::Refused,
            Event::NoStart { .. } => Kind::NoStart,
            Event::SigningOff { .. } | Event::InClear { .. } | Event::Unguarded { .. } => {
                Kind::Unprotected
            }
            Event::Holds { .. } => Kind::Forbidden,
            Event::NotReached { .. } | Event::LeftStopped { .. } | Event::LeftRunning { .. } => {
                Kind::Incomplete
            }
        }
    }

    /// The component that is hit: it refuses, does not start, holds, or is not there.
    #[must_use]
    pub fn component(&self) -> Option<usize> {
        match &self.event {
            Event::Message { by, .. } | Event::CannotSign { by, .. } => Some(by.component),
            Event::NeverEnds => None,
            Event::Connection { client, .. } | Event::BrokerGone { client, .. } => {
                Some(client.component)
            }
            Event::NoStart { process, .. }
            | Event::SigningOff { process }
            | Event::InClear { process }
            | Event::Unguarded { process, .. }
            | Event::Holds { process, .. } => Some(process.component),
            Event::NotReached { component, .. }
            | Event::LeftStopped { component }
            | Event::LeftRunning { component } => Some(*component),
        }
    }
}

/// The answer to a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What goes wrong, in the order of the steps; each cause at the step where it shows
    /// first. Empty for a plan that is safe and reaches its goal.
    pub troubles: Vec<Trouble>,
}

impl Verdict {
    /// Whether nothing goes wrong.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.troubles.is_empty()
    }

    /// Whether there is a trouble of this kind.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.troubles.iter().any(|trouble| trouble.kind() == kind)
    }
}
