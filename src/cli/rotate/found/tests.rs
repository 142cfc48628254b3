//! Deployments of a few files, as plans and against each other.

mod beside;

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use time::OffsetDateTime;

use super::names::Names;
use super::rollout::{Beside, compare};
use super::*;
use crate::audit::inventory::Request;
use crate::audit::judge;
use crate::audit::tree::{Options, Tree};
use crate::report::rotate::{Compared, Way};
use crate::rotate::Kind as Trouble;
use crate::rotate::between::Left;
use crate::rotate::plan::Scheme;

/// Random bytes, as base64.
const A: &str = "2nVJ6eN4yJxZqXo3m1kFQm0c8b7YwL5rT9uHsD2fGKE=";
const B: &str = "Q0r5sXv1uM8kZ3nB7yT4wP6cH9jL2aDfGxEeRiVoUqY=";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("is made");
        fs::write(path, text.replace("<a>", A).replace("<b>", B)).expect("is written");
    }
    folder
}

fn tree(folder: &Path) -> Tree {
    Tree::walk(&[folder.to_owned()], &Options::default()).expect("a tree")
}

/// Reads both with the same names.
fn both(from: &[(&str, &str)], to: &[(&str, &str)]) -> (Found, Found) {
    let (from, to) = (folder(from), folder(to));
    let (before, after) = (tree(from.path()), tree(to.path()));
    let request = Request::default();
    let at = OffsetDateTime::UNIX_EPOCH;
    judge::look(&before, &request, at, |before| {
        judge::look(&after, &request, at, |after| {
            let mut names = Names::default();
            site::learn(before, &mut names);
            site::learn(after, &mut names);
            let root = |folder: &TempDir| folder.path().to_string_lossy().into_owned();
            (
                present(before, &mut names, "before", &root(&from)),
                present(after, &mut names, "after", &root(&to)),
            )
        })
    })
}

fn one(files: &[(&str, &str)]) -> FoundPlan {
    let mut found = both(files, files).0;
    assert_eq!(found.plans.len(), 1);
    found.plans.remove(0)
}

fn compared(from: &[(&str, &str)], to: &[(&str, &str)]) -> Compared {
    let (from, to) = both(from, to);
    let mut pairs = pairs::of(from.plans, to.plans);
    assert_eq!(pairs.len(), 1);
    let (from, to) = pairs.remove(0);
    compare(
        from,
        to.expect("it stays"),
        &Beside::default(),
        Left::Anything,
    )
}

const COMPOSE: &str = "\
name: shop
services:
  api:
    image: acme/api
    env_file: [stem.env]
  worker:
    image: acme/worker
    env_file: [stem.env]
  redis:
    image: redis:7
    command: redis-server --requirepass pass-of-redis
";

const ENV: &str = "\
STEM_BROKER_URL=redis://:pass-of-redis@redis:6379/0
STEM_SIGNING_KEYS=k1:<a>
STEM_SIGNING_ACTIVE_KEY=k1
";

fn shop<'t>(compose: &'t str, env: &'t str) -> [(&'t str, &'t str); 2] {
    [("compose.yaml", compose), ("stem.env", env)]
}

#[test]
fn a_deployment_is_a_plan_with_what_each_process_gets() {
    let found = one(&shop(COMPOSE, ENV));
    assert_eq!(found.unknown, []);
    assert_eq!(found.failing, []);
    let names: Vec<&str> = found
        .plan
        .components
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["api", "worker", "redis"]);
    let [api, worker, redis] = &found.plan.start[..] else {
        panic!("three components");
    };
    assert_eq!(api, worker);
    assert_eq!(api.active.as_deref(), Some("k1"));
    assert_eq!(api.keys[0].id, "k1");
    assert_eq!(api.keys[0].is.len(), 12);
    assert_eq!(api.url, Scheme::Redis);
    assert_eq!(api.password, redis.password);
    assert_eq!(redis.password.as_deref(), Some("password-1"));
    assert!(redis.ports.plain && !redis.ports.tls);
}

#[test]
fn the_algorithm_is_read_as_stem_reads_it() {
    let env = format!("{ENV}STEM_SIGNING_ALGORITHM=' Ed25519 '\n");
    let found = one(&shop(COMPOSE, &env));
    assert_eq!(
        found.plan.start[0].signing,
        crate::model::posture::Signing::Ed25519
    );
    let env = format!("{ENV}STEM_SIGNING_ALGORITHM=hs256\n");
    let found = compared(&shop(COMPOSE, ENV), &shop(COMPOSE, &env));
    assert!(!found.is_safe());
    assert_eq!(found.failing.len(), 2);
    assert!(found.failing[0].why.contains("FormatException"));
}

