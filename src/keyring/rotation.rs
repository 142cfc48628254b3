//! The rotation that a keyring is in the middle of, and what was done to it before: who,
//! when, why. No secrets: a plan names keys, certificates and passwords, and has none.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::model::posture::Posture;

/// A rotation that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// What it is for, in the words of the command line: `signing`, `ca`…
    pub aim: String,
    /// The same in a sentence's part.
    pub title: String,
    /// The plan, as the text of a plan file.
    pub plan: String,
    /// The present step, from 1.
    pub step: usize,
    /// When each step was begun, the first first.
    pub entered: Vec<OffsetDateTime>,
    /// Whose part in the present step is done.
    pub confirmed: Vec<Confirmed>,
    /// Gates that were passed without waiting for them.
    pub forced: Vec<Forced>,
    /// The step in which it turned back, once it did.
    pub back_from: Option<usize>,
    /// What it adds to the store.
    pub adds: Adds,
    /// What of the manifest its plan was made from; rotations that were begun before this was
    /// written down have none.
    pub declared: Option<Declared>,
    /// How many troubles its plan has that were accepted when it was made, or a way back was;
    /// unknown of rotations that were begun before this was written down.
    pub accepted: Option<usize>,
}

/// What of a manifest a plan is made from, in words to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Declared {
    /// The posture.
    pub posture: String,
    /// The broker's URL.
    pub broker_url: String,
    /// Each component's roles, and what else decides what it is given.
    pub components: BTreeMap<String, String>,
}

/// What a rotation adds to the store, or will leave in the manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adds {
    /// The id of the key that it leads to.
    pub key: Option<String>,
    /// The serial number of the CA that was made for it.
    pub authority: Option<String>,
    /// What its plan calls the certificates that were issued for it.
    pub certificates: Option<String>,
    /// The broker's URL by the other scheme.
    pub broker_url: Option<String>,
    /// The posture that it leads to, where that is another one.
    pub posture: Option<Posture>,
}

/// A component whose part in a step is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Its name.
    pub component: String,
    /// When it was confirmed.
    pub when: OffsetDateTime,
    /// By whose word, or by what was found.
    pub by: String,
}

/// A gate that was passed without waiting for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// The step that was left.
    pub step: usize,
    /// When.
    pub when: OffsetDateTime,
    /// Who did.
    pub who: String,
    /// Why, in their words.
    pub reason: String,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub when: OffsetDateTime,
    /// Who did.
    pub who: String,
    /// What.
    pub what: String,
    /// Why, where they said.
    pub why: Option<String>,
}

impl Rotation {
    /// When the present step was begun: not before any earlier one, whatever the clock said.
    #[must_use]
    pub fn since(&self) -> OffsetDateTime {
        let latest = self.entered.iter().max().copied();
        latest.unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Whether the component's part in the present step is done.
    #[must_use]
    pub fn is_confirmed(&self, component: &str) -> bool {
        self.confirmed.iter().any(|one| one.component == component)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct StoredRotation {
    aim: String,
    title: String,
    step: usize,
    entered: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    confirmed: Vec<StoredConfirmed>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    forced: Vec<StoredForced>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    back_from: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    authority: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    certificates: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    broker_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    posture: Option<Posture>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    declared: Option<Declared>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    accepted: Option<usize>,
    plan: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredConfirmed {
    component: String,
    when: String,
    by: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredForced {
    step: usize,
    when: String,
    who: String,
    reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredEvent {
    when: String,
    who: String,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    why: Option<String>,
}

impl StoredRotation {
    pub(super) fn of(rotation: &Rotation) -> StoredRotation {
        let confirmed = |one: &Confirmed| StoredConfirmed {
            component: one.component.clone(),
            when: written(one.when),
            by: one.by.clone(),
        };
        let forced = |one: &Forced| StoredForced {
            step: one.step,
            when: written(one.when),
            who: one.who.clone(),
            reason: one.reason.clone(),
        };
        let adds = rotation.adds.clone();
        StoredRotation {
            aim: rotation.aim.clone(),
            title: rotation.title.clone(),
            step: rotation.step,
            entered: rotation.entered.iter().copied().map(written).collect(),
            confirmed: rotation.confirmed.iter().map(confirmed).collect(),
            forced: rotation.forced.iter().map(forced).collect(),
            back_from: rotation.back_from,
            key: adds.key,
            authority: adds.authority,
            certificates: adds.certificates,
            broker_url: adds.broker_url,
            posture: adds.posture,
            declared: rotation.declared.clone(),
            accepted: rotation.accepted,
            plan: rotation.plan.clone(),
        }
    }

    /// The present step, and how many were begun, where those are not the same.
    pub(super) fn torn(&self) -> Option<(usize, usize)> {
        let begun = self.entered.len();
        (self.step == 0 || begun != self.step).then_some((self.step, begun))
    }

    pub(super) fn into_rotation(self) -> Option<Rotation> {
        let confirmed = |one: StoredConfirmed| {
            Some(Confirmed {
                component: one.component,
                when: read(&one.when)?,
                by: one.by,
            })
        };
        let forced = |one: StoredForced| {
            Some(Forced {
                step: one.step,
                when: read(&one.when)?,
                who: one.who,
                reason: one.reason,
            })
        };
        let entered: Option<_> = self.entered.iter().map(|when| read(when)).collect();
        let confirmed: Option<_> = self.confirmed.into_iter().map(confirmed).collect();
        let forced: Option<_> = self.forced.into_iter().map(forced).collect();
        Some(Rotation {
            aim: self.aim,
            title: self.title,
            plan: self.plan,
            step: self.step,
            entered: entered?,
            confirmed: confirmed?,
            forced: forced?,
            back_from: self.back_from,
            adds: Adds {
                key: self.key,
                authority: self.authority,
                certificates: self.certificates,
                broker_url: self.broker_url,
                posture: self.posture,
            },
            declared: self.declared,
            accepted: self.accepted,
        })
    }
}

impl StoredEvent {
    pub(super) fn of(event: &Event) -> StoredEvent {
        StoredEvent {
            when: written(event.when),
            who: event.who.clone(),
            what: event.what.clone(),
            why: event.why.clone(),
        }
    }

    pub(super) fn into_event(self) -> Option<Event> {
        Some(Event {
            when: read(&self.when)?,
            who: self.who,
            what: self.what,
            why: self.why,
        })
    }
}

fn written(when: OffsetDateTime) -> String {
    super::whole_seconds(when)
        .format(&Rfc3339)
        .unwrap_or_default()
}

fn read(when: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(when, &Rfc3339).ok()
}
