//! A last look at what is about to be shown. A secret that someone put where a public thing
//! belongs (a key as the id of a key, a token as the name of an image or a file) is told by its
//! looks alone: a long run of letters and digits that change too often to be words.

use std::borrow::Cow;

use super::holding::Shown;
use super::inventory::Inventory;
use super::process::Gap;

/// What stands for it.
const HIDDEN: &str = "…";
/// As long is the shortest run that is judged.
const SHORTEST: usize = 16;
/// A run as long need not change as often, if it has no words in it.
const LONG: usize = 24;

/// Hides what looks like a secret in everything that files have said.
pub(super) fn over(inventory: &mut Inventory) {
    for listed in &mut inventory.deployments {
        listed.deployment.assumptions.iter_mut().for_each(hide);
        for process in &mut listed.deployment.processes {
            process.gaps.iter_mut().for_each(over_gap);
        }
        for entry in &mut listed.entries {
            hide(&mut entry.assigned.reason);
            for held in &mut entry.holdings {
                hide(&mut held.subject);
                over_shown(&mut held.shown);
            }
        }
    }
    for loose in &mut inventory.loose {
        over_shown(&mut loose.shown);
    }
    inventory.gaps.iter_mut().for_each(over_gap);
}

fn over_gap(gap: &mut Gap) {
    hide(&mut gap.text);
}

fn over_shown(shown: &mut Shown) {
    match shown {
        Shown::Keys(keys) => keys.iter_mut().for_each(|key| hide(&mut key.id)),
        Shown::Text(text) | Shown::Unknown(text) => hide(text),
        Shown::Marks(_) | Shown::Weak | Shown::Malformed => {}
    }
}

fn hide(text: &mut String) {
    if let Cow::Owned(hidden) = hidden(text) {
        *text = hidden;
    }
}

/// What may be shown of a word that a file says, the id of a key above all.
pub(crate) fn shown(text: &str) -> String {
    hidden(text).into_owned()
}

/// The text without the words of it that look like a secret.
fn hidden(text: &str) -> Cow<'_, str> {
    let mut out: Option<String> = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 {
            let next = rest.chars().next().map_or(1, char::len_utf8);
            if let Some(out) = &mut out {
                out.push_str(&rest[..next]);
            }
            at += next;
            continue;
        }
        let word = &rest[..end];
        // of a path that begins at its root, only the names that look like it
        let is_path = word.starts_with('/') || text[..at].ends_with('.');
        let shown = match () {
            () if !looks_random(word) => Cow::Borrowed(word),
            () if is_path => {
                let names = word.split('/');
                let names = names.map(|name| if looks_random(name) { HIDDEN } else { name });
                Cow::Owned(names.collect::<Vec<_>>().join("/"))
            }
            () => Cow::Borrowed(HIDDEN),
        };
        if shown != word && out.is_none() {
            out = Some(text[..at].to_owned());
        }
        if let Some(out) = &mut out {
            out.push_str(&shown);
        }
        at += end;
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// What base64 of either alphabet is written with.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-')
}

/// Whether one of its runs of letters and digits is long and changes between small letters,
/// capitals and digits at least at every third character. Chance does so twice as often, words
/// and numbers hardly ever.
pub(crate) fn looks_random(word: &str) -> bool {
    let mut runs = word.split(|c: char| !c.is_ascii_alphanumeric());
    runs.any(|run| {
        let kind = |byte: u8| (byte.is_ascii_digit(), byte.is_ascii_uppercase());
        let pairs = run.as_bytes().windows(2);
        let changes = pairs.filter(|pair| kind(pair[0]) != kind(pair[1]));
        let changes = changes.count();
        run.len() >= SHORTEST && changes * 3 >= run.len()
            || run.len() >= LONG && changes * 5 >= run.len() && has_no_words(run)
    })
}

/// Whether its small letters stand in short groups: a name of several words has longer ones.
fn has_no_words(run: &str) -> bool {
    let groups = run.split(|c: char| !c.is_ascii_lowercase());
    let lengths: Vec<usize> = groups.map(str::len).filter(|length| *length > 0).collect();
    let letters: usize = lengths.iter().sum();
    lengths.len() > 1 && letters < lengths.len() * 3
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn names_and_paths_stay_as_they_are() {
        for text in [
            "/etc/stem/ca.crt",
            "primary-2026-01-rotation",
            "Stem-Worker-Production-2",
            "`deploy/StemWorkerProduction/stem.env` is not there",
            "postgres://stem@db01.eu-central-1.internal:5432/stem?sslmode=verify-full",
            "stem-env-7h2k9f8b4m",
            "STEM_SIGNING_PUBLIC_KEYS",
            "20261123231248000000",
            "StemWorkerProductionQueueHandler",
        ] {
            assert_eq!(hidden(text), text);
        }
    }

    #[test]
    fn of_a_path_only_the_name_that_looks_like_a_secret_is_hidden() {
        let name = format!("{}9aQx77", "aB3dE6gH".repeat(2));
        let text = format!("`/run/{name}/tls.key` is not there");
        assert_eq!(hidden(&text), "`/run/…/tls.key` is not there");
    }

    #[test]
    fn a_long_run_without_words_is_hidden_though_it_seldom_changes() {
        let name = ["KIN86HRXZL", "bl", "ARSDMEPQUOA", "zzd", "FQRL", "w", "F"].concat();
        assert_eq!(hidden(&format!("/run/{name}/key")), "/run/…/key");
    }

    #[test]
    fn keys_are_hidden_whatever_is_around_them() {
        use base64::engine::general_purpose::{STANDARD, URL_SAFE};
        let mut whole = 0;
        for number in 0..500_u32 {
            let bytes = Sha256::digest(number.to_be_bytes());
            for key in [STANDARD.encode(bytes), URL_SAFE.encode(bytes)] {
                let text = format!("the image is `{key}:1`");
                whole += u32::from(hidden(&text) == "the image is `…:1`");
            }
        }
        assert!(whole > 950, "{whole} of 1000");
    }
}
