//! Plan files are read as the reference says, and written so that they are read back.

use proptest::prelude::*;

use crate::model::posture::Signing;
use crate::model::role::Role;
use crate::rotate::plan::{
    Action, Change, ClientAuth, Component, Config, Goal, Key, Leaf, Member, Plan, Ports, Scheme,
    Step, Strategy,
};

const WHOLE: &str = "\
version: 1
signing: hmac-sha256
components: { api: { role: producer }, worker: { roles: [worker, producer], strategy: recreate, enqueues: false }, redis: { role: broker }, next: { role: beat } }
start:
  all: { keys: [k1], active: k1, trust: [ca1], leaf: ca1 }
  api: { leaf: { ca: ca1, cert: api-1 } }
  redis: { ports: [plain, tls], clients: optional }
  next: null
goal:
  all: { keys: [{ id: k1, is: other }] }
  next: null
steps:
  - { roll: [api, redis], trust: [ca1, ca2], each: { api: { active: k2 } }, say: both are trusted }
  - { drain: true }
  - { stop: api }
  - { start: api, url: rediss }
  - { roll: all, keys: [k2], password: null }
";

fn parsed(text: &str) -> Plan {
    Plan::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn refusal(text: &str) -> String {
    Plan::parse(text.as_bytes())
        .expect_err("it should be refused")
        .to_string()
}

#[test]
fn fields_of_all_go_to_whom_they_mean_something() {
    let plan = parsed(WHOLE);
    let [api, worker, redis, next] = plan.start.as_slice() else {
        panic!("four components")
    };
    assert_eq!(api.keys, [Key::named("k1")]);
    assert_eq!(
        api.leaf.as_ref().and_then(|leaf| leaf.cert.as_deref()),
        Some("api-1")
    );
    assert_eq!(
        worker.leaf.as_ref().map(|leaf| leaf.ca.as_str()),
        Some("ca1")
    );
    assert!(redis.keys.is_empty() && redis.trust == ["ca1"]);
    assert!(redis.ports.plain && redis.ports.tls);
    assert_eq!(next, &Config::new(Signing::HmacSha256));
    assert_eq!(plan.runs, [true, true, true, false]);
    assert_eq!(plan.goal[3], Goal::Gone);
    assert!(!plan.components[1].is_source());
    let Action::Roll(members) = &plan.steps[0].action else {
        panic!("a roll")
    };
    assert_eq!(members[0].change.active, Some(Some("k2".to_owned())));
    assert_eq!(members[1].change.active, None);
    assert_eq!(plan.steps[0].say.as_deref(), Some("both are trusted"));
    let Action::Roll(members) = &plan.steps[4].action else {
        panic!("a roll")
    };
    assert_eq!(members.len(), 3, "what does not run is not rolled");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let with = |steps: &str| {
        format!(
            "version: 1\nsigning: none\ncomponents: {{ a: {{ role: worker }}, r: {{ role: broker }} }}\nsteps:\n  - {steps}\n"
        )
    };
    for (steps, wanted) in [
        (
            "{ roll: a, kees: [k1] }",
            "line 5, column 16: unknown key `kees`; did you mean `keys`?",
        ),
        (
            "{ roll: [b] }",
            "line 5, column 14: the plan has no component of this name",
        ),
        (
            "{ roll: [r], keys: [k1] }",
            "line 5, column 18: `keys` means nothing to `r`",
        ),
        (
            "{ roll: a, drain: true }",
            "line 5, column 5: a step has one of `roll`, `drain`, `stop` and `start`",
        ),
        (
            "{ drain: true, keys: [k1] }",
            "line 5, column 20: `drain` takes no fields",
        ),
        ("{ start: a }", "line 5, column 14: `a` runs here already"),
        (
            "{ roll: a, keys: [primary:c2VjcmV0] }",
            "line 5, column 23: this cannot be a key id",
        ),
        (
            "{ roll: a, signing: hmac }",
            "line 5, column 25: this must be one of none, hmac-sha256, ed25519",
        ),
    ] {
        assert_eq!(refusal(&with(steps)), wanted);
    }
    assert_eq!(
        refusal("version: 2\n"),
        "line 1, column 10: this plan is of another version; this stem-sec reads version 1"
    );
    assert_eq!(
        refusal("version: 1\ncomponents: { a: { role: worker } }\n"),
        "line 1, column 1: `signing` is missing"
    );
    assert_eq!(
        refusal("version: 1\nsigning: none\ncomponents: { all: { role: worker } }\n"),
        "line 3, column 15: `all` means every component, so none can be called so"
    );
}

#[test]
fn no_error_shows_what_somebody_pasted() {
    let secret = "c3VwZXItc2VjcmV0LXN1cGVyLXNlY3JldC0wMQ==";
    for text in [
        format!("version: 1\nsigning: {secret}\ncomponents: {{ a: {{ role: worker }} }}\n"),
        format!("version: 1\nsigning: none\n{secret}: 1\n"),
        format!("version: 1\nsigning: none\ncomponents: {{ a: {{ role: {secret} }} }}\n"),
        format!(
            "version: 1\nsigning: none\ncomponents: {{ a: {{ role: worker }} }}\nstart: {{ a: {{ keys: ['p:{secret}'] }} }}\n"
        ),
        format!(
            "version: 1\nsigning: none\ncomponents: {{ a: {{ role: worker }} }}\nstart: {{ a: {{ keys: {{ p: {secret} }} }} }}\n"
        ),
        format!(
            "version: 1\nsigning: none\ncomponents: {{ a: {{ role: worker }} }}\nstart: {{ a: {{ keys: [{{ id: k, is: '{secret}' }}] }} }}\n"
        ),
    ] {
        let error = Plan::parse(text.as_bytes()).expect_err("refused");
        let said = format!("{error} {error:?} {:?}", error.hint());
        assert!(!said.contains(&secret[..12]), "{said}");
    }
}

#[test]
fn a_whole_plan_is_written_and_read_back() {
    let plan = parsed(WHOLE);
    assert_eq!(parsed(&plan.text()), plan);
}

fn any_name() -> impl Strategy_<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9-]{0,8}",
        "[0-9]{4}-[0-9]{2}",
        Just("true".to_owned()),
        "[ -+\\--9;-~é]{1,6}"
    ]
    .prop_filter("a name", |name| {
        !name.trim().is_empty() && name.trim() == name && name != "all"
    })
}

