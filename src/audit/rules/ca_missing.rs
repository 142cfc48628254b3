//! `ca-missing`: a process that must verify its broker and was not told by which CA.

use super::certificates::{self, Task};
use super::examples::WORKER_WITH_PAIR;
use super::{Example, Family, Rule, file, urls};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::url::Reach;
use crate::formats::pem::Trouble;
use crate::formats::place::Place;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Severity;
use crate::model::ownership::{Holding, holding};

pub(super) static RULE: Rule = Rule {
    id: "ca-missing",
    family: Family::Transport,
    severity: Severity::Error,
    says: "no CA is named: the process cannot verify its broker, and does not connect",
    why: "With a client certificate and without STEM_TLS_CA_CERT Stem trusts nobody at all, not \
        even the system's CAs, and every connection fails. Without either it trusts the system's \
        CAs, to whom a private CA is unknown.",
    fix: "name the CA that issued the broker's certificate with STEM_TLS_CA_CERT",
    bad: Example(&[file("worker.env", BAD)]),
    good: Example(&[WORKER_WITH_PAIR]),
    check,
};

const BAD: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_TLS_CLIENT_CERT=/etc/stem/client.crt
STEM_TLS_CLIENT_KEY=/etc/stem/client.key
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        if !subject.is_stem() && !subject.roles().is_empty() {
            continue;
        }
        out.extend(empty(case, site, subject));
        out.extend(unnamed(site, subject));
    }
}

/// A file that is named as the CA and holds no certificate.
fn empty(case: &Case<'_>, site: &Site<'_>, subject: &Subject<'_>) -> Option<Finding> {
    let all = certificates::of(case, site, subject);
    let used = all.into_iter().find(|used| used.task == Task::Trust)?;
    if used.material.certificates().next().is_some() || used.material.is_something_else() {
        return None;
    }
    let damaged: Option<(Place, Trouble)> = used.material.troubles().next();
    let (place, message) = match damaged {
        Some((place, _)) => (
            place,
            "the file of the CA is damaged: no certificate can be read",
        ),
        None => (
            used.material.place,
            "the file of the CA holds no certificate",
        ),
    };
    Some(
        used.finding(&RULE, place, message)
            .subject(env::TLS_CA_CERT)
            .fix("put the CA's certificate, in PEM, into the file"),
    )
}

fn unnamed(site: &Site<'_>, subject: &Subject<'_>) -> Option<Finding> {
    let is_certain = subject.is_complete && subject.is_configured_here;
    if subject.is_set(env::TLS_CA_CERT) || !is_certain {
        return None;
    }
    let hosts = hosts(site, subject);
    let has_pair = subject.is_set(env::TLS_CLIENT_CERT) && subject.is_set(env::TLS_CLIENT_KEY);
    let other = || {
        let others = site.subjects.iter().filter(|other| other.is_stem());
        others
            .filter_map(|other| private_ca(site, other, &hosts))
            .next()
    };
    let (message, related) = if hosts.is_empty() {
        return None;
    } else if has_pair {
        let message = "a client certificate without a CA: Stem then trusts nobody at all, not even the system's CAs";
        (message, None)
    } else if let Some(place) = other() {
        let message = "no CA is named, and others reach the same broker with a CA of its own";
        (message, Some(place))
    } else if is_declared(site, subject) {
        (
            "no CA is named, and the manifest has this component verify the broker by its own CA",
            None,
        )
    } else {
        return None;
    };
    let home = subject.home();
    let finding = Finding::new(&RULE, home, message)
        .hitting(site, subject, home)
        .artifact(Held::Artifact(Artifact::CaCertificate))
        .subject(env::TLS_CA_CERT);
    Some(match related {
        Some(place) => finding.related(place, "named here for another process"),
        None => finding,
    })
}

/// The hosts to which it speaks TLS.
fn hosts(site: &Site<'_>, subject: &Subject<'_>) -> Vec<String> {
    let all = urls::of(site, subject).into_iter();
    all.filter_map(|used| Some(used.reached(Reach::Tls)?.host()))
        .collect()
}

/// Where a process is told the CA by which it verifies one of these hosts, if that is none of
/// the system's.
fn private_ca(site: &Site<'_>, other: &Subject<'_>, wanted: &[String]) -> Option<Place> {
    let (_, variable) = other.given(env::TLS_CA_CERT)?;
    let is_same = hosts(site, other).iter().any(|host| wanted.contains(host));
    (other.names_own_ca() && is_same).then_some(variable.place)
}

fn is_declared(site: &Site<'_>, subject: &Subject<'_>) -> bool {
    let wanted = || holding(Artifact::CaCertificate, &site.holder(subject), site.posture);
    site.manifest.is_some() && subject.component.is_some() && wanted() == Holding::Required
}
