//! Which broker of its own deployment a URL means. A host elsewhere means none, and nothing is
//! guessed.

use super::case::{Case, Site, Subject};
use super::process::{Kind, Process};
use super::reach::Called;
use super::server::Redis;
use super::url::{self, Url};
use crate::mint::x509::is_issued;
use crate::model::env;
use crate::model::role::Role;

/// A broker that a URL means.
#[derive(Clone, Copy, Debug)]
pub struct Meant<'s, 'c> {
    /// The process.
    pub subject: &'s Subject<'c>,
    /// What it is told.
    pub redis: &'s Redis,
    /// By what that is known.
    pub by: By,
}

/// By what it is known which broker is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The host is its name.
    Name,
    /// The manifest says that the broker is called so, and there is one.
    Manifest,
    /// Of the deployment's brokers it is the one whose certificate was issued by the CA that
    /// the client trusts.
    Authority,
}

/// The broker that the host of a URL names, if it can be reached at its port through TLS.
#[must_use]
pub fn by_name<'s, 'c>(site: &'s Site<'c>, url: &Url<'_>) -> Option<Meant<'s, 'c>> {
    let port = url.port.unwrap_or(6379);
    let is_open = |meant: &Meant<'_, '_>| meant.redis.tls_port().is_none_or(|open| open == port);
    named(site, &url.host()).filter(is_open)
}

/// The broker that a host names, whatever its ports.
#[must_use]
pub fn named<'s, 'c>(site: &'s Site<'c>, host: &str) -> Option<Meant<'s, 'c>> {
    let mut named = servers(site).filter(|(subject, _)| is_called(site, subject, host));
    if let Some((subject, redis)) = named.next() {
        let by = By::Name;
        return named
            .next()
            .is_none()
            .then_some(Meant { subject, redis, by });
    }
    let (subject, redis) = only(servers(site))?;
    let is_own_host = site.listed.deployment.kind == Kind::Systemd && url::is_loopback(host);
    let by = match is_own_host {
        true => By::Name,
        false if is_declared(site, host) => By::Manifest,
        false => return None,
    };
    Some(Meant { subject, redis, by })
}

/// The broker that a client means with its broker URL, where the host does not say it.
#[must_use]
pub fn by_authority<'s, 'c>(
    case: &Case<'c>,
    site: &'s Site<'c>,
    client: &Subject<'c>,
) -> Option<Meant<'s, 'c>> {
    let (path, _) = client.given(env::TLS_CA_CERT)?;
    let trusted = case.materials.at(client.process, path)?;
    let trusted: Vec<_> = trusted.certificates().map(|(_, one)| one).collect();
    let issued = servers(site).filter(|(subject, redis)| {
        let shown = redis.value("tls-cert-file");
        let shown = shown.and_then(|path| case.materials.at(subject.process, path));
        let shown = shown.as_ref();
        let all: Vec<_> = shown
            .into_iter()
            .flat_map(|one| one.certificates())
            .collect();
        let beside: Vec<_> = all.iter().map(|(_, one)| *one).collect();
        let first = all.first();
        first.is_some_and(|(_, leaf)| is_issued(leaf, &beside, &trusted) == Some(true))
    });
    let (subject, redis) = only(issued)?;
    let by = By::Authority;
    Some(Meant { subject, redis, by })
}

/// Every Redis of a deployment that takes messages.
fn servers<'s, 'c>(site: &'s Site<'c>) -> impl Iterator<Item = (&'s Subject<'c>, &'s Redis)> {
    site.brokers().filter(|(_, redis)| !redis.is_sentinel)
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// A host without the namespace that a process is in. In a cluster a name goes on with its
/// namespace, and then with `svc`; where the namespace is not known, nothing that goes on is
/// taken for it. `None` of a host elsewhere.
#[must_use]
pub fn bare<'h>(kind: Kind, process: &Process, host: &'h str) -> Option<&'h str> {
    let (Kind::Kubernetes, Some((name, rest))) = (kind, host.split_once('.')) else {
        return Some(host);
    };
    let (namespace, rest) = rest.split_once('.').unwrap_or((rest, "svc"));
    let is_inside = rest == "svc" || rest.starts_with("svc.");
    let is_own = process.namespace.as_deref() == Some(namespace);
    (is_inside && is_own).then_some(name)
}

/// The name of a process that a host is.
#[must_use]
pub fn name_of(kind: Kind, process: &Process, host: &str) -> Option<Called> {
    let name = bare(kind, process, host)?;
    let mut called = process.called.iter();
    if let Some(called) = called.find(|called| called.name.eq_ignore_ascii_case(name)) {
        return Some(called.clone());
    }
    let service = process.service.trim_end_matches(".service");
    let service = service.rsplit('/').next().unwrap_or(service);
    let is_service = !service.is_empty() && service.eq_ignore_ascii_case(name);
    let is_own = process.called.is_empty() && kind != Kind::Kubernetes && is_service;
    (is_own || process.name == host).then(|| Called::itself(name))
}

fn is_called(site: &Site<'_>, subject: &Subject<'_>, host: &str) -> bool {
    name_of(site.listed.deployment.kind, subject.process, host).is_some()
}

/// Whether the manifest calls the broker so.
fn is_declared(site: &Site<'_>, host: &str) -> bool {
    let Some(manifest) = site.manifest else {
        return false;
    };
    let broker = &manifest.broker;
    let is_it = |name: &str| name.trim_matches(['[', ']']).eq_ignore_ascii_case(host);
    let has_role = |subject: &Subject<'_>| subject.component.is_some() && subject.is(Role::Broker);
    site.subjects.iter().any(has_role)
        && (is_it(broker.url.host()) || broker.names.iter().any(|name| is_it(name)))
}
