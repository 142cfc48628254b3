//! THE ownership table: artifact × role × posture. What writes a component's files, what
//! judges them and what prints the table all ask here, so they cannot disagree.
//!
//! The table is `table.rs`; here are its words and the questions that can be put to it.
//! Whether it is right is held against the outside by `tests/ownership_golden.rs`. No I/O.

mod table;

use std::fmt;

use super::artifact::Artifact;
use super::posture::{Posture, Signing, Transport};
use super::role::Role;
use table::{TABLE, UNMENTIONED};

/// What one artifact is to one role. Weakest claim first: for a component of several roles
/// the strongest holds, so that a permission outweighs a prohibition, and a prohibition
/// outweighs having no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holding {
    /// `–`: has no use there; a stray secret is a warning.
    Useless,
    /// `X`: an error.
    Forbidden,
    /// `A`: fine to have; written only when the component says `holds: [...]`.
    Accepted,
    /// `W`: written by `render`, but its absence is no finding.
    Written,
    /// `R`: must be there.
    Required,
}

impl Holding {
    /// Every holding, strongest claim first, as the legend lists them.
    pub const ALL: [Holding; 5] = [
        Holding::Required,
        Holding::Written,
        Holding::Accepted,
        Holding::Useless,
        Holding::Forbidden,
    ];

    /// Its letter in the table: `R`, `W`, `A`, `–` or `X`.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Holding::Required => "R",
            Holding::Written => "W",
            Holding::Accepted => "A",
            Holding::Useless => "–",
            Holding::Forbidden => "X",
        }
    }

    /// The word for it in reports that machines read.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Holding::Required => "required",
            Holding::Written => "written",
            Holding::Accepted => "accepted",
            Holding::Useless => "useless",
            Holding::Forbidden => "forbidden",
        }
    }

    /// What its letter means, for the legend.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Holding::Required => "must be there",
            Holding::Written => "is written; its absence is no finding",
            Holding::Accepted => "may be there; written only when the component `holds` it",
            Holding::Useless => "has no use there; a stray secret is a warning",
            Holding::Forbidden => "must not be there: an error",
        }
    }

    /// Whether the role may hold it and has a use for it.
    #[must_use]
    pub fn permits(self) -> bool {
        self >= Holding::Accepted
    }
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.letter())
    }
}

/// What a cell can depend on besides role and posture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The component holds the HMAC secret.
    HoldsSigningSecret,
    /// A dashboard that enqueues or replays: `enqueues: true`.
    Enqueues,
    /// It has an HTTPS listener of its own: `serves: https`.
    ServesHttps,
    /// It trusts the system's CAs: `ca: system`.
    SystemCa,
    /// The broker asks for a password.
    BrokerPassword,
    /// The certificate or key was issued to the component itself, not to another one.
    ItsOwn,
}

impl Condition {
    /// The word for it in reports that machines read.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Condition::HoldsSigningSecret => "holds-signing-secret",
            Condition::Enqueues => "enqueues",
            Condition::ServesHttps => "serves-https",
            Condition::SystemCa => "system-ca",
            Condition::BrokerPassword => "broker-password",
            Condition::ItsOwn => "its-own",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Condition::HoldsSigningSecret => "it holds the secret",
            Condition::Enqueues => "`enqueues: true`",
            Condition::ServesHttps => "`serves: https`",
            Condition::SystemCa => "`ca: system`",
            Condition::BrokerPassword => "a password is set",
            Condition::ItsOwn => "its own",
        })
    }
}

/// One cell: a holding, or one that depends on conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What holds when every condition does.
    pub holding: Holding,
    /// All of them must hold; empty in most cells.
    pub conditions: &'static [Condition],
    /// What holds when one of the conditions does not.
    pub otherwise: Holding,
}

impl Cell {
    const fn plain(holding: Holding) -> Cell {
        Cell {
            holding,
            conditions: &[],
            otherwise: holding,
        }
    }

    const fn when(conditions: &'static [Condition], holding: Holding, otherwise: Holding) -> Cell {
        Cell {
            holding,
            conditions,
            otherwise,
        }
    }

    /// The holding, given which conditions hold.
    #[must_use]
    pub fn resolve(&self, holds: impl Fn(Condition) -> bool) -> Holding {
        if self.conditions.iter().all(|condition| holds(*condition)) {
            self.holding
        } else {
            self.otherwise
        }
    }
}

impl Cell {
    /// On what it depends, `if …, else …`; `None` in most cells.
    #[must_use]
    pub fn clause(&self) -> Option<String> {
        if self.conditions.is_empty() {
            return None;
        }
        let conditions: Vec<String> = self.conditions.iter().map(ToString::to_string).collect();
        Some(format!(
            "if {}, else {}",
            conditions.join(" and "),
            self.otherwise
        ))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clause() {
            None => write!(f, "{}", self.holding),
            Some(clause) => write!(f, "{} {clause}", self.holding),
        }
    }
}

