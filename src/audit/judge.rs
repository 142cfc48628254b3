//! From what rules report to what people read: symptoms give way to their cause, one cause
//! that hits several processes is one finding, and everything has an order.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::case::{Case, manifest_above};
use super::contents::Library;
use super::environment::{self, Given, Named};
use super::finding::{Finding, Hit};
use super::inventory::{self, Inventory, Keep, Request};
use super::policy;
use super::posture::PostureFrom;
use super::rules;
use super::tree::Tree;
use crate::formats::place::Place;
use crate::model::manifest::Severity;
use crate::model::posture::Posture;
use crate::model::role::Role;

/// What came of an audit.
#[derive(Debug)]
pub struct Verdict {
    /// What was looked at.
    pub inventory: Inventory,
    /// The posture of each deployment of the inventory, and by what it is known.
    pub postures: Vec<(Posture, PostureFrom)>,
    /// What is wrong, by deployment, path and line.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether something is as bad as that, or could not be read: then nobody can say.
    #[must_use]
    pub fn fails(&self, fail_on: Severity) -> bool {
        let mut counting = self.findings.iter().filter(|one| one.suppressed.is_none());
        counting.any(|one| one.severity >= fail_on || one.rule.id == UNREADABLE)
    }

    /// Whether something could not be read, so that nobody can say what is in it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let mut counting = self.findings.iter().filter(|one| one.suppressed.is_none());
        counting.any(|one| one.rule.id == UNREADABLE)
    }
}

/// Fails whatever else does.
const UNREADABLE: &str = "input-unreadable";

/// For each rule, the weaker ones whose findings are symptoms of it: where they speak of the
/// same process and of its subject, or of one that it explains.
const OUTRANKS: &[(&str, &[&str])] = &[
    (
        "variable-unknown",
        &[
            "signing-disabled",
            "unsigned-producer",
            "active-key-missing",
            "algorithms-disagree",
            "verify-only-worker",
            "missing-artifact",
            "ca-missing",
            "client-pair-incomplete",
        ],
    ),
    (
        "quotes-kept",
        &[
            "key-list-malformed",
            "algorithm-unknown",
            "active-key-unknown",
            "url-malformed",
            "plaintext-url",
            "ca-missing",
        ],
    ),
    (
        "signing-disabled",
        &[
            "unsigned-producer",
            "active-key-missing",
            "missing-artifact",
            "stray-secret",
            "keys-disagree",
        ],
    ),
    (
        "unsigned-producer",
        &["active-key-missing", "missing-artifact"],
    ),
    ("active-key-missing", &["missing-artifact"]),
    ("ca-is-leaf", &["chain-broken"]),
    ("ca-missing", &["missing-artifact"]),
    ("client-pair-incomplete", &["missing-artifact"]),
    ("url-malformed", &["missing-artifact"]),
    (
        "wrong-purpose",
        &["server-key-outside-broker", "client-key-on-broker"],
    ),
    ("algorithms-disagree", &["missing-artifact", "stray-secret"]),
    ("broker-tls-incomplete", &["missing-artifact"]),
    (
        "algorithm-unknown",
        &["signing-disabled", "missing-artifact"],
    ),
    ("key-in-image", &["stray-secret"]),
    ("key-in-git", &["secret-inline"]),
    ("key-length-wrong", &["keys-disagree", "keypair-mismatch"]),
];

/// Judges a tree as it stands at a moment.
#[must_use]
pub fn audit(tree: &Tree, request: &Request, at: OffsetDateTime) -> Verdict {
    let survey = inventory::survey(tree, request, Keep::Everything);
    let manifest = request.manifest.as_ref();
    let manifest_of = |folder: &str| manifest_above(&survey.manifests, manifest, folder);
    let case = Case::new(tree, &survey.inventory, &survey.library, &manifest_of, at)
        .knowing(&request.overdue);
    let mut findings = judged(&case);
    policy::apply(&mut findings, tree, &survey.manifests, request, at.date());
    let findings = sorted(findings, tree);
    let postures = postures(&case);
    drop(case);
    Verdict {
        inventory: survey.inventory,
        postures,
        findings,
    }
}

