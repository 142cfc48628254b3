//! Any bytes and any text are read, in bounded time.

use proptest::prelude::*;

use super::exec::substitute;
use super::service::Service;
use super::specifiers::{Scope, UnitName};
use super::unit;
use crate::formats::place::Place;

/// Reads bytes as a unit, all the way; for fuzzing.
fn read_all(bytes: &[u8]) -> Vec<Place> {
    let file = unit::read(bytes, 0);
    let name = UnitName::of("a-b@c.service").expect("a service");
    let service = Service::of([&file, &file], &name, Scope::System);
    let mut places: Vec<Place> = service.environment.iter().map(|one| one.place).collect();
    places.extend(service.credentials.iter().map(|one| one.place));
    places.extend(file.settings.iter().map(|one| one.value.place()));
    for command in service.start.iter().chain(&service.before) {
        let words = substitute(command, &|_| None);
        places.extend(words.iter().map(|word| word.place));
    }
    places
}

const SETTINGS: [&str; 8] = [
    "Environment",
    "EnvironmentFile",
    "UnsetEnvironment",
    "PassEnvironment",
    "LoadCredential",
    "SetCredential",
    "ExecStart",
    "BindPaths",
];

proptest! {
    #[test]
    fn any_unit_is_read_and_its_places_lie_inside(
        lines in proptest::collection::vec((0..SETTINGS.len(), "[a-z=:'\"\\\\ %$/{};\\n#é\\r]{0,40}"), 0..12),
        tail in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let mut bytes = b"[Service]\n".to_vec();
        for (setting, value) in lines {
            bytes.extend(format!("{}={value}\n", SETTINGS[setting]).into_bytes());
        }
        bytes.extend(tail);
        for place in read_all(&bytes) {
            prop_assert!(place.start <= place.end && place.end as usize <= bytes.len());
            prop_assert!(place.line > 0 && place.column > 0);
        }
    }
}
