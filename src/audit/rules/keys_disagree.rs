//! `keys-disagree`: what one process signs, another refuses.

use super::examples::{API_AND_WORKER, COMMON};
use super::keypair_mismatch::public_half;
use super::{Example, Family, File, Rule, file};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::stem::{Keys, Outcome};
use crate::audit::veil;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "keys-disagree",
    family: Family::Signing,
    severity: Severity::Error,
    says: "a key that another process signs with is not the one that is trusted here",
    why: "A worker looks up the id that a message carries in its own list. If the id is not there, or has \
        other bytes, the message goes to the dead letters and cannot be replayed. Producers, beats and \
        dashboards sign, and with HMAC so do workers when they put a task back: each with its own active key.",
    fix: "give the worker the key that is in use before anybody signs with it; stem-sec rotate plan says in \
        which order",
    bad: Example(&[
        API_AND_WORKER,
        COMMON,
        API,
        file(
            "worker.env",
            "\
STEM_SIGNING_KEYS=k1:<secret a>
STEM_SIGNING_ACTIVE_KEY=k1
",
        ),
    ]),
    good: Example(&[
        API_AND_WORKER,
        COMMON,
        API,
        file(
            "worker.env",
            "\
STEM_SIGNING_KEYS=k1:<secret a>,k2:<secret b>
STEM_SIGNING_ACTIVE_KEY=k1
",
        ),
    ]),
    check,
};

/// A producer that signs with a new key.
const API: File = file(
    "api.env",
    "\
STEM_SIGNING_KEYS=k1:<secret a>,k2:<secret b>
STEM_SIGNING_ACTIVE_KEY=k2
",
);

/// Who signs, with which key.
struct Signer<'s, 'c> {
    subject: &'s Subject<'c>,
    keys: &'s Keys<'c>,
    id: &'c str,
    /// What a verifier must have under the id.
    trusted: Vec<u8>,
}

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        let signers: Vec<Signer<'_, '_>> = site.subjects.iter().filter_map(signer).collect();
        for verifier in site.with_role(Role::Worker) {
            for signer in &signers {
                out.extend(disagreement(site, signer, verifier));
            }
        }
    }
}

fn signer<'s, 'c>(subject: &'s Subject<'c>) -> Option<Signer<'s, 'c>> {
    let Outcome::On(keys) = &subject.signing else {
        return None;
    };
    // a worker without a private key signs nothing
    let signs = subject.enqueues() || subject.is(Role::Worker);
    if !signs || !keys.can_sign() || !subject.is_complete {
        return None;
    }
    let (id, _) = keys.active?;
    let secret = keys.signs.as_ref()?.get(id)?;
    let trusted = match keys.algorithm {
        Signing::Ed25519 => public_half(secret)?,
        _ => secret.to_vec(),
    };
    Some(Signer {
        subject,
        keys,
        id,
        trusted,
    })
}

fn disagreement(
    site: &Site<'_>,
    signer: &Signer<'_, '_>,
    verifier: &Subject<'_>,
) -> Option<Finding> {
    let Outcome::On(keys) = &verifier.signing else {
        return None;
    };
    let is_same = std::ptr::eq(signer.subject, verifier);
    let meets = verifier.may_meet(signer.subject);
    if is_same || !meets || keys.algorithm != signer.keys.algorithm || !verifier.is_complete {
        return None;
    }
    let id = veil::key_id(signer.id, true);
    let message = match keys.verifies.get(signer.id) {
        Some(known) if known == signer.trusted => return None,
        // where the signer's own halves do not fit, that is the cause
        Some(known)
            if keys.algorithm == Signing::Ed25519
                && signer.keys.verifies.get(signer.id) == Some(known) =>
        {
            return None;
        }
        Some(_) => format!("the key `{id}` is another one here than where it signs"),
        None => format!("the key `{id}`, which another process signs with, is not trusted here"),
    };
    let list = keys.verifies.variable;
    let artifact = match keys.algorithm {
        Signing::Ed25519 => Artifact::SigningPublicKey,
        _ => Artifact::SigningSecret,
    };
    let signs = signer.keys.signs.as_ref()?.variable;
    let related = format!("the keys of {}", signer.subject.process.name);
    let mut finding = Finding::new(&RULE, list.place, message)
        .hitting(site, verifier, verifier.gets(list))
        .artifact(Held::Artifact(artifact))
        .subject(&list.name)
        .key(signer.id)
        .related(signs.place, related);
    if let Some((_, active)) = signer.keys.active {
        finding = finding.related(active.place, "what makes it the key that signs");
    }
    Some(finding)
}
