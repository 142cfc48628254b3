//! Two states of one deployment, as `init` writes it for every target and posture: whether one
//! rollout between them is safe, and what to do where it is not. And no secret in any answer.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/planted.rs"]
mod planted;

mod world;

use world::{Answer, World};

/// How deployments are written, signed and connected.
const TARGETS: [&str; 4] = ["dotenv", "compose", "systemd", "kubernetes"];
const POSTURES: [(&str, &str); 3] = [
    ("hmac-sha256", "plaintext"),
    ("hmac-sha256", "mtls"),
    ("ed25519", "mtls"),
];

fn each(test: impl Fn(&mut World)) {
    for target in TARGETS {
        for (signing, transport) in POSTURES {
            common::note(&format!("--- {target} {signing} {transport}"));
            test(&mut World::new(target, signing, transport));
        }
    }
}

#[track_caller]
fn is_safe(answer: &Answer) {
    assert_eq!(answer.code, Some(0), "{}", answer.human);
    assert_eq!(answer.json["verdict"], "safe");
    assert!(answer.human.contains(": safe"), "{}", answer.human);
}

/// Unsafe, with a story, and with steps that `rotate check` proves.
#[track_caller]
fn is_unsafe(world: &World, answer: &Answer, verbs: &[&str], says: &str) {
    assert_eq!(answer.code, Some(1), "{}", answer.human);
    assert_eq!(answer.json["verdict"], "unsafe");
    assert!(answer.human.contains(says), "{says}: {}", answer.human);
    let deployment = &answer.json["deployments"][0];
    let story = deployment["troubles"][0]["story"].as_array();
    assert!(story.is_some_and(|story| story.len() > 2));
    let steps = deployment["steps"].as_array().expect("steps");
    let found: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["verb"].as_str())
        .collect();
    assert_eq!(found, verbs, "{}", answer.human);
    let plan = deployment["plan"].as_str().expect("a plan");
    let done = common::run_on(
        plan.as_bytes(),
        &mut world.command(&["rotate", "check", "-"]),
    );
    assert!(done.success, "{plan}\n{}", done.said());
}

#[test]
fn one_deployment_and_itself_are_safe() {
    each(|world| {
        world.state("same", |_, text| text);
        is_safe(&world.check("old", "same"));
    });
}

#[test]
fn files_as_they_are_deployed_are_read_with_the_manifest_beside_them() {
    for target in TARGETS {
        common::note(&format!("--- {target}"));
        let world = World::new(target, "hmac-sha256", "plaintext");
        for name in ["one", "two"] {
            let mut copy = std::process::Command::new("cp");
            copy.arg("-a").arg(world.path("old/deploy"));
            assert!(copy.arg(world.path(name)).status().expect("cp").success());
        }
        let mut command = world.command(&["rotate", "check", "--from", "../one", "--to", "../two"]);
        let done = common::run(command.current_dir(world.path("old")));
        assert_eq!(done.code, Some(0), "{}", done.said());
    }
}

#[test]
fn what_has_nothing_to_do_with_messages_is_safe() {
    each(|world| {
        world.state("more", |path, text| match path {
            _ if path.ends_with(".env") => format!("{text}LOG_LEVEL=debug\n"),
            _ if path.ends_with("configmap.yaml") => {
                text.replacen("data:\n", "data:\n  LOG_LEVEL: debug\n", 1)
            }
            _ => text,
        });
        is_safe(&world.check("old", "more"));
    });
}

#[test]
fn each_rollout_of_a_proper_rotation_is_safe_but_for_the_wait() {
    each(|world| {
        world.add_key("added");
        world.flip_key("flipped");
        world.replace_key("replaced");
        is_safe(&world.check("old", "added"));
        is_safe(&world.check("added", "flipped"));
        // what the old key signed may still be on its way
        let last = world.check("flipped", "replaced");
        let says = "unknown signing key \"primary\"";
        is_unsafe(world, &last, &["wait", "roll"], says);
        is_safe(&world.check_with("flipped", "replaced", &["--drained"]));
    });
}

#[test]
fn a_key_that_is_replaced_at_once_is_not() {
    each(|world| {
        world.replace_key("replaced");
        let answer = world.check("old", "replaced");
        is_unsafe(
            world,
            &answer,
            &["roll", "roll", "wait", "roll"],
            "unknown signing key \"k2\"",
        );
    });
}

#[test]
fn an_active_key_that_verifiers_do_not_know_yet_is_not() {
    each(|world| {
        world.flip_key("flipped");
        let answer = world.check("old", "flipped");
        is_unsafe(
            world,
            &answer,
            &["roll", "roll"],
            "unknown signing key \"k2\"",
        );
    });
}

#[test]
fn a_ca_that_is_replaced_at_once_is_not_and_by_way_of_both_it_is() {
    each(|world| {
        if world.transport == "plaintext" {
            return;
        }
        world.replace_authority("replaced");
        let answer = world.check("old", "replaced");
        is_unsafe(world, &answer, &["roll", "roll", "roll"], "(refused)");
        world.trust_both("both");
        is_safe(&world.check("old", "both"));
    });
}

#[test]
fn a_component_comes_and_goes() {
    each(|world| {
        world.without_beat("less");
        is_safe(&world.check("old", "less"));
        is_safe(&world.check("less", "old"));
    });
}

#[test]
fn what_the_cluster_alone_knows_cannot_be_proven() {
    for (signing, transport) in POSTURES {
        let mut world = World::new("kubernetes", signing, transport);
        world.external_secret("external");
        let answer = world.check("old", "external");
        assert_eq!(answer.code, Some(1), "{}", answer.human);
        assert_eq!(answer.json["verdict"], "unknown", "{}", answer.human);
        assert!(answer.human.contains("cannot be proven"));
        let unknown = answer.json["deployments"][0]["unknown"].as_array();
        let unknown = unknown.expect("what is unknown");
        assert!(unknown.iter().all(|one| {
            one["process"]
                .as_str()
                .is_some_and(|name| name.contains("producer"))
        }));
        assert!(answer.human.contains("to know it: "), "{}", answer.human);
    }
}

#[test]
fn a_password_that_turns_at_once_needs_a_pause() {
    for target in TARGETS {
        let mut world = World::new(target, "hmac-sha256", "plaintext");
        world.replace_password("turned");
        let answer = world.check("old", "turned");
        is_unsafe(&world, &answer, &["stop", "roll", "start"], "(refused)");
    }
}

#[test]
fn folders_without_a_deployment_are_nothing_to_judge() {
    let world = World::new("dotenv", "ed25519", "mtls");
    std::fs::create_dir(world.path("empty")).expect("is made");
    let done =
        common::run(&mut world.command(&["rotate", "check", "--from", "old", "--to", "empty"]));
    assert_eq!(done.code, Some(3), "{}", done.said());
    let done =
        common::run(&mut world.command(&["rotate", "check", "--from", "old", "--to", "none"]));
    assert_eq!(done.code, Some(4), "{}", done.said());
    let done = common::run(&mut world.command(&["rotate", "check", "--from", "old"]));
    assert_eq!(done.code, Some(2), "{}", done.said());
}
