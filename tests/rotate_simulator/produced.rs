//! Every plan that the tool can make, carried out: for each posture and aim, with one to four
//! components of each role and one to three replicas of each, in a hundred thousand orders. And the
//! same plans with a step or a gate left out, which must do harm.
//!
//! With `STEM_SEC_SCHEDULES=100000` each plan is carried out that often for each size.

use stem_sec::model::posture::{Signing, Transport};
use stem_sec::rotate::devise::{Aim, Wanted, devise};
use stem_sec::rotate::plan::Key;
use stem_sec::rotate::{Plan, prove};

use crate::agreement::proven;
use stem_simulator::outcome::{Outcome, hunt, simulate, simulate_giving_up};

/// Orders in which each plan is carried out, over all sizes of the deployment: a test that
/// everybody runs cannot take half an hour.
const SCHEDULES: u32 = 100_000;
const MOST_EACH: usize = 4;
const MOST_REPLICAS: usize = 3;

/// A deployment as a plan without steps, written by hand for each posture.
fn present(signing: Signing, transport: Transport, each: usize) -> String {
    let signs = |ids: &str, private: &str| match signing {
        Signing::None => String::new(),
        Signing::HmacSha256 => format!("keys: [{ids}], active: {ids}, "),
        Signing::Ed25519 => format!("public: [{ids}], {private}active: {ids}, "),
    };
    let connects = match transport {
        Transport::Plaintext => "password: p",
        Transport::Tls => "url: rediss, trust: [ca1], password: p",
        Transport::Mtls => "url: rediss, trust: [ca1], leaf: ca1",
    };
    let broker = match transport {
        Transport::Plaintext => "password: p",
        Transport::Tls => "ports: [tls], clients: ignored, trust: [ca1], leaf: ca1, password: p",
        Transport::Mtls => "ports: [tls], trust: [ca1], leaf: ca1",
    };
    let mut components = String::new();
    let mut start = String::new();
    for number in 0..each {
        for (role, private) in [
            ("producer", "private: [k1], "),
            ("worker", ""),
            ("beat", "private: [k1], "),
            ("dashboard", "private: [k1], "),
        ] {
            let enqueues = if role == "dashboard" {
                ", enqueues: true"
            } else {
                ""
            };
            components += &format!("  {role}{number}: {{ role: {role}{enqueues} }}\n");
            start += &format!(
                "  {role}{number}: {{ {}{connects} }}\n",
                signs("k1", private)
            );
        }
        components += &format!("  cli{number}: {{ role: cli }}\n");
        start += &format!("  cli{number}: {{ {connects} }}\n");
    }
    components += "  redis: { role: broker }\n";
    start += &format!("  redis: {{ {broker} }}\n");
    format!("version: 1\nsigning: {signing}\ncomponents:\n{components}start:\n{start}")
}

/// What can be asked of a deployment in a posture.
fn aims(signing: Signing, transport: Transport) -> Vec<Aim> {
    let mut aims = Vec::new();
    if signing != Signing::None {
        for leaked in [false, true] {
            let to = Key::named("k2");
            aims.push(Aim::Signing { to, leaked });
        }
    }
    let cert = || "new".to_owned();
    if transport.encrypts() {
        let to = "ca2".to_owned();
        aims.push(Aim::Authority { to, cert: cert() });
        aims.push(Aim::Server { cert: cert() });
    }
    if transport == Transport::Mtls {
        aims.push(Aim::Clients { cert: cert() });
    }
    let others = Signing::ALL
        .into_iter()
        .flat_map(|to| Transport::ALL.map(|over| (to, over)));
    for (to, over) in others.filter(|to| *to != (signing, transport)) {
        aims.push(Aim::Posture(Wanted {
            signing: to,
            transport: over,
            key: Some(Key::named("k2")),
            ca: Some("ca1".to_owned()),
            cert: Some(cert()),
            password: (over != Transport::Mtls).then(|| "p".to_owned()),
        }));
    }
    aims
}

/// The text of every plan for deployments of this size, with what it is for.
fn produced(each: usize, is_wanted: fn(&Aim) -> bool) -> Vec<(String, String)> {
    let mut plans = Vec::new();
    for signing in Signing::ALL {
        for transport in Transport::ALL {
            let text = present(signing, transport, each);
            let present = Plan::parse(text.as_bytes()).expect("a plan");
            for aim in aims(signing, transport).into_iter().filter(is_wanted) {
                let name = format!("{signing} + {transport}, {each} of each role: {aim:?}");
                let devised =
                    devise(&present, &aim).unwrap_or_else(|error| panic!("{name}: {error}"));
                plans.push((name, devised.plan.text()));
            }
        }
    }
    plans
}

fn is_leak(aim: &Aim) -> bool {
    matches!(aim, Aim::Signing { leaked: true, .. })
}

/// For one size of the deployment.
fn schedules() -> u32 {
    let asked = std::env::var("STEM_SEC_SCHEDULES").ok();
    let sizes = u32::try_from(MOST_EACH * MOST_REPLICAS).expect("small");
    asked.map_or(SCHEDULES.div_ceil(sizes), |number| {
        number.parse().expect("a number of schedules")
    })
}

/// Carries them out at every size, and says how many plans there are.
fn carry_out(
    is_wanted: fn(&Aim) -> bool,
    run: impl Fn(&str, usize, u64) -> Result<Outcome, String>,
) -> (usize, u64) {
    let (mut plans, mut losses) = (0, 0);
    for each in 1..=MOST_EACH {
        let all = produced(each, is_wanted);
        plans = all.len();
        for (name, text) in all {
            for replicas in 1..=MOST_REPLICAS {
                let outcome = run(&text, replicas, each as u64).expect("a plan");
                assert!(
                    outcome.is_safe(),
                    "{name} × {replicas}: {:?}\n{text}",
                    outcome.found
                );
                assert!(outcome.done > 0, "{name}: nothing was done");
                losses += outcome.listed_losses;
            }
        }
    }
    (plans, losses)
}

#[test]
fn no_order_in_which_a_produced_plan_is_carried_out_does_harm() {
    let number = schedules();
    let (plans, _) = carry_out(
        |aim| !is_leak(aim),
        |text, replicas, seed| simulate(text, replicas, number, seed),
    );
    assert_eq!(plans, 9 * 8 + 6 + 6 + 6 + 3);
}

#[test]
fn a_plan_for_a_leaked_key_loses_what_that_key_signed_and_nothing_else() {
    let number = schedules();
    let (plans, losses) = carry_out(is_leak, |text, replicas, seed| {
        simulate_giving_up(text, "k1", replicas, number, seed)
    });
    assert_eq!(plans, 6);
    assert!(losses > 0, "that it loses nothing would be news");
}

#[test]
fn a_produced_plan_without_one_of_its_steps_does_harm() {
    for (name, text) in produced(1, |aim| !is_leak(aim)) {
        let plan = Plan::parse(text.as_bytes()).expect("a plan");
        for left_out in 0..plan.steps.len() {
            let mut less = plan.clone();
            less.steps.remove(left_out);
            // without its stop a start is no plan file any more
            let Ok(less) = Plan::parse(less.text().as_bytes()) else {
                continue;
            };
            let text = less.text();
            assert!(
                !prove(&less).is_safe(),
                "{name} without step {}",
                left_out + 1
            );
            let outcome = hunt(&text, 2, SCHEDULES, 7).expect("a plan");
            let said = proven(&text);
            assert!(
                !outcome.is_safe(),
                "{name} without step {}: {said:?}\n{text}",
                left_out + 1
            );
        }
    }
}
