//! `algorithms-disagree`: processes of one deployment that sign by different algorithms.

use super::examples::{COMMON, ED25519};
use super::{Example, Family, Rule, file};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::posture::PostureFrom;
use crate::audit::process::Variable;
use crate::audit::stem::{Keys, Outcome};
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "algorithms-disagree",
    family: Family::Signing,
    severity: Severity::Error,
    says: "it signs and verifies by another algorithm than the rest of the deployment",
    why: "Stem knows one algorithm at a time: what is signed by the other one is refused, and the task lands in \
        the dead letters.",
    fix: "set STEM_SIGNING_ALGORITHM to the same algorithm everywhere, with keys for it; stem-sec rotate plan \
        posture says in which order",
    bad: Example(&[
        file("compose.yaml", COMPOSE),
        COMMON,
        file("api.env", ED25519),
        file("beat.env", ED25519),
        file(
            "worker.env",
            "\
STEM_SIGNING_KEYS=primary:<secret hmac>
STEM_SIGNING_ACTIVE_KEY=primary
",
        ),
    ]),
    good: Example(&[
        file("stem-sec.yaml", MANIFEST),
        file("compose.yaml", COMPOSE),
        COMMON,
        file("api.env", ED25519),
        file("beat.env", ED25519),
        file(
            "worker.env",
            "\
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
",
        ),
    ]),
    check,
};

const COMPOSE: &str = "\
services:
  api:
    image: example/api
    labels: { stem.role: producer }
    env_file: [common.env, api.env]
  beat:
    image: example/beat
    labels: { stem.role: beat }
    env_file: [common.env, beat.env]
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [common.env, worker.env]
";

const MANIFEST: &str = "\
version: 1
posture: { signing: ed25519, transport: tls }
broker: { url: rediss://redis.example.com:6379/0, names: [redis.example.com] }
components:
  api: { role: producer, ca: system }
  beat: { role: beat, ca: system }
  worker: { role: worker, retries: lost, ca: system }
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        let all: Vec<(&Subject<'_>, &Keys<'_>)> = site
            .subjects
            .iter()
            .filter(|subject| subject.enqueues() || subject.is(Role::Worker))
            .filter_map(|subject| match &subject.signing {
                Outcome::On(keys) => Some((subject, keys)),
                _ => None,
            })
            .collect();
        let Some(expected) = expected(site, &all) else {
            continue;
        };
        for (subject, keys) in all.iter().filter(|(_, keys)| keys.algorithm != expected) {
            let example = all
                .iter()
                .find(|(other, keys)| keys.algorithm == expected && subject.may_meet(other));
            // by itself at its broker, it disagrees with the manifest alone
            if example.is_none() && site.posture_from != PostureFrom::Manifest {
                continue;
            }
            let variable = says(subject, keys);
            let message = format!(
                "this process uses {}, the deployment {}",
                keys.algorithm.name(),
                expected.name()
            );
            let mut finding = Finding::new(&RULE, variable.place, message)
                .hitting(site, subject, subject.gets(variable))
                .artifact(Held::Artifact(Artifact::SigningAlgorithm))
                .subject(env::SIGNING_ALGORITHM)
                .explaining([
                    env::SIGNING_KEYS,
                    env::SIGNING_PUBLIC_KEYS,
                    env::SIGNING_PRIVATE_KEYS,
                ]);
            if let Some((other, keys)) = example {
                finding = finding.related(says(other, keys).place, "the algorithm of the others");
            }
            out.push(finding);
        }
    }
}

/// The algorithm that the manifest declares, else the one that most use, of two the stronger.
fn expected(site: &Site<'_>, all: &[(&Subject<'_>, &Keys<'_>)]) -> Option<Signing> {
    if site.posture_from == PostureFrom::Manifest {
        return Some(site.posture.signing).filter(|signing| *signing != Signing::None);
    }
    let count = |signing| {
        all.iter()
            .filter(|(_, keys)| keys.algorithm == signing)
            .count()
    };
    [Signing::HmacSha256, Signing::Ed25519]
        .into_iter()
        .filter(|signing| count(*signing) > 0)
        .max_by_key(|signing| (count(*signing), *signing))
}

/// What makes a process take its algorithm.
fn says<'c>(subject: &Subject<'c>, keys: &Keys<'c>) -> &'c Variable {
    let said = subject.process.variable(env::SIGNING_ALGORITHM);
    said.unwrap_or(keys.verifies.variable)
}
