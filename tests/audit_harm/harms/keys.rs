//! Keys that are weak, known to all, or of the wrong length.

use super::signing::{KEYS, PRIVATE, PUBLIC};
use super::{Expected, Harm};
use crate::case::Case;
use crate::mint::{base64, bytes, public, seed_of};
use crate::project::{Project, STEM};

/// Sets a variable wherever it is, and names the place at one component.
fn everywhere(project: &Project, variable: &str, value: &str, shown: &str) -> Expected {
    let mut found = None;
    for component in STEM {
        if project.value(component, variable).is_some() {
            let spot = project.set(component, variable, value);
            if component == shown {
                found = Some(spot);
            }
        }
    }
    Expected::at(
        found.unwrap_or_else(|| panic!("{shown} has no {variable}")),
        shown,
    )
}

/// The same for the only key of a list.
fn key_everywhere(project: &Project, list: &str, key: impl AsRef<[u8]>, shown: &str) -> Expected {
    let value = format!("primary:{}", base64(key));
    everywhere(project, list, &value, shown)
}

/// A pair made of this seed, for everybody.
fn pair_everywhere(project: &Project, seed: [u8; 32]) -> Expected {
    key_everywhere(project, PUBLIC, public(&seed), "worker");
    key_everywhere(project, PRIVATE, seed, "producer")
}

pub(super) fn harms() -> Vec<Harm> {
    let weak = |name: &str, component: &'static str, key: fn() -> Vec<u8>| {
        Harm::new(
            format!("{name} at {component}"),
            "weak-secret",
            Case::hmac,
            move |project| key_everywhere(project, KEYS, key(), component),
        )
    };
    let mut harms = Vec::new();
    for component in ["worker", "producer"] {
        harms.push(weak("a short secret", component, || {
            bytes("short")[..16].to_vec()
        }));
        harms.push(weak("a secret that is a text", component, || {
            b"our production signing secret of 2026".to_vec()
        }));
        harms.push(weak("a secret of one byte", component, || vec![0xA7; 32]));
        harms.push(
            Harm::new(
                format!("a placeholder at {component}"),
                "placeholder-value",
                Case::hmac,
                move |project| {
                    let texts = [
                        "primary:changeme",
                        "primary:<base64-secret>",
                        "primary:replace-me",
                        "primary:your-secret-here",
                    ];
                    everywhere(
                        project,
                        KEYS,
                        texts[project.variant.get() % texts.len()],
                        component,
                    )
                },
            )
            .ways(4),
        );
        harms.push(
            Harm::new(
                format!("Stem's sample secret at {component}"),
                "published-key",
                Case::hmac,
                move |project| {
                    let word = ["super", "next", "hello-stem-signing"][project.variant.get() % 3];
                    let text = match word {
                        "hello-stem-signing" => format!("{word}-secret"),
                        _ => format!("{word}-secret-{word}-secret"),
                    };
                    key_everywhere(project, KEYS, text, component)
                },
            )
            .ways(3),
        );
    }
    harms.push(Harm::new(
        "a weak seed at producer",
        "weak-secret",
        Case::ed25519,
        |project| pair_everywhere(project, [0x01; 32]),
    ));
    harms.push(Harm::new(
        "Stem's sample pair",
        "published-key",
        Case::ed25519,
        |project| pair_everywhere(project, sample_seed()),
    ));
    harms.push(Harm::new(
        "a private key with its public half",
        "key-length-wrong",
        Case::ed25519,
        |project| {
            let seed = seed_of(&project.known("producer", PRIVATE));
            let long = [seed, public(&seed)].concat();
            key_everywhere(project, PRIVATE, long, "producer")
        },
    ));
    harms.push(Harm::new(
        "a private key in DER",
        "key-length-wrong",
        Case::ed25519,
        |project| {
            let mut der = vec![
                0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
            ];
            der.extend(seed_of(&project.known("producer", PRIVATE)));
            key_everywhere(project, PRIVATE, der, "producer")
        },
    ));
    harms.push(Harm::new(
        "a public key in DER",
        "key-length-wrong",
        Case::ed25519,
        |project| {
            let mut der = vec![0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
            der.extend(public(&seed_of(&project.known("producer", PRIVATE))));
            key_everywhere(project, PUBLIC, der, "worker")
        },
    ));
    harms.push(Harm::new(
        "a public key that was cut off",
        "key-length-wrong",
        Case::ed25519,
        |project| {
            let cut = &public(&seed_of(&project.known("producer", PRIVATE)))[..30];
            let list = format!("primary:{}", base64(cut));
            Expected::at(project.set("worker", PUBLIC, &list), "worker")
        },
    ));
    harms
}

/// The seed of Stem's own examples, which everybody knows.
fn sample_seed() -> [u8; 32] {
    let parts = ["v/eFuFJGEl0", "ieIlYionIcF", "jYKmKK/lMrfi", "+pGcLsKew="];
    seed_of(&format!("sample:{}", parts.concat()))
}
