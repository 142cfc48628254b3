//! What the examples of several rules share: files in which no rule finds anything. A rule's
//! own file shows what is peculiar to it.

use super::{File, file};

pub(super) mod folders;
pub(super) mod mutual;

/// Where a process connects.
pub(super) const URL: &str = "STEM_BROKER_URL=rediss://redis.example.com:6379/0\n";

/// What it signs and verifies with.
pub(super) const KEYS: &str = "\
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

/// Both: all that most processes need.
pub(super) const SIGNING: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

/// What signs and verifies by Ed25519.
pub(super) const ED25519: &str = "\
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
STEM_SIGNING_PRIVATE_KEYS=primary:<private a>
STEM_SIGNING_ACTIVE_KEY=primary
";

/// Both, with Ed25519.
pub(super) const SIGNING_ED25519: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
STEM_SIGNING_PRIVATE_KEYS=primary:<private a>
STEM_SIGNING_ACTIVE_KEY=primary
";

/// A worker on its own.
pub(super) const WORKER: File = file("worker.env", SIGNING);

/// A worker amid a rotation.
pub(super) const WORKER_WITH_TWO_KEYS: File = file(
    "worker.env",
    "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=k1:<secret a>,k2:<secret b>
STEM_SIGNING_ACTIVE_KEY=k2
",
);

/// A worker that shows a certificate.
pub(super) const WORKER_WITH_PAIR: File = file(
    "worker.env",
    "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_TLS_CA_CERT=/etc/stem/ca.crt
STEM_TLS_CLIENT_CERT=/etc/stem/client.crt
STEM_TLS_CLIENT_KEY=/etc/stem/client.key
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
);

/// A producer with a suppression that hits something.
pub(super) const SUPPRESSED: File = file(
    "producer.env",
    "\
# stem-sec: allow stray-secret until 2031-01-31 the other team still signs with it
STEM_SIGNING_PRIVATE_KEYS=primary:<private a>
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
);

/// A producer and a worker: what both get, and what each gets alone.
pub(super) const API_AND_WORKER: File = file(
    "compose.yaml",
    "\
services:
  api:
    image: example/api
    labels: { stem.role: producer }
    env_file: [common.env, api.env]
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [common.env, worker.env]
",
);

/// What both get.
pub(super) const COMMON: File = file("common.env", URL);

/// A worker that gets its own file alone.
pub(super) const ONE_WORKER: File = file(
    "compose.yaml",
    "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
",
);
