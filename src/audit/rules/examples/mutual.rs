//! For examples: a worker and its broker under mutual TLS, each given single files of one folder.

use super::super::{File, file};

/// A worker that shows a certificate.
pub(in super::super) const WORKER: File = file(
    "worker.env",
    "\
STEM_BROKER_URL=rediss://redis:6379/0
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_TLS_CLIENT_CERT=/tls/client.crt
STEM_TLS_CLIENT_KEY=/tls/client.key
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
);

/// A worker that shows none.
pub(in super::super) const ANONYMOUS: File = file(
    "worker.env",
    "\
STEM_BROKER_URL=rediss://redis:6379/0
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
);

/// Both processes, with their certificates.
pub(in super::super) const COMPOSE: File = file(
    "compose.yaml",
    "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    volumes:
      - ./tls/ca.crt:/tls/ca.crt:ro
      - ./tls/client.crt:/tls/client.crt:ro
      - ./tls/client.key:/tls/client.key:ro
  redis:
    image: redis:7
    command: redis-server /etc/redis.conf
    volumes:
      - ./redis.conf:/etc/redis.conf:ro
      - ./tls/ca.crt:/tls/ca.crt:ro
      - ./tls/server.crt:/tls/server.crt:ro
      - ./tls/server.key:/tls/server.key:ro
",
);

/// What they show each other.
pub(in super::super) const CA: File = file("tls/ca.crt", "<ca.crt>");
/// The broker's certificate.
pub(in super::super) const SERVER: File = file("tls/server.crt", "<server.crt>");
/// The broker's key.
pub(in super::super) const SERVER_KEY: File = file("tls/server.key", "<server.key>");
/// The worker's certificate.
pub(in super::super) const CLIENT: File = file("tls/client.crt", "<client.crt>");
/// The worker's key.
pub(in super::super) const CLIENT_KEY: File = file("tls/client.key", "<client.key>");

/// A broker that speaks nothing but TLS, with clients that it knows.
pub(in super::super) const CLOSED: File = file(
    "redis.conf",
    "\
port 0
tls-port 6379
tls-cert-file /tls/server.crt
tls-key-file /tls/server.key
tls-ca-cert-file /tls/ca.crt
",
);

/// The whole deployment.
pub(in super::super) const GOOD: [File; 8] = [
    WORKER, COMPOSE, CA, SERVER, SERVER_KEY, CLIENT, CLIENT_KEY, CLOSED,
];
