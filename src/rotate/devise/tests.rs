//! Plans are safe, as short as can be, and there for every posture; from everywhere there is
//! a way back.

use super::*;
use crate::model::role::Role;
use crate::rotate::plan::{Action, ClientAuth, Component, Leaf, Ports, Scheme};
use crate::rotate::verdict::Kind;

const TRANSPORTS: [Transport; 3] = Transport::ALL;

/// A deployment in a posture, with this many components of each role.
fn present(signing: Signing, transport: Transport, each: usize) -> Plan {
    let roles = [
        Role::Producer,
        Role::Worker,
        Role::Beat,
        Role::Cli,
        Role::Dashboard,
    ];
    let mut components: Vec<Component> = roles
        .iter()
        .flat_map(|role| {
            (0..each).map(move |number| Component::new(&format!("{role}-{number}"), &[*role]))
        })
        .collect();
    for component in components.iter_mut().filter(|one| one.has(Role::Dashboard)) {
        component.enqueues = Some(component.name.ends_with('0'));
    }
    components.push(Component::new("redis", &[Role::Broker]));
    let start = components
        .iter()
        .map(|component| config(component, signing, transport))
        .collect();
    Plan {
        signing,
        runs: vec![true; components.len()],
        start,
        components,
        goal: Vec::new(),
        steps: Vec::new(),
    }
}

fn config(component: &Component, signing: Signing, transport: Transport) -> Config {
    let mut config = Config::new(signing);
    let has_private = component.is_source();
    if component.is_stem() && !component.has(Role::Cli) {
        config.active = (signing != Signing::None).then(|| "k1".to_owned());
        match signing {
            Signing::None => {}
            Signing::HmacSha256 => config.keys.push(Key::named("k1")),
            Signing::Ed25519 => {
                config.public.push(Key::named("k1"));
                config.private.extend(has_private.then(|| Key::named("k1")));
            }
        }
    }
    let leaf = Leaf {
        ca: "ca1".to_owned(),
        cert: None,
    };
    config.password = (transport != Transport::Mtls).then(|| "p1".to_owned());
    if component.has(Role::Broker) {
        config.ports = Ports {
            plain: !transport.encrypts(),
            tls: transport.encrypts(),
        };
        config.clients = match transport {
            Transport::Tls => ClientAuth::Ignored,
            _ => ClientAuth::Required,
        };
        config.leaf = transport.encrypts().then_some(leaf);
    } else {
        config.url = if transport.encrypts() {
            Scheme::Rediss
        } else {
            Scheme::Redis
        };
        config.leaf = (transport == Transport::Mtls).then_some(leaf);
    }
    config.trust = if transport.encrypts() {
        vec!["ca1".to_owned()]
    } else {
        Vec::new()
    };
    config
}

fn postures() -> impl Iterator<Item = (Signing, Transport)> {
    Signing::ALL
        .into_iter()
        .flat_map(|signing| TRANSPORTS.map(|transport| (signing, transport)))
}

fn wanted(signing: Signing, transport: Transport) -> Wanted {
    Wanted {
        signing,
        transport,
        key: Some(Key::named("k2")),
        ca: Some("ca1".to_owned()),
        cert: Some("new".to_owned()),
        password: (transport != Transport::Mtls).then(|| "p1".to_owned()),
    }
}

/// Every plan for these deployments, with what it is for.
fn every_plan(each: usize) -> Vec<(String, Plan)> {
    let mut plans = Vec::new();
    for (signing, transport) in postures() {
        let from = present(signing, transport, each);
        let mut aims = Vec::new();
        if signing != Signing::None {
            aims.push(Aim::Signing {
                to: Key::named("k2"),
                leaked: false,
            });
        }
        if transport.encrypts() {
            aims.push(Aim::Authority {
                to: "ca2".to_owned(),
                cert: "new".to_owned(),
            });
            aims.push(Aim::Server {
                cert: "new".to_owned(),
            });
        }
        if transport == Transport::Mtls {
            aims.push(Aim::Clients {
                cert: "new".to_owned(),
            });
        }
        let others = postures().filter(|to| *to != (signing, transport));
        aims.extend(others.map(|(signing, transport)| Aim::Posture(wanted(signing, transport))));
        for aim in aims {
            let name = format!("{signing} + {transport}, {aim:?}");
            let devised = devise(&from, &aim).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(devised.lost.is_empty(), "{name}");
            plans.push((name, devised.plan));
        }
    }
    plans
}

