//! What a proof costs as deployments grow: 12 components are to be judged in 50 ms, 200 in a
//! second. Also what it costs to devise a plan, which proves many candidates.
//!
//! `cargo bench --bench rotate`. A line above its bound is said, and fails nothing: time
//! depends on the machine.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use stem_sec::model::posture::Signing;
use stem_sec::model::role::Role;
use stem_sec::rotate::devise::{Aim, devise};
use stem_sec::rotate::plan::{Component, Config, Key, Leaf, Plan, Ports, Scheme};
use stem_sec::rotate::prove;

/// Components, and what a proof may cost.
const SIZES: [(usize, Option<Duration>); 5] = [
    (12, Some(Duration::from_millis(50))),
    (50, None),
    (100, None),
    (200, Some(Duration::from_secs(1))),
    (400, None),
];
const RUNS: u32 = 11;

fn main() -> io::Result<()> {
    // `cargo test --benches` comes without it
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:>10}  {:>22}  {:>12}  {:>12}  {:>12}",
        "components", "plan", "safe", "unsafe", "devise"
    )?;
    for (components, bound) in SIZES {
        for (name, aim) in aims() {
            let present = present(components);
            let devised = devise(&present, &aim).map_err(io::Error::other)?;
            let mut broken = devised.plan.clone();
            broken.steps.remove(0);
            let safe = median(|| assert!(prove(&devised.plan).is_safe()));
            let refused = median(|| assert!(!prove(&broken).is_safe()));
            let made = median(|| assert!(devise(&present, &aim).is_ok()));
            let over = bound.is_some_and(|bound| safe.max(refused) > bound);
            writeln!(
                out,
                "{components:>10}  {name:>22}  {safe:>12.3?}  {refused:>12.3?}  {made:>12.3?}{}",
                if over { "  over its bound" } else { "" }
            )?;
        }
    }
    Ok(())
}

fn aims() -> [(&'static str, Aim); 2] {
    let signing = Aim::Signing {
        to: Key::named("k2"),
        leaked: false,
    };
    let authority = Aim::Authority {
        to: "ca2".to_owned(),
        cert: "new".to_owned(),
    };
    [("another signing key", signing), ("another CA", authority)]
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Producers, workers that sign, and beats in turn, with one broker, over mutual TLS.
fn present(count: usize) -> Plan {
    let roles = [Role::Producer, Role::Worker, Role::Worker, Role::Beat];
    let mut components: Vec<Component> = (1..count)
        .map(|number| Component::new(&format!("part-{number}"), &[roles[number % 4]]))
        .collect();
    components.push(Component::new("redis", &[Role::Broker]));
    let start = components
        .iter()
        .map(|component| {
            let mut config = Config::new(Signing::HmacSha256);
            config.trust = vec!["ca1".to_owned()];
            config.leaf = Some(Leaf {
                ca: "ca1".to_owned(),
                cert: None,
            });
            if component.has(Role::Broker) {
                config.ports = Ports {
                    plain: false,
                    tls: true,
                };
            } else {
                config.url = Scheme::Rediss;
                config.keys = vec![Key::named("k1")];
                config.active = Some("k1".to_owned());
            }
            config
        })
        .collect();
    Plan {
        signing: Signing::HmacSha256,
        runs: vec![true; components.len()],
        start,
        components,
        goal: Vec::new(),
        steps: Vec::new(),
    }
}
