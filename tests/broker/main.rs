//! A real Redis, running as another user, on what `init` writes: it lets in whom the posture
//! says, and nobody else.

#[path = "../common/mod.rs"]
mod common;
#[path = "../keygen/stem.rs"]
mod stem;

mod client;
mod redis;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use client::Client;
use common::{Done, as_root, environment, folder, note, run, stem_sec, tool};
use redis::{PATIENCE, Redis, User};
use stem::{Signing, start};
use tempfile::TempDir;

const REDIS: User = User(64_321);
const WORKER: User = User(64_322);

/// Redis would wait for more replicas before it serves the first.
const AT_ONCE: [&str; 2] = ["--repl-diskless-sync-delay", "0"];

/// What `init` made, and the Redis that runs on it.
struct Deployment {
    folder: TempDir,
    redis: Redis,
    worker: Client,
}

impl Deployment {
    #[track_caller]
    fn new(signing: &str, transport: &str) -> Deployment {
        let folder = folder();
        let mut command = stem_sec();
        command.args([
            "init",
            "demo",
            "--yes",
            "--signing",
            signing,
            "--transport",
            transport,
        ]);
        for (name, User(id)) in [("redis", REDIS), ("worker", WORKER)] {
            command.args(["--owner", &format!("{name}={id}:{id}")]);
        }
        note(&run(command.current_dir(folder.path())).ok().said());
        let deploy = folder.path().join("demo/deploy");
        let configuration = deploy.join("redis/redis.conf");
        let redis = Redis::start(&configuration, &folder.path().join("data"), REDIS, &AT_ONCE);
        let worker = Client::of(&deploy.join("worker/stem.env"), WORKER);
        Deployment {
            folder,
            redis,
            worker,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn component(&self, name: &str) -> PathBuf {
        self.path().join("demo/deploy").join(name)
    }

    /// What holds in every posture.
    #[track_caller]
    fn runs_and_serves_the_worker(&self) {
        assert_eq!(self.redis.user(), REDIS.0, "redis runs as its own user");
        assert_eq!(
            self.redis.ports(),
            BTreeSet::from([self.redis.port]),
            "it listens there alone"
        );
        let reply = self.worker.redis_cli(self.redis.port, &["PING"]).ok();
        assert_eq!(reply.stdout.trim(), "PONG", "{}", self.redis.log());
        self.keeps_the_others_files_from_redis();
        self.is_followed_by_a_replica_of_itself();
    }

    fn keeps_the_others_files_from_redis(&self) {
        let readable = |file: &Path| {
            let mut command = tool("setpriv");
            run(command.args(REDIS.words()).arg("cat").arg(file)).success
        };
        assert!(readable(&self.component("redis").join("redis.conf")));
        for name in ["producer", "worker", "beat", "cli"] {
            let file = self.component(name).join("stem.env");
            assert!(file.exists() && !readable(&file), "{}", file.display());
        }
    }

    /// Redis as a client of Redis, on the same files.
    fn is_followed_by_a_replica_of_itself(&self) {
        let configuration = self.component("redis").join("redis.conf");
        let leader = ["--replicaof", "127.0.0.1", &self.redis.port.to_string()];
        let replica = Redis::start(&configuration, &self.path().join("replica"), REDIS, &leader);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let said = self
                .worker
                .redis_cli(replica.port, &["INFO", "replication"])
                .ok();
            if said.stdout.contains("master_link_status:up") {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!(
            "the replica does not follow\n{}\n{}",
            replica.log(),
            self.redis.log()
        );
    }

    /// What holds with TLS, mutual or not.
    #[track_caller]
    fn speaks_tls_and_nothing_else(&self) {
        let port = self.redis.port;
        let configured = self.worker.redis_cli(port, &["CONFIG", "GET", "port"]).ok();
        assert_eq!(
            configured.stdout.split_whitespace().collect::<Vec<_>>(),
            ["port", "0"]
        );
        for name in [self.worker.host.as_str(), "localhost", "127.0.0.1", "::1"] {
            let reply = self.worker.python(port, name).ok();
            assert_eq!(reply.stdout.trim(), "+PONG", "{name}");
        }
        let wrong = self.worker.python(port, "other.local");
        assert_refused(&wrong, &["Hostname mismatch"]);
        let plain = self.worker.without_tls().redis_cli(port, &["PING"]);
        assert_refused(&plain, &["Server closed", "reset by peer"]);
    }

    /// What holds where a password guards the port.
    #[track_caller]
    fn asks_for_the_password(&self) {
        let port = self.redis.port;
        assert!(
            self.worker
                .password()
                .is_some_and(|password| password.len() >= 32)
        );
        let ping = |password| {
            self.worker
                .with_password(password)
                .redis_cli(port, &["PING"])
        };
        assert!(ping(None).said().contains("NOAUTH"));
        let wrong = ping(Some("guess")).said();
        assert!(
            wrong.contains("NOAUTH") && wrong.contains("WRONGPASS"),
            "{wrong}"
        );
    }

    /// What holds where certificates guard it.
    #[track_caller]
    fn asks_for_a_certificate(&self) {
        let port = self.redis.port;
        let nobody = self.worker.without_pair();
        let stranger = self.worker.of_another_ca(self.path());
        let host = self.worker.host.as_str();
        assert_refused(&nobody.redis_cli(port, &["PING"]), &["Error"]);
        assert_refused(&stranger.redis_cli(port, &["PING"]), &["Error"]);
        let required = nobody.python(port, host);
        assert_refused(&required, &["certificate required"]);
        assert_refused(&stranger.python(port, host), &["unknown ca"]);
        let file = |name| self.component("redis").join(name);
        let redis = self
            .worker
            .with_pair(file("server.crt"), file("server.key"));
        assert_eq!(redis.redis_cli(port, &["PING"]).ok().stdout.trim(), "PONG");
    }

    /// What the worker verifies by is what the producer signs with.
    #[track_caller]
    fn signs(&self, algorithm: &str) {
        let read = |name| start(&environment(&self.component(name).join("stem.env")));
        match (algorithm, read("producer"), read("worker")) {
            (
                "hmac-sha256",
                Ok(Signing::Hmac { keys, .. }),
                Ok(Signing::Hmac { keys: known, .. }),
            ) => {
                assert_eq!(keys, known);
            }
            (
                "ed25519",
                Ok(Signing::Ed25519 {
                    public,
                    private,
                    active,
                }),
                Ok(Signing::Ed25519 {
                    public: known,
                    private: none,
                    ..
                }),
            ) => {
                assert_eq!((public, none.len()), (known, 0));
                assert!(active.is_some_and(|id| private.contains_key(&id)));
            }
            (_, producer, worker) => panic!("{producer:?}\n{worker:?}"),
        }
    }
}

/// Refused, and for one of these reasons.
#[track_caller]
fn assert_refused(done: &Done, reasons: &[&str]) {
    let said = done.said();
    let is_why = reasons.iter().any(|reason| said.contains(reason));
    assert!(
        !done.success && is_why,
        "expected one of {reasons:?}: {said}"
    );
    assert!(!said.contains("PONG"), "{said}");
}

fn holds(signing: &str, transport: &str) {
    let deployment = Deployment::new(signing, transport);
    deployment.signs(signing);
    deployment.runs_and_serves_the_worker();
    if transport != "plaintext" {
        deployment.speaks_tls_and_nothing_else();
    }
    match transport {
        "mtls" => deployment.asks_for_a_certificate(),
        _ => deployment.asks_for_the_password(),
    }
}

/// Scenario 1.
#[test]
fn hmac_over_plaintext_holds() {
    as_root("hmac_over_plaintext_holds", || {
        holds("hmac-sha256", "plaintext")
    });
}

/// Scenario 2.
#[test]
fn hmac_over_mutual_tls_holds() {
    as_root("hmac_over_mutual_tls_holds", || {
        holds("hmac-sha256", "mtls")
    });
}

/// Scenario 3.
#[test]
fn ed25519_over_mutual_tls_holds() {
    as_root("ed25519_over_mutual_tls_holds", || holds("ed25519", "mtls"));
}

#[test]
fn ed25519_over_plaintext_holds() {
    as_root("ed25519_over_plaintext_holds", || {
        holds("ed25519", "plaintext")
    });
}

#[test]
fn hmac_over_tls_with_a_password_holds() {
    as_root("hmac_over_tls_with_a_password_holds", || {
        holds("hmac-sha256", "tls")
    });
}
