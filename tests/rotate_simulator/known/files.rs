//! Files with a mistake in them, and what fields mean.

use stem_simulator::outcome::{hunt, simulate};
use stem_simulator::read;

fn error(components: &str, rest: &str) -> String {
    let text = format!("version: 1\ncomponents: {{ {components} }}\n{rest}");
    read::plan(&text)
        .err()
        .unwrap_or_else(|| panic!("this was read: {text}"))
}

const TWO: &str = "api: { role: producer }, redis: { role: broker }";

#[test]
fn mistakes_are_named() {
    let mistakes = [
        (TWO, "steps: [{ roll: worker }]", "no component `worker`"),
        (TWO, "steps: [{ roll: [api, api] }]", "named twice"),
        (TWO, "steps: [{ roll: api, key: [k1] }]", "no field `key`"),
        (
            TWO,
            "steps: [{ roll: api, ports: [tls] }]",
            "nothing to `api`",
        ),
        (
            TWO,
            "steps: [{ roll: all, each: { redis: { keys: [k1] } } }]",
            "nothing to `redis`",
        ),
        (
            TWO,
            "steps: [{ roll: api, each: { redis: {} } }]",
            "takes no part",
        ),
        (TWO, "steps: [{ roll: api, drain: true }]", "one of"),
        (TWO, "steps: [{ stop: api }, { roll: api }]", "step 2"),
        (TWO, "steps: [{ stop: api }, { stop: all }]", "step 2"),
        (TWO, "steps: [{ start: api }]", "step 1"),
        (TWO, "steps: [{ stop: api, keys: [k1] }]", "no meaning"),
        (TWO, "steps: []\nends: {}", "no meaning"),
        (
            TWO,
            "start: { redis: { url: rediss } }\nsteps: []",
            "nothing to `redis`",
        ),
        ("api: { role: boss }", "steps: []", "no role"),
        ("", "steps: []", "empty"),
    ];
    for (components, rest, words) in mistakes {
        let error = error(components, rest);
        assert!(error.contains(words), "{rest}: {error}");
    }
}

#[test]
fn a_field_for_all_goes_to_those_to_which_it_means_something() {
    let text = format!(
        "version: 1\ncomponents: {{ {TWO}, nginx: {{ role: other }} }}\n\
         start: {{ all: {{ keys: [k1], trust: [ca1], ports: [tls] }}, api: {{ keys: [k2] }} }}\nsteps: []"
    );
    let plan = read::plan(&text).expect("a plan");
    let [api, redis, nginx] = plan.start.as_slice() else {
        panic!("three components")
    };
    assert_eq!(api.keys[0].id, "k2");
    assert_eq!((api.trust.len(), api.ports.tls), (1, false));
    assert_eq!(
        (redis.keys.len(), redis.trust.len(), redis.ports.tls),
        (0, 1, true)
    );
    assert_eq!((nginx.keys.len(), nginx.trust.len()), (0, 0));
}

#[test]
fn the_same_seed_runs_the_same() {
    let text = format!("version: 1\ncomponents: {{ {TWO} }}\nsteps: [{{ stop: redis }}]");
    let run = |seed| format!("{:?}", simulate(&text, 3, 500, seed).expect("a plan"));
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
    assert_eq!(hunt(&text, 3, 500, 1).expect("a plan").schedules, 1);
}