/// The postures that a row speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Any of these ways of signing.
    pub signing: &'static [Signing],
    /// Under any of these transports.
    pub transport: &'static [Transport],
}

impl Scope {
    /// Whether the row speaks of this posture.
    #[must_use]
    pub fn covers(&self, posture: Posture) -> bool {
        self.signing.contains(&posture.signing) && self.transport.contains(&posture.transport)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<&str> = Vec::new();
        if self.signing.len() < Signing::ALL.len() {
            words.extend(self.signing.iter().map(|signing| signing.name()));
        }
        if self.transport.len() < Transport::ALL.len() {
            words.extend(self.transport.iter().map(|transport| transport.name()));
        }
        if words.is_empty() {
            return f.write_str("any");
        }
        f.write_str(&words.join(", "))
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What it is about: one artifact, or a certificate together with its key.
    pub artifacts: &'static [Artifact],
    /// In which postures.
    pub scope: Scope,
    /// One cell a role, in the order of [`Role::ALL`].
    pub cells: [Cell; 8],
    /// The reason, in a sentence.
    pub why: &'static str,
    /// Where the row comes from: Stem's security examples, Stem's source, or this tool.
    pub source: &'static str,
}

/// The table's rows, in the order in which they are printed.
#[must_use]
pub fn rows() -> &'static [Row] {
    &TABLE
}

/// The row that speaks of this artifact in this posture.
#[must_use]
pub fn row_of(artifact: Artifact, posture: Posture) -> &'static Row {
    TABLE
        .iter()
        .find(|row| row.artifacts.contains(&artifact) && row.scope.covers(posture))
        .unwrap_or(&UNMENTIONED)
}

/// The cell of one artifact, role and posture, its conditions open.
#[must_use]
pub fn cell(artifact: Artifact, role: Role, posture: Posture) -> Cell {
    row_of(artifact, posture).cells[role as usize]
}

/// What must be known of a component, declared or found, to say what it may hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holder<'a> {
    /// Its roles; without any it counts as [`Role::Other`].
    pub roles: &'a [Role],
    /// What it was told to hold besides what its roles require, or was found to hold.
    pub holds: &'a [Artifact],
    /// Whether it, a dashboard, enqueues or replays.
    pub enqueues: bool,
    /// Whether it has an HTTPS listener of its own.
    pub serves_https: bool,
    /// Whether it trusts the system's CAs.
    pub system_ca: bool,
    /// Whether the deployment's broker asks for a password.
    pub broker_password: bool,
}

impl Holder<'_> {
    fn meets(&self, condition: Condition, its_own: bool) -> bool {
        match condition {
            Condition::HoldsSigningSecret => self.holds.contains(&Artifact::SigningSecret),
            Condition::Enqueues => self.enqueues,
            Condition::ServesHttps => self.serves_https,
            Condition::SystemCa => self.system_ca,
            Condition::BrokerPassword => self.broker_password,
            Condition::ItsOwn => its_own,
        }
    }

    fn strongest(&self, artifact: Artifact, posture: Posture, its_own: bool) -> Holding {
        let roles = if self.roles.is_empty() {
            &[Role::Other]
        } else {
            self.roles
        };
        roles
            .iter()
            .map(|role| {
                cell(artifact, *role, posture).resolve(|condition| self.meets(condition, its_own))
            })
            .max()
            .unwrap_or(Holding::Forbidden)
    }
}

/// What an artifact is to a component. A certificate or key is taken for the component's own.
#[must_use]
pub fn holding(artifact: Artifact, holder: &Holder<'_>, posture: Posture) -> Holding {
    holder.strongest(artifact, posture, true)
}

/// What a certificate or key that was issued to *another* component is to this one: the
/// broker's server key found at a producer, a worker's client key found at the broker.
#[must_use]
pub fn holding_of_anothers(artifact: Artifact, holder: &Holder<'_>, posture: Posture) -> Holding {
    holder.strongest(artifact, posture, false)
}

/// Whether the component's files are written with it: required, written, or accepted and
/// asked for with `holds`.
#[must_use]
pub fn is_handed_to(artifact: Artifact, holder: &Holder<'_>, posture: Posture) -> bool {
    match holding(artifact, holder, posture) {
        Holding::Required | Holding::Written => true,
        Holding::Accepted => holder.holds.contains(&artifact),
        Holding::Useless | Holding::Forbidden => false,
    }
}

#[cfg(test)]
mod tests;
