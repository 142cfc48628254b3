//! `shared-client-identity`: several components show the broker one certificate.

use std::collections::BTreeMap;

use super::ownership::marks;
use super::{Example, Family, Rule, bystanders, file};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Holding;
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "shared-client-identity",
    family: Family::Ownership,
    severity: Severity::Note,
    says: "several components share one client certificate",
    why: "The broker cannot tell them apart, and when one of them loses the key, all of them have to \
        be given another.",
    fix: "issue one for each: stem-sec certs issue client NAME",
    bad: Example(&[
        file("compose.yaml", SHARED),
        file("common.env", ENV),
        file("certs/ca.crt", "<ca.crt>\n"),
        file("certs/client.crt", "<client.crt>\n"),
        file("certs/client.key", "<client.key>\n"),
    ]),
    good: Example(&[
        file("compose.yaml", APART),
        file("common.env", ENV),
        file("api/ca.crt", "<ca.crt>\n"),
        file("api/client.crt", "<client.crt>\n"),
        file("api/client.key", "<client.key>\n"),
        file("worker/ca.crt", "<ca.crt>\n"),
        file("worker/client.crt", "<b-client.crt>\n"),
        file("worker/client.key", "<b-client.key>\n"),
    ]),
    check,
};

const ENV: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_TLS_CA_CERT=/certs/ca.crt
STEM_TLS_CLIENT_CERT=/certs/client.crt
STEM_TLS_CLIENT_KEY=/certs/client.key
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";

const SHARED: &str = "\
services:
  api:
    image: example/api
    labels: { stem.role: producer }
    env_file: [common.env]
    volumes: [\"./certs:/certs:ro\"]
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [common.env]
    volumes: [\"./certs:/certs:ro\"]
";

const APART: &str = "\
services:
  api:
    image: example/api
    labels: { stem.role: producer }
    env_file: [common.env]
    volumes: [\"./api:/certs:ro\"]
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [common.env]
    volumes: [\"./worker:/certs:ro\"]
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        let mut holders: BTreeMap<&str, Vec<(&Subject<'_>, &Holding)>> = BTreeMap::new();
        for subject in site.subjects.iter().filter(|subject| subject.is_stem()) {
            let held = subject.held(Artifact::ClientKey);
            for held in held.filter(|held| !bystanders::came_along(case, held)) {
                for mark in marks(held) {
                    let known = holders.entry(mark).or_default();
                    if known
                        .iter()
                        .all(|(other, _)| !is_same_component(other, subject))
                    {
                        known.push((subject, held));
                    }
                }
            }
        }
        let shared = holders.into_values().filter(|known| known.len() > 1);
        out.extend(shared.filter_map(|known| finding(site, &known)));
    }
}

fn finding(site: &Site<'_>, known: &[(&Subject<'_>, &Holding)]) -> Option<Finding> {
    let (_, first) = known.first()?;
    let mut finding = Finding::new(&RULE, first.place, RULE.says)
        .artifact(first.artifact)
        .subject(&first.subject);
    for (subject, held) in known {
        finding = finding.hitting(site, subject, subject.way_to(held));
    }
    Some(finding)
}

/// Containers of one workload are one component, and so are the parts of what a manifest
/// declares as one.
fn is_same_component(one: &Subject<'_>, other: &Subject<'_>) -> bool {
    match (one.component, other.component) {
        (Some(one), Some(other)) => one.name == other.name,
        _ => one.process.service == other.process.service,
    }
}
