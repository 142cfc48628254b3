//! Stem's own reading of the signing variables, written from its rules (stem-semantics 1.1,
//! 1.2, 2, 3) and from nothing in this crate.

use std::collections::BTreeMap;

/// Variables and their values.
pub(crate) type Environment = BTreeMap<String, String>;

/// Keys by id.
pub(crate) type Keys = BTreeMap<String, Vec<u8>>;

/// What Stem makes of an environment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    /// Nothing is signed and everything is accepted.
    Disabled,
    Hmac {
        keys: Keys,
        active: String,
    },
    Ed25519 {
        public: Keys,
        private: Keys,
        active: Option<String>,
    },
}

/// Starts Stem, so to speak.
pub(crate) fn start(environment: &Environment) -> Result<Signing, String> {
    let value = |name: &str| environment.get(name).map_or("", |value| trim(value));
    let active = match value("STEM_SIGNING_ACTIVE_KEY") {
        "" => None,
        id => Some(id.to_owned()),
    };
    match value("STEM_SIGNING_ALGORITHM").to_lowercase().as_str() {
        "" | "hmac-sha256" => hmac(key_list(value("STEM_SIGNING_KEYS"))?, active),
        "ed25519" => ed25519(
            key_list(value("STEM_SIGNING_PUBLIC_KEYS"))?,
            key_list(value("STEM_SIGNING_PRIVATE_KEYS"))?,
            active,
        ),
        other => Err(format!("unknown algorithm {other}")),
    }
}

fn hmac(keys: Keys, active: Option<String>) -> Result<Signing, String> {
    if keys.is_empty() {
        return Ok(Signing::Disabled);
    }
    let active = active.ok_or("Missing STEM_SIGNING_ACTIVE_KEY")?;
    if !keys.contains_key(&active) {
        return Err(format!("active key {active} is not there"));
    }
    Ok(Signing::Hmac { keys, active })
}

fn ed25519(public: Keys, private: Keys, active: Option<String>) -> Result<Signing, String> {
    if public.is_empty() {
        return Ok(Signing::Disabled);
    }
    let missing = active.as_ref().is_some_and(|id| !private.contains_key(id));
    if !private.is_empty() && missing {
        return Err("active key is not among the private ones".to_owned());
    }
    Ok(Signing::Ed25519 {
        public,
        private,
        active,
    })
}

/// `id:base64,…`; the last of two entries with one id wins.
fn key_list(value: &str) -> Result<Keys, String> {
    let mut keys = Keys::new();
    for entry in trim(value)
        .split(',')
        .map(trim)
        .filter(|entry| !entry.is_empty())
    {
        let parts: Vec<&str> = entry.split(':').collect();
        let [id, value] = parts[..] else {
            return Err("Expected format keyId:base64Value".to_owned());
        };
        if trim(id).is_empty() {
            return Err("an entry without an id".to_owned());
        }
        keys.insert(trim(id).to_owned(), base64(trim(value))?);
    }
    Ok(keys)
}

/// Dart's `trim`.
fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

/// Dart's `base64.decode`: both alphabets, padding required (also as `%3D`), canonical.
fn base64(text: &str) -> Result<Vec<u8>, String> {
    let text = text.replace("%3D", "=").replace("%3d", "=");
    if !text.len().is_multiple_of(4) {
        return Err("not a multiple of four".to_owned());
    }
    let data = text.trim_end_matches('=');
    let padding = text.len() - data.len();
    let mut bits = data.chars().map(sextet).collect::<Result<Vec<u32>, _>>()?;
    if padding > 2 {
        return Err("too much padding".to_owned());
    }
    bits.resize(text.len(), 0);
    let mut bytes = Vec::new();
    for group in bits.chunks(4) {
        let word = group.iter().fold(0, |word, bits| (word << 6) | bits);
        bytes.extend([word >> 16, word >> 8, word].map(|byte| (byte & 0xff) as u8));
    }
    let surplus = bytes.split_off(bytes.len() - padding);
    if surplus.iter().any(|byte| *byte != 0) {
        return Err("Invalid encoding before padding".to_owned());
    }
    Ok(bytes)
}

fn sextet(character: char) -> Result<u32, String> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let standard = match character {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    let place = ALPHABET.find(standard);
    place
        .and_then(|place| u32::try_from(place).ok())
        .ok_or_else(|| format!("invalid character {character:?}"))
}

#[test]
fn this_reader_takes_what_dart_takes() {
    assert_eq!(base64("-_+/"), Ok(vec![0xfb, 0xff, 0xbf]));
    assert_eq!(base64("aGk%3D"), Ok(b"hi".to_vec()));
    assert_eq!(base64("aA=="), Ok(b"h".to_vec()));
    assert_eq!(base64(""), Ok(Vec::new()));
    let keys = key_list(" \u{feff}a : aGk= ,, b:aA==,a:aA== ").unwrap();
    assert_eq!(
        keys.into_iter().collect::<Vec<_>>(),
        [
            ("a".to_owned(), b"h".to_vec()),
            ("b".to_owned(), b"h".to_vec())
        ]
    );
}

#[test]
fn this_reader_refuses_what_dart_refuses() {
    for bad in [
        "aGk", "aGl=", "aG k", "aGk=\n", "a===", "====", "aA==aA==", "äääA",
    ] {
        assert!(base64(bad).is_err(), "{bad}");
    }
    for bad in ["aGk=", ":aGk=", "a:b:aGk=", "\"a:aGk=\""] {
        assert!(key_list(bad).is_err(), "{bad}");
    }
    let environment = |pairs: &[(&str, &str)]| {
        let owned = pairs
            .iter()
            .map(|(name, value)| (format!("STEM_SIGNING_{name}"), (*value).into()));
        start(&owned.collect())
    };
    assert!(environment(&[("KEYS", "a:aGk=")]).is_err());
    assert!(environment(&[("KEYS", "a:aGk="), ("ACTIVE_KEY", "b")]).is_err());
    assert!(environment(&[("ALGORITHM", "\"ed25519\"")]).is_err());
    assert_eq!(environment(&[("ACTIVE_KEY", "a")]), Ok(Signing::Disabled));
}
