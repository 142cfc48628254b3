//! Whole rotations against a real Redis, on what `render` writes at each step: clients with
//! old and with new files, connected before and anew, are served throughout. What the plan
//! does not do is refused.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/rotation.rs"]
mod rotation;
#[path = "../keygen/stem.rs"]
mod stem;

mod client;
mod message;
mod server;

use std::path::{Path, PathBuf};

use client::Files;
use rotation::Place;
use server::Redis;

/// How the broker takes what is new.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taking {
    Reload,
    Restart,
}

/// A copy of the broker's own files, for a connection that is let in before it reloads.
fn broker_files(place: &Place, to: PathBuf) -> PathBuf {
    std::fs::create_dir_all(&to).expect("a folder");
    for name in ["ca.crt", "server.crt", "server.key"] {
        std::fs::copy(place.file("redis", name), to.join(name)).expect("a file");
    }
    to
}

/// Goes through a rotation of certificates with a worker that is old or new at any moment.
fn walks(aim: &str, taking: Taking) {
    let place = Place::new(&[]);
    let other = common::folder();
    let at = |name: String| other.path().join(name);
    let mut redis = Redis::start(&place.path().join("deploy/redis"), &at("data".to_owned()));
    let worker = place.path().join("deploy/worker");
    place.rotate(&["start", aim]).ok();
    let mut steps = 0;
    while place.rotation().is_some() {
        steps += 1;
        let old = Files::of(&worker, at(format!("old-{steps}")));
        let own = broker_files(&place, at(format!("broker-{steps}")));
        let mut before = old.connect(redis.port);
        assert!(before.answers("PING", "+PONG"), "step {steps}: before");
        place.tool(&["render"]).ok();
        let new = Files::of(&worker, at(format!("new-{steps}")));
        assert!(
            new.is_served(redis.port),
            "step {steps}: new client, old broker"
        );
        assert!(before.answers("PING", "+PONG"), "step {steps}: connected");
        if place.members().iter().any(|member| member == "redis") {
            match taking {
                Taking::Reload => redis.reload(&own),
                Taking::Restart => redis.restart(),
            }
        }
        assert!(
            old.is_served(redis.port),
            "step {steps}: old client, new broker"
        );
        assert!(
            new.is_served(redis.port),
            "step {steps}: new client, new broker"
        );
        if taking == Taking::Reload {
            assert!(
                before.answers("PING", "+PONG"),
                "step {steps}: still connected"
            );
        }
        place.advance();
    }
    place.tool(&["render", "--check"]).ok();
    let last = Files::of(&worker, at("last".to_owned()));
    assert!(last.is_served(redis.port), "at the end");
}

#[test]
fn a_ca_is_rotated_while_redis_reloads_and_clients_stay_connected() {
    walks("ca", Taking::Reload);
}

#[test]
fn a_ca_is_rotated_while_redis_restarts() {
    walks("ca", Taking::Restart);
}

#[test]
fn the_brokers_certificate_is_rotated_while_redis_reloads() {
    walks("server", Taking::Reload);
}

#[test]
fn the_clients_certificates_are_rotated() {
    walks("clients", Taking::Reload);
}

/// Without the step in which everybody trusts both CAs, Redis refuses the new certificate,
/// and clients refuse Redis with its new one: so the tests above can fail.
#[test]
fn without_the_step_of_trust_redis_and_its_clients_refuse_each_other() {
    let place = Place::new(&[]);
    let other = common::folder();
    let at = |name: &str| other.path().join(name);
    let deployed = at("redis");
    let copied = std::process::Command::new("cp");
    let mut copied = copied;
    copied
        .arg("-a")
        .arg(place.path().join("deploy/redis"))
        .arg(&deployed);
    assert!(copied.status().expect("cp").success());
    let mut redis = Redis::start(&place.path().join("deploy/redis"), &at("data"));
    let old = Files::of(&place.path().join("deploy/worker"), at("old"));
    place.rotate(&["start", "ca"]).ok();
    let next = place.path().join(".stem-sec/next/worker");
    let early = old.with_pair(&next, at("early"));
    assert!(old.is_served(redis.port));
    assert!(
        !early.is_served(redis.port),
        "Redis does not trust the new CA yet"
    );
    let server = |ending: &str| {
        let from = place
            .path()
            .join(".stem-sec/next/redis")
            .with_extension(ending);
        let to = place.file("redis", &format!("server.{ending}"));
        std::fs::copy(from, to).expect("copied");
    };
    server("crt");
    server("key");
    redis.restart();
    assert!(
        !old.is_served(redis.port),
        "clients do not trust the new CA yet"
    );
}

