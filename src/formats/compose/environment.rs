//! The variables that Compose knows while it reads: those of `.env` files, with the place
//! where each is written. What its own process has besides is known to nobody here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::formats::dotenv::{self, Dialect};
use crate::formats::place::Place;
use crate::model::secret::Secret;

/// The variables of a project, or of what it includes.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    settings: BTreeMap<String, Arc<Setting>>,
}

/// A variable.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) value: Secret,
    /// Where its value is written.
    pub(super) place: Place,
    /// The other statements that brought the value there, from its own one on.
    pub(super) via: Vec<Place>,
}

impl Environment {
    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.get(name).map(AsRef::as_ref)
    }

    pub(super) fn set(&mut self, name: &str, setting: Setting) {
        self.settings.insert(name.to_owned(), Arc::new(setting));
    }

    /// Adds what a file says; what comes later wins. `outer` is known before the file, and
    /// wins over it within values.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        source: u32,
        outer: &Environment,
    ) -> dotenv::EnvFile {
        let before = self.clone();
        let known = |name: &str| outer.get(name).or_else(|| before.get(name));
        let lookup = |name: &str| known(name).map(|found| found.value.expose().to_owned());
        let read = dotenv::read(bytes, source, Dialect::Compose, &lookup);
        for assignment in &read.assignments {
            let Some(value) = &assignment.value else {
                continue;
            };
            let mut setting = Setting {
                value: value.clone(),
                place: assignment.value_place,
                via: Vec::new(),
            };
            // a value that is another one's and nothing else is written where that one is
            if let Some(name) = only_reference(assignment, bytes)
                && let Some(found) = known(name).or_else(|| self.get(name))
            {
                setting.via = vec![setting.place];
                setting.via.extend(&found.via);
                setting.place = found.place;
            } else {
                for name in &assignment.references {
                    if let Some(found) = known(name).or_else(|| self.get(name)) {
                        setting.via.extend(&found.via);
                        setting.via.push(found.place);
                    }
                }
            }
            self.set(&assignment.name, setting);
        }
        read
    }

    /// Adds what another one has and this has not.
    pub(super) fn add_missing(&mut self, other: &Environment) {
        for (name, setting) in &other.settings {
            let known = self.settings.entry(name.clone());
            known.or_insert_with(|| Arc::clone(setting));
        }
    }
}

/// The variable that an assignment in a file of these bytes takes its value from, if it does
/// that and nothing else.
#[must_use]
pub fn only_reference<'a>(assignment: &'a dotenv::Assignment, bytes: &[u8]) -> Option<&'a str> {
    let [name] = assignment.references.as_slice() else {
        return None;
    };
    let at = |byte: u32| usize::try_from(byte).unwrap_or(usize::MAX);
    let place = assignment.value_place;
    let written = bytes.get(at(place.start)..at(place.end))?;
    let inside = written.strip_prefix(b"$")?;
    let braced = inside
        .strip_prefix(b"{")
        .and_then(|rest| rest.strip_suffix(b"}"));
    (braced.unwrap_or(inside) == name.as_bytes()).then_some(name.as_str())
}
