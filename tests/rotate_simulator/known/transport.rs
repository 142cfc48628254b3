//! Certificates, ports, passwords.

use super::{harmful, safe};

const MTLS: &str = "
version: 1
components: { api: { role: producer }, cli: { role: cli }, redis: { role: broker } }
start:
  all: { url: rediss, ports: [tls], trust: [ca1], leaf: ca1 }
goal:
  all: { trust: [ca2], leaf: ca2 }
steps:
";

fn mtls(steps: &str) -> String {
    format!("{MTLS}{steps}")
}

#[test]
fn two_roots_side_by_side_then_the_leaves_then_the_old_root_goes() {
    safe(&mtls(
        "
  - { roll: all, trust: [ca1, ca2] }
  - { roll: [redis], leaf: ca2 }
  - { roll: [api, cli], leaf: ca2 }
  - { roll: all, trust: [ca2] }
",
    ));
}

#[test]
fn all_leaves_at_once_are_safe_when_everybody_trusts_both_roots() {
    safe(&mtls(
        "
  - { roll: all, trust: [ca1, ca2] }
  - { roll: all, leaf: ca2 }
  - { roll: all, trust: [ca2] }
",
    ));
}

#[test]
fn a_root_and_its_leaves_in_one_step_meet_old_ends() {
    harmful(
        &mtls("  - { roll: all, trust: [ca1, ca2], leaf: ca2 }\n  - { roll: all, trust: [ca2] }"),
        "refused",
        "issuer `ca2`",
    );
}

#[test]
fn a_broker_that_forgets_the_old_root_too_early_refuses_old_clients() {
    harmful(
        &mtls(
            "
  - { roll: all, trust: [ca1, ca2] }
  - { roll: [redis], leaf: ca2, trust: [ca2] }
  - { roll: [api, cli], leaf: ca2, trust: [ca2] }
",
        ),
        "refused",
        "unknown ca, issuer `ca1`",
    );
}

const PLAINTEXT: &str = "
version: 1
components: { api: { role: producer }, redis: { role: broker } }
start: { all: { password: p } }
goal:
  all: { url: rediss, trust: [ca1], leaf: ca1, ports: [tls] }
steps:
";

#[test]
fn both_ports_then_the_clients_then_the_plaintext_port_closes() {
    let steps = "
  - { roll: [redis], ports: [plain, tls], leaf: ca1, trust: [ca1], clients: optional }
  - { roll: [api], url: rediss, trust: [ca1], leaf: ca1 }
  - { roll: [redis], ports: [tls], clients: required }
";
    safe(&format!("{PLAINTEXT}{steps}"));
}

#[test]
fn clients_before_the_port_find_nobody() {
    let steps = "
  - { roll: [api], url: rediss, trust: [ca1], leaf: ca1 }
  - { roll: [redis], ports: [tls], leaf: ca1, trust: [ca1] }
";
    harmful(&format!("{PLAINTEXT}{steps}"), "refused", "no TLS port");
}

#[test]
fn a_port_that_closes_early_leaves_old_clients_outside() {
    let steps = "
  - { roll: [redis], ports: [plain, tls], leaf: ca1, trust: [ca1] }
  - { roll: all, url: rediss, trust: [ca1], leaf: ca1, ports: [tls] }
";
    harmful(
        &format!("{PLAINTEXT}{steps}"),
        "refused",
        "no plaintext port",
    );
}

#[test]
fn a_broker_with_a_tls_port_needs_a_certificate_and_roots() {
    for steps in [
        "  - { roll: [redis], ports: [plain, tls], trust: [ca1] }",
        "  - { roll: [redis], ports: [plain, tls], leaf: ca1 }",
    ] {
        let plan = format!("{PLAINTEXT}{steps}").replace("goal:", "start_of_nothing:");
        assert!(stem_simulator::outcome::hunt(&plan, 1, 1, 1).is_err());
        let outcome = stem_simulator::outcome::simulate(&format!("{PLAINTEXT}{steps}"), 1, 10, 1);
        let outcome = outcome.expect("a plan");
        assert_eq!(outcome.words(), ["no-start", "incomplete"]);
    }
}

#[test]
fn passwords_have_no_overlap() {
    let steps = "  - { roll: all, password: q, url: redis }";
    let plan = format!("{PLAINTEXT}{steps}");
    let plan = plan.replace(
        "all: { url: rediss, trust: [ca1], leaf: ca1, ports: [tls] }",
        "{}",
    );
    harmful(&plan, "refused", "WRONGPASS");
}

#[test]
fn a_broker_that_is_stopped_under_its_clients_refuses_them() {
    let plan = "
version: 1
components: { api: { role: producer }, redis: { role: broker } }
steps:
  - { stop: [redis] }
  - { start: [redis] }
";
    harmful(plan, "refused", "does not");
    safe(
        "
version: 1
components: { api: { role: producer }, redis: { role: broker } }
start: { all: { password: p } }
steps:
  - { stop: [api] }
  - { stop: [redis] }
  - { start: [redis], password: q }
  - { start: [api], password: q }
",
    );
}

#[test]
fn a_recreated_broker_that_restarts_is_no_refusal() {
    safe(
        "
version: 1
components: { api: { role: producer }, redis: { role: broker, strategy: recreate } }
steps:
  - { roll: [redis] }
",
    );
}

#[test]
fn speaking_in_the_clear_in_between_is_no_protection() {
    let steps = "
  - { roll: [redis], ports: [plain, tls] }
  - { roll: [api, cli], url: redis }
  - { roll: [api, cli], url: rediss }
  - { roll: [redis], ports: [tls] }
";
    let plan = mtls(steps).replace("  all: { trust: [ca2], leaf: ca2 }", "  {}");
    harmful(&plan, "unprotected", "plaintext port is open");
}

#[test]
fn certificates_that_nobody_verifies_are_forbidden() {
    let plan = mtls("  - { roll: [api], insecure: true }");
    let plan = plan.replace("  all: { trust: [ca2], leaf: ca2 }", "  {}");
    harmful(&plan, "forbidden", "STEM_TLS_ALLOW_INSECURE");
}
