//! The table is whole, and is asked as its words say.

use proptest::prelude::*;

use super::*;

#[test]
fn every_artifact_in_every_posture_has_exactly_one_row() {
    for artifact in Artifact::ALL {
        for posture in Posture::all() {
            let count = TABLE
                .iter()
                .filter(|row| row.artifacts.contains(&artifact) && row.scope.covers(posture))
                .count();
            assert_eq!(count, 1, "{artifact} under {posture}");
        }
    }
}

#[test]
fn columns_stand_in_the_order_of_the_roles() {
    for (column, role) in Role::ALL.into_iter().enumerate() {
        assert_eq!(role as usize, column, "{role}");
    }
}

#[test]
fn a_ca_key_is_forbidden_whatever_a_component_is_or_says() {
    for posture in Posture::all() {
        let holder = Holder {
            roles: &Role::ALL,
            holds: &[Artifact::CaKey],
            enqueues: true,
            serves_https: true,
            system_ca: true,
            broker_password: true,
        };
        assert_eq!(
            holding(Artifact::CaKey, &holder, posture),
            Holding::Forbidden
        );
        assert!(!is_handed_to(Artifact::CaKey, &holder, posture));
    }
}

#[test]
fn insecurity_is_not_excused_by_a_second_role() {
    let holder = Holder {
        roles: &[Role::Other, Role::Worker],
        ..Holder::default()
    };
    for posture in Posture::all() {
        assert_eq!(
            holding(Artifact::InsecureFlag, &holder, posture),
            Holding::Forbidden
        );
    }
}

#[test]
fn a_worker_that_also_produces_may_hold_the_private_key() {
    let posture = Posture {
        signing: Signing::Ed25519,
        transport: Transport::Mtls,
    };
    let mut holder = Holder {
        roles: &[Role::Worker],
        ..Holder::default()
    };
    assert_eq!(
        holding(Artifact::SigningPrivateKey, &holder, posture),
        Holding::Forbidden
    );
    holder.roles = &[Role::Worker, Role::Producer];
    assert_eq!(
        holding(Artifact::SigningPrivateKey, &holder, posture),
        Holding::Required
    );
}

#[test]
fn cells_print_their_conditions() {
    let posture = Posture {
        signing: Signing::Ed25519,
        transport: Transport::Mtls,
    };
    let printed = |artifact, role| cell(artifact, role, posture).to_string();
    assert_eq!(printed(Artifact::BrokerUrl, Role::Worker), "R");
    assert_eq!(
        printed(Artifact::SigningPrivateKey, Role::Dashboard),
        "R if `enqueues: true`, else X"
    );
    assert_eq!(
        printed(Artifact::ServerKey, Role::Producer),
        "A if `serves: https` and its own, else X"
    );
    let scope = |artifact| row_of(artifact, posture).scope.to_string();
    assert_eq!(scope(Artifact::ServerKey), "tls, mtls");
    assert_eq!(scope(Artifact::SigningPrivateKey), "ed25519");
    assert_eq!(scope(Artifact::CaKey), "any");
}

proptest! {
    #[test]
    fn a_further_role_takes_no_permission_away(
        roles in proptest::sample::subsequence(Role::ALL.to_vec(), 1..=8),
        further in proptest::sample::select(Role::ALL.to_vec()),
        flags in any::<[bool; 4]>(),
    ) {
        let mut more = roles.clone();
        more.push(further);
        let [enqueues, serves_https, system_ca, broker_password] = flags;
        let before = Holder {
            roles: &roles, holds: &[], enqueues, serves_https, system_ca, broker_password,
        };
        let after = Holder { roles: &more, ..before };
        for artifact in Artifact::ALL {
            for posture in Posture::all() {
                prop_assert!(
                    holding(artifact, &after, posture) >= holding(artifact, &before, posture)
                );
            }
        }
    }

    #[test]
    fn what_was_issued_to_another_is_never_more_than_ones_own(
        roles in proptest::sample::subsequence(Role::ALL.to_vec(), 1..=8),
        serves_https in any::<bool>(),
    ) {
        let holder = Holder { roles: &roles, serves_https, ..Holder::default() };
        for artifact in Artifact::ALL {
            for posture in Posture::all() {
                let own = holding(artifact, &holder, posture);
                let anothers = holding_of_anothers(artifact, &holder, posture);
                prop_assert!(anothers == own || !anothers.permits());
            }
        }
    }
}