#[test]
fn there_is_a_proven_plan_from_every_posture_to_every_other_and_for_every_rotation() {
    let plans = every_plan(2);
    assert_eq!(plans.len(), 9 * 8 + 6 + 6 + 6 + 3);
    for (name, plan) in plans {
        assert!(prove(&plan).is_safe(), "{name}");
    }
}

#[test]
fn no_step_and_no_gate_of_a_plan_can_be_left_out() {
    for (name, plan) in every_plan(1) {
        let less = shrink::left_out(&plan.steps, 0).chain(shrink::merged(&plan.steps, 0));
        for steps in less {
            let shorter = Plan {
                steps,
                ..plan.clone()
            };
            assert!(
                !prove(&shorter).is_safe(),
                "{name}\n{}\nis safe as\n{}",
                plan.text(),
                shorter.text()
            );
        }
    }
}

#[test]
fn from_every_step_of_every_plan_there_is_a_way_back() {
    for (name, plan) in every_plan(1) {
        for step in 0..=plan.steps.len() {
            let back = back(&plan, step)
                .unwrap_or_else(|| panic!("{name}: none from step {step}\n{}", plan.text()));
            let is_new =
                |trouble: &Trouble| trouble.kind() != Kind::Unprotected || trouble.step > step;
            assert!(
                !prove(&back).troubles.iter().any(is_new),
                "{name} from step {step}"
            );
            let (_, end) = crate::rotate::moment::play(&back);
            assert_eq!(
                (&end.configs, &end.runs),
                (&plan.start, &plan.runs),
                "{name} from step {step}"
            );
        }
    }
}

#[test]
fn keys_are_learned_then_used_then_alone() {
    let from = present(Signing::HmacSha256, Transport::Plaintext, 1);
    let aim = Aim::Signing {
        to: Key::named("k2"),
        leaked: false,
    };
    let plan = devise(&from, &aim).expect("a plan").plan;
    let rolled: Vec<Vec<&str>> = plan
        .steps
        .iter()
        .map(|step| match &step.action {
            Action::Roll(members) => members
                .iter()
                .map(|one| plan.components[one.component].name.as_str())
                .collect(),
            _ => vec!["-"],
        })
        .collect();
    assert_eq!(
        rolled,
        [
            vec!["worker-0"],
            vec!["producer-0", "worker-0", "beat-0", "dashboard-0"],
            vec!["-"],
            vec!["producer-0", "worker-0", "beat-0", "dashboard-0"],
        ]
    );
}

#[test]
fn signing_alone_pauses_nobody_and_another_algorithm_pauses_only_who_sends() {
    let from = present(Signing::HmacSha256, Transport::Mtls, 1);
    let stops = |aim: &Aim| {
        let plan = devise(&from, aim).expect("a plan").plan;
        let stopped = plan.steps.iter().filter_map(|step| match &step.action {
            Action::Stop(members) => Some(members.len()),
            _ => None,
        });
        stopped.sum::<usize>()
    };
    assert_eq!(
        stops(&Aim::Signing {
            to: Key::named("k2"),
            leaked: false
        }),
        0
    );
    assert_eq!(
        stops(&Aim::Authority {
            to: "ca2".to_owned(),
            cert: "n".to_owned()
        }),
        0
    );
    // the producer, beat, and the dashboard that enqueues
    assert_eq!(
        stops(&Aim::Posture(wanted(Signing::Ed25519, Transport::Mtls))),
        3
    );
}

