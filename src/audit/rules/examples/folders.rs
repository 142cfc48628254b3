//! For examples: a worker and its broker, each with a folder of its own, and what lies in them.

use super::super::{File, file};

/// Both processes.
pub(in super::super) const COMPOSE: File = file(
    "compose.yaml",
    "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    volumes: [./worker:/tls]
  redis:
    image: redis:7
    command: redis-server /etc/redis.conf
    volumes: [./redis.conf:/etc/redis.conf, ./redis:/tls]
",
);

/// A worker with a password.
pub(in super::super) const WORKER: File = file(
    "worker.env",
    "\
STEM_BROKER_URL=rediss://:<password r>@redis:6379/0
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
);

/// A broker that asks for it.
pub(in super::super) const CONF: File = file(
    "redis.conf",
    "\
port 0
tls-port 6379
tls-cert-file /tls/server.crt
tls-key-file /tls/server.key
tls-auth-clients no
requirepass <password r>
",
);

/// The CA that the worker trusts.
pub(in super::super) const CA: File = file("worker/ca.crt", "<ca.crt>\n");
/// The broker's certificate.
pub(in super::super) const SERVER: File = file("redis/server.crt", "<server.crt>\n");
/// The broker's key.
pub(in super::super) const SERVER_KEY: File = file("redis/server.key", "<server.key>\n");

/// The whole deployment.
pub(in super::super) const GOOD: [File; 6] = [COMPOSE, WORKER, CONF, CA, SERVER, SERVER_KEY];
