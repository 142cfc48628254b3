//! What the rules on brokers share: which Redis is meant by whom.

use super::super::case::{Site, Subject};
use super::super::server::{Redis, Told};
use crate::audit::process::{How, Kind, Process};
use crate::formats::place::Place;
use crate::model::env;

/// The brokers of a deployment: no Sentinels, which hold nothing themselves.
pub(super) fn brokers<'s, 'c>(
    site: &'s Site<'c>,
) -> impl Iterator<Item = (&'s Subject<'c>, &'s Redis)> {
    site.brokers().filter(|(_, redis)| !redis.is_sentinel)
}

/// Whether some process of Stem is told to speak TLS to it, or the manifest declares it.
pub(super) fn is_meant_by_tls(site: &Site<'_>, subject: &Subject<'_>) -> bool {
    let urls = [
        env::BROKER_URL,
        env::RESULT_BACKEND_URL,
        env::SCHEDULE_STORE_URL,
        env::REVOKE_STORE_URL,
        env::WORKFLOW_STORE_URL,
    ];
    let names_it = |other: &Subject<'_>| {
        let hosts = urls.iter().filter_map(|url| host(other.url(url)?));
        hosts
            .into_iter()
            .any(|host| is_called(site, subject.process, host) || is_alias(site, host))
    };
    subject.component.is_some() || site.subjects.iter().any(names_it)
}

/// Whether a name of the deployment's own network is that of no process: a Service, or an alias
/// of the only broker that there is.
fn is_alias(site: &Site<'_>, host: &str) -> bool {
    let is_near = match site.listed.deployment.kind {
        Kind::Kubernetes => !host.contains('.') || host.contains(".svc"),
        Kind::Compose => !host.contains('.') && host != "localhost",
        _ => false,
    };
    let mut all = site.listed.deployment.processes.iter();
    is_near && brokers(site).count() == 1 && !all.any(|other| is_called(site, other, host))
}

/// The host of a URL of the scheme `rediss`.
fn host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    scheme.eq_ignore_ascii_case("rediss").then_some(host)
}

/// Whether a host is that process. In a cluster a name goes on with the namespace.
pub(super) fn is_called(site: &Site<'_>, process: &Process, host: &str) -> bool {
    let is_inside = |rest: &str| !rest.contains('.') || rest.contains(".svc");
    let is_in_cluster = site.listed.deployment.kind == Kind::Kubernetes;
    let name = match host.split_once('.') {
        Some((name, rest)) if is_in_cluster && is_inside(rest) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case(&process.service)
}

/// Where a process gets a directive: the word of its command line, or what leads to its file.
pub(super) fn way_to(subject: &Subject<'_>, told: &Told) -> Place {
    let mut said = told.said.iter();
    let first = said.find(|said| said.how != How::Overridden);
    first.map_or(subject.process.place, |said| said.place)
}