#[test]
fn a_key_that_is_replaced_is_unsafe_and_its_steps_are_proven() {
    let added = ENV.replace("k1:<a>", "k1:<a>,k2:<b>");
    assert!(compared(&shop(COMPOSE, ENV), &shop(COMPOSE, &added)).is_safe());
    let replaced = ENV.replace("k1", "k2").replace("<a>", "<b>");
    let found = compared(&shop(COMPOSE, ENV), &shop(COMPOSE, &replaced));
    assert!(found.verdict.has(Trouble::Refused));
    let Way::Steps(plan) = &found.way else {
        panic!("{:?}", found.way);
    };
    assert!(crate::rotate::prove(plan).is_safe());
    assert_eq!(found.advice, [] as [String; 0]);
}

#[test]
fn the_same_id_with_another_value_is_told_apart_and_advised_against() {
    let found = compared(
        &shop(COMPOSE, ENV),
        &shop(COMPOSE, &ENV.replace("<a>", "<b>")),
    );
    assert!(found.verdict.has(Trouble::Refused));
    assert_eq!(found.advice.len(), 1);
}

#[test]
fn a_variable_of_the_shell_is_never_guessed() {
    let env = ENV.replace("k1:<a>", "${STEM_KEYS}");
    let compose = COMPOSE.replace(
        "  worker:\n    image: acme/worker\n    env_file: [stem.env]",
        "  worker:\n    image: acme/worker\n    env_file: [stem.env]\n    environment: [STEM_SIGNING_KEYS]",
    );
    let found = compared(&shop(&compose, ENV), &shop(&compose, ENV));
    assert!(!found.is_safe() && found.verdict.is_safe());
    let what: Vec<(&str, &str)> = found
        .unknown
        .iter()
        .map(|one| (one.process.as_str(), one.what.as_str()))
        .collect();
    assert_eq!(what, [("worker", "STEM_SIGNING_KEYS"); 2]);
    let found = compared(&shop(COMPOSE, ENV), &shop(COMPOSE, &env));
    assert!(!found.is_safe());
}

#[test]
fn an_env_file_that_is_not_there_leaves_everything_open() {
    let compose = COMPOSE.replace(
        "    image: acme/worker\n    env_file: [stem.env]",
        "    image: acme/worker\n    env_file: [stem.env, secret.env]",
    );
    let found = compared(&shop(&compose, ENV), &shop(&compose, ENV));
    assert!(!found.is_safe());
    assert_eq!(found.unknown[0].process, "worker");
    assert_eq!(found.unknown[0].what, "its other variables");
}

#[test]
fn a_password_that_changes_on_both_sides_needs_a_pause() {
    let other = |text: &str| text.replace("pass-of-redis", "other-of-redis");
    let (compose, env) = (other(COMPOSE), other(ENV));
    let found = compared(&shop(COMPOSE, ENV), &shop(&compose, &env));
    assert!(found.verdict.has(Trouble::Refused));
    assert!(matches!(&found.way, Way::Steps(_)));
}

#[test]
fn a_broker_elsewhere_leaves_connections_open_only_where_they_change() {
    let compose = COMPOSE.split("  redis:").next().expect("a part");
    let env = ENV.replace("@redis:", "@redis.example.com:");
    let added = env.replace("k1:<a>", "k1:<a>,k2:<b>");
    let found = compared(&shop(compose, &env), &shop(compose, &added));
    assert!(found.is_safe(), "{found:?}");
    assert!(
        found
            .assumptions
            .iter()
            .any(|one| one.starts_with("no connection is judged"))
    );
    let other = env.replace("pass-of-redis", "other");
    let found = compared(&shop(compose, &env), &shop(compose, &other));
    assert!(found.verdict.is_safe() && !found.is_safe());
    let moved = env.replace("redis.example.com", "redis.example.org");
    assert!(!compared(&shop(compose, &env), &shop(compose, &moved)).is_safe());
}

#[test]
fn what_the_system_trusts_no_file_says() {
    let compose = COMPOSE.replace(
        "redis-server --requirepass pass-of-redis",
        "redis-server --port 0 --tls-port 6379 --tls-auth-clients no --tls-cert-file /tls/a --tls-key-file /tls/b",
    );
    let env = ENV.replace("redis://:pass-of-redis@", "rediss://");
    let found = compared(&shop(&compose, &env), &shop(&compose, &env));
    assert!(found.is_safe(), "{found:?}");
    let off = format!("{env}STEM_TLS_ALLOW_INSECURE=untrue\n");
    let found = compared(&shop(&compose, &env), &shop(&compose, &off));
    assert!(!found.is_safe());
}

