//! `quotes-kept`: a loader that takes quotes for part of the value.

use super::{Example, Family, Rule, file, lists};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "quotes-kept",
    family: Family::Signing,
    severity: Severity::Error,
    says: "the value reaches Stem in quotes, which it takes for part of it",
    why: "Not every loader removes quotes: `docker run --env-file`, old versions of compose and `kubectl create \
        --from-env-file` pass them on, and so do YAML lists such as `- NAME=\"value\"`. Stem does not remove \
        them either: the algorithm is unknown, the list malformed, the file not found.",
    fix: "write the value without quotes",
    bad: Example(&[file("compose.yaml", BAD), file("worker.env", KEYS)]),
    good: Example(&[file("compose.yaml", GOOD), file("worker.env", KEYS)]),
    check,
};

const BAD: &str = "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    environment:
      - STEM_SIGNING_ACTIVE_KEY=\"primary\"
";

const GOOD: &str = "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    environment:
      - STEM_SIGNING_ACTIVE_KEY=primary
";

const KEYS: &str = "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
";

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        if lists::runs_stem(subject) {
            out.extend(of(site, subject));
        }
    }
}

fn of(site: &Site<'_>, subject: &Subject<'_>) -> Vec<Finding> {
    let quoted = env::VARIABLES
        .iter()
        // of that one it does not matter
        .filter(|(name, _)| *name != env::TLS_ALLOW_INSECURE)
        .filter_map(|(name, artifact)| Some((subject.given(name)?, artifact)))
        .filter(|((text, _), _)| is_quoted(text));
    quoted
        .map(|((_, variable), artifact)| {
            Finding::new(&RULE, variable.place, RULE.says)
                .hitting(site, subject, subject.gets(variable))
                .artifact(Held::Artifact(*artifact))
                .subject(&variable.name)
        })
        .collect()
}

fn is_quoted(text: &str) -> bool {
    let inner = |open: char, close: char| {
        text.strip_prefix(open)
            .is_some_and(|rest| rest.ends_with(close))
    };
    [
        ('"', '"'),
        ('\'', '\''),
        ('\u{201c}', '\u{201d}'),
        ('\u{2018}', '\u{2019}'),
    ]
    .into_iter()
    .any(|(open, close)| inner(open, close))
}
