//! What is kept of Secrets and ConfigMaps beside what pods get of them: the entries that may be
//! secret, for the question where they are written.

use memchr::memmem;

use super::cluster::Origins;
use crate::audit::assemble::Kept;
use crate::audit::process::Content;
use crate::formats::kubernetes::bundle::{Bundle, Entry, Held};
use crate::model::env;

/// What stands in texts that may hold a secret.
const MARKS: [&str; 5] = [
    "STEM_",
    "PRIVATE KEY-----",
    "requirepass",
    "masterauth",
    "auth-pass",
];

/// The entries that may be secret.
pub(super) fn of(bundle: &Bundle, origins: &Origins) -> Vec<Kept> {
    let kept = bundle.entries.iter().filter_map(|entry| {
        let Held::Text(text) = &entry.held else {
            return None;
        };
        if !is_named(entry) && !is_marked(text.expose().as_bytes()) {
            return None;
        }
        Some(Kept {
            is_secret: bundle.is_secret,
            key: entry.key.clone(),
            content: match origins.files.get(&entry.place) {
                Some(number) => Content::File(*number),
                None => Content::Text(text.clone(), entry.place),
            },
            place: entry.place,
        })
    });
    kept.collect()
}

fn is_marked(text: &[u8]) -> bool {
    let mut marks = MARKS.iter();
    marks.any(|mark| memmem::find(text, mark.as_bytes()).is_some())
}

fn is_named(entry: &Entry) -> bool {
    env::artifact_of(&entry.key).is_some() || env::BROKER_PASSWORDS.contains(&entry.key.as_str())
}
