//! A last look at what is about to be shown. A secret that someone put where a public thing
//! belongs (a key as the id of a key, a token as the name of an image or a file) is told by its
//! looks alone: letters and digits that change too often to be words. Where a public thing is
//! not vouched for by anything else, only what reads as a name is shown.

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
/// The same for runs of all three kinds of characters.
const LONG_MIXED: usize = 20;
/// In a run of [`LONG`] characters, words do not change to numbers and back as often.
const MOST_NUMBERS: usize = 4;
/// The shortest base64 of a key of 16 bytes, without its padding.
const SHORTEST_KEY: usize = 22;
/// The longest word of a name.
const LONGEST_WORD: usize = 14;

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
        Shown::Keys(keys) => {
            for key in keys {
                // entries that are written the wrong way round have the key for an id
                key.id = key_id(&key.id, key.fingerprint.is_some());
            }
        }
        Shown::Text(text) | Shown::Unknown(text) => hide(text),
        Shown::Marks(_) | Shown::Weak | Shown::Malformed => {}
    }
}

fn hide(text: &mut String) {
    if let Cow::Owned(hidden) = hidden(text) {
        *text = hidden;
    }
}

/// What may be shown of the id of a key. It is vouched for where it stands in a list, before a
/// key that is worth one; else a long one may be a key itself, whatever it looks like.
pub(crate) fn key_id(id: &str, is_vouched_for: bool) -> String {
    // a remark of its line behind it is no part of a key
    let is_hidden = |word: &str| {
        let is_base64 =
            word.trim_end_matches('=').len() >= SHORTEST_KEY && word.chars().all(is_part);
        let is_odd = (is_base64 || looks_random(word)) && !reads_as_name(word);
        word.chars().count() >= SHORTEST && (is_odd || !is_vouched_for)
    };
    match id.split_whitespace().any(is_hidden) {
        true => HIDDEN.to_owned(),
        false => shown(id),
    }
}

/// What may be shown of a word that a file says.
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
        // of a path that begins at its root, the names that read as such
        let is_path = word.starts_with('/') || text[..at].ends_with('.');
        let shown = match () {
            () if !looks_random(word) => Cow::Borrowed(word),
            () if is_path => {
                let names = word.split('/');
                let is_shown = |name: &str| name.is_empty() || reads_as_name(name);
                let names = names.map(|name| if is_shown(name) { name } else { HIDDEN });
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
/// and numbers hardly ever. The `+` and `/` of base64 cut it into runs: those of all three kinds
/// count together.
pub(crate) fn looks_random(word: &str) -> bool {
    let runs = || word.split(|c: char| !c.is_ascii_alphanumeric());
    let is_random = |run: &str| {
        let changes = changes(run, kind);
        run.len() >= SHORTEST && changes * 3 >= run.len()
            || run.len() >= LONG && changes * 5 >= run.len() && has_no_words(run)
            || run.len() >= LONG && changes_to_numbers(run) > MOST_NUMBERS
    };
    runs().any(is_random) || {
        let length: usize = runs().map(str::len).sum();
        let changes: usize = runs().map(|run| changes(run, kind)).sum();
        is_mixed(word)
            && (length >= SHORTEST && changes * 3 >= length
                || length >= LONG_MIXED && changes * 5 >= length && has_no_words(word))
    }
}

fn kind(byte: u8) -> (bool, bool) {
    (byte.is_ascii_digit(), byte.is_ascii_uppercase())
}

fn changes<K: PartialEq>(run: &str, kind: fn(u8) -> K) -> usize {
    let pairs = run.as_bytes().windows(2);
    pairs.filter(|pair| kind(pair[0]) != kind(pair[1])).count()
}

fn changes_to_numbers(run: &str) -> usize {
    changes(run, |byte| byte.is_ascii_digit())
}

fn is_mixed(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
    has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
}

/// Whether it is made of words and numbers as people make names: each word of small letters, of
/// capitals or with one in front, with perhaps a number behind.
fn reads_as_name(text: &str) -> bool {
    let is_word = |part: &str| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let rest = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let is_small = rest.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_capital = rest.is_empty() || word.len() - rest.len() <= 1;
        part.len() <= LONGEST_WORD && is_small && is_capital
    };
    let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c.is_ascii());
    parts.all(is_word)
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

    /// Keys of 32 bytes, each in base64 of both alphabets, with and without padding, and in hex.
    fn keys() -> impl Iterator<Item = String> {
        use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
        (0..5_000_u32).flat_map(|number| {
            let bytes = Sha256::digest(number.to_be_bytes());
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let coded = [STANDARD.encode(bytes), URL_SAFE.encode(bytes)];
            coded
                .into_iter()
                .chain([STANDARD_NO_PAD.encode(bytes), hex])
        })
    }

    #[test]
    fn keys_are_hidden_whatever_is_around_them() {
        let is_whole = |key: String| {
            let text = format!("the image is `{key}:1`");
            // after a first slash it may be a path
            hidden(&text) == "the image is `…:1`" || key.starts_with('/') && hidden(&text) != text
        };
        let seen = keys().filter(|key| !is_whole(key.clone())).count();
        assert!(seen <= 10, "{seen} of 20000");
    }

    #[test]
    fn no_key_is_shown_as_the_id_of_one() {
        for key in keys() {
            for is_vouched_for in [true, false] {
                let shown = key_id(&key, is_vouched_for);
                assert_eq!(shown, HIDDEN, "of {}", key.len());
            }
        }
    }

    #[test]
    fn an_id_is_shown_where_it_is_one() {
        for id in [
            "primary",
            "k1",
            "2026-01",
            "primary-2026-01-rotation",
            "Stem_Worker_Key_2026",
        ] {
            assert_eq!(key_id(id, true), id);
        }
        for id in ["primary-2026", "primary # the first"] {
            assert_eq!(key_id(id, false), id);
        }
        assert_eq!(key_id("primary-2026-01-rotation", false), HIDDEN);
    }
}
