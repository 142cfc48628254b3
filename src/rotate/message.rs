//! What Stem does with one configuration and one message: whether a process starts, what it
//! signs with, what it accepts and with which words it refuses. Read in Stem's source as of
//! April 2026, not run.

use crate::model::posture::Signing;

use super::plan::{Config, Key};

/// How a message is signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signature {
    /// Not at all.
    Unsigned,
    /// With this key.
    Signed(Signing, Key),
}

/// What happens when a process signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signs {
    /// The message goes out like this.
    As(Signature),
    /// Signing throws.
    Throws(String),
}

/// What a verifier does with a message that it does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is dead-lettered as `signature-invalid`, with this text.
    DeadLetter(String),
    /// Verifying throws: it stays pending, and is delivered again and again.
    Poison,
}

impl Refusal {
    /// Stem's own words.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Refusal::DeadLetter(text) => text,
            Refusal::Poison => "ArgumentError: a signature of Ed25519 has 64 bytes",
        }
    }
}

/// Whether it signs and verifies at all: without keys of its algorithm Stem does neither, and
/// says nothing.
#[must_use]
pub fn is_signing_on(config: &Config) -> bool {
    match config.algorithm() {
        Signing::None => false,
        Signing::HmacSha256 => !config.keys.is_empty(),
        Signing::Ed25519 => !config.public.is_empty(),
    }
}

/// Why a process of Stem's would not start, in Stem's words.
#[must_use]
pub fn start_failure(config: &Config) -> Option<String> {
    let is_among = |keys: &[Key], id: &str| keys.iter().any(|key| key.id == id);
    match (config.algorithm(), config.active.as_deref()) {
        _ if !is_signing_on(config) => None,
        (Signing::HmacSha256, None) => Some(
            "StateError: Missing STEM_SIGNING_ACTIVE_KEY; required when signing keys are provided."
                .to_owned(),
        ),
        (Signing::HmacSha256, Some(id)) if !is_among(&config.keys, id) => Some(format!(
            "StateError: Active signing key \"{id}\" not present in STEM_SIGNING_KEYS."
        )),
        (Signing::Ed25519, Some(id))
            if !config.private.is_empty() && !is_among(&config.private, id) =>
        {
            Some(format!(
                "StateError: Active signing key \"{id}\" missing from STEM_SIGNING_PRIVATE_KEYS."
            ))
        }
        _ => None,
    }
}

/// How a process signs.
#[must_use]
pub fn signs(config: &Config) -> Signs {
    if !is_signing_on(config) {
        return Signs::As(Signature::Unsigned);
    }
    let keys = match config.algorithm() {
        Signing::Ed25519 => &config.private,
        _ => &config.keys,
    };
    let Some(active) = config.active.as_deref() else {
        let text = "STEM_SIGNING_ACTIVE_KEY must be provided to sign with Ed25519.";
        return Signs::Throws(text.to_owned());
    };
    let Some(key) = last_with(keys, active) else {
        return Signs::Throws(format!("Missing private key for \"{active}\"."));
    };
    if config.algorithm() == Signing::Ed25519 && last_with(&config.public, active).is_none() {
        return Signs::Throws(format!("Missing public key for \"{active}\"."));
    }
    Signs::As(Signature::Signed(config.algorithm(), key.clone()))
}

/// How messages are signed that this process takes: by its own key, or by the one that it
/// knows as active, or by any that it knows.
#[must_use]
pub fn expected(config: &Config) -> Vec<Signature> {
    if let Signs::As(signature) = signs(config) {
        return vec![signature];
    }
    let known = match config.algorithm() {
        Signing::Ed25519 => &config.public,
        _ => &config.keys,
    };
    let is_active = |key: &&Key| config.active.as_ref().is_none_or(|id| *id == key.id);
    let keys = known.iter().filter(is_active).cloned();
    keys.map(|key| Signature::Signed(config.algorithm(), key))
        .collect()
}

/// Why a process refuses a message; `None` when it accepts it.
#[must_use]
pub fn refuses(config: &Config, signature: &Signature) -> Option<Refusal> {
    if !is_signing_on(config) {
        return None;
    }
    let dead_letter = |text: String| Some(Refusal::DeadLetter(text));
    let (signing, key) = match signature {
        Signature::Unsigned => return dead_letter("missing signature headers".to_owned()),
        Signature::Signed(signing, key) => (*signing, key),
    };
    let known = match config.algorithm() {
        Signing::Ed25519 => &config.public,
        _ => &config.keys,
    };
    match last_with(known, &key.id) {
        None => dead_letter(format!("unknown signing key \"{}\"", key.id)),
        Some(_) if config.algorithm() == Signing::Ed25519 && signing == Signing::HmacSha256 => {
            Some(Refusal::Poison)
        }
        Some(known) if signing != config.algorithm() || known.is != key.is => {
            dead_letter("signature mismatch".to_owned())
        }
        Some(_) => None,
    }
}

