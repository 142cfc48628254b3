//! Holds the ownership table against what others say: the tables of Stem's security
//! examples and a reading of Stem's source, transcribed by hand under `ownership_golden/`.
//! A cell of which none of them speaks fails, so every cell has a second opinion.
//! Each deliberate difference stands in `differences.md` with its reason.

#[path = "ownership_golden/claims.rs"]
mod claims;

use std::collections::BTreeSet;

use claims::{Case, Claim, Difference, allowed, claims, covers, differences};
use stem_sec::model::artifact::Artifact;
use stem_sec::model::ownership::{self, Holder, Holding};
use stem_sec::model::posture::Posture;
use stem_sec::model::role::Role;

/// What the table says of this case.
fn holding(case: Case, artifact: Artifact, role: Role, posture: Posture) -> Holding {
    let holder = Holder {
        roles: &[role],
        holds: if case.holds_secret {
            &[Artifact::SigningSecret]
        } else {
            &[]
        },
        enqueues: case.enqueues,
        serves_https: case.serves_https,
        system_ca: case.system_ca,
        broker_password: case.broker_password,
    };
    if case.its_own {
        ownership::holding(artifact, &holder, posture)
    } else {
        ownership::holding_of_anothers(artifact, &holder, posture)
    }
}

/// The cells of the table that contradict a claim, as the table prints them.
fn contradictions(claim: &Claim) -> BTreeSet<String> {
    Posture::all()
        .filter(|posture| {
            covers(&claim.signing, posture.signing.name())
                && covers(&claim.transport, posture.transport.name())
        })
        .filter(|posture| {
            Case::all().any(|case| {
                let found = holding(case, claim.artifact, claim.role, *posture);
                allowed(&claim.says, case).is_some_and(|allowed| !allowed.contains(&found))
            })
        })
        .map(|posture| ownership::cell(claim.artifact, claim.role, posture).to_string())
        .collect()
}

#[test]
fn the_table_agrees_with_its_sources_but_for_the_differences_that_are_listed() {
    let mut unused = differences();
    let mut unlisted = Vec::new();
    for claim in claims() {
        for table_says in contradictions(&claim) {
            let difference = Difference {
                source: claim.source.to_owned(),
                artifact: claim.artifact,
                signing: claim.signing.clone(),
                role: claim.role,
                they_say: claim.says.clone(),
                table_says,
            };
            if !unused.remove(&difference) {
                unlisted.push(difference);
            }
        }
    }
    assert!(unlisted.is_empty(), "not listed: {unlisted:#?}");
    assert!(unused.is_empty(), "explain no difference: {unused:#?}");
}

#[test]
fn every_cell_has_a_second_opinion() {
    let claims = claims();
    for artifact in Artifact::ALL {
        for role in Role::ALL {
            for posture in Posture::all() {
                let spoken_of = claims.iter().any(|claim| {
                    claim.artifact == artifact
                        && claim.role == role
                        && claim.says != "?"
                        && covers(&claim.signing, posture.signing.name())
                        && covers(&claim.transport, posture.transport.name())
                });
                assert!(spoken_of, "{artifact}, {role}, {posture}");
            }
        }
    }
}

#[test]
fn a_cell_and_a_component_of_one_role_say_the_same() {
    use ownership::Condition;
    for artifact in Artifact::ALL {
        for role in Role::ALL {
            for posture in Posture::all() {
                for case in Case::all() {
                    let cell = ownership::cell(artifact, role, posture);
                    let resolved = cell.resolve(|condition| match condition {
                        Condition::HoldsSigningSecret => case.holds_secret,
                        Condition::Enqueues => case.enqueues,
                        Condition::ServesHttps => case.serves_https,
                        Condition::SystemCa => case.system_ca,
                        Condition::BrokerPassword => case.broker_password,
                        Condition::ItsOwn => case.its_own,
                    });
                    assert_eq!(
                        resolved,
                        holding(case, artifact, role, posture),
                        "{artifact}, {role}, {posture}"
                    );
                }
            }
        }
    }
}
