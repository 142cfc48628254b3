//! What speaks against a secret's value, the strongest word first: that everybody can read it
//! in Stem's own samples, that it only marks a place to fill in, that it can be guessed.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::formats::key_list::{self, Entry};
use crate::model::strength::{Weakness, weakness};

/// What speaks against a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It stands in the public samples of Stem.
    Published,
    /// It marks a place to fill in.
    Placeholder,
    /// It can be guessed.
    Weak(Weakness),
}

/// Samples of Stem's repository: the first half of a domain-separated SHA-256 of their bytes.
/// Three secrets of its `.env` files, and the two halves of its Ed25519 pair.
const PUBLISHED: [[u8; 16]; 5] = [
    [
        0xc7, 0x5c, 0x7b, 0xf5, 0xed, 0x93, 0x49, 0x19, 0x1c, 0xad, 0x84, 0xee, 0xf8, 0xa5, 0x22,
        0x7a,
    ],
    [
        0x60, 0xee, 0xba, 0x5c, 0xf5, 0x59, 0xcd, 0x03, 0x98, 0x7c, 0x6b, 0xb3, 0xb5, 0x88, 0x8f,
        0x41,
    ],
    [
        0x5a, 0xa5, 0x56, 0x50, 0xb0, 0x81, 0xc3, 0xbc, 0xf8, 0xf9, 0xd5, 0x9f, 0xc8, 0x15, 0x00,
        0xb9,
    ],
    [
        0x7d, 0x8a, 0xb3, 0xc7, 0xb1, 0x88, 0xc5, 0xef, 0x88, 0x38, 0xc8, 0xd0, 0x53, 0x08, 0x83,
        0x7d,
    ],
    [
        0xad, 0x7f, 0x69, 0x76, 0xdb, 0x0e, 0x1f, 0xd2, 0x48, 0xa9, 0x99, 0xbc, 0x6d, 0xce, 0xeb,
        0x35,
    ],
];

/// What speaks against an entry of a list of keys. Public keys are judged as secrets are: what
/// is no random value belongs to a private key that somebody else can know.
pub(super) fn entry(entry: &Entry<'_>) -> Option<Flaw> {
    let value = match entry.text.split_once(':') {
        Some((_, value)) => key_list::trim(value),
        None => entry.text,
    };
    let bytes = entry.key.as_ref().ok().map(|key| key.bytes.as_slice());
    if bytes.is_some_and(is_published) || is_published(value.as_bytes()) {
        return Some(Flaw::Published);
    }
    // the samples are often copied without their padding
    let padded = Zeroizing::new(format!(
        "{}{}",
        value,
        "=".repeat(value.len().wrapping_neg() % 4)
    ));
    if bytes.is_none() && key_list::decode(&padded).is_some_and(|bytes| is_published(&bytes)) {
        return Some(Flaw::Published);
    }
    let weak = bytes.map(weakness);
    if weak == Some(None) {
        return None;
    }
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    if is_placeholder(value) || text.is_some_and(is_placeholder) {
        return Some(Flaw::Placeholder);
    }
    weak.flatten().map(Flaw::Weak)
}

/// What speaks against a password.
pub(super) fn password(text: &str) -> Option<Flaw> {
    let encoded = key_list::decode(text);
    if is_published(text.as_bytes()) || encoded.is_some_and(|bytes| is_published(&bytes)) {
        return Some(Flaw::Published);
    }
    if is_placeholder(text) {
        return Some(Flaw::Placeholder);
    }
    if text.chars().count() < MIN_PASSWORD {
        return Some(Flaw::Weak(Weakness::Short));
    }
    is_common(text).then_some(Flaw::Weak(Weakness::Text))
}

/// The least length of a password, in characters.
const MIN_PASSWORD: usize = 12;

/// Whether these are the bytes of a sample, with or without the line end that `echo` adds.
fn is_published(bytes: &[u8]) -> bool {
    let mut hash = Sha256::new();
    hash.update(b"stem-sec published v1\0");
    hash.update(bytes.trim_ascii_end());
    let digest = hash.finalize();
    PUBLISHED.iter().any(|known| digest.starts_with(known))
}

/// Words that mark a place to fill in wherever they stand.
const MARKS: [&str; 6] = ["fixme", "tbd", "placeholder", "redacted", "todo", "example"];

/// As many words at most have texts in which any one may be a mark: more are a passphrase.
const FEW_WORDS: usize = 3;

/// Whether a text marks a place to fill in.
fn is_placeholder(text: &str) -> bool {
    let lower = Zeroizing::new(text.to_lowercase());
    let in_brackets = lower
        .split_once('<')
        .is_some_and(|(_, rest)| rest.contains('>'));
    if in_brackets || lower.contains("...") || lower.contains('…') {
        return true;
    }
    if lower.contains("changeme") || lower.contains("replaceme") {
        return true;
    }
    if !lower.is_empty() && lower.bytes().all(|byte| byte == b'*') {
        return true;
    }
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let is_crossed = |word: &&str| word.len() >= 3 && word.bytes().all(|byte| byte == b'x');
    let is_asked = words.windows(2).any(|pair| {
        matches!(pair[0], "change" | "replace" | "fill")
            && matches!(pair[1], "me" | "this" | "it" | "in")
            || matches!(pair[0], "insert" | "paste" | "put") && pair[1] != "me"
    });
    is_asked
        || words.iter().any(is_crossed)
        || matches!(words.first(), Some(&("your" | "base64" | "base64encoded")))
        || words.len() <= FEW_WORDS && words.iter().any(|word| MARKS.contains(word))
}

