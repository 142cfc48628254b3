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
    let text = "version: 3\nvaults: [1, {a: b}]\n";
    assert!(matches!(
        Keyring::parse(text.as_bytes()),
        Err(KeyringError::Newer(3))
    ));
}

fn rotation() -> Rotation {
    let when = OffsetDateTime::UNIX_EPOCH + time::Duration::hours(1);
    Rotation {
        aim: "signing".to_owned(),
        title: "the signing key `next`".to_owned(),
        plan: "version: 1\nsigning: none\ncomponents:\n  a: { role: worker }\n...\n".to_owned(),
        step: 2,
        entered: vec![OffsetDateTime::UNIX_EPOCH, when],
        confirmed: vec![Confirmed {
            component: "a".to_owned(),
            when,
            by: "somebody@here".to_owned(),
        }],
        forced: vec![Forced {
            step: 1,
            when,
            who: "somebody@here".to_owned(),
            reason: "it: \"had\" to\nbe # so".to_owned(),
        }],
        back_from: Some(2),
        adds: Adds {
            key: Some("next".to_owned()),
            authority: Some("00".repeat(20)),
            certificates: Some("2026-11".to_owned()),
            broker_url: Some("rediss://redis:6380/0".to_owned()),
            posture: None,
        },
        accepted: Some(1),
        declared: Some(Declared {
            posture: "none+plaintext".to_owned(),
            broker_url: "redis://redis:6379/0".to_owned(),
            components: [("a".to_owned(), "worker, enqueues".to_owned())].into(),
        }),
    }
}

#[test]
fn a_rotation_and_its_history_are_read_back() {
    let mut keyring = keyring();
    keyring.rotation = Some(rotation());
    keyring.keeps_password = true;
    keyring.history.push(Event {
        when: OffsetDateTime::UNIX_EPOCH,
        who: "somebody@here".to_owned(),
        what: "began".to_owned(),
        why: Some("- because: yes".to_owned()),
    });
    let text = keyring.text();
    assert!(text.expose().contains("\nversion: 2\n"));
    assert_eq!(Keyring::parse(text.expose().as_bytes()).unwrap(), keyring);
}

#[test]
fn without_a_rotation_an_older_stem_sec_reads_it() {
    let text = keyring().text();
    assert!(text.expose().contains("\nversion: 1\n"));
    assert!(!text.expose().contains("rotation") && !text.expose().contains("history"));
}

#[test]
fn a_rotation_that_is_not_whole_is_refused() {
    let mut keyring = keyring();
    keyring.rotation = Some(Rotation {
        step: 3,
        ..rotation()
    });
    let read = Keyring::parse(keyring.text().expose().as_bytes());
    assert!(matches!(
        read,
        Err(KeyringError::Torn { step: 3, begun: 2 })
    ));
}