#[test]
fn a_port_that_changes_is_not_proven() {
    let compose = COMPOSE.replace("redis-server", "redis-server --port 7000");
    let env = ENV.replace(":6379", ":7000");
    let found = compared(&shop(COMPOSE, ENV), &shop(&compose, &env));
    assert!(!found.is_safe());
    assert!(found.unknown.iter().any(|one| one.what == "its port"));
}

#[test]
fn a_process_without_a_role_that_reads_stems_variables_may_be_anything() {
    let compose = format!("{COMPOSE}  thing:\n    image: acme/thing\n    env_file: [stem.env]\n");
    let found = compared(&shop(&compose, ENV), &shop(&compose, ENV));
    assert!(!found.is_safe());
    assert_eq!(found.unknown[0].what, "its role");
    assert!(found.unknown[0].remedy.contains("--assign 'thing=worker'"));
}

#[test]
fn deployments_below_one_folder_are_judged_apart() {
    let two = |one: &'static str, other: &'static str| {
        [
            ("a/compose.yaml", COMPOSE),
            ("a/stem.env", one),
            ("b/compose.yaml", COMPOSE),
            ("b/stem.env", other),
        ]
    };
    const NEW: &str = "\
STEM_BROKER_URL=redis://:pass-of-redis@redis:6379/0
STEM_SIGNING_KEYS=k2:<b>
STEM_SIGNING_ACTIVE_KEY=k2
";
    let (from, to) = both(&two(ENV, ENV), &two(ENV, NEW));
    let pairs = pairs::of(from.plans, to.plans);
    let words: Vec<(String, bool)> = pairs
        .into_iter()
        .map(|(from, to)| {
            compare(
                from,
                to.expect("it stays"),
                &Beside::default(),
                Left::Anything,
            )
        })
        .map(|one| (one.folder.clone(), one.is_safe()))
        .collect();
    assert_eq!(words, [("a".to_owned(), true), ("b".to_owned(), false)]);
}

#[test]
fn a_store_on_the_brokers_redis_has_to_follow_it() {
    let with = |env: &str, url: &str| format!("{env}STEM_RESULT_BACKEND_URL={url}\n");
    let old = with(ENV, "redis://:pass-of-redis@redis:6379/1");
    let other = |text: &str| text.replace("pass-of-redis", "other-of-redis");
    let compose = other(COMPOSE);
    let left_behind = with(&other(ENV), "redis://:pass-of-redis@redis:6379/1");
    let found = compared(&shop(COMPOSE, &old), &shop(&compose, &left_behind));
    assert!(
        found
            .unknown
            .iter()
            .any(|one| one.what == "STEM_RESULT_BACKEND_URL")
    );
    let found = compared(&shop(COMPOSE, &old), &shop(&compose, &other(&old)));
    assert_eq!(found.unknown, []);
    let elsewhere = with(ENV, "redis://cache:6379/1");
    let found = compared(&shop(COMPOSE, ENV), &shop(COMPOSE, &elsewhere));
    assert!(found.is_safe(), "{found:?}");
}

#[test]
fn a_dashboard_that_cannot_sign_starts_no_messages() {
    let compose =
        format!("{COMPOSE}  dashboard:\n    image: acme/dashboard\n    env_file: [stem.env]\n");
    let found = one(&shop(&compose, ENV));
    let dashboard = found.plan.component("dashboard").expect("a dashboard");
    assert_eq!(found.plan.components[dashboard].enqueues, Some(true));
    let env = format!("{ENV}STEM_SIGNING_ALGORITHM=ed25519\nSTEM_SIGNING_PUBLIC_KEYS=k1:<b>\n");
    let found = one(&shop(&compose, &env));
    assert_eq!(found.plan.components[dashboard].enqueues, Some(false));
}

#[test]
fn nothing_of_a_value_is_in_a_plan() {
    let env = ENV.replace("k1:<a>", "k1:<a>,weak:c3VwZXItc2VjcmV0");
    let found = one(&shop(COMPOSE, &env));
    let text = format!("{found:?}");
    for secret in ["pass-of", &A[..12], "super-secret", "c3VwZXItc2VjcmV0"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("weak-1"));
}
