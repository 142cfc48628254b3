//! Deployments beside each other at one broker, and what ends badly.

use super::*;
use crate::cli::rotate::found::senders::Peer;

/// What is said of every deployment of two folders, beside each other.
fn all(from: &[(&str, &str)], to: &[(&str, &str)]) -> Vec<Compared> {
    let (from, to) = both(from, to);
    let peers = from.plans.iter().chain(&to.plans).map(Peer::of).collect();
    let beside = Beside {
        gone: Vec::new(),
        peers,
    };
    pairs::of(from.plans, to.plans)
        .into_iter()
        .map(|(from, to)| compare(from, to.expect("it stays"), &beside, Left::Nothing))
        .collect()
}

const SENDERS: &str = "name: p\nservices: {api: {image: acme/api, env_file: [stem.env]}}\n";
const TAKERS: &str = "name: w\nservices: {worker: {image: acme/worker, env_file: [stem.env]}}\n";

#[test]
fn a_half_of_a_deployment_is_proven_only_where_it_accepts_all_that_it_did() {
    let env = ENV.replace("@redis:", "@bus.example:");
    let (added, replaced) = (
        env.replace("k1:<a>", "k1:<a>,k2:<b>"),
        env.replace("k1", "k2").replace("<a>", "<b>"),
    );
    let same = compared(&shop(TAKERS, &env), &shop(TAKERS, &env));
    assert!(same.is_safe(), "{same:?}");
    let more = compared(&shop(TAKERS, &env), &shop(TAKERS, &added));
    assert!(more.is_safe(), "{more:?}");
    for half in [TAKERS, SENDERS] {
        let found = compared(&shop(half, &env), &shop(half, &replaced));
        assert!(!found.is_safe());
        assert!(found.unknown[0].why.contains("not among these files"));
    }
}

#[test]
fn deployments_at_one_broker_take_what_the_other_sends() {
    let env = ENV.replace("@redis:", "@bus.example:");
    let added = env.replace("k1:<a>", "k1:<a>,k2:<b>");
    let flipped = added.replace("KEY=k1", "KEY=k2");
    let replaced = env.replace("k1", "k2").replace("<a>", "<b>");
    let words = |from: [&str; 2], to: [&str; 2]| -> Vec<bool> {
        let files = |[p, w]: [&'_ str; 2]| {
            let names = [
                "p/compose.yaml",
                "p/stem.env",
                "w/compose.yaml",
                "w/stem.env",
            ];
            let texts = [SENDERS, p, TAKERS, w].map(str::to_owned);
            names.into_iter().zip(texts).collect::<Vec<_>>()
        };
        let (from, to) = (files(from), files(to));
        let from: Vec<(&str, &str)> = from.iter().map(|(path, text)| (*path, &**text)).collect();
        let to: Vec<(&str, &str)> = to.iter().map(|(path, text)| (*path, &**text)).collect();
        all(&from, &to).iter().map(Compared::is_safe).collect()
    };
    assert_eq!(words([&env, &env], [&added, &added]), [true, true]);
    assert_eq!(words([&added, &added], [&flipped, &added]), [true, true]);
    assert_eq!(words([&env, &env], [&flipped, &added]), [false, true]);
    assert_eq!(words([&flipped, &added], [&flipped, &env]), [true, false]);
    assert_eq!(words([&env, &env], [&replaced, &replaced]), [false, false]);
}

#[test]
fn what_ends_badly_is_said_and_no_steps_lead_there() {
    let keyless = "STEM_BROKER_URL=redis://:pass-of-redis@redis:6379/0\n";
    let worker_off = COMPOSE.replace(
        "    image: acme/worker\n    env_file: [stem.env]",
        "    image: acme/worker\n    environment: ['STEM_BROKER_URL=redis://:pass-of-redis@redis:6379/0']",
    );
    let workerless = COMPOSE.replace(
        "  worker:\n    image: acme/worker\n    env_file: [stem.env]\n",
        "",
    );
    let empty = ENV.replace("k1:<a>", "k1:<a>,k2:");
    for (compose, env, says) in [
        (
            &*worker_off,
            ENV,
            "signing is off in `worker`: it accepts anything",
        ),
        (&*workerless, ENV, "no worker is left"),
        (COMPOSE, &*empty, "has no value: anybody can sign"),
    ] {
        let found = compared(&shop(COMPOSE, ENV), &shop(compose, env));
        assert!(!found.is_safe() && !matches!(found.way, Way::Steps(_)));
        assert!(
            found.harms.iter().any(|one| one.contains(says)),
            "{says}: {found:?}"
        );
    }
    let found = compared(&shop(COMPOSE, ENV), &shop(COMPOSE, keyless));
    assert!(
        found
            .advice
            .iter()
            .any(|one| one.contains("off everywhere"))
    );
}

#[test]
fn queues_that_change_are_not_proven() {
    let other = COMPOSE.replace(
        "    image: acme/worker\n",
        "    image: acme/worker\n    environment: [STEM_WORKER_QUEUES=other]\n",
    );
    let found = compared(&shop(COMPOSE, ENV), &shop(&other, ENV));
    assert!(!found.is_safe());
    assert_eq!(found.unknown[0].what, "STEM_WORKER_QUEUES");
    assert!(compared(&shop(&other, ENV), &shop(&other, ENV)).is_safe());
}

#[test]
fn the_answer_to_all_deployments_comes_first() {
    let env = ENV.replace("@redis:", "@bus.example:");
    let added = env.replace("k1:<a>", "k1:<a>,k2:<b>");
    let flipped = added.replace("KEY=k1", "KEY=k2");
    let files = [("p/compose.yaml", SENDERS), ("w/compose.yaml", TAKERS)];
    let from = [files, [("p/stem.env", &*env), ("w/stem.env", &*env)]].concat();
    let to = [files, [("p/stem.env", &*flipped), ("w/stem.env", &*added)]].concat();
    let text = crate::report::rotate::rollouts(
        &all(&from, &to),
        &[],
        crate::report::rotate::Format::Human,
    );
    assert!(
        text.starts_with("2 deployments; cannot be proven: `p`; safe: `w`\n"),
        "{text}"
    );
}
