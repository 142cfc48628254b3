//! `secret-in-configmap`: a secret where configuration is kept, which nobody protects.

use std::collections::{HashMap, HashSet};

use super::places::{Line, Written, bundled, is_secret, line_of, way};
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::process::{How, Kind};
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "secret-in-configmap",
    family: Family::Places,
    severity: Severity::Error,
    says: "a secret is kept as configuration",
    why: "Who may look at a namespace may as a rule read its ConfigMaps, and backups, dashboards and logs show \
        them in clear. Secrets have permissions of their own, and can be encrypted where they are stored.",
    fix: "move the value into a Secret, or into the `secrets` of the compose file",
    bad: Example(&[file("stem.yaml", BAD)]),
    good: Example(&[file("stem.yaml", GOOD)]),
    check,
};

const BAD: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: { name: stem }
data:
  STEM_BROKER_URL: rediss://redis.example.com:6379/0
  STEM_SIGNING_ACTIVE_KEY: primary
  STEM_SIGNING_KEYS: primary:<secret a>
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: worker }
spec:
  template:
    metadata: { labels: { stem.role: worker } }
    spec:
      containers:
        - name: app
          image: example/worker
          envFrom: [{ configMapRef: { name: stem } }]
";

const GOOD: &str = "\
apiVersion: v1
kind: Secret
metadata: { name: stem }
stringData:
  STEM_BROKER_URL: rediss://redis.example.com:6379/0
  STEM_SIGNING_ACTIVE_KEY: primary
  STEM_SIGNING_KEYS: primary:<secret a>
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: worker }
spec:
  template:
    metadata: { labels: { stem.role: worker } }
    spec:
      containers:
        - name: app
          image: example/worker
          envFrom: [{ secretRef: { name: stem } }]
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    let secrets = bundled(case, false);
    let by_line: HashMap<Line, &Written> = secrets
        .iter()
        .map(|secret| (line_of(secret.place), secret))
        .collect();
    let finding = |secret: &Written| {
        Finding::new(&RULE, secret.place, "a secret is kept in a ConfigMap")
            .artifact(secret.artifact)
            .subject(&secret.subject)
    };
    let mut held_lines = HashSet::new();
    for (site, subject) in case.each() {
        for held in &subject.entry.holdings {
            let secret = by_line.get(&line_of(held.place));
            if let Some(secret) = secret.filter(|secret| secret.artifact == held.artifact) {
                held_lines.insert(line_of(held.place));
                out.push(finding(secret).hitting(site, subject, subject.way_to(held)));
            }
        }
    }
    let nobodys = secrets.iter();
    out.extend(
        nobodys
            .filter(|secret| !held_lines.contains(&line_of(secret.place)))
            .map(finding),
    );
    for (site, subject) in case.each() {
        if site.listed.deployment.kind != Kind::Compose {
            continue;
        }
        for held in &subject.entry.holdings {
            let mut ways = way(&held.said);
            // of a file that a config is made of, its own permissions are judged
            let is_content =
                ways.any(|said| said.how == How::Config && said.place.source == held.place.source);
            if is_content && is_secret(case, subject, held) {
                let message = "a secret is kept in the `configs` of the project";
                out.push(
                    Finding::new(&RULE, held.place, message)
                        .hitting(site, subject, subject.way_to(held))
                        .artifact(held.artifact)
                        .subject(&held.subject),
                );
            }
        }
    }
}
