//! Keys and algorithms.

use super::{harmful, safe};

const HMAC: &str = "
version: 1
signing: hmac-sha256
components: { api: { role: producer }, worker: { role: worker }, beat: { role: beat } }
start: { all: { keys: [k1], active: k1 } }
goal:  { all: { keys: [k2], active: k2 } }
steps:
";

fn hmac(steps: &str) -> String {
    format!("{HMAC}{steps}")
}

fn without_goal(plan: &str) -> String {
    plan.replace("goal:  { all: { keys: [k2], active: k2 } }", "")
}

#[test]
fn verifiers_learn_then_signers_switch_then_all_is_read_then_the_old_key_goes() {
    let outcome = safe(&hmac(
        "
  - { roll: all, keys: [k1, k2], active: k1 }
  - { roll: all, active: k2 }
  - { drain: true }
  - { roll: all, keys: [k2], active: k2 }
",
    ));
    assert!(outcome.done > 400_000, "few messages arrived: {outcome:?}");
}

#[test]
fn the_published_order_sends_the_new_key_to_workers_that_do_not_know_it() {
    let outcome = harmful(
        &hmac(
            "
  - { roll: [api, beat], keys: [k1, k2], active: k2 }
  - { roll: [worker], keys: [k1, k2], active: k2 }
  - { drain: true }
  - { roll: all, keys: [k2], active: k2 }
",
        ),
        "refused",
        "unknown signing key \"k2\"",
    );
    let story = &outcome.found.values().next().expect("one").story;
    assert!(story.len() >= 4, "{story:#?}");
    assert!(
        story.iter().any(|line| line.contains("step 1")),
        "{story:#?}"
    );
}

#[test]
fn workers_that_learn_and_switch_in_one_step_retry_with_what_their_siblings_do_not_know() {
    harmful(
        &hmac(
            "
  - { roll: [worker], keys: [k1, k2], active: k2 }
  - { roll: [api, beat], keys: [k1, k2], active: k2 }
  - { drain: true }
  - { roll: all, keys: [k2], active: k2 }
",
        ),
        "refused",
        "unknown signing key \"k2\"",
    );
}

#[test]
fn a_recreated_worker_alone_may_learn_and_switch_in_one_step() {
    let plan = hmac(
        "
  - { roll: [worker], keys: [k1, k2], active: k2 }
  - { roll: [api, beat], keys: [k1, k2], active: k2 }
  - { drain: true }
  - { roll: all, keys: [k2], active: k2 }
",
    );
    safe(&plan.replace(
        "worker: { role: worker }",
        "worker: { role: worker, strategy: recreate }",
    ));
}

#[test]
fn without_a_drain_what_the_old_key_signed_is_refused() {
    harmful(
        &hmac(
            "
  - { roll: all, keys: [k1, k2], active: k1 }
  - { roll: all, active: k2 }
  - { roll: all, keys: [k2], active: k2 }
",
        ),
        "refused",
        "unknown signing key \"k1\"",
    );
}

#[test]
fn a_worker_that_keeps_the_old_key_active_signs_retries_with_it_after_the_drain() {
    harmful(
        &hmac(
            "
  - { roll: all, keys: [k1, k2], active: k1 }
  - { roll: [api, beat], active: k2 }
  - { drain: true }
  - { roll: all, keys: [k2], active: k2 }
",
        ),
        "refused",
        "unknown signing key \"k1\"",
    );
}

#[test]
fn a_key_that_goes_before_the_signers_have_left_it_keeps_them_from_starting() {
    let plan = hmac(
        "
  - { roll: all, keys: [k1, k2] }
  - { drain: true }
  - { roll: [api], keys: [k2] }
",
    );
    harmful(&without_goal(&plan), "no-start", "StateError");
}

#[test]
fn another_secret_under_the_same_id_overlaps_with_nothing() {
    harmful(
        "
version: 1
signing: hmac-sha256
components: { api: { role: producer }, worker: { role: worker } }
start: { all: { keys: [{ id: primary, is: a }], active: primary } }
steps:
  - { roll: all, keys: [{ id: primary, is: b }] }
",
        "refused",
        "signature mismatch",
    );
}

#[test]
fn a_pause_replaces_a_secret_under_its_id() {
    safe(
        "
version: 1
signing: hmac-sha256
components: { api: { role: producer }, worker: { role: worker } }
start: { all: { keys: [{ id: primary, is: a }], active: primary } }
goal: { all: { keys: [{ id: primary, is: b }] } }
steps:
  - { stop: [api] }
  - { drain: true }
  - { roll: [worker], keys: [{ id: primary, is: b }] }
  - { start: [api], keys: [{ id: primary, is: b }] }
",
    );
}

#[test]
fn a_pause_that_waits_for_nothing_leaves_messages_behind() {
    harmful(
        "
version: 1
signing: hmac-sha256
components: { api: { role: producer }, worker: { role: worker } }
start: { all: { keys: [{ id: primary, is: a }], active: primary } }
steps:
  - { stop: all }
  - { start: all, keys: [{ id: primary, is: b }] }
",
        "refused",
        "signature mismatch",
    );
}

#[test]
fn a_drain_without_workers_never_ends() {
    harmful(
        &hmac(
            "
  - { stop: [api, beat] }
  - { stop: [worker] }
  - { drain: true }
  - { start: all, keys: [k2], active: k2 }
",
        ),
        "refused",
        "never ends",
    );
}

