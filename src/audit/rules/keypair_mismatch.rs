//! `keypair-mismatch`: two halves under one id that do not belong together.

use super::examples::SIGNING_ED25519;
use super::key_length_wrong::LENGTH;
use super::{Example, Family, Rule, file, lists};
use crate::audit::case::{Case, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::stem::{Keys, Outcome};
use crate::audit::veil;
use crate::formats::key_list;
use crate::mint::ed25519;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;

pub(super) static RULE: Rule = Rule {
    id: "keypair-mismatch",
    family: Family::Signing,
    severity: Severity::Error,
    says: "a public key is not that of the private key of its id",
    why: "Stem starts, and signs with the private key alone: nobody who verifies with the public key under \
        that id accepts the signature, and every task lands in the dead letters.",
    fix: "put both halves of one pair under the id: stem-sec keygen ed25519",
    bad: Example(&[file(
        "api.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
STEM_SIGNING_PRIVATE_KEYS=primary:<private b>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    good: Example(&[file("api.env", SIGNING_ED25519)]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let Outcome::On(keys) = &subject.signing else {
            continue;
        };
        for id in mismatched(subject, keys) {
            let public = keys.verifies.variable;
            let shown = veil::key_id(id, true);
            let message =
                format!("the public key `{shown}` is not that of the private key `{shown}`");
            let mut finding = Finding::new(&RULE, public.place, message)
                .hitting(site, subject, subject.gets(public))
                .artifact(Held::Artifact(Artifact::SigningPublicKey))
                .subject(env::SIGNING_PUBLIC_KEYS)
                .key(id);
            if let Some(private) = &keys.signs {
                finding = finding.related(private.variable.place, "the private key");
            }
            out.push(finding);
        }
    }
}

/// The ids under which the two halves are not of one pair.
fn mismatched<'k>(subject: &Subject<'_>, keys: &'k Keys<'_>) -> Vec<&'k str> {
    let Some(private) = keys.signs.as_ref().filter(|_| lists::runs_stem(subject)) else {
        return Vec::new();
    };
    if keys.algorithm != Signing::Ed25519 {
        return Vec::new();
    }
    let differs = |(id, seed): &(&'k str, _)| {
        let seed: &zeroize::Zeroizing<Vec<u8>> = seed;
        let public = keys
            .verifies
            .get(id)
            .filter(|public| public.len() == LENGTH);
        match (public_half(seed), public) {
            (Some(derived), Some(public)) => derived != public,
            _ => false,
        }
    };
    let wrong = private
        .keys
        .iter()
        .filter(|(id, seed)| differs(&(id, seed.clone())));
    wrong.map(|(id, _)| *id).collect()
}

/// The public half of a seed; `None` where it is none.
pub(super) fn public_half(seed: &[u8]) -> Option<Vec<u8>> {
    let pair = ed25519::pair(seed.try_into().ok()?);
    Some(key_list::decode(&pair.public)?.to_vec())
}
