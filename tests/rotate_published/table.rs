//! What each plan of this folder comes to, worked out by hand from what Stem's code does with
//! its signing variables; no verdict here was taken from the prover.

/// A plan file of this folder and what `rotate check` has to say of it.
pub(crate) struct Published {
    /// The file's name without `.yaml`.
    pub(crate) plan: &'static str,
    /// The verdict.
    pub(crate) verdict: Verdict,
    /// Why, in a line: for the message of a failure.
    pub(crate) why: &'static str,
}

/// The verdict on a plan.
pub(crate) enum Verdict {
    /// No order of restarts loses anything.
    Safe,
    /// Some order does.
    Unsafe(Trouble),
}

/// What goes wrong first.
pub(crate) struct Trouble {
    /// Its kind.
    pub(crate) kind: Kind,
    /// In which step, counted from 1; none where the deployment is wrong before the first.
    pub(crate) step: Option<u32>,
    /// The components of which one has to be named: the one that refuses.
    pub(crate) who: &'static [&'static str],
    /// The id of the key.
    pub(crate) key: &'static str,
    /// What Stem says, where it says anything.
    pub(crate) error: Option<&'static str>,
}

/// The kinds of trouble that published orders have.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A worker dead-letters a message as `signature-invalid`.
    Refused,
    /// A producer throws when it enqueues.
    CannotSign,
    /// A process throws when it starts.
    NoStart,
    /// A process holds what its role must not.
    Forbidden,
}

impl Kind {
    /// The words by which output may name it.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Kind::Refused => &["refused"],
            Kind::CannotSign => &["cannot-sign", "refused"],
            Kind::NoStart => &["no-start"],
            Kind::Forbidden => &["forbidden"],
        }
    }
}

const OLD_UNKNOWN: &str = r#"unknown signing key "k1""#;
const NEW_UNKNOWN: &str = r#"unknown signing key "k2""#;
const MISMATCH: &str = "signature mismatch";
const NO_PUBLIC: &str = r#"Missing public key for "k2""#;
const NOT_IN_SECRETS: &str = r#"Active signing key "k1" not present in STEM_SIGNING_KEYS"#;
const NOT_IN_PRIVATE: &str = r#"Active signing key "k1" missing from STEM_SIGNING_PRIVATE_KEYS"#;
const NEW_NOT_IN_PRIVATE: &str =
    r#"Active signing key "k2" missing from STEM_SIGNING_PRIVATE_KEYS"#;

