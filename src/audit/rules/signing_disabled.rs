//! `signing-disabled`: every way in which Stem starts without signatures and says nothing
//! (stem-semantics 2).

use super::examples::{API_AND_WORKER, COMMON, ED25519};
use super::{Example, Family, Rule, bystanders, file};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::posture::PostureFrom;
use crate::audit::process::GapKind;
use crate::audit::stem::{Off, Outcome};
use crate::formats::place::Place;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::posture::Signing;
use crate::model::role::Role;

pub(super) static RULE: Rule = Rule {
    id: "signing-disabled",
    family: Family::Signing,
    severity: Severity::Error,
    says: "signing is silently off",
    why: "Stem turns signing off without a word when the list that its algorithm needs is empty or \
        not there: producers send unsigned, and workers run whatever anybody writes into the queue. \
        Without STEM_SIGNING_ALGORITHM the algorithm is HMAC, and Ed25519 keys are not even looked at. \
        An entry without a value (`primary:`) is a key of no bytes: anybody can sign with it.",
    fix: "give it the algorithm and keys that the others use",
    bad: Example(&[
        API_AND_WORKER,
        COMMON,
        file(
            "worker.env",
            "STEM_SIGNING_PUBLIC_KEYS=primary:<public a>\n",
        ),
        file("api.env", ED25519),
    ]),
    good: Example(&[
        file("stem-sec.yaml", MANIFEST),
        API_AND_WORKER,
        COMMON,
        file(
            "worker.env",
            "\
STEM_SIGNING_ALGORITHM=ed25519
STEM_SIGNING_PUBLIC_KEYS=primary:<public a>
",
        ),
        file("api.env", ED25519),
    ]),
    check,
};

const MANIFEST: &str = "\
version: 1
posture: { signing: ed25519, transport: tls }
broker: { url: rediss://redis.example.com:6379/0, names: [redis.example.com] }
components:
  api: { role: producer, ca: system }
  worker: { role: worker, retries: lost, ca: system }
";

/// What a process without signing was not given.
const VARIABLES: [&str; 5] = [
    env::SIGNING_ALGORITHM,
    env::SIGNING_KEYS,
    env::SIGNING_PUBLIC_KEYS,
    env::SIGNING_PRIVATE_KEYS,
    env::SIGNING_ACTIVE_KEY,
];

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        if site.posture.signing == Signing::None {
            out.extend(nobody_signs(site));
            continue;
        }
        for subject in site.subjects.iter().filter(|subject| subject.is_stem()) {
            out.extend(off(case, site, subject));
            out.extend(empty_keys(site, subject));
        }
    }
}

/// Nothing turns signing on, and nobody said that this is meant. The command line neither signs
/// nor verifies.
fn nobody_signs(site: &Site<'_>) -> Option<Finding> {
    if site.posture_from == PostureFrom::Manifest {
        return None;
    }
    let is_certain = |subject: &&Subject<'_>| {
        let is_off = matches!(subject.signing, Outcome::Off(_));
        is_off && subject.is_configured_here && subject.is_complete
    };
    let others = || {
        let all = site.subjects.iter();
        all.filter(|one| one.enqueues() || one.is(Role::Dashboard))
    };
    let subject = site
        .with_role(Role::Worker)
        .find(is_certain)
        .or_else(|| others().find(is_certain))?;
    let message = "nothing turns signing on: whoever can write to the broker can have any task run";
    let written = subject.process.variable(env::SIGNING_KEYS);
    let place = written.map_or(subject.home(), |variable| variable.place);
    Some(
        Finding::new(&RULE, place, message)
            .hitting(
                site,
                subject,
                written.map_or(place, |variable| subject.gets(variable)),
            )
            .severity(Severity::Warning)
            .subject(env::SIGNING_KEYS)
            .explaining(VARIABLES)
            .fix("make keys with `stem-sec init`, or declare `signing: none` in stem-sec.yaml"),
    )
}

