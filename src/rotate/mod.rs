//! Rotation: plans of rollouts, and the proof that they are safe.
//!
//! A [`Plan`] says who is deployed with which keys and certificates, and in which steps that
//! changes. [`prove`] holds every message and every connection that could exist at any moment
//! against every process that could meet it. What Stem does with one message is in
//! [`message`], what Redis and TLS do with one connection in [`connection`]. Pure: no I/O, no
//! clock, no secret.

pub mod between;
pub mod connection;
pub mod devise;
pub mod drain;
pub mod file;
pub mod half;
pub mod itinerary;
pub mod message;
pub mod moment;
pub mod plan;
mod prove;
pub mod story;
pub mod verdict;

pub use file::{PlanError, PlanProblem};
pub use plan::Plan;
pub use prove::prove;
pub use verdict::{Kind, Trouble, Verdict};

/// What every verdict rests on.
pub const ASSUMPTIONS: [&str; 9] = [
    "Stem as read in its source in April 2026: workers verify by the key id in the message, retries are signed anew with the worker's own active key, and keys are read when a process starts",
    "before the first step no message is left that was signed otherwise than processes sign at the start",
    "a step begins when every process of the step before runs its new configuration and every old process has exited",
    "what is not named in a step keeps what it has; no other process signs or takes messages; a worker whose code enqueues is named as a producer too",
    "a wait ends only when nothing is left that was signed before it: queued, delayed, pending, or to be retried; every queue has a worker that runs",
    "workers check signatures: their code has `signer: PayloadSigner.maybe(...)`",
    "each client connects to each broker of the plan, and connects anew at any time; a restart of the broker alone refuses nobody",
    "certificates are in date and cover the host in the URL; trust is by the CA that issued them",
    "clocks, names of queues and code stay as they are; no backup of the broker is restored, and no consumer group made anew at 0",
];

/// What is lost whatever a plan does; it never counts against one.
pub const LOSSES: [&str; 6] = [
    "replays by the command line: they keep the old signature and change the attempt",
    "what is put back with requeue, and what extended its lease: Stem does not sign it anew",
    "groups, chains and chords of Canvas, and what the command line publishes: Stem never signs them, so workers that verify refuse them",
    "callbacks of chords, where the worker cannot sign",
    "retries of a worker that may only verify: Stem acknowledges the message, then fails to sign",
    "the history of a broadcast channel: it keeps its signatures until it is trimmed",
];
