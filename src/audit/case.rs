//! What rules judge: deployments with their posture, and their processes. Facts only: no
//! judgement here.

mod subject;

use time::OffsetDateTime;

use super::contents::Library;
use super::inventory::{Declared, Entry, Inventory, Listed, Overdue};
use super::materials::Materials;
use super::posture::{self, PostureFrom};
use super::process::RolesFrom;
use super::server::Redis;
use super::tree::Tree;
use crate::model::artifact::Artifact;
use crate::model::manifest::Manifest;
use crate::model::ownership::Holder;
use crate::model::posture::Posture;
use crate::model::role::Role;
pub use subject::Subject;
pub(in crate::audit) use subject::loads_variables;
use subject::{has_variables, is_said_to_be};

/// Everything that is judged in one run.
#[derive(Debug)]
pub struct Case<'c> {
    /// The files.
    pub tree: &'c Tree,
    /// The moment in question.
    pub at: OffsetDateTime,
    /// What was found.
    pub inventory: &'c Inventory,
    /// The deployments, in the order of the inventory.
    pub sites: Vec<Site<'c>>,
    /// Certificates and keys.
    pub materials: Materials<'c>,
    /// Signing keys of the store that should not be in use any more.
    pub overdue: &'c [Overdue],
    /// What lies in files.
    pub(super) library: &'c Library<'c>,
}

/// A deployment as rules see it. Judgements across processes never leave it.
#[derive(Debug)]
pub struct Site<'c> {
    /// As it was found.
    pub listed: &'c Listed,
    /// The manifest that declares it; `None` where none of its processes is declared.
    pub manifest: Option<&'c Manifest>,
    /// How it means to sign and to connect.
    pub posture: Posture,
    /// By what that is known.
    pub posture_from: PostureFrom,
    /// The processes that matter, in the order of the files.
    pub subjects: Vec<Subject<'c>>,
}

impl<'c> Case<'c> {
    /// Of what was found in a tree.
    pub(super) fn new(
        tree: &'c Tree,
        inventory: &'c Inventory,
        library: &'c Library<'c>,
        manifest_of: &dyn Fn(&str) -> Option<&'c Manifest>,
        at: OffsetDateTime,
    ) -> Case<'c> {
        let sites = inventory.deployments.iter().map(|listed| {
            let manifest = manifest_of(&listed.deployment.folder);
            Site::new(listed, manifest, library)
        });
        Case {
            tree,
            at,
            inventory,
            sites: sites.collect(),
            materials: Materials::new(tree, library),
            overdue: &[],
            library,
        }
    }

    /// With keys that should not be in use any more.
    pub(super) fn knowing(self, overdue: &'c [Overdue]) -> Case<'c> {
        Case { overdue, ..self }
    }

    /// Each process with its deployment.
    pub fn each(&self) -> impl Iterator<Item = (&Site<'c>, &Subject<'c>)> {
        let sites = self.sites.iter();
        sites.flat_map(|site| site.subjects.iter().map(move |subject| (site, subject)))
    }
}

impl<'c> Site<'c> {
    fn new(listed: &'c Listed, manifest: Option<&'c Manifest>, library: &Library<'_>) -> Site<'c> {
        let is_declared = |entry: &Entry| entry.assigned.from == RolesFrom::Manifest;
        let manifest = manifest.filter(|_| listed.entries.iter().any(is_declared));
        let mut subjects: Vec<Subject<'c>> = listed
            .deployment
            .processes
            .iter()
            .zip(&listed.entries)
            .filter(|(process, entry)| entry.matters() || has_variables(process))
            .map(|(process, entry)| {
                let kind = listed.deployment.kind;
                Subject::new(process, entry, kind, manifest, library)
            })
            .collect();
        for at in 0..subjects.len() {
            subjects[at].is_configured_here |= is_said_to_be(&subjects[at], &subjects);
        }
        let (posture, posture_from) = posture::of(manifest, &subjects);
        Site {
            listed,
            manifest,
            posture,
            posture_from,
            subjects,
        }
    }

    /// The processes with a role.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = &Subject<'c>> {
        let all = self.subjects.iter();
        all.filter(move |subject| subject.roles().contains(&role))
    }

    /// Those that run a Redis.
    pub fn brokers(&self) -> impl Iterator<Item = (&Subject<'c>, &Redis)> {
        let all = self.subjects.iter();
        all.filter_map(|subject| Some((subject, subject.redis.as_ref()?)))
    }

    /// Whether some broker of it asks for a password, or may: what is not known accuses nobody
    /// of holding one.
    #[must_use]
    pub fn asks_for_password(&self) -> bool {
        let declared = self
            .manifest
            .is_some_and(|manifest| manifest.broker.password.is_some());
        let mut clients = self.subjects.iter().filter(|subject| subject.is_stem());
        declared
            || self
                .brokers()
                .any(|(_, redis)| redis.asks_for_password() != Some(false))
            || clients.any(|client| client.holds(Artifact::BrokerPassword))
    }

    /// What the ownership table must know of one of its processes.
    #[must_use]
    pub fn holder<'s>(&self, subject: &'s Subject<'c>) -> Holder<'s> {
        let component = subject.component;
        let nobody_has_a_ca = || {
            let mut all = self.subjects.iter();
            !all.any(|one| one.is_stem() && one.names_own_ca())
        };
        let system_ca = match component {
            Some(component) => component.system_ca,
            None => nobody_has_a_ca(),
        };
        // a broker that is not seen here may ask for the password that a process has
        let elsewhere_asks = || {
            let is_seen = self.brokers().any(|(_, redis)| redis.is_complete);
            !is_seen && subject.holds(Artifact::BrokerPassword)
        };
        Holder {
            roles: subject.roles(),
            holds: &subject.artifacts,
            enqueues: component.is_some_and(|one| one.enqueues),
            serves_https: component.is_some_and(|one| one.serves_https) || subject.listens(),
            system_ca,
            broker_password: self.asks_for_password() || elsewhere_asks(),
        }
    }
}

/// The manifest that lies nearest above a folder, else the one that applies everywhere.
pub(super) fn manifest_above<'m>(
    manifests: &'m [Declared],
    otherwise: Option<&'m Manifest>,
    folder: &str,
) -> Option<&'m Manifest> {
    let nearest = super::inventory::nearest(manifests, folder);
    nearest.map(|declared| &declared.manifest).or(otherwise)
}
