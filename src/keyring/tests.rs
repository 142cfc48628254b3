//! The keyring keeps what it is given, and refuses what it did not write.

use super::*;
use crate::mint::{ed25519, hmac};

fn keyring() -> Keyring {
    let mut keyring = Keyring::default();
    let now = OffsetDateTime::UNIX_EPOCH;
    let id = |text| KeyId::new(text).unwrap();
    keyring
        .add(
            id("primary"),
            KeyMaterial::Hmac(hmac::secret(&[1; 32])),
            now,
        )
        .unwrap();
    keyring
        .add(
            id("# odd 'id' \"\u{e9}\""),
            KeyMaterial::Ed25519(ed25519::pair(&[2; 32])),
            now,
        )
        .unwrap();
    keyring
        .add(id("next"), KeyMaterial::Hmac(hmac::secret(&[3; 32])), now)
        .unwrap();
    keyring.set_broker_password(Secret::new("p".repeat(40)));
    keyring
}

#[test]
fn what_was_written_is_read_back() {
    let keyring = keyring();
    assert_eq!(
        Keyring::parse(keyring.text().expose().as_bytes()).unwrap(),
        keyring
    );
    let empty = Keyring::default();
    assert_eq!(
        Keyring::parse(empty.text().expose().as_bytes()).unwrap(),
        empty
    );
}

#[test]
fn the_first_key_of_an_algorithm_signs_and_later_ones_wait() {
    let states: Vec<KeyState> = keyring().keys().iter().map(|key| key.state).collect();
    assert_eq!(
        states,
        [KeyState::Active, KeyState::Active, KeyState::Staged]
    );
}

#[test]
fn an_id_stands_for_one_key() {
    let mut keyring = keyring();
    let again = keyring.add(
        KeyId::new("primary").unwrap(),
        KeyMaterial::Hmac(hmac::secret(&[4; 32])),
        OffsetDateTime::UNIX_EPOCH,
    );
    assert!(matches!(again, Err(KeyringError::IdTaken(_))));
}

#[test]
fn a_file_cut_off_anywhere_is_refused_and_no_error_quotes_it() {
    let text = keyring().text();
    for end in 0..text.expose().len() {
        let error = Keyring::parse(&text.expose().as_bytes()[..end]).unwrap_err();
        let said = format!("{error} {:?} {error:?}", error.hint());
        assert!(
            !said.contains("AQEBAQEB") && !said.contains("pppp"),
            "{said}"
        );
    }
}

#[test]
fn a_later_version_is_recognised_whatever_else_it_holds() {
    let text = "version: 2\nvaults: [1, {a: b}]\n";
    assert!(matches!(
        Keyring::parse(text.as_bytes()),
        Err(KeyringError::Newer(2))
    ));
}
