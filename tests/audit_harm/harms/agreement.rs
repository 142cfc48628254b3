//! Keys and algorithms of several processes that do not agree.

use super::signing::{ACTIVE, ALGORITHM, KEYS, PRIVATE, PUBLIC, place_of};
use super::{Expected, Harm};
use crate::case::Case;
use crate::mint::{entry, pair};

pub(super) fn harms() -> Vec<Harm> {
    let mut harms = Vec::new();
    for component in ["producer", "beat"] {
        harms.push(Harm::new(
            format!("{component}: a private key that is not the public one's"),
            "keypair-mismatch",
            Case::ed25519,
            move |project| {
                let private = project.set(component, PRIVATE, &pair("primary", "mismatch").0);
                let public = place_of(project, component, PUBLIC);
                Expected::any(vec![private, public], component)
            },
        ));
    }
    harms.push(Harm::new(
        "worker: another key under the id",
        "keys-disagree",
        Case::signs,
        |project| {
            let case = project.case;
            let other = match case.ed25519() {
                true => pair("primary", "other").1,
                false => entry("primary", "other"),
            };
            Expected::at(
                project.set("worker", case.verifying_list(), &other),
                "worker",
            )
        },
    ));
    harms.push(Harm::new(
        "worker: not the producer's key",
        "keys-disagree",
        Case::signs,
        |project| {
            let case = project.case;
            let other = match case.ed25519() {
                true => pair("second", "other").1,
                false => entry("second", "other"),
            };
            project.set("worker", ACTIVE, "second");
            Expected::at(
                project.set("worker", case.verifying_list(), &other),
                "worker",
            )
        },
    ));
    harms.push(Harm::new(
        "a rotation that begins at the producer",
        "keys-disagree",
        Case::signs,
        |project| {
            let own = |variable| project.known("producer", variable);
            if project.case.ed25519() {
                let (private, public) = pair("second", "rotated");
                project.set("producer", PRIVATE, &format!("{},{private}", own(PRIVATE)));
                project.set("producer", PUBLIC, &format!("{},{public}", own(PUBLIC)));
            } else {
                project.set(
                    "producer",
                    KEYS,
                    &format!("{},{}", own(KEYS), entry("second", "rotated")),
                );
            }
            project.set("producer", ACTIVE, "second");
            Expected::at(
                place_of(project, "worker", project.case.verifying_list()),
                "worker",
            )
        },
    ));
    harms.push(Harm::new(
        "worker: HMAC among Ed25519",
        "algorithms-disagree",
        Case::ed25519,
        |project| {
            project.set("worker", KEYS, &entry("primary", "hmac"));
            Expected::at(project.set("worker", ALGORITHM, "hmac-sha256"), "worker")
        },
    ));
    harms.push(Harm::new(
        "producer: Ed25519 among HMAC",
        "algorithms-disagree",
        Case::hmac,
        |project| {
            let (private, public) = pair("primary", "ed25519");
            project.set("producer", PRIVATE, &private);
            project.set("producer", PUBLIC, &public);
            Expected::at(project.set("producer", ALGORITHM, "ed25519"), "producer")
        },
    ));
    harms.push(Harm::new(
        "worker: the algorithm of keys that it does not have",
        "signing-disabled",
        Case::signs,
        |project| {
            let other = if project.case.ed25519() {
                "hmac-sha256"
            } else {
                "ed25519"
            };
            let spot = project.set("worker", ALGORITHM, other);
            let mut spots = project.homes("worker");
            spots.push(spot);
            Expected::near(spots, "worker")
        },
    ));
    harms.push(Harm::new(
        "one key under two ids",
        "key-reused",
        Case::signs,
        |project| {
            let list = project.case.signing_list();
            let own = project.known("producer", list);
            let again = own.replace("primary:", "second:");
            Expected::near(
                vec![project.set("producer", list, &format!("{own},{again}"))],
                "producer",
            )
        },
    ));
    harms
}