/// Looks at a tree as rules do, without judging it.
pub fn look<T>(
    tree: &Tree,
    request: &Request,
    at: OffsetDateTime,
    see: impl FnOnce(&Case<'_>) -> T,
) -> T {
    let survey = inventory::survey(tree, request, Keep::Everything);
    let manifest = request.manifest.as_ref();
    let manifest_of = |folder: &str| manifest_above(&survey.manifests, manifest, folder);
    see(&Case::new(
        tree,
        &survey.inventory,
        &survey.library,
        &manifest_of,
        at,
    ))
}

/// Judges the environment that a process of these roles is about to start with.
#[must_use]
pub fn environment(
    tree: &Tree,
    given: &[Given],
    named: &[Named],
    roles: &[Role],
    at: OffsetDateTime,
) -> Verdict {
    let inventory = environment::inventory(tree, given, named, roles);
    let library = Library::new(tree, &[]);
    let case = Case::new(tree, &inventory, &library, &|_| None, at);
    let findings = sorted(judged(&case), tree);
    let postures = postures(&case);
    drop(case);
    Verdict {
        inventory,
        postures,
        findings,
    }
}

/// What the rules find, the causes of it only, each once.
fn judged(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules::all() {
        (rule.check)(case, &mut findings);
    }
    grouped(causes(findings))
}

fn postures(case: &Case<'_>) -> Vec<(Posture, PostureFrom)> {
    let sites = case.sites.iter();
    sites
        .map(|site| (site.posture, site.posture_from))
        .collect()
}

/// Without the symptoms of others among them.
fn causes(findings: Vec<Finding>) -> Vec<Finding> {
    let mut symptoms = vec![false; findings.len()];
    let mut near: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, finding) in findings.iter().enumerate() {
        near.entry(&finding.deployment).or_default().push(at);
    }
    for (winner, losers) in OUTRANKS {
        let strong = findings.iter().filter(|finding| finding.rule.id == *winner);
        for cause in strong {
            for at in near.get(cause.deployment.as_str()).into_iter().flatten() {
                let weak = &findings[*at];
                symptoms[*at] |= losers.contains(&weak.rule.id) && explains(cause, weak);
            }
        }
    }
    let kept = findings.into_iter().zip(symptoms);
    kept.filter(|(_, is_symptom)| !is_symptom)
        .map(|(finding, _)| finding)
        .collect()
}

fn explains(cause: &Finding, weak: &Finding) -> bool {
    let same_process = || match (cause.hits.as_slice(), weak.hits.as_slice()) {
        ([], []) => cause.place.source == weak.place.source,
        (one, other) => one
            .iter()
            .any(|hit| other.iter().any(|weak| weak.process == hit.process)),
    };
    let subject = &weak.subject;
    same_process() && (cause.subject == *subject || cause.explains.contains(subject))
}

/// What makes two findings one: the same cause, hitting several processes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Cause {
    rule: &'static str,
    deployment: String,
    place: Place,
    key_id: Option<String>,
    artifact: Option<&'static str>,
    subject: String,
}

impl Cause {
    fn of(finding: &Finding) -> Cause {
        let is_path = finding.subject.starts_with('/') || finding.subject.starts_with('.');
        // each process has its own view of a file
        let subject = if is_path { "" } else { &finding.subject };
        Cause {
            rule: finding.rule.id,
            deployment: finding.deployment.clone(),
            place: finding.place,
            key_id: finding.key_id.clone(),
            artifact: finding.artifact.map(super::holding::Held::name),
            subject: subject.to_owned(),
        }
    }
}

fn grouped(findings: Vec<Finding>) -> Vec<Finding> {
    let mut causes: std::collections::BTreeMap<Cause, usize> = std::collections::BTreeMap::new();
    let mut out: Vec<Finding> = Vec::new();
    for finding in findings {
        let cause = Cause::of(&finding);
        match causes.get(&cause) {
            Some(at) => join(&mut out[*at], finding),
            None => {
                causes.insert(cause, out.len());
                out.push(finding);
            }
        }
    }
    out
}

fn join(into: &mut Finding, other: Finding) {
    into.severity = into.severity.max(other.severity);
    let is_known = |hits: &[Hit], hit: &Hit| hits.iter().any(|one| one.process == hit.process);
    for hit in other.hits {
        if !is_known(&into.hits, &hit) {
            into.hits.push(hit);
        }
    }
    for related in other.related {
        if !into.related.contains(&related) {
            into.related.push(related);
        }
    }
}

fn sorted(mut findings: Vec<Finding>, tree: &Tree) -> Vec<Finding> {
    findings.sort_by_cached_key(|finding| {
        let place = finding.place;
        (
            finding.deployment.clone(),
            tree.path(place.source),
            (place.line, place.column),
            finding.rule.id,
            finding.subject.clone(),
            finding.key_id.clone(),
        )
    });
    findings
}