fn off(case: &Case<'_>, site: &Site<'_>, subject: &Subject<'_>) -> Option<Finding> {
    let Outcome::Off(why) = &subject.signing else {
        return None;
    };
    let has_any = VARIABLES.into_iter().any(|name| subject.is_set(name));
    let matters = subject.is(Role::Worker)
        || (has_any && (subject.enqueues() || subject.is(Role::Dashboard)));
    let is_certain = subject.is_complete && subject.is_configured_here;
    if !matters || !is_certain {
        return None;
    }
    let ed25519 = site.posture.signing == Signing::Ed25519;
    let says_hmac = subject.given(env::SIGNING_ALGORITHM).is_some();
    let (name, message) = match why {
        Off::AlgorithmMissing if says_hmac && ed25519 => (
            env::SIGNING_ALGORITHM,
            "signing is silently off: there are Ed25519 keys, but the algorithm is HMAC, and Stem does not look at them",
        ),
        Off::AlgorithmMissing if ed25519 => (
            env::SIGNING_ALGORITHM,
            "signing is silently off: there are Ed25519 keys, but without STEM_SIGNING_ALGORITHM Stem takes HMAC and does not look at them",
        ),
        Off::NoPublicKeys => (
            env::SIGNING_PUBLIC_KEYS,
            "signing is silently off: the algorithm is ed25519, and STEM_SIGNING_PUBLIC_KEYS has no key",
        ),
        Off::NoKeys | Off::NotConfigured if ed25519 && says_hmac => (
            env::SIGNING_ALGORITHM,
            "signing is silently off: the others use Ed25519, and this one HMAC without a key",
        ),
        Off::NoKeys | Off::NotConfigured if ed25519 => (
            env::SIGNING_ALGORITHM,
            "signing is silently off: the others use Ed25519, and this one has no STEM_SIGNING_ALGORITHM",
        ),
        Off::AlgorithmMissing | Off::NoKeys | Off::NotConfigured => (
            env::SIGNING_KEYS,
            "signing is silently off: STEM_SIGNING_KEYS has no key",
        ),
    };
    let written = subject.process.variable(name);
    if written.is_none()
        && let Some(place) = passed_over(case, subject, name)
    {
        let message = format!(
            "signing is silently off: what loads this file passes over a line with `export`, and so {name} is not set"
        );
        let finding = Finding::new(&RULE, place, message).hitting(site, subject, place);
        let finding = finding.subject(name).explaining(VARIABLES);
        return Some(finding.fix(format!("take `export` away: {name}=…")));
    }
    let place = written.map_or(subject.home(), |variable| variable.place);
    let finding = Finding::new(&RULE, place, message)
        .hitting(
            site,
            subject,
            written.map_or(place, |variable| subject.gets(variable)),
        )
        .subject(name)
        .explaining(VARIABLES);
    let mut all = site.subjects.iter();
    let others_sign = all.any(|one| !matches!(one.signing, Outcome::Off(_)) && one.is_stem());
    Some(match others_sign {
        true => finding,
        // there are no others to follow
        false if ed25519 => finding.fix(
            "set STEM_SIGNING_ALGORITHM=ed25519 and STEM_SIGNING_PUBLIC_KEYS in everything that signs or verifies: stem-sec keygen ed25519 makes keys",
        ),
        false => finding.fix(
            "set STEM_SIGNING_KEYS and STEM_SIGNING_ACTIVE_KEY in everything that signs or verifies: stem-sec keygen hmac makes a key",
        ),
    })
}

/// The line that was meant to set a variable, and that its loader does not take.
fn passed_over(case: &Case<'_>, subject: &Subject<'_>, name: &str) -> Option<Place> {
    let mut gaps = subject.process.gaps.iter();
    let is_meant = |place: Place| {
        let line = bystanders::line_of(case, place).unwrap_or_default();
        let set = line.trim_start().strip_prefix("export");
        set.and_then(|rest| rest.trim_start().strip_prefix(name))
            .is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    gaps.find(|gap| gap.kind == GapKind::Skipped && is_meant(gap.place))
        .map(|gap| gap.place)
}

/// Keys of no bytes: signatures are made and checked, and anybody can make them.
fn empty_keys(site: &Site<'_>, subject: &Subject<'_>) -> Vec<Finding> {
    let Outcome::On(keys) = &subject.signing else {
        return Vec::new();
    };
    if keys.algorithm != Signing::HmacSha256 {
        return Vec::new(); // of another length than 32 bytes: refused
    }
    let variable = keys.verifies.variable;
    let message = "a key without a value: anybody can sign with it";
    let finding = |id: &str| {
        Finding::new(&RULE, variable.place, message)
            .hitting(site, subject, subject.gets(variable))
            .artifact(Held::Artifact(Artifact::SigningSecret))
            .subject(env::SIGNING_KEYS)
            .key(id)
            .fix("give the key 32 random bytes: stem-sec keygen hmac")
    };
    let empty = keys.verifies.keys.iter().filter(|(_, key)| key.is_empty());
    empty.map(|(id, _)| finding(id)).collect()
}