/// Every plan of this folder.
pub(crate) const PUBLISHED: &[Published] = &[
    // Security Runbook, HMAC
    new_key_unknown("hmac-runbook-added", PRODUCERS_BEFORE_WORKERS),
    new_key_unknown("hmac-runbook-shared-file", ALL_AT_ONCE),
    safe(
        "hmac-runbook-deployed",
        "the list reached every worker in a rollout of its own, and all who sign switched before the drain",
    ),
    no_start(
        "hmac-runbook-workers-keep-active",
        5,
        &["worker"],
        "k1",
        NOT_IN_SECRETS,
        "the worker's active key is no longer in its list",
    ),
    old_key_unknown(
        "hmac-runbook-active-with-removal",
        5,
        "an old worker signs a retry with k1, a new one no longer has it",
    ),
    old_key_unknown(
        "hmac-runbook-only-api-enqueues",
        5,
        "beat and dashboard sign with k1 until they restart, new workers no longer have it",
    ),
    // Security Runbook, Ed25519
    new_key_unknown("ed25519-runbook-added", PRODUCERS_BEFORE_WORKERS),
    safe(
        "ed25519-runbook-deployed-drained",
        "workers learn the key first, sign nothing themselves, and the removal waits",
    ),
    old_key_unknown("ed25519-runbook-deployed-no-wait", 4, NO_WAIT),
    Published {
        plan: "ed25519-runbook-producers-lack-public",
        verdict: Verdict::Unsafe(Trouble {
            kind: Kind::CannotSign,
            step: Some(2),
            who: &["api", "beat", "dashboard"],
            key: "k2",
            error: Some(NO_PUBLIC),
        }),
        why: "to sign, Stem wants the active id among the public keys too",
    },
    old_key_unknown(
        "ed25519-runbook-only-api-produces",
        5,
        "beat and dashboard sign with k1 until they restart, new workers no longer have it",
    ),
    no_start(
        "ed25519-runbook-signing-workers-keep-active",
        5,
        &["worker"],
        "k1",
        NOT_IN_PRIVATE,
        "the worker's active key is no longer among its private keys",
    ),
    safe(
        "ed25519-runbook-signing-workers-switched",
        "every key was there first, and the workers switched before the drain",
    ),
    // Payload Signing
    new_key_unknown("signing-page-added", PRODUCERS_BEFORE_WORKERS),
    safe(
        "signing-page-deployed",
        "the list reached every worker in a rollout of its own, and all who sign switched before the drain",
    ),
    old_key_unknown(
        "signing-page-workers-keep-active",
        5,
        "an old worker signs a retry with k1, a new one no longer has it",
    ),
    new_key_unknown("signing-page-ed25519-added", PRODUCERS_BEFORE_WORKERS),
    safe(
        "signing-page-ed25519-deployed",
        "both public keys were everywhere first, and the removal waits",
    ),
    // Prepare for Production
    new_key_unknown(
        "production-checklist-producers-first",
        PRODUCERS_BEFORE_WORKERS,
    ),
    new_key_unknown("production-checklist-workers-first", WORKERS_SIGN),
    safe(
        "production-checklist-workers-recreated",
        "only because no worker without k2 is left when the first worker can sign with it",
    ),
    new_key_unknown("production-checklist-one-rollout", ALL_AT_ONCE),
    old_key_unknown("production-checklist-each-deployed-no-wait", 4, NO_WAIT),
    safe(
        "production-checklist-each-deployed-drained",
        "three rollouts in the right order, and a drain that the text does not ask for",
    ),
    // Deployment Hardening
    new_key_unknown("hardening-one-rollout", ALL_AT_ONCE),
    old_key_unknown("hardening-no-wait", 3, NO_WAIT),
    safe(
        "hardening-drained",
        "two rollouts in the right order, and a drain that the text does not ask for",
    ),
    no_start(
        "hardening-workers-keep-active",
        4,
        &["worker"],
        "k1",
        NOT_IN_SECRETS,
        "the worker's active key is no longer in its list",
    ),
    // Security Configuration Examples
    new_key_unknown("security-examples-one-rollout", ALL_AT_ONCE),
    new_key_unknown(
        "security-examples-producers-first",
        PRODUCERS_BEFORE_WORKERS,
    ),
    new_key_unknown("security-examples-workers-first", WORKERS_SIGN),
    old_key_unknown("security-examples-each-deployed-no-wait", 3, NO_WAIT),
    safe(
        "security-examples-each-deployed-drained",
        "two rollouts in the right order, and a drain that the text does not ask for",
    ),
    new_key_unknown("security-examples-ed25519-one-rollout", ALL_AT_ONCE),
    old_key_unknown(
        "security-examples-ed25519-workers-first-no-wait",
        3,
        NO_WAIT,
    ),
    safe(
        "security-examples-ed25519-workers-first-drained",
        "only because verify-only workers sign no retries, and the removal waits",
    ),
    no_start(
        "security-examples-ed25519-private-not-named",
        1,
        &["api", "beat", "dashboard"],
        "k2",
        NEW_NOT_IN_PRIVATE,
        "the new active key is in no list of private keys",
    ),
    Published {
        plan: "security-examples-ed25519-verbatim",
        verdict: Verdict::Unsafe(Trouble {
            kind: Kind::Forbidden,
            step: None,
            who: &["worker"],
            key: "k1",
            error: None,
        }),
        why: "a worker holds a private key from the beginning",
    },
    // samples
    mismatch("sample-same-id", "primary"),
    mismatch("sample-drill-fresh-keys", "primary"),
    safe(
        "sample-drill-overlap",
        "the worker has both keys before anybody switches, and nothing is removed",
    ),
    // the corrected order
    safe("corrected-hmac", CORRECTED),
    safe("corrected-ed25519", CORRECTED),
    safe("corrected-ed25519-signing-workers", CORRECTED),
];

const PRODUCERS_BEFORE_WORKERS: &str =
    "producers sign with k2 while every worker still has k1 alone";
const ALL_AT_ONCE: &str = "a new signer's message meets a worker that has not restarted";
const WORKERS_SIGN: &str =
    "a new worker signs a retry with k2, which a worker that has not restarted takes";
const NO_WAIT: &str = "what was signed with k1 before the switch still waits in the queues";
const CORRECTED: &str = "nobody signs with a key that a verifier lacks, at no moment";

const fn safe(plan: &'static str, why: &'static str) -> Published {
    Published {
        plan,
        verdict: Verdict::Safe,
        why,
    }
}

/// In the first step a worker meets a key that it was not given yet.
const fn new_key_unknown(plan: &'static str, why: &'static str) -> Published {
    refused(plan, 1, "k2", NEW_UNKNOWN, why)
}

/// When the old key is removed, a worker meets it once more.
const fn old_key_unknown(plan: &'static str, step: u32, why: &'static str) -> Published {
    refused(plan, step, "k1", OLD_UNKNOWN, why)
}

/// In the first step a worker meets its own key id with another secret behind it.
const fn mismatch(plan: &'static str, key: &'static str) -> Published {
    refused(plan, 1, key, MISMATCH, "one id, two secrets: no overlap")
}

const fn refused(
    plan: &'static str,
    step: u32,
    key: &'static str,
    error: &'static str,
    why: &'static str,
) -> Published {
    Published {
        plan,
        verdict: Verdict::Unsafe(Trouble {
            kind: Kind::Refused,
            step: Some(step),
            who: &["worker"],
            key,
            error: Some(error),
        }),
        why,
    }
}

const fn no_start(
    plan: &'static str,
    step: u32,
    who: &'static [&'static str],
    key: &'static str,
    error: &'static str,
    why: &'static str,
) -> Published {
    Published {
        plan,
        verdict: Verdict::Unsafe(Trouble {
            kind: Kind::NoStart,
            step: Some(step),
            who,
            key,
            error: Some(error),
        }),
        why,
    }
}
