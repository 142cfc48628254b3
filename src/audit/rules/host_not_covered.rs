//! `host-not-covered`: the broker's certificate does not vouch for the host in a client's URL.

use super::certificates::{self, Task, Use};
use super::urls::Used;
use super::{Example, Family, File, Rule, urls};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::meant::{self, Meant};
use crate::audit::url::{Reach, Url};
use crate::mint::name::Name;
use crate::mint::x509::{Certificate, Check, Question, is_issued, verify};
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "host-not-covered",
    family: Family::Transport,
    severity: Severity::Error,
    says: "the broker's certificate does not vouch for the host in the URL",
    why: "Dart compares the host in a rediss URL with the alternative names of the certificate, \
        an address with its IP names alone, and refuses the connection when none fits. An address \
        that was written as a DNS name does not count.",
    fix: "issue the broker's certificate for this name too: stem-sec certs issue server NAME",
    bad: Example(&BAD),
    good: Example(&certificates::GOOD),
    check,
};

const BAD: [File; 9] = certificates::example(
    certificates::CLIENT,
    [
        "<ca.crt>\n",
        "<elsewhere-server.crt>\n",
        "<elsewhere-server.key>\n",
    ],
    certificates::URL,
);

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, client) in case.each() {
        if !client.is_stem() {
            continue;
        }
        let all = urls::of(site, client);
        for used in &all {
            out.extend(uncovered(case, site, client, used, &all));
        }
    }
}

fn uncovered(
    case: &Case<'_>,
    site: &Site<'_>,
    client: &Subject<'_>,
    used: &Used<'_, '_>,
    all: &[Used<'_, '_>],
) -> Option<Finding> {
    let url = used.reached(Reach::Tls)?;
    let host = url.host();
    let meant = meant::by_name(site, &url).or_else(|| {
        let is_brokers = is_broker_host(&host, all);
        let meant = is_brokers.then(|| meant::by_authority(case, site, client))?;
        meant.filter(|meant| is_at(meant, &url))
    })?;
    let shows = certificates::of(case, site, meant.subject);
    let shows = shows
        .iter()
        .find(|used| used.setting.name == "tls-cert-file")?;
    let (place, leaf) = shows.shown()?;
    // a CA before the certificate is another mistake
    let is_misplaced = leaf.is_ca && shows.material.leaf().is_some();
    if is_misplaced || !is_trusted(case, site, client, shows) {
        return None;
    }
    let name = Name::new(&host).ok()?;
    let question = Question {
        certificate: leaf,
        trusted: &[],
        purpose: None,
        hosts: std::slice::from_ref(&name),
        key: None,
        at: case.at,
    };
    let is_bad = |answer: &crate::mint::x509::Answer| answer.check == Check::Names && !answer.good;
    if !verify(&question).iter().any(is_bad) || is_common_name(leaf, &host) {
        return None;
    }
    let message = format!(
        "the broker's certificate does not vouch for {} {name}",
        name.kind()
    );
    Some(used.finding(&RULE, message).related(place, has(leaf)))
}

/// Whether it is the host of its broker: others may be elsewhere.
fn is_broker_host(host: &str, all: &[Used<'_, '_>]) -> bool {
    let mut brokers = all.iter().filter(|used| used.name == env::BROKER_URL);
    brokers.any(|used| {
        let url = used.reached(Reach::Tls);
        url.is_some_and(|url| url.host() == host)
    })
}

fn is_at(meant: &Meant<'_, '_>, url: &Url<'_>) -> bool {
    let port = url.port.unwrap_or(6379);
    meant.redis.tls_port().is_none_or(|open| open == port)
}

/// Whether the client trusts what is shown, as far as can be told: else that comes first.
fn is_trusted(case: &Case<'_>, site: &Site<'_>, client: &Subject<'_>, shows: &Use<'_, '_>) -> bool {
    let own = certificates::of(case, site, client);
    let Some(trusts) = own.iter().find(|used| used.task == Task::Trust) else {
        return true;
    };
    let trusted: Vec<&Certificate> = trusts.material.certificates().map(|(_, one)| one).collect();
    let shown: Vec<&Certificate> = shows.material.certificates().map(|(_, one)| one).collect();
    let leaf = shown.first();
    leaf.is_some_and(|leaf| is_issued(leaf, &shown, &trusted) != Some(false))
}

/// Some verifiers look there where there is no alternative name.
fn is_common_name(leaf: &Certificate, host: &str) -> bool {
    let is_it = |name: &String| name.eq_ignore_ascii_case(host);
    leaf.names.is_empty() && leaf.common_name.as_ref().is_some_and(is_it)
}

fn has(leaf: &Certificate) -> String {
    let names: Vec<String> = leaf.names.iter().map(ToString::to_string).collect();
    match names.is_empty() {
        true => "it has no names".to_owned(),
        false => format!("it vouches for {}", names.join(", ")),
    }
}
