//! `unsigned-producer`: a process that puts tasks into queues and has nothing to sign with.

use super::examples::{COMMON, KEYS, SIGNING};
use super::{Example, Family, Rule, file, lists};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::stem::{Off, Outcome};
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;

pub(super) static RULE: Rule = Rule {
    id: "unsigned-producer",
    family: Family::Signing,
    severity: Severity::Error,
    says: "it puts tasks into queues and has nothing to sign them with",
    why: "Workers that verify refuse what is not signed: its tasks go to the dead letters. A producer without \
        any signing variable sends unsigned and says nothing; with Ed25519 and no private key it fails at \
        the first task.",
    fix: "give it the signing variables of the other producers",
    bad: Example(&[
        file("compose.yaml", COMPOSE),
        COMMON,
        file("worker.env", KEYS),
    ]),
    good: Example(&[
        file("compose.yaml", COMPOSE),
        file("common.env", SIGNING),
        file("worker.env", ""),
    ]),
    check,
};

const COMPOSE: &str = "\
services:
  api:
    image: example/api
    labels: { stem.role: producer }
    env_file: [common.env]
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [common.env, worker.env]
";

/// What it was not given.
const VARIABLES: [&str; 5] = [
    env::SIGNING_KEYS,
    env::SIGNING_ALGORITHM,
    env::SIGNING_PUBLIC_KEYS,
    env::SIGNING_PRIVATE_KEYS,
    env::SIGNING_ACTIVE_KEY,
];

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let is_certain = subject.is_complete && subject.is_configured_here;
        if site.posture.signing == Signing::None || !subject.enqueues() || !is_certain {
            continue;
        }
        match &subject.signing {
            // set to nothing is to Stem as not set: a patch empties what was there
            Outcome::Off(Off::NotConfigured | Off::NoKeys) if !has_any(subject) => {
                out.push(without_any(site, subject));
            }
            Outcome::On(keys)
                if keys.algorithm == Signing::Ed25519
                    && keys.signs.is_none()
                    && lists::runs_stem(subject) =>
            {
                out.push(without_private_key(site, subject));
            }
            _ => {}
        }
    }
}

fn has_any(subject: &Subject<'_>) -> bool {
    let mut names = VARIABLES.into_iter();
    names.any(|name| subject.is_set(name))
}

fn without_any(site: &Site<'_>, subject: &Subject<'_>) -> Finding {
    let (name, artifact) = match site.posture.signing {
        Signing::Ed25519 => (env::SIGNING_PRIVATE_KEYS, Artifact::SigningPrivateKey),
        Signing::HmacSha256 | Signing::None => (env::SIGNING_KEYS, Artifact::SigningSecret),
    };
    let message = "it puts tasks into queues unsigned: it has no signing variable at all";
    Finding::new(&RULE, subject.home(), message)
        .hitting(site, subject, subject.home())
        .artifact(Held::Artifact(artifact))
        .subject(name)
        .explaining(VARIABLES)
}

fn without_private_key(site: &Site<'_>, subject: &Subject<'_>) -> Finding {
    let written = subject.process.variable(env::SIGNING_PRIVATE_KEYS);
    let place = written.map_or(subject.home(), |variable| variable.place);
    let way = written.map_or(place, |variable| subject.gets(variable));
    let message = "it puts tasks into queues, and has no private key to sign them with";
    Finding::new(&RULE, place, message)
        .hitting(site, subject, way)
        .artifact(Held::Artifact(Artifact::SigningPrivateKey))
        .subject(env::SIGNING_PRIVATE_KEYS)
        .explaining([env::SIGNING_ACTIVE_KEY])
        .fix("set STEM_SIGNING_PRIVATE_KEYS and STEM_SIGNING_ACTIVE_KEY in it")
}