/// Sends through Redis, over TLS, what a producer signs, and has a worker verify it.
struct Post<'p> {
    redis: &'p Redis,
    files: &'p Path,
}

impl Post<'_> {
    /// What the worker says of the producer's message.
    fn carries(
        &self,
        producer: &message::Process,
        worker: &message::Process,
    ) -> Result<(), String> {
        let sent = producer.sends("job-1")?;
        let mut connection = Files(self.files.to_owned()).connect(self.redis.port);
        let text = message::hex(sent.as_bytes());
        assert!(connection.answers(&format!("SET message {text}"), "+OK"));
        assert!(connection.answers("STRLEN message", &format!(":{}", text.len())));
        let matches =
            format!("EVAL \"return (redis.call('get','message') == '{text}') and 1 or 0\" 0");
        assert!(
            connection.answers(&matches, ":1"),
            "it arrives as it was sent"
        );
        worker.takes(&sent)
    }
}

/// At every step each pair of processes that the plan lets be side by side: what the one
/// signs the other accepts.
fn signs_throughout(flags: &[&str]) {
    let place = Place::new(flags);
    let other = common::folder();
    let redis = Redis::start(
        &place.path().join("deploy/redis"),
        &other.path().join("data"),
    );
    let files = Files::of(
        &place.path().join("deploy/worker"),
        other.path().join("files"),
    );
    let post = Post {
        redis: &redis,
        files: &files.0,
    };
    place.rotate(&["start", "signing", "--to", "k2"]).ok();
    let read = |name: &str| message::Process::of(&place.file(name, "stem.env"));
    // signed by anybody since the last wait, and not taken yet
    let mut queued: Vec<String> = Vec::new();
    let first = read("producer");
    while place.rotation().is_some() {
        let old = (read("producer"), read("worker"));
        place.tool(&["render"]).ok();
        let new = (read("producer"), read("worker"));
        let step = place.plan().1;
        if place.members().is_empty() {
            queued.clear();
        }
        for producer in [&old.0, &new.0] {
            for worker in [&old.1, &new.1] {
                let said = post.carries(producer, worker);
                assert_eq!(said, Ok(()), "step {step}");
                for message in &queued {
                    assert_eq!(worker.takes(message), Ok(()), "step {step}: queued before");
                }
            }
            queued.push(producer.sends("job-2").expect("signed"));
        }
        place.advance();
    }
    let last = read("worker");
    assert_eq!(post.carries(&read("producer"), &last), Ok(()));
    let late = first.sends("job-3").expect("signed");
    let refused = Err("unknown signing key \"primary\"".to_owned());
    assert_eq!(last.takes(&late), refused, "the old key is out of use");
}

#[test]
fn a_signing_secret_is_rotated_and_no_message_is_refused() {
    signs_throughout(&["--signing", "hmac-sha256"]);
}

#[test]
fn a_signing_key_pair_is_rotated_and_no_message_is_refused() {
    signs_throughout(&[]);
}

/// The order of many a runbook: signers first.
#[test]
fn a_signer_that_switches_before_the_verifiers_know_is_refused() {
    let place = Place::new(&[]);
    let read = |name: &str| message::Process::of(&place.file(name, "stem.env"));
    let worker = read("worker");
    place.rotate(&["start", "signing", "--to", "k2"]).ok();
    place.advance();
    place.tool(&["render"]).ok();
    let sent = read("producer").sends("job-1").expect("signed");
    let refused = Err("unknown signing key \"k2\"".to_owned());
    assert_eq!(worker.takes(&sent), refused);
    assert_eq!(read("worker").takes(&sent), Ok(()));
}
