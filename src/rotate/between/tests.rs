//! One rollout between two deployments, and the steps where it is not safe.

use super::*;
use crate::rotate::plan::Key;
use crate::rotate::{Kind, prove};

/// A deployment as the start of a plan file says it.
fn deployment(start: &str) -> Plan {
    let text = format!("version: 1\nsigning: hmac-sha256\n{start}steps: []\n");
    Plan::parse(text.as_bytes()).expect("a deployment")
}

const OLD: &str = "\
components: { api: { role: producer }, worker: { role: worker } }
start: { all: { keys: [k1], active: k1 } }
";

fn named(text: &str, from: &str, to: &str) -> Plan {
    deployment(&text.replace(from, to))
}

fn is_safe(from: &Plan, to: &Plan) -> bool {
    prove(&rollout(from, to)).is_safe()
}

fn both(from: &Plan, to: &Plan) -> Joined {
    Joined::new(from, to, Left::Anything)
}

fn rollout(from: &Plan, to: &Plan) -> Plan {
    between(&both(from, to))
}

/// The steps, each as its verb.
fn verbs(plan: &Plan) -> Vec<&'static str> {
    let verb = |step: &Step| match step.action {
        Action::Roll(_) => "roll",
        Action::Drain => "drain",
        Action::Stop(_) => "stop",
        Action::Start(_) => "start",
    };
    plan.steps.iter().map(verb).collect()
}

fn devised(from: &Plan, to: &Plan) -> Plan {
    let plan = steps(&both(from, to), Limits::default()).expect("steps");
    assert!(prove(&plan).is_safe());
    assert!(prove(&deployment_at_end(&plan)).is_safe());
    plan
}

/// What a plan leads to, as a plan without steps.
fn deployment_at_end(plan: &Plan) -> Plan {
    let (_, end) = crate::rotate::moment::play(plan);
    Plan {
        start: end.configs,
        runs: end.runs,
        steps: Vec::new(),
        ..plan.clone()
    }
}

#[test]
fn nothing_changes_between_a_deployment_and_itself() {
    let plan = rollout(&deployment(OLD), &deployment(OLD));
    assert_eq!(plan.steps, []);
    assert!(prove(&plan).is_safe());
}

#[test]
fn a_key_that_is_added_is_safe_and_one_that_is_replaced_is_not() {
    let old = deployment(OLD);
    assert!(is_safe(&old, &named(OLD, "[k1]", "[k1, k2]")));
    let replaced = named(OLD, "[k1], active: k1", "[k2], active: k2");
    assert!(prove(&rollout(&old, &replaced)).has(Kind::Refused));
    assert_eq!(
        verbs(&devised(&old, &replaced)),
        ["roll", "roll", "drain", "roll"]
    );
}

#[test]
fn an_active_key_that_not_every_verifier_knows_yet_is_refused() {
    let old = deployment(OLD);
    let flipped = named(OLD, "[k1], active: k1", "[k1, k2], active: k2");
    assert!(!is_safe(&old, &flipped));
    assert_eq!(verbs(&devised(&old, &flipped)), ["roll", "roll"]);
}

#[test]
fn what_an_old_key_signed_may_be_left_unless_somebody_has_waited() {
    let old = named(OLD, "[k1], active: k1", "[k1, k2], active: k2");
    let new = named(OLD, "[k1], active: k1", "[k2], active: k2");
    assert!(prove(&rollout(&old, &new)).has(Kind::Refused));
    let plan = devised(&old, &new);
    assert_eq!(verbs(&plan), ["drain", "roll"]);
    assert_eq!(plan.components.len(), 2);
    let waited = between(&Joined::new(&old, &new, Left::Nothing));
    assert!(prove(&waited).is_safe());
    // a key that stays is no matter
    let more = named(OLD, "[k1], active: k1", "[k1, k2, k3], active: k2");
    assert!(is_safe(&old, &more));
}

#[test]
fn a_public_key_is_forgotten_after_a_wait_as_well() {
    let old = "\
components: { api: { role: producer }, worker: { role: worker } }
start:
  all: { signing: ed25519, public: [k1, k2], active: k2 }
  api: { private: [k2] }
";
    let new = old.replace("[k1, k2]", "[k2]");
    let (old, new) = (deployment(old), deployment(&new));
    assert!(!is_safe(&old, &new));
    assert_eq!(verbs(&devised(&old, &new)), ["drain", "roll"]);
}

#[test]
fn the_same_id_with_another_value_needs_a_pause() {
    let old = deployment(OLD);
    let replaced = named(OLD, "[k1]", "[{ id: k1, is: other }]");
    assert!(!is_safe(&old, &replaced));
    let plan = devised(&old, &replaced);
    assert_eq!(verbs(&plan), ["stop", "drain", "roll", "start"]);
}