#[test]
fn what_stays_stopped_and_what_ends_elsewhere_is_incomplete() {
    let stopped = without_goal(&hmac("  - { stop: [beat] }"));
    harmful(&stopped, "incomplete", "stopped");
    harmful(&hmac("  - { roll: all }"), "incomplete", "goal");
}

const ED25519: &str = "
version: 1
signing: ed25519
components:
  api: { role: producer }
  worker: { role: worker }
start:
  api: { public: [k1], private: [k1], active: k1 }
  worker: { public: [k1], active: k1 }
steps:
";

#[test]
fn a_retry_by_a_worker_that_only_verifies_is_a_listed_loss() {
    let outcome = safe(&format!(
        "{ED25519}
  - {{ roll: [worker], public: [k1, k2] }}
  - {{ roll: [api], public: [k1, k2], private: [k2], active: k2 }}
  - {{ drain: true }}
  - {{ roll: all, public: [k2], active: k2 }}
"
    ));
    assert!(outcome.listed_losses > 100_000, "{outcome:?}");
}

#[test]
fn a_worker_that_signs_loses_no_retry() {
    let plan = "
version: 1
signing: ed25519
components:
  api: { role: producer }
  worker: { roles: [worker, producer], enqueues: false }
start: { all: { public: [k1], private: [k1], active: k1 } }
steps:
  - { roll: all, public: [k1, k2] }
  - { roll: all, private: [k2], active: k2 }
  - { drain: true }
  - { roll: all, public: [k2] }
";
    assert_eq!(safe(plan).listed_losses, 0);
}

#[test]
fn public_keys_that_reach_producers_first_are_too_late_for_workers() {
    harmful(
        &format!(
            "{ED25519}
  - {{ roll: [api], public: [k1, k2], private: [k2], active: k2 }}
  - {{ roll: [worker], public: [k1, k2] }}
"
        ),
        "refused",
        "unknown signing key \"k2\"",
    );
}

#[test]
fn private_keys_in_a_shared_file_are_forbidden_to_workers() {
    harmful(
        &format!("{ED25519}\n  - {{ roll: all, private: [k1] }}"),
        "forbidden",
        "private",
    );
}

#[test]
fn a_producer_whose_active_key_has_no_public_half_cannot_sign() {
    harmful(
        &format!("{ED25519}\n  - {{ roll: [api], private: [k2], active: k2 }}"),
        "refused",
        "cannot sign",
    );
}

const NONE_TO_HMAC: &str = "
version: 1
signing: none
components: { api: { role: producer }, worker: { role: worker } }
goal: { all: { signing: hmac-sha256, keys: [k1], active: k1 } }
steps:
";

#[test]
fn signing_begins_only_in_a_pause() {
    // producers that sign first are no help: old workers publish retries unsigned
    harmful(
        &format!(
            "{NONE_TO_HMAC}
  - {{ roll: [api], signing: hmac-sha256, keys: [k1], active: k1 }}
  - {{ drain: true }}
  - {{ roll: [worker], signing: hmac-sha256, keys: [k1], active: k1 }}
"
        ),
        "refused",
        "missing signature headers",
    );
    safe(&format!(
        "{NONE_TO_HMAC}
  - {{ stop: [api] }}
  - {{ drain: true }}
  - {{ roll: [worker], signing: hmac-sha256, keys: [k1], active: k1 }}
  - {{ start: [api], signing: hmac-sha256, keys: [k1], active: k1 }}
"
    ));
}

const HMAC_TO_ED25519: &str = "
version: 1
signing: hmac-sha256
components: { api: { role: producer }, worker: { role: worker } }
start: { all: { keys: [k1], active: k1 } }
steps:
";

#[test]
fn the_algorithm_changes_only_in_a_pause() {
    harmful(
        &format!(
            "{HMAC_TO_ED25519}
  - {{ roll: all, public: [k2] }}
  - {{ roll: [worker], signing: ed25519, keys: [], active: null }}
  - {{ roll: [api], signing: ed25519, keys: [], private: [k2], active: k2 }}
"
        ),
        "refused",
        "unknown signing key",
    );
    safe(&format!(
        "{HMAC_TO_ED25519}
  - {{ stop: [api] }}
  - {{ drain: true }}
  - {{ roll: [worker], signing: ed25519, keys: [], public: [k2], active: null }}
  - {{ start: [api], signing: ed25519, keys: [], public: [k2], private: [k2], active: k2 }}
"
    ));
}

#[test]
fn the_same_id_in_both_algorithms_poisons_the_stream() {
    harmful(
        &format!(
            "{HMAC_TO_ED25519}
  - {{ roll: [worker], signing: ed25519, keys: [], public: [k1], active: null }}
  - {{ roll: [api], signing: ed25519, keys: [], public: [k1], private: [k1] }}
"
        ),
        "refused",
        "ArgumentError",
    );
}

#[test]
fn signing_that_is_off_in_between_is_no_protection() {
    harmful(
        &hmac(
            "
  - { stop: [api, beat] }
  - { drain: true }
  - { roll: [worker], keys: [], active: null }
  - { roll: [worker], keys: [k2], active: k2 }
  - { start: [api, beat], keys: [k2], active: k2 }
",
        ),
        "unprotected",
        "off",
    );
}
