//! CAs: distinct, loaded while they are valid and only with their own key.

use super::*;

#[test]
fn each_ca_has_a_name_and_a_key_identifier_of_its_own() {
    let one = authority();
    let two = Authority::create(key(KeyType::P256), serial(3), NOW).unwrap();
    assert_ne!(one.certificate().subject(), two.certificate().subject());
    assert_ne!(
        one.certificate().subject_key_id,
        two.certificate().subject_key_id
    );
}

#[test]
fn a_ca_that_was_written_can_be_loaded() {
    let made = authority();
    let (pem, key) = (made.certificate().to_pem(), made.key_pem());
    let (loaded, cautions) = Authority::load(pem.as_bytes(), key.expose().as_bytes(), NOW).unwrap();
    assert_eq!(loaded.certificate(), made.certificate());
    assert_eq!(cautions, []);
    let leaf = issue(&loaded, &request(Purpose::Server, "redis", &["redis"])).certificate;
    assert_eq!(leaf.authority_key_id, made.certificate().subject_key_id);
}

#[test]
fn of_a_bundle_of_cas_the_one_with_the_key_is_taken() {
    let (one, two) = (
        authority(),
        Authority::create(key(KeyType::P256), serial(3), NOW).unwrap(),
    );
    let bundle = one.certificate().to_pem() + &two.certificate().to_pem();
    let (loaded, _) =
        Authority::load(bundle.as_bytes(), two.key_pem().expose().as_bytes(), NOW).unwrap();
    assert_eq!(loaded.certificate(), two.certificate());
}

#[test]
fn the_key_of_another_ca_is_refused() {
    let (one, two) = (authority(), authority());
    let refused = Authority::load(
        one.certificate().to_pem().as_bytes(),
        two.key_pem().expose().as_bytes(),
        NOW,
    );
    assert!(matches!(refused, Err(AuthorityError::OtherKey(_))));
}

#[test]
fn a_ca_is_loaded_only_while_it_is_valid() {
    let made = authority();
    let (pem, key) = (made.certificate().to_pem(), made.key_pem());
    let at = |now| Authority::load(pem.as_bytes(), key.expose().as_bytes(), now).map(drop);
    assert!(matches!(
        at(NOW - Duration::hours(2)),
        Err(AuthorityError::Early { .. })
    ));
    assert!(matches!(
        at(NOW + Duration::days(3660)),
        Err(AuthorityError::Expired { .. })
    ));
}

#[test]
fn a_leaf_is_no_ca() {
    let leaf = issue(&authority(), &request(Purpose::Peer, "redis", &["redis"]));
    let refused = Authority::load(
        leaf.certificate.to_pem().as_bytes(),
        leaf.key.to_pem().expose().as_bytes(),
        NOW,
    );
    assert!(matches!(refused, Err(AuthorityError::NotCa(_))));
}

#[test]
fn a_ca_ends_ten_years_later_to_the_second_also_in_leap_years() {
    for (start, end) in [
        (
            datetime!(2028-02-29 12:00 UTC),
            datetime!(2038-03-01 12:00 UTC),
        ),
        (
            datetime!(2030-06-01 0:00 UTC),
            datetime!(2040-06-01 0:00 UTC),
        ),
    ] {
        let authority = Authority::create(key(KeyType::P256), serial(1), start).unwrap();
        assert_eq!(authority.certificate().not_after, end);
    }
}

#[test]
fn dates_beyond_2049_are_written_as_verifiers_expect() {
    let late = datetime!(2045-01-01 0:00 UTC);
    let authority = Authority::create(key(KeyType::P256), serial(1), late).unwrap();
    assert_eq!(
        authority.certificate().not_after,
        datetime!(2055-01-01 0:00 UTC)
    );
}