/// Of several entries with one id, Stem keeps the last.
fn last_with<'k>(keys: &'k [Key], id: &str) -> Option<&'k Key> {
    keys.iter().rev().find(|key| key.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hmac(keys: &[&str], active: Option<&str>) -> Config {
        Config {
            keys: keys.iter().map(|id| Key::named(id)).collect(),
            active: active.map(str::to_owned),
            ..Config::new(Signing::HmacSha256)
        }
    }

    fn ed25519(public: &[&str], private: &[&str], active: Option<&str>) -> Config {
        let named = |ids: &[&str]| ids.iter().map(|id| Key::named(id)).collect();
        Config {
            public: named(public),
            private: named(private),
            active: active.map(str::to_owned),
            ..Config::new(Signing::Ed25519)
        }
    }

    fn signed(signing: Signing, id: &str) -> Signature {
        Signature::Signed(signing, Key::named(id))
    }

    #[test]
    fn without_keys_of_its_algorithm_anything_is_accepted() {
        for config in [
            Config::new(Signing::None),
            hmac(&[], Some("k1")),
            ed25519(&[], &["k1"], Some("k1")),
        ] {
            assert_eq!(start_failure(&config), None);
            assert_eq!(signs(&config), Signs::As(Signature::Unsigned));
            assert_eq!(refuses(&config, &Signature::Unsigned), None);
            assert_eq!(refuses(&config, &signed(Signing::HmacSha256, "x")), None);
        }
    }

    #[test]
    fn keys_without_a_good_active_key_do_not_start() {
        assert!(start_failure(&hmac(&["k1"], None)).is_some());
        assert!(start_failure(&hmac(&["k1"], Some("k2"))).is_some());
        assert!(start_failure(&ed25519(&["k1"], &["k1"], Some("k2"))).is_some());
        assert!(start_failure(&ed25519(&["k1"], &["k1"], None)).is_none());
        assert!(start_failure(&ed25519(&["k1"], &[], Some("k2"))).is_none());
    }

    #[test]
    fn signing_throws_where_a_half_of_the_key_is_missing() {
        assert!(matches!(
            signs(&ed25519(&["k1"], &[], Some("k1"))),
            Signs::Throws(_)
        ));
        assert!(matches!(
            signs(&ed25519(&["k1"], &["k1"], None)),
            Signs::Throws(_)
        ));
        assert_eq!(
            signs(&ed25519(&["k1"], &["k2"], Some("k2"))),
            Signs::Throws("Missing public key for \"k2\".".to_owned())
        );
    }

    #[test]
    fn refusals_have_the_words_of_stem() {
        let text = |config: &Config, signature: &Signature| {
            refuses(config, signature).map(|refusal| refusal.text().to_owned())
        };
        let hmac = hmac(&["k1"], Some("k1"));
        assert_eq!(text(&hmac, &signed(Signing::HmacSha256, "k1")), None);
        assert_eq!(
            text(&hmac, &Signature::Unsigned).as_deref(),
            Some("missing signature headers")
        );
        assert_eq!(
            text(&hmac, &signed(Signing::HmacSha256, "k2")).as_deref(),
            Some("unknown signing key \"k2\"")
        );
        let other = Key {
            id: "k1".to_owned(),
            is: "other".to_owned(),
        };
        assert_eq!(
            text(&hmac, &Signature::Signed(Signing::HmacSha256, other)).as_deref(),
            Some("signature mismatch")
        );
        let ed25519 = ed25519(&["k1"], &[], None);
        assert_eq!(
            refuses(&ed25519, &signed(Signing::HmacSha256, "k1")),
            Some(Refusal::Poison)
        );
        assert_eq!(
            text(&hmac, &signed(Signing::Ed25519, "k1")).as_deref(),
            Some("signature mismatch")
        );
    }

    #[test]
    fn keys_without_an_algorithm_are_keys_of_hmac() {
        let mut config = Config::new(Signing::None);
        config.keys = vec![Key::named("k1")];
        assert!(is_signing_on(&config) && start_failure(&config).is_some());
        config.active = Some("k1".to_owned());
        assert_eq!(signs(&config), Signs::As(signed(Signing::HmacSha256, "k1")));
        assert_eq!(
            refuses(
                &hmac(&["k1"], Some("k1")),
                &signed(Signing::HmacSha256, "k1")
            ),
            None
        );
    }

    #[test]
    fn of_two_entries_with_one_id_the_last_counts() {
        let mut config = hmac(&["k1"], Some("k1"));
        config.keys.push(Key {
            id: "k1".to_owned(),
            is: "newer".to_owned(),
        });
        assert_eq!(
            refuses(&config, &signed(Signing::HmacSha256, "k1")).map(|it| it.text().to_owned()),
            Some("signature mismatch".to_owned())
        );
    }
}