#[test]
fn a_leaked_key_costs_what_it_signed_and_nothing_else() {
    for signing in [Signing::HmacSha256, Signing::Ed25519] {
        let from = present(signing, Transport::Mtls, 2);
        let devised = devise(
            &from,
            &Aim::Signing {
                to: Key::named("k2"),
                leaked: true,
            },
        )
        .expect("a plan");
        assert!(!devised.lost.is_empty());
        for lost in &devised.lost {
            let Event::Message {
                signature: Signature::Signed(_, key),
                ..
            } = &lost.event
            else {
                panic!("{lost:?}")
            };
            assert_eq!(key, &Key::named("k1"));
        }
        let (_, end) = crate::rotate::moment::play(&devised.plan);
        assert!(
            end.configs
                .iter()
                .all(|config| !config.keys.contains(&Key::named("k1")))
        );
    }
}

#[test]
fn what_cannot_be_planned_is_said() {
    let hmac = present(Signing::HmacSha256, Transport::Plaintext, 1);
    let off = present(Signing::None, Transport::Plaintext, 1);
    let signing = |to: Key| Aim::Signing { to, leaked: false };
    assert_eq!(
        devise(&off, &signing(Key::named("k2"))),
        Err(DeviseError::NothingSigns)
    );
    let same_id = Key {
        id: "k1".to_owned(),
        is: "other".to_owned(),
    };
    assert_eq!(
        devise(&hmac, &signing(same_id)),
        Err(DeviseError::IdTaken("k1".to_owned()))
    );
    assert_eq!(
        devise(&hmac, &signing(Key::named("k1"))),
        Err(DeviseError::NothingToDo)
    );
    assert_eq!(
        devise(
            &hmac,
            &Aim::Server {
                cert: "n".to_owned()
            }
        ),
        Err(DeviseError::NoCertificates)
    );
    let same = Aim::Posture(wanted(Signing::HmacSha256, Transport::Plaintext));
    assert_eq!(devise(&hmac, &same), Err(DeviseError::NothingToDo));
    let mut broken = hmac.clone();
    broken.start[1].keys = vec![Key::named("k9")];
    broken.start[1].active = Some("k9".to_owned());
    assert!(matches!(
        devise(&broken, &signing(Key::named("k2"))),
        Err(DeviseError::Unsound(_))
    ));
}

#[test]
fn one_component_that_sends_and_takes_cannot_be_paused_unless_it_only_retries() {
    let mut from = present(Signing::HmacSha256, Transport::Plaintext, 1);
    from.components[1].roles = vec![Role::Worker, Role::Producer];
    let aim = Aim::Posture(wanted(Signing::Ed25519, Transport::Plaintext));
    assert!(matches!(devise(&from, &aim), Err(DeviseError::NoOrder(_))));
    from.components[1].enqueues = Some(false);
    assert!(devise(&from, &aim).is_ok());
}

#[test]
fn a_pause_that_is_not_needed_goes_with_both_its_ends() {
    let text = "version: 1\nsigning: hmac-sha256\n\
                components: { api: { role: producer }, worker: { role: worker } }\n\
                start: { all: { keys: [k1], active: k1 } }\n\
                goal: { api: { keys: [k1], active: k1 }, worker: { keys: [k1, k2], active: k1 } }\n\
                steps:\n  - { stop: worker }\n  - { start: worker, keys: [k1, k2] }\n";
    let plan = Plan::parse(text.as_bytes()).expect("a plan");
    let short = shrunk(plan, 0, |_| false);
    assert!(prove(&short).is_safe());
    assert!(matches!(&short.steps[..], [step] if matches!(step.action, Action::Roll(_))));
    Plan::parse(short.text().as_bytes()).expect("a plan that a file can say");
}
