//! What one namespace holds as far as the files say: Secrets and ConfigMaps by name, and how
//! each of their values came to be there.

use std::collections::{HashMap, HashSet};

use crate::audit::process::{Gap, GapKind, How, Said};
use crate::formats::kubernetes::bundle::{Bundle, Entry, Held};
use crate::formats::kubernetes::pod::Reference;
use crate::formats::place::Place;

/// By which way values came into Secrets and ConfigMaps that a generator makes.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// Of a value that stands there: what brought it into its entry, in that order.
    pub(super) said: HashMap<Place, Vec<Said>>,
    /// Of a value that is a whole file: its number.
    pub(super) files: HashMap<Place, u32>,
    /// Of a value that the files do not say: why not.
    pub(super) unknown: HashMap<Place, String>,
}

/// A namespace.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    bundles: HashMap<(bool, String), Bundle>,
}

/// What a reference leads to.
pub(super) enum Referred<'c> {
    /// A Secret or ConfigMap.
    Bundle(&'c Bundle),
    /// Nothing that the files hold, but the cluster may.
    Outside(String),
    /// Nothing, which is allowed.
    Optional,
}

impl Cluster {
    /// Adds one; of two with one name the later is the one that the cluster ends with, but what
    /// is written out says more than what a controller makes.
    pub(super) fn add(&mut self, bundle: Bundle) {
        let key = (bundle.is_secret, bundle.name.clone());
        match self.bundles.get(&key) {
            Some(old) if says_less(&bundle) && !says_less(old) => {}
            _ => {
                self.bundles.insert(key, bundle);
            }
        }
    }

    /// Looks a reference up and says what is not there.
    pub(super) fn find(&self, reference: &Reference, gaps: &mut Vec<Gap>) -> Referred<'_> {
        let key = (reference.is_secret, reference.name.clone());
        if let Some(bundle) = self.bundles.get(&key) {
            return Referred::Bundle(bundle);
        }
        let text = format!("{} is in no file", call(reference));
        let kind = if reference.optional {
            GapKind::OptionalMissing
        } else {
            GapKind::Outside
        };
        add_gap(gaps, reference.place, kind, text.clone());
        if reference.optional {
            Referred::Optional
        } else {
            Referred::Outside(text)
        }
    }

    /// What the API server refuses in what is here.
    pub(super) fn troubles(&self) -> impl Iterator<Item = (&Bundle, &(Place, String))> {
        let mut bundles: Vec<&Bundle> = self.bundles.values().collect();
        bundles.sort_by_key(|bundle| bundle.place);
        bundles
            .into_iter()
            .flat_map(|bundle| bundle.troubles.iter().map(move |trouble| (bundle, trouble)))
    }
}

fn says_less(bundle: &Bundle) -> bool {
    let unknown = |entry: &Entry| matches!(entry.held, Held::Unknown(_));
    bundle.open.is_some() || (!bundle.entries.is_empty() && bundle.entries.iter().all(unknown))
}

/// ``Secret `stem` ``.
pub(super) fn call(reference: &Reference) -> String {
    let kind = if reference.is_secret {
        "Secret"
    } else {
        "ConfigMap"
    };
    format!("{kind} `{}`", reference.name)
}

/// Adds a gap.
pub(super) fn add_gap(gaps: &mut Vec<Gap>, place: Place, kind: GapKind, text: String) {
    gaps.push(Gap { place, kind, text });
}

/// Leaves each gap once.
pub(super) fn say_once(gaps: &mut Vec<Gap>) {
    let mut said = HashSet::new();
    gaps.retain(|gap| said.insert((gap.place, gap.kind, gap.text.clone())));
    // they stay in memory
    gaps.shrink_to_fit();
}

impl Origins {
    /// Forgets the values that only stand in for others.
    pub(super) fn blank(&self, bundle: &mut Bundle) {
        if self.unknown.is_empty() {
            return;
        }
        for entry in &mut bundle.entries {
            if let Some(why) = self.unknown.get(&entry.place) {
                entry.held = Held::Unknown(why.clone());
            }
        }
    }

    /// The places from the entry on, up to where the value stands.
    pub(super) fn of(&self, entry: &Entry) -> Vec<Said> {
        match self.said.get(&entry.place) {
            Some(said) => said.clone(),
            None => vec![Said {
                place: entry.place,
                how: How::Entry,
            }],
        }
    }
}