fn any_key() -> impl Strategy_<Value = Key> {
    (any_name(), any_name()).prop_map(|(id, is)| Key { id, is })
}

fn any_change(of: Component) -> impl Strategy_<Value = Change> {
    let keys = || proptest::option::of(proptest::collection::vec(any_key(), 0..3));
    let word = || proptest::option::of(proptest::option::of(any_name()));
    let signing = proptest::option::of(proptest::sample::select(Signing::ALL.to_vec()));
    let tls = (
        proptest::option::of(proptest::collection::vec(any_name(), 0..3)),
        proptest::option::of(proptest::option::of(
            (any_name(), proptest::option::of(any_name())).prop_map(|(ca, cert)| Leaf { ca, cert }),
        )),
        proptest::option::of(
            (any::<bool>(), any::<bool>()).prop_map(|(plain, tls)| Ports { plain, tls }),
        ),
        proptest::option::of(proptest::sample::select(ClientAuth::ALL.to_vec())),
        proptest::option::of(proptest::sample::select(vec![
            Scheme::Redis,
            Scheme::Rediss,
        ])),
        proptest::option::of(any::<bool>()),
    );
    (signing, keys(), keys(), keys(), word(), word(), tls).prop_map(
        move |(
            signing,
            keys,
            public,
            private,
            active,
            password,
            (trust, leaf, ports, clients, url, insecure),
        )| {
            let whole = Change {
                signing,
                keys,
                public,
                private,
                active,
                url,
                insecure,
                trust,
                leaf,
                password,
                ports,
                clients,
            };
            whole.only(|field| of.uses(field))
        },
    )
}

use proptest::strategy::Strategy as Strategy_;

fn any_component(name: String) -> impl Strategy_<Value = Component> {
    (
        proptest::sample::subsequence(Role::ALL.to_vec(), 1..=3),
        any::<bool>(),
        proptest::option::of(any::<bool>()),
    )
        .prop_map(move |(roles, recreate, enqueues)| Component {
            strategy: if recreate {
                Strategy::Recreate
            } else {
                Strategy::Rolling
            },
            enqueues,
            ..Component::new(&name, &roles)
        })
}

fn any_plan() -> impl Strategy_<Value = Plan> {
    let components = proptest::collection::btree_set(any_name(), 1..5)
        .prop_flat_map(|names| names.into_iter().map(any_component).collect::<Vec<_>>());
    (components, proptest::sample::select(Signing::ALL.to_vec())).prop_flat_map(
        |(components, signing)| {
            let changes = || {
                components
                    .clone()
                    .into_iter()
                    .map(any_change)
                    .collect::<Vec<_>>()
            };
            (
                Just(components.clone()),
                Just(signing),
                changes(),
                changes(),
                changes(),
                proptest::option::of(any_name()),
            )
                .prop_map(|(components, signing, start, goal, roll, say)| {
                    let fresh = Config::new(signing);
                    let members = roll.into_iter().enumerate();
                    let members = members
                        .map(|(component, change)| Member { component, change })
                        .collect();
                    Plan {
                        signing,
                        start: start
                            .iter()
                            .map(|change| change.applied_to(&fresh))
                            .collect(),
                        runs: vec![true; components.len()],
                        goal: goal.into_iter().map(Goal::Runs).collect(),
                        steps: vec![
                            Step {
                                action: Action::Roll(members),
                                say,
                            },
                            Action::Drain.into(),
                            Action::Stop(vec![0]).into(),
                            Action::Start(vec![Member {
                                component: 0,
                                change: Change::default(),
                            }])
                            .into(),
                        ],
                        components,
                    }
                })
        },
    )
}

proptest! {
    #[test]
    fn any_plan_is_written_and_read_back(plan in any_plan()) {
        let text = plan.text();
        let back = Plan::parse(text.as_bytes());
        prop_assert_eq!(back.map_err(|error| format!("{error}\n{text}")), Ok(plan));
    }

    #[test]
    fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Plan::parse(&bytes);
    }

    #[test]
    fn a_plan_with_a_piece_taken_out_ends(from in 0_usize..900, length in 0_usize..60) {
        let from = from.min(WHOLE.len());
        let to = (from + length).min(WHOLE.len());
        let text = format!("{}{}", &WHOLE[..from], &WHOLE[to..]);
        if let Ok(plan) = Plan::parse(text.as_bytes()) {
            let _ = crate::rotate::prove(&plan);
        }
    }
}
