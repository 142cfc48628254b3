//! `key-in-image`: a secret that is baked into an image.

use super::places::{is_secret, kind_of, way};
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::holding::{self, Holding};
use crate::audit::process::How;
use crate::audit::tree::FileKind;
use crate::formats::place::Place;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "key-in-image",
    family: Family::Places,
    severity: Severity::Error,
    says: "a secret is baked into an image",
    why: "Whoever can pull the image has it: files, ENV and build arguments stay in its layers and its history, \
        also when a later step removes them. And every process of that image has it, whatever its role.",
    fix: "give it to the process when it starts: as an env file, a mounted file or a secret of the build (`RUN --mount=type=secret`)",
    bad: Example(&[file(
        "Dockerfile",
        "\
FROM dart:stable
LABEL stem.role=producer
ENV STEM_BROKER_URL=rediss://redis.example.com:6379/0
ENV STEM_SIGNING_ACTIVE_KEY=primary
ENV STEM_SIGNING_KEYS=primary:<secret a>
CMD [\"bin/server\"]
",
    )]),
    good: Example(&[
        file(
            "Dockerfile",
            "\
FROM dart:stable
LABEL stem.role=producer
ENV STEM_BROKER_URL=rediss://redis.example.com:6379/0
ENV STEM_SIGNING_ACTIVE_KEY=primary
CMD [\"bin/server\"]
",
        ),
        file(
            "compose.yaml",
            "\
services:
  api:
    build: .
    env_file: [api.env]
",
        ),
        file("api.env", "STEM_SIGNING_KEYS=primary:<secret a>\n"),
    ]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let first = out.len();
        let built_with = subject.process.built_with.iter();
        let left: Vec<Holding> = built_with.flat_map(holding::of_variable).collect();
        let mut seen = Vec::new();
        for held in subject.entry.holdings.iter().chain(&left) {
            let Some((place, message)) = baked(case, held) else {
                continue;
            };
            if !is_secret(case, subject, held) || seen.contains(&(held.place, &held.subject)) {
                continue;
            }
            seen.push((held.place, &held.subject));
            // one COPY that brings many is one cause
            let mut own = out.iter_mut().skip(first);
            let is_copied = message == COPIED;
            match own.find(|one| is_copied && one.place == place) {
                Some(finding) => {
                    finding.message = ALL_COPIED.to_owned();
                    let again = finding.clone().related(held.place, "this one, too");
                    *finding = again.explaining([&held.subject]);
                }
                None => out.push(
                    Finding::new(&RULE, place, message)
                        .hitting(site, subject, subject.way_to(held))
                        .artifact(held.artifact)
                        .subject(&held.subject),
                ),
            }
        }
    }
}

const COPIED: &str = "a file with a secret is copied into the image";
const ALL_COPIED: &str = "files with secrets are copied into the image";

/// Where and how it comes into the image.
fn baked(case: &Case<'_>, held: &Holding) -> Option<(Place, &'static str)> {
    let by = |how: How| way(&held.said).find(|said| said.how == how);
    if let Some(copied) = by(How::Copy) {
        return Some((copied.place, COPIED));
    }
    if let Some(given) = by(How::BuildArgument) {
        let message =
            "a secret is given to a build as an argument: it stays in the history of the image";
        return Some((given.place, message));
    }
    let set = by(How::Environment)?;
    let path = case.tree.path(set.place.source);
    let is_dockerfile = kind_of(case, &path) == Some(FileKind::Dockerfile);
    is_dockerfile.then_some((set.place, "a secret is set with ENV: it stays in the image"))
}
