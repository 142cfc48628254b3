//! `chain-broken`: two that are meant to talk to each other, and the CA that one trusts did not
//! issue what the other shows.

use super::certificates::{self, Task, Use, directive};
use super::{Example, Family, File, Rule, urls};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::meant::{self, Meant};
use crate::audit::url::Reach;
use crate::formats::place::Place;
use crate::mint::x509::{Certificate, is_issued};
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "chain-broken",
    family: Family::Transport,
    severity: Severity::Error,
    says: "the CA that one side trusts did not issue the certificate that the other one shows",
    why: "The connection is refused. It happens when a CA was made anew, and only a part of the \
        certificates under it: while the two are exchanged, both must be trusted.",
    fix: "trust the CA that issued it, or issue the certificate anew by the CA that is trusted",
    bad: Example(&BAD),
    good: Example(&certificates::GOOD),
    check,
};

const BAD: [File; 9] = certificates::example(
    ["<other-ca.crt>\n", "<client.crt>\n", "<client.key>\n"],
    certificates::SERVER,
    certificates::URL,
);

/// What one side trusts, and what the other shows.
struct Pair<'s, 'c> {
    client: &'s Subject<'c>,
    trusts: Use<'s, 'c>,
    shows: Use<'s, 'c>,
}

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        let mut servers: Vec<Pair<'_, '_>> = Vec::new();
        let mut clients: Vec<Pair<'_, '_>> = Vec::new();
        for client in site.subjects.iter().filter(|subject| subject.is_stem()) {
            if let Some(meant) = named(site, client) {
                servers.extend(server(case, site, client, &meant));
            }
            let meant = named(site, client).or_else(|| meant::by_authority(case, site, client));
            if let Some(meant) = meant {
                clients.extend(shown_by_client(case, site, client, &meant));
            }
        }
        broken(site, &servers, out);
        broken(site, &clients, out);
    }
}

/// The broker that a URL of it names.
fn named<'s, 'c>(site: &'s Site<'c>, client: &'s Subject<'c>) -> Option<Meant<'s, 'c>> {
    let all = urls::of(site, client).into_iter();
    all.filter_map(|used| used.reached(Reach::Tls))
        .find_map(|url| meant::by_name(site, &url))
}

/// What the client trusts, and what the broker shows.
fn server<'s, 'c>(
    case: &Case<'c>,
    site: &'s Site<'c>,
    client: &'s Subject<'c>,
    meant: &Meant<'s, 'c>,
) -> Option<Pair<'s, 'c>> {
    Some(Pair {
        client,
        trusts: with(case, site, client, env::TLS_CA_CERT)?,
        shows: with(case, site, meant.subject, "tls-cert-file")?,
    })
}

/// What the broker trusts, and what the client shows.
fn shown_by_client<'s, 'c>(
    case: &Case<'c>,
    site: &'s Site<'c>,
    client: &'s Subject<'c>,
    meant: &Meant<'s, 'c>,
) -> Option<Pair<'s, 'c>> {
    let asks = meant.redis.value("tls-auth-clients");
    let asks = asks.is_none_or(|word| !word.eq_ignore_ascii_case("no"));
    // there, others may lie that are not at hand
    let has_folder = directive(meant.subject, "tls-ca-cert-dir").is_some();
    if !asks || has_folder || !client.is_set(env::TLS_CLIENT_KEY) {
        return None;
    }
    Some(Pair {
        client,
        trusts: with(case, site, meant.subject, "tls-ca-cert-file")?,
        shows: with(case, site, client, env::TLS_CLIENT_CERT)?,
    })
}

fn with<'s, 'c>(
    case: &Case<'c>,
    site: &'s Site<'c>,
    subject: &'s Subject<'c>,
    setting: &str,
) -> Option<Use<'s, 'c>> {
    let mut all = certificates::of(case, site, subject).into_iter();
    all.find(|used| used.setting.name == setting)
}

impl Pair<'_, '_> {
    /// Whether what is shown was issued by what is trusted; `None` where it cannot be told, or
    /// where nothing that is trusted could vouch for anything.
    fn is_good(&self) -> Option<bool> {
        let trusted: Vec<&Certificate> = all(&self.trusts);
        let shown: Vec<&Certificate> = all(&self.shows);
        let can_vouch = |one: &&Certificate| one.is_ca || one.is_self_issued();
        if !trusted.iter().any(can_vouch) {
            return None;
        }
        is_issued(shown.first()?, &shown, &trusted)
    }
}

fn all<'u>(used: &'u Use<'_, '_>) -> Vec<&'u Certificate> {
    let certificates = used.material.certificates();
    certificates.map(|(_, one)| one).collect()
}

/// Where all clients fail with a broker the cause is the broker's; else it is their own.
fn broken(site: &Site<'_>, pairs: &[Pair<'_, '_>], out: &mut Vec<Finding>) {
    for pair in pairs.iter().filter(|pair| pair.is_good() == Some(false)) {
        let same_broker = |other: &&Pair<'_, '_>| place_of_broker(other) == place_of_broker(pair);
        let others: Vec<&Pair<'_, '_>> = pairs.iter().filter(same_broker).collect();
        let all_fail = others.len() > 1 && others.iter().all(|one| one.is_good() == Some(false));
        let is_brokers = |used: &Use<'_, '_>| used.subject.redis.is_some();
        let is_cause = |used: &Use<'_, '_>| is_brokers(used) == all_fail;
        let (cause, other) = match is_cause(&pair.trusts) {
            true => (&pair.trusts, &pair.shows),
            false => (&pair.shows, &pair.trusts),
        };
        out.extend(finding(site, pair, cause, other));
    }
}

/// Which file of the broker it is about.
fn place_of_broker(pair: &Pair<'_, '_>) -> Place {
    let used = match pair.trusts.subject.redis.is_some() {
        true => &pair.trusts,
        false => &pair.shows,
    };
    used.material.place
}

fn finding(
    site: &Site<'_>,
    pair: &Pair<'_, '_>,
    cause: &Use<'_, '_>,
    other: &Use<'_, '_>,
) -> Option<Finding> {
    let (place, _) = cause.shown()?;
    let (across, _) = other.shown()?;
    let (message, beside) = match cause.task {
        Task::Trust => (
            "the CA that is trusted here did not issue the certificate of the other side",
            "what the other side shows",
        ),
        Task::Serve | Task::Connect => (
            "the certificate was issued by a CA that the other side does not trust",
            "what the other side trusts",
        ),
    };
    Some(
        Finding::new(&RULE, place, message)
            .hitting(site, pair.client, cause.setting.place)
            .artifact(cause.artifact())
            .subject(&cause.setting.name)
            .related(across, beside),
    )
}