/// Words of which passwords are made that everybody tries.
const COMMON: [&str; 34] = [
    "password",
    "passwd",
    "passw",
    "pass",
    "word",
    "rd",
    "pwd",
    "secret",
    "super",
    "redis",
    "valkey",
    "stem",
    "admin",
    "root",
    "user",
    "default",
    "test",
    "testing",
    "dev",
    "develop",
    "development",
    "prod",
    "production",
    "staging",
    "local",
    "broker",
    "worker",
    "queue",
    "my",
    "the",
    "qwerty",
    "letmein",
    "welcome",
    "key",
];

/// Whether it is made of common words, and digits or signs around them.
fn is_common(text: &str) -> bool {
    let letters: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .filter(|c| c.is_alphabetic())
            .flat_map(char::to_lowercase)
            .collect(),
    );
    let others = text.chars().filter(|c| !c.is_alphabetic()).count();
    if others > MIN_PASSWORD || letters.len() > 64 {
        return false;
    }
    // which beginnings are made of words
    let mut made = vec![false; letters.len() + 1];
    made[0] = true;
    for at in 0..letters.len() {
        if !made[at] {
            continue;
        }
        for word in COMMON {
            if letters.as_bytes()[at..].starts_with(word.as_bytes()) {
                made[at + word.len()] = true;
            }
        }
    }
    made[letters.len()]
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn of(list: &str) -> Option<Flaw> {
        let first = key_list::entries(list).next().expect("an entry");
        entry(&first)
    }

    /// The seed of the sample pair, so written that nobody takes it for one that is in use.
    const SAMPLE_SEED: [u8; 32] = [
        0xe5, 0xad, 0xdf, 0xe2, 0x08, 0x1c, 0x48, 0x07, 0x78, 0x22, 0xd3, 0x02, 0xd0, 0xd3, 0x92,
        0x2a, 0x02, 0x82, 0x70, 0x38, 0xd0, 0xa4, 0x09, 0x71, 0x24, 0x75, 0xf3, 0x43, 0x98, 0xb6,
        0x73, 0xb6,
    ];

    #[test]
    fn the_samples_of_stem_are_known_in_every_spelling() {
        let twice = |word: &str| [word; 2].join("-");
        let samples = [
            twice("super-secret"),
            twice("next-secret"),
            ["hello", "stem", "signing", "secret"].join("-"),
        ];
        for sample in &samples {
            let encoded = STANDARD.encode(sample);
            let with_line_end = STANDARD.encode(format!("{sample}\n"));
            for value in [
                sample,
                &encoded,
                &with_line_end,
                &encoded.trim_end_matches('=').to_owned(),
                &encoded.replace('=', "%3D"),
            ] {
                assert_eq!(of(&format!("k:{value}")), Some(Flaw::Published), "{value}");
            }
            assert_eq!(password(sample), Some(Flaw::Published));
            assert_eq!(password(&encoded), Some(Flaw::Published));
        }
        let pair = crate::mint::ed25519::pair(&SAMPLE_SEED.map(|byte| byte ^ 0x5a));
        for half in [pair.private.expose(), &pair.public] {
            assert_eq!(of(&format!("k:{half}")), Some(Flaw::Published));
        }
    }

    #[test]
    fn places_to_fill_in_are_told_from_keys() {
        for value in [
            "<paste-base64-secret>",
            "<base64-public>",
            "changeme",
            "ChangeMe123",
            "change-me-please",
            "replace_me",
            "paste-key-here",
            "your-base64-secret",
            "base64...",
            "base64",
            "xxx",
            "XXXXXXXX",
            "xxxx-xxxx",
            "TODO",
            "...",
            "…",
            "example",
            "my-example-secret",
            "****",
        ] {
            assert_eq!(
                of(&format!("k:{value}")),
                Some(Flaw::Placeholder),
                "{value}"
            );
            assert_eq!(password(value), Some(Flaw::Placeholder), "{value}");
        }
        assert_eq!(of("changeme"), Some(Flaw::Placeholder));
        let text = STANDARD.encode("please-change-me-to-something-random");
        assert_eq!(of(&format!("k:{text}")), Some(Flaw::Placeholder));
    }

    #[test]
    fn random_keys_and_passwords_have_no_flaw() {
        for number in 0..100_000_u32 {
            let bytes = Sha256::digest(number.to_le_bytes());
            let key = STANDARD.encode(bytes);
            assert_eq!(of(&format!("k:{key}")), None);
            let hex: String = bytes[..12]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            assert_eq!(password(&hex), None, "{number}");
        }
    }

    #[test]
    fn passwords_that_everybody_tries_are_weak() {
        for common in [
            "hunter2",
            "redispassword",
            "Stem-Redis-2024!",
            "password1234",
            "123456789012",
        ] {
            assert!(matches!(password(common), Some(Flaw::Weak(_))), "{common}");
        }
        for fine in [
            "correct-horse-battery",
            "todo-list-for-example-bees",
            "kT9vPq3LwZ5x",
            "exampled-hereford-9",
            "todos2yourself",
        ] {
            assert_eq!(password(fine), None, "{fine}");
        }
    }
}
