//! Which rule speaks when a process holds what the ownership table does not allow it.

use super::super::case::{Case, Site, Subject};
use super::super::finding::Finding;
use super::{Rule, bystanders};
use crate::audit::holding::{Held, Holding, Shown};
use crate::formats::pem;
use crate::model::artifact::Artifact;
use crate::model::ownership::{self, Holding as Allowed};
use crate::model::role::Role;

/// A secret that a process holds, and what the table says to that.
pub(super) struct Kept<'c, 's> {
    pub(super) site: &'s Site<'c>,
    pub(super) subject: &'s Subject<'c>,
    pub(super) holding: &'c Holding,
    pub(super) artifact: Artifact,
    pub(super) allowed: Allowed,
    /// Whether it belongs to the process itself and to nobody else.
    pub(super) is_its_own: bool,
}

impl Kept<'_, '_> {
    /// The finding that says so.
    pub(super) fn finding(&self, rule: &'static Rule) -> Finding {
        let at = self.subject.way_to(self.holding);
        Finding::new(rule, self.holding.place, rule.says)
            .hitting(self.site, self.subject, at)
            .artifact(self.holding.artifact)
            .subject(&self.holding.subject)
    }
}

/// Every secret that some process holds.
pub(super) fn secrets<'c, 's>(case: &'s Case<'c>) -> impl Iterator<Item = Kept<'c, 's>> {
    case.each().flat_map(move |(site, subject)| {
        let held = subject.entry.holdings.iter();
        held.filter(|holding| holding.artifact.is_secret() && is_the_thing_itself(holding))
            .filter(|holding| !bystanders::came_along(case, holding))
            .filter_map(move |holding| {
                let Held::Artifact(artifact) = holding.artifact else {
                    return None;
                };
                let is_its_own = is_own(case, site, subject, holding, artifact);
                Some(Kept {
                    site,
                    subject,
                    holding,
                    artifact,
                    allowed: allowed(site, subject, artifact, is_its_own),
                    is_its_own,
                })
            })
    })
}

/// The path of a key is no key.
fn is_the_thing_itself(holding: &Holding) -> bool {
    !matches!(holding.shown, Shown::Text(_))
}

fn allowed(
    site: &Site<'_>,
    subject: &Subject<'_>,
    artifact: Artifact,
    is_its_own: bool,
) -> Allowed {
    if subject.roles().is_empty() && artifact != Artifact::CaKey {
        return Allowed::Accepted; // nobody knows what it may hold
    }
    let holder = site.holder(subject);
    match is_its_own {
        true => ownership::holding(artifact, &holder, site.posture),
        false => ownership::holding_of_anothers(artifact, &holder, site.posture),
    }
}

/// Whether a key belongs to the process itself.
fn is_own(
    case: &Case<'_>,
    site: &Site<'_>,
    subject: &Subject<'_>,
    holding: &Holding,
    artifact: Artifact,
) -> bool {
    match artifact {
        Artifact::ServerKey => !is_a_brokers(site, subject, holding),
        Artifact::ClientKey if subject.is(Role::Broker) => {
            !is_shared(site, subject, holding) && names_it(case, subject, holding)
        }
        _ => true,
    }
}

/// The fingerprints of keys.
pub(super) fn marks(holding: &Holding) -> &[String] {
    match &holding.shown {
        Shown::Marks(marks) => marks,
        _ => &[],
    }
}

fn share(one: &Holding, other: &Holding) -> bool {
    marks(one).iter().any(|mark| marks(other).contains(mark))
}

/// Whether a broker holds the same key.
fn is_a_brokers(site: &Site<'_>, subject: &Subject<'_>, holding: &Holding) -> bool {
    let is_itself = |other: &&Subject<'_>| std::ptr::eq(*other, subject);
    if subject.is(Role::Broker) {
        return false;
    }
    let mut brokers = site
        .with_role(Role::Broker)
        .filter(|other| !is_itself(other));
    brokers.any(|broker| {
        broker
            .held(Artifact::ServerKey)
            .any(|other| share(holding, other))
    })
}

/// Whether another process that connects holds the same client key.
fn is_shared(site: &Site<'_>, subject: &Subject<'_>, holding: &Holding) -> bool {
    let others = site
        .subjects
        .iter()
        .filter(|other| !std::ptr::eq(*other, subject));
    let mut clients = others.filter(|other| !other.is(Role::Broker));
    clients.any(|client| {
        client
            .held(Artifact::ClientKey)
            .any(|other| share(holding, other))
    })
}

/// Whether a broker uses a client key itself: its configuration names the file, or the
/// certificate was issued to it.
fn names_it(case: &Case<'_>, subject: &Subject<'_>, holding: &Holding) -> bool {
    let setting = subject
        .redis
        .as_ref()
        .and_then(|redis| redis.value("tls-client-key-file"));
    if setting == Some(holding.subject.as_str()) {
        return true;
    }
    let process = subject.process;
    let own = [
        process.name.as_str(),
        &process.service,
        subject
            .component
            .map_or("", |component| component.name.as_str()),
    ];
    process.files.iter().any(|file| {
        let material = case.materials.of(file);
        material.is_some_and(|material| {
            material.certificates().any(|(_, certificate)| {
                marks(holding).contains(&pem::fingerprint(&certificate.public_key))
                    && own.contains(&certificate.title().as_str())
            })
        })
    })
}
