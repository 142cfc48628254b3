//! What the rules on brokers share: which Redis is meant by whom.

use super::super::case::{Site, Subject};
use super::super::server::{Redis, Told};
use crate::audit::meant;
use crate::audit::process::{How, Kind, Process};
use crate::audit::reach::is_loopback;
use crate::formats::place::Place;
use crate::model::env;

/// The brokers of a deployment: no Sentinels, which hold nothing themselves.
pub(super) fn brokers<'s, 'c>(
    site: &'s Site<'c>,
) -> impl Iterator<Item = (&'s Subject<'c>, &'s Redis)> {
    site.brokers().filter(|(_, redis)| !redis.is_sentinel)
}

/// Whether some process of Stem is told to speak TLS to it, or the manifest declares it.
pub(super) fn is_meant_by_tls(site: &Site<'_>, subject: &Subject<'_>, redis: &Redis) -> bool {
    let urls = [
        env::BROKER_URL,
        env::RESULT_BACKEND_URL,
        env::SCHEDULE_STORE_URL,
        env::REVOKE_STORE_URL,
        env::WORKFLOW_STORE_URL,
    ];
    let names_it = |other: &Subject<'_>| {
        let mut all = urls.iter().filter_map(|url| address(other.url(url)?));
        all.any(|(host, port)| {
            let kind = site.listed.deployment.kind;
            let port = match meant::name_of(kind, subject.process, host) {
                Some(called) => called.port(port),
                None => is_alias(site, other, host).then_some(port),
            };
            port.is_some_and(|port| !is_of_another(site, subject, redis, port))
        })
    };
    subject.component.is_some() || site.subjects.iter().any(names_it)
}

/// Whether a port of a pod may be that of a container beside, which speaks TLS for it.
fn is_of_another(site: &Site<'_>, subject: &Subject<'_>, redis: &Redis, port: u16) -> bool {
    let own = subject.process;
    let mut all = site.listed.deployment.processes.iter();
    let has_others = site.listed.deployment.kind == Kind::Kubernetes
        && all.any(|other| !std::ptr::eq(other, own) && is_in_pod_of(other, own));
    has_others && (redis.plain_port() != Some(port) || is_bound_to_loopback(redis))
}

fn is_in_pod_of(other: &Process, own: &Process) -> bool {
    let pod = |process: &Process| process.name.split(':').next().map(str::to_owned);
    pod(other) == pod(own)
}

/// Whether it listens on its own host only.
pub(super) fn is_bound_to_loopback(redis: &Redis) -> bool {
    redis.last("bind").is_some_and(|told| {
        let mut addresses = told.arguments.iter();
        let is_own = |address: &str| is_loopback(address.trim_start_matches('-'));
        told.is_open
            || !told.arguments.is_empty() && addresses.all(|address| is_own(address.expose()))
    })
}

/// Whether a name of the deployment's own network is that of no process: a Service, or an alias
/// of the only broker that there is. Nothing is guessed of who may know others.
fn is_alias(site: &Site<'_>, client: &Subject<'_>, host: &str) -> bool {
    let kind = site.listed.deployment.kind;
    let bare = meant::bare(kind, client.process, host);
    let is_name = |name: &str| !name.contains('.') && name != "localhost";
    let is_near = matches!(kind, Kind::Kubernetes | Kind::Compose) && bare.is_some_and(is_name);
    let mut all = site.listed.deployment.processes.iter();
    is_near
        && !client.process.reaches_beyond
        && brokers(site).count() == 1
        && !all.any(|other| meant::name_of(kind, other, host).is_some())
}

/// The host and the port of a URL of the scheme `rediss`.
fn address(url: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.rsplit('@').next()?.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority.rsplit('@').next()?, 6379),
    };
    scheme
        .eq_ignore_ascii_case("rediss")
        .then_some((host, port))
}

/// Where a process gets a directive: the word of its command line, or what leads to its file.
pub(super) fn way_to(subject: &Subject<'_>, told: &Told) -> Place {
    let mut said = told.said.iter();
    let first = said.find(|said| said.how != How::Overridden);
    first.map_or(subject.process.place, |said| said.place)
}