#[test]
fn what_is_new_or_gone_is_side_by_side_with_everything() {
    let old = deployment(OLD);
    let more = "\
components: { api: { role: producer }, worker: { role: worker }, more: { role: worker } }
start: { all: { keys: [k1], active: k1 } }
";
    assert!(is_safe(&old, &deployment(more)));
    assert!(is_safe(&deployment(more), &old));
    let stranger = more.replace("more: { role: worker }", "more: { role: producer }");
    let stranger = stranger.replace(
        "start: { all: { keys: [k1], active: k1 } }",
        "start: { all: { keys: [k1], active: k1 }, more: { keys: [k9], active: k9 } }",
    );
    assert!(!is_safe(&old, &deployment(&stranger)));
    assert!(!is_safe(&deployment(&stranger), &old));
}

#[test]
fn a_worker_with_another_name_takes_over_with_both_keys() {
    let old = deployment(OLD);
    let renamed = named(OLD, "worker: { role: worker }", "other: { role: worker }");
    assert!(is_safe(&old, &renamed));
    let renamed = OLD
        .replace("worker: { role: worker }", "other: { role: worker }")
        .replace("[k1], active: k1", "[k2], active: k2");
    let renamed = deployment(&renamed);
    assert!(!is_safe(&old, &renamed));
    devised(&old, &renamed);
}

#[test]
fn other_roles_under_one_name_are_another_component() {
    let old = deployment(OLD);
    let signs = named(OLD, "{ role: worker }", "{ roles: [worker, producer] }");
    let plan = rollout(&old, &signs);
    let names: Vec<&str> = plan
        .components
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["api", "worker", "worker (new)"]);
    assert!(prove(&plan).is_safe());
    assert_eq!(verbs(&plan), ["start", "stop"]);
}

const TLS: &str = "\
components: { api: { role: producer }, worker: { role: worker }, redis: { role: broker } }
start:
  all: { keys: [k1], active: k1, url: rediss, trust: [ca1], leaf: ca1, ports: [tls] }
";

#[test]
fn a_ca_is_replaced_by_way_of_both() {
    let (old, new) = (deployment(TLS), named(TLS, "ca1", "ca2"));
    assert!(prove(&rollout(&old, &new)).has(Kind::Refused));
    assert_eq!(verbs(&devised(&old, &new)), ["roll", "roll", "roll"]);
}

#[test]
fn keys_and_ca_are_replaced_together() {
    let both = TLS.replace("ca1", "ca2").replace("k1", "k2");
    let plan = devised(&deployment(TLS), &deployment(&both));
    assert_eq!(verbs(&plan), ["roll", "roll", "drain", "roll"]);
}

#[test]
fn tls_comes_with_both_ports_or_with_a_pause() {
    let plain = TLS.replace(
        "url: rediss, trust: [ca1], leaf: ca1, ports: [tls]",
        "url: redis, ports: [plain]",
    );
    let (plain, tls) = (deployment(&plain), deployment(TLS));
    assert_eq!(verbs(&devised(&plain, &tls)), ["roll", "roll", "roll"]);
    let one_port = steps(&both(&plain, &tls), Limits { one_port: true });
    let one_port = one_port.expect("steps");
    assert_eq!(verbs(&one_port), ["stop", "roll", "start"]);
    assert_eq!(verbs(&devised(&tls, &plain)), ["roll", "roll", "roll"]);
}

#[test]
fn a_password_turns_with_a_pause() {
    let old = deployment(OLD);
    let with = |password: &str| {
        let text = TLS.replace(
            "ports: [tls]",
            &format!("ports: [tls], password: {password}"),
        );
        deployment(&text)
    };
    assert!(!is_safe(&with("p1"), &with("p2")));
    assert_eq!(
        verbs(&devised(&with("p1"), &with("p2"))),
        ["stop", "roll", "start"]
    );
    drop(old);
}

#[test]
fn signing_that_is_turned_on_waits_for_what_is_unsigned() {
    let off = named(OLD, "keys: [k1], active: k1", "active: k1");
    let on = deployment(OLD);
    assert!(!is_safe(&off, &on));
    let plan = devised(&off, &on);
    assert!(verbs(&plan).contains(&"drain"));
}

#[test]
fn what_is_not_sound_in_the_end_has_no_steps() {
    let old = deployment(OLD);
    let broken = named(OLD, "[k1], active: k1", "[k2], active: k1");
    assert_eq!(steps(&both(&old, &broken), Limits::default()), None);
}

#[test]
fn what_was_forbidden_before_does_not_stand_in_the_way() {
    let mut old = deployment(OLD);
    old.start[1].private = vec![Key::named("k1")];
    let new = named(OLD, "[k1], active: k1", "[k2], active: k2");
    let plan = steps(&both(&old, &new), Limits::default()).expect("steps");
    let verdict = prove(&plan);
    assert!(verdict.troubles.iter().all(|trouble| trouble.step == 0));
}
