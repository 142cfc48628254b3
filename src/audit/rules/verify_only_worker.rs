//! `verify-only-worker`: a worker that cannot sign its retries.

use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::stem::Outcome;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "verify-only-worker",
    family: Family::Signing,
    severity: Severity::Warning,
    says: "a worker that may only verify loses the tasks that it retries",
    why: "To retry a task, and to put one back for a rate limit or a paused queue, a worker writes it anew and \
        signs it. Without a private key Stem acknowledges the message, then fails to sign, and the job is \
        lost (read in Stem's source as of April 2026, not run). A worker with the private key can forge \
        tasks: which of the two is worse is for you to say.",
    fix: "declare `retries: lost` for it in stem-sec.yaml, or `roles: [worker, producer]` and give it the \
        private key",
    bad: Example(&[file("worker.env", WORKER)]),
    good: Example(&[
        file(
            "stem-sec.yaml",
            "\
version: 1
posture: { signing: ed25519, transport: tls }
broker: { url: rediss://redis.example.com:6379/0, names: [redis.example.com] }
components:
  worker: { role: worker, retries: lost, ca: system }
",
        ),
        file("worker.env", WORKER),
    ]),
    check,
};

const WORKER: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let is_chosen = subject.component.is_some_and(|one| one.retries_lost);
        // one that enqueues as well is a producer without a key
        if !subject.is(Role::Worker) || subject.enqueues() || is_chosen || !subject.is_complete {
            continue;
        }
        let Outcome::On(keys) = &subject.signing else {
            continue;
        };
        if keys.algorithm == Signing::Ed25519 && keys.signs.is_none() {
            out.push(
                Finding::new(&RULE, subject.home(), RULE.says)
                    .hitting(site, subject, subject.home())
                    .artifact(Held::Artifact(Artifact::SigningPrivateKey))
                    .subject(env::SIGNING_PRIVATE_KEYS),
            );
        }
    }
}
