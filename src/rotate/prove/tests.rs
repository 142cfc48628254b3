//! The prover finds what goes wrong, at its step, and nothing where nothing does.

use super::*;
use crate::rotate::story;
use crate::rotate::verdict::Kind;

fn plan(text: &str) -> Plan {
    Plan::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The kinds of trouble with their steps, each once.
fn troubles(text: &str) -> Vec<(usize, &'static str)> {
    let mut found: Vec<(usize, &'static str)> = prove(&plan(text))
        .troubles
        .iter()
        .map(|trouble| (trouble.step, trouble.kind().name()))
        .collect();
    found.dedup();
    found
}

fn hmac(steps: &str) -> String {
    format!(
        "version: 1\nsigning: hmac-sha256\n\
         components: {{ api: {{ role: producer }}, worker: {{ role: worker }}, beat: {{ role: beat }} }}\n\
         start: {{ all: {{ keys: [k1], active: k1 }} }}\n\
         goal: {{ all: {{ keys: [k2], active: k2 }} }}\nsteps:\n{steps}"
    )
}

const SAFE: [&str; 4] = [
    "  - { roll: [worker], keys: [k1, k2] }\n",
    "  - { roll: all, keys: [k1, k2], active: k2 }\n",
    "  - { drain: true }\n",
    "  - { roll: all, keys: [k2], active: k2 }\n",
];

#[test]
fn verifiers_first_then_signers_then_a_wait_is_safe() {
    assert_eq!(troubles(&hmac(&SAFE.concat())), []);
}

#[test]
fn every_step_of_the_safe_order_is_needed() {
    for left_out in 0..SAFE.len() {
        let mut steps = SAFE.to_vec();
        steps.remove(left_out);
        assert!(
            !troubles(&hmac(&steps.concat())).is_empty(),
            "without {left_out}"
        );
    }
}

#[test]
fn producers_first_lose_a_message_and_the_story_says_how() {
    let plan = plan(&hmac(
        "  - { roll: [api, beat], keys: [k1, k2], active: k2 }\n  - { roll: [worker], keys: [k1, k2], active: k2 }\n",
    ));
    let verdict = prove(&plan);
    let first = verdict.shortest().expect("it is unsafe");
    assert_eq!(
        story::headline(&plan, first),
        "during step 1: `worker` refuses a message: unknown signing key \"k2\""
    );
    assert_eq!(
        story::of(&plan, first),
        [
            "step 1: a replica of `api` runs the new configuration: keys k1 and k2, active k2",
            "it sends a message, signed with `k2`",
            "step 1: `worker` has keys k1, active k1",
            "it takes the message, and refuses it: unknown signing key \"k2\"",
            "Stem acknowledges the message and dead-letters it (signature-invalid): it is lost; a replay fails as well, since it keeps the old signature",
        ]
    );
}

#[test]
fn a_retry_carries_the_worker_s_own_key() {
    // the worker goes on to sign with k1 after the wait, and is met by itself without k1
    let steps = [
        SAFE[0],
        "  - { roll: [api, beat], keys: [k1, k2], active: k2 }\n",
        SAFE[2],
        SAFE[3],
    ];
    let plan = plan(&hmac(&steps.concat()));
    let verdict = prove(&plan);
    let first = verdict.shortest().expect("it is unsafe");
    assert_eq!((first.step, first.kind()), (4, Kind::Refused));
    assert!(
        story::of(&plan, first)
            .iter()
            .any(|told| told.contains("its own key counts"))
    );
}

#[test]
fn the_same_id_with_another_value_is_another_key() {
    let steps = "  - { roll: all, keys: [{ id: k1, is: b }], active: k1 }\n";
    let text = hmac(steps).replace("keys: [k2], active: k2", "keys: [{ id: k1, is: b }]");
    let plan = plan(&text);
    let verdict = prove(&plan);
    let first = verdict.shortest().expect("it is unsafe");
    assert!(story::headline(&plan, first).contains("signature mismatch"));
}

#[test]
fn an_active_key_that_is_not_there_does_not_start() {
    assert!(troubles(&hmac("  - { roll: [api], keys: [k2] }\n")).contains(&(1, "no-start")));
}

#[test]
fn signing_must_not_be_off_in_between() {
    let steps = [
        SAFE[0],
        "  - { roll: [worker], keys: [] }\n",
        SAFE[1],
        SAFE[2],
        SAFE[3],
    ];
    assert!(troubles(&hmac(&steps.concat())).contains(&(2, "unprotected")));
}

#[test]
fn replicas_that_are_recreated_never_meet_their_own_future() {
    let alone = |strategy: &str| {
        format!(
            "version: 1\nsigning: hmac-sha256\n\
             components: {{ w: {{ roles: [worker, producer], strategy: {strategy} }} }}\n\
             start: {{ all: {{ keys: [k1], active: k1 }} }}\n\
             steps: [{{ roll: all, keys: [k1, k2], active: k2 }}]\n"
        )
    };
    assert_eq!(troubles(&alone("recreate")), []);
    assert_eq!(troubles(&alone("rolling")), [(1, "refused")]);
}

#[test]
fn a_verify_only_worker_s_retry_is_no_trouble_and_a_private_key_there_is() {
    let text = |private: &str| {
        format!(
            "version: 1\nsigning: ed25519\ncomponents: {{ api: {{ role: producer }}, worker: {{ role: worker }} }}\n\
             start: {{ all: {{ public: [k1], active: k1 }}, api: {{ private: [k1] }}, worker: {{ {private} }} }}\n"
        )
    };
    assert_eq!(troubles(&text("")), []);
    assert_eq!(troubles(&text("private: [k1]")), [(0, "forbidden")]);
}

#[test]
fn no_order_turns_signing_on_without_a_pause() {
    let text = |steps: &str| {
        format!(
            "version: 1\nsigning: none\ncomponents: {{ api: {{ role: producer }}, worker: {{ role: worker }} }}\n\
             goal: {{ all: {{ signing: hmac-sha256, keys: [k1], active: k1 }} }}\nsteps:\n{steps}"
        )
    };
    let on = "signing: hmac-sha256, keys: [k1], active: k1";
    let producers_first =
        format!("  - {{ roll: api, {on} }}\n  - {{ drain: true }}\n  - {{ roll: worker, {on} }}\n");
    assert_eq!(troubles(&text(&producers_first)), [(3, "refused")]);
    let paused = format!(
        "  - {{ stop: api }}\n  - {{ drain: true }}\n  - {{ roll: worker, {on} }}\n  - {{ start: api, {on} }}\n"
    );
    assert_eq!(troubles(&text(&paused)), []);
}

#[test]
fn a_wait_without_workers_never_ends() {
    assert!(
        troubles(&hmac("  - { stop: worker }\n  - { drain: true }\n")).contains(&(2, "refused"))
    );
}

#[test]
fn a_new_ca_is_trusted_before_it_is_shown() {
    let text = |steps: &str| {
        format!(
            "version: 1\nsigning: none\n\
             components: {{ api: {{ role: producer }}, redis: {{ role: broker }} }}\n\
             start: {{ all: {{ trust: [ca1], leaf: ca1 }}, api: {{ url: rediss }}, redis: {{ ports: [tls] }} }}\n\
             goal: {{ all: {{ trust: [ca2], leaf: ca2 }} }}\nsteps:\n{steps}"
        )
    };
    let both = "  - { roll: all, trust: [ca1, ca2] }\n";
    let leaves = "  - { roll: all, leaf: ca2 }\n";
    let out = "  - { roll: all, trust: [ca2] }\n";
    assert_eq!(troubles(&text(&[both, leaves, out].concat())), []);
    assert_eq!(troubles(&text(&[leaves, out].concat()))[0], (1, "refused"));
    assert_eq!(troubles(&text(&[both, out].concat()))[0], (2, "refused"));
    let at_once = "  - { roll: all, trust: [ca2], leaf: ca2 }\n";
    assert_eq!(
        troubles(&text(&[both, at_once].concat()))[0],
        (2, "refused")
    );
}

#[test]
fn what_is_left_stopped_is_no_goal() {
    let steps = format!("{}  - {{ stop: beat }}\n", SAFE.concat());
    assert_eq!(troubles(&hmac(&steps)), [(5, "incomplete")]);
}

#[test]
fn a_worker_alone_takes_messages_of_somebody_else() {
    let worker = |signing: &str, fields: &str, to: &str| {
        format!(
            "version: 1\nsigning: {signing}\ncomponents: {{ worker: {{ role: worker }} }}\n\
             start: {{ all: {{ {fields} }} }}\nsteps: [{{ roll: worker, {to} }}]\n"
        )
    };
    let text = worker(
        "hmac-sha256",
        "keys: [k1], active: k1",
        "keys: [k2], active: k2",
    );
    assert_eq!(troubles(&text), [(1, "refused")]);
    let text = worker(
        "ed25519",
        "public: [k1], active: k1",
        "public: [k2], active: k2",
    );
    assert_eq!(troubles(&text), [(1, "refused")]);
    let plan = plan(&text);
    let told = story::of(&plan, prove(&plan).shortest().expect("unsafe"));
    assert!(
        told[1].contains("somebody sent who is not in the plan"),
        "{told:?}"
    );
    let text = worker("none", "", "signing: hmac-sha256, keys: [k1], active: k1");
    assert_eq!(troubles(&text), [(1, "refused")]);
}

#[test]
fn a_dashboard_sends_unless_it_is_said_not_to() {
    let text = |dashboard: &str| {
        hmac("  - { roll: dash, keys: [k1, k2], active: k2 }\n").replace(
            "beat: { role: beat } }",
            &format!("beat: {{ role: beat }}, dash: {{ role: dashboard{dashboard} }} }}"),
        )
    };
    assert!(troubles(&text("")).contains(&(1, "refused")));
    assert!(!troubles(&text(", enqueues: false")).contains(&(1, "refused")));
}

#[test]
fn a_broker_asks_for_as_much_in_between_as_at_both_ends() {
    let text = |start: &str, steps: &str| {
        format!(
            "version: 1\nsigning: none\ncomponents: {{ redis: {{ role: broker }} }}\n\
             start: {{ redis: {{ {start} }} }}\nsteps:\n{steps}"
        )
    };
    let mtls = "ports: [tls], leaf: ca1, trust: [ca1]";
    let off = "  - { roll: redis, clients: ignored }\n  - { roll: redis, clients: required }\n";
    assert_eq!(troubles(&text(mtls, off)), [(1, "unprotected")]);
    let open = "  - { roll: redis, password: null }\n  - { roll: redis, password: p2 }\n";
    assert_eq!(troubles(&text("password: p1", open)), [(1, "unprotected")]);
    assert_eq!(
        troubles(&text(mtls, "  - { roll: redis, clients: ignored }\n")),
        []
    );
}
