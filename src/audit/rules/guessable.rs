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
/// Three secrets of its `.env` files, the two halves of its Ed25519 pair, and the public halves
/// of the CA's, servers' and clients' keys of its examples.
const PUBLISHED: [[u8; 16]; 12] = [
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
    [
        0x06, 0xbd, 0x71, 0xce, 0xf4, 0x5d, 0x50, 0xfe, 0x11, 0xd8, 0x9d, 0xb0, 0x00, 0x70, 0x54,
        0xf6,
    ],
    [
        0x4a, 0x8f, 0x61, 0x3d, 0x3d, 0xb1, 0x4c, 0x58, 0x7d, 0x9f, 0x41, 0xc0, 0x16, 0xde, 0x6a,
        0x4b,
    ],
    [
        0x71, 0xc0, 0x13, 0x18, 0x26, 0xb4, 0x81, 0xc6, 0xf2, 0xb4, 0x38, 0x6e, 0xfa, 0x0f, 0xbe,
        0xe6,
    ],
    [
        0xf5, 0x3c, 0x63, 0xd0, 0x0a, 0xc5, 0xf0, 0xa0, 0xea, 0x63, 0x8d, 0x0c, 0x24, 0x4f, 0x6c,
        0xa5,
    ],
    [
        0x91, 0xfb, 0x80, 0xb8, 0x64, 0x2c, 0xdf, 0x6a, 0xbf, 0x2b, 0x41, 0xf0, 0xa4, 0xb2, 0xe9,
        0xf1,
    ],
    [
        0x1e, 0x3a, 0x59, 0x16, 0x53, 0xf5, 0xd8, 0x67, 0x4f, 0x1b, 0x9e, 0x25, 0xd1, 0x50, 0x4b,
        0x42,
    ],
    [
        0x99, 0xc0, 0x3a, 0x16, 0xcf, 0x2d, 0xb3, 0x44, 0x9b, 0x04, 0x4b, 0x15, 0x10, 0xe0, 0xba,
        0x55,
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
    if bytes.is_some_and(is_of_small_order) {
        return Some(Flaw::Weak(Weakness::Repeated));
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

/// Whether it is a point of Ed25519 that a few additions lead back to itself: anybody can sign
/// for one, and Stem does not refuse it. The others of them are found by their many zeros.
fn is_of_small_order(bytes: &[u8]) -> bool {
    const EIGHTHS: [[u8; 32]; 2] = [
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef,
            0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88,
            0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10,
            0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77,
            0x92, 0xac, 0x03, 0x7a,
        ],
    ];
    let Some((last, first)) = bytes.split_last() else {
        return false;
    };
    // the sign of the point does not matter
    let is = |point: &[u8; 32]| point[..31] == *first && point[31] == last & 0x7f;
    EIGHTHS.iter().any(is)
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
pub(super) fn is_published(bytes: &[u8]) -> bool {
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
    fn public_keys_that_anybody_can_sign_for_are_weak() {
        // y of the eight points, as RFC 8032 encodes them; the sign bit is the last one
        for hex in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ] {
            for sign in [0, 0x80] {
                let mut point: Vec<u8> = (0..32)
                    .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hex"))
                    .collect();
                point[31] |= sign;
                let key = STANDARD.encode(&point);
                assert!(
                    matches!(of(&format!("k:{key}")), Some(Flaw::Weak(_))),
                    "{hex}"
                );
            }
        }
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
