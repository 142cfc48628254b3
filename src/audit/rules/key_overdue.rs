//! `key-overdue`: a signing key that is in use for longer than it should be.

use super::key_list_malformed::artifact;
use super::lists::{self, Holds};
use super::{Example, Family, Rule, file};
use crate::audit::case::{Case, Site};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::inventory::Overdue;
use crate::model::manifest::Severity;
use crate::model::secret::Secret;

pub(super) static RULE: Rule = Rule {
    id: "key-overdue",
    family: Family::Signing,
    severity: Severity::Warning,
    says: "a signing key is in use for longer than it should be",
    why: "A key that has been read by somebody signs for them until it goes, and nobody notices. That is why \
        stem-sec.yaml may say how old a key may become (`rotation.max-age`), and why the last step of a rotation \
        takes the old key away. How old a key is, the store beside stem-sec.yaml knows.",
    fix: "replace it: stem-sec rotate start signing; stem-sec rotate status says more",
    bad: Example(&[
        file(
            STORED,
            "\
keys:
- id: k1
  created: 2020-01-01T00:00:00Z
  secret: <secret a>
",
        ),
        file(
            "worker.env",
            "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=k1:<secret a>
STEM_SIGNING_ACTIVE_KEY=k1
",
        ),
    ]),
    good: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=2027-01:<secret b>
STEM_SIGNING_ACTIVE_KEY=2027-01
",
    )]),
    check,
};

/// The keyring of an example: whoever runs it takes the keys in it for overdue.
pub(super) const STORED: &str = ".stem-sec/keyring.yaml";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for site in &case.sites {
        let found = case.overdue.iter().filter_map(|key| held(site, key));
        out.extend(found);
    }
}

/// One finding a key, at the first place where the deployment has it.
fn held(site: &Site<'_>, key: &Overdue) -> Option<Finding> {
    let mut finding: Option<Finding> = None;
    for subject in &site.subjects {
        let lists = lists::of(subject).into_iter();
        // a private half goes by its public one
        for list in lists.filter(|list| list.holds != Holds::PrivateKeys) {
            let is_it = list
                .entries()
                .filter_map(|entry| entry.key.ok())
                .any(|one| {
                    let value = Secret::new(one.value.to_owned());
                    one.id == key.id && value.fingerprint() == key.fingerprint
                });
            if !is_it {
                continue;
            }
            let place = list.variable.place;
            let known = finding.take().unwrap_or_else(|| {
                let message = format!("the signing key `{}` {}", key.id, key.why);
                Finding::new(&RULE, place, message)
                    .artifact(Held::Artifact(artifact(list.holds)))
                    .subject(&list.variable.name)
                    .key(&key.id)
            });
            let known = known.hitting(site, subject, subject.gets(list.variable));
            let is_said =
                known.place == place || known.related.iter().any(|other| other.place == place);
            finding = Some(if is_said {
                known
            } else {
                known.related(place, "and here")
            });
        }
    }
    finding
}
