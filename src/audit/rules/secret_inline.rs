//! `secret-inline`: a secret that is written into the files of the deployment itself.

use super::places::{is_secret, kind_of, way, written};
use super::{Example, Family, Rule, file};
use crate::audit::case::{Case, Subject};
use crate::audit::contents::Piece;
use crate::audit::finding::Finding;
use crate::audit::holding::{Held, Holding};
use crate::audit::process::{How, Kind, Said, Value};
use crate::audit::tree::FileKind;
use crate::formats::place::Place;
use crate::formats::{key_list, url};
use crate::model::artifact::Artifact;
use crate::model::manifest::Severity;
use crate::model::secret::Secret;

pub(super) static RULE: Rule = Rule {
    id: "secret-inline",
    family: Family::Places,
    severity: Severity::Warning,
    says: "a secret is written into the deployment itself",
    why: "Files of a deployment are shown, copied and committed as what they are: no secret. What a unit or a \
        command line says is shown to every user of its host, by `systemctl show` and `ps`.",
    fix: "move it into an env file or a Secret of its own, which only this process gets",
    bad: Example(&[file(
        "compose.yaml",
        "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    environment:
      STEM_BROKER_URL: rediss://redis.example.com:6379/0
      STEM_SIGNING_KEYS: primary:<secret a>
      STEM_SIGNING_ACTIVE_KEY: primary
",
    )]),
    good: Example(&[
        file(
            "compose.yaml",
            "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    environment:
      STEM_BROKER_URL: rediss://redis.example.com:6379/0
      STEM_SIGNING_KEYS: ${KEYS:?}
      STEM_SIGNING_ACTIVE_KEY: primary
",
        ),
        file(".env", "KEYS=primary:<secret a>\n"),
    ]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        let kind = site.listed.deployment.kind;
        if !matches!(kind, Kind::Compose | Kind::Kubernetes | Kind::Systemd) {
            continue;
        }
        for held in &subject.entry.holdings {
            if !is_of_command(subject, held)
                && is_inline(case, subject, held, kind == Kind::Systemd)
                && is_secret(case, subject, held)
            {
                out.push(
                    Finding::new(&RULE, held.place, RULE.says)
                        .hitting(site, subject, subject.way_to(held))
                        .artifact(held.artifact)
                        .subject(&held.subject),
                );
            }
        }
        for (place, artifact) in in_arguments(case, subject) {
            let message = "a secret is written into the command line";
            out.push(
                Finding::new(&RULE, place, message)
                    .hitting(site, subject, place)
                    .artifact(artifact)
                    .subject("command"),
            );
        }
    }
}

/// Whether it is a variable that the command line sets: that one is said of the command line.
fn is_of_command(subject: &Subject<'_>, held: &Holding) -> bool {
    let is_around = |word: Place| {
        let held = held.place;
        word.source == held.source && word.start <= held.start && held.end <= word.end
    };
    let mut words = subject.process.arguments.iter();
    subject.process.variable(&held.subject).is_some()
        && held.said.iter().any(|said| said.how == How::Argument)
        && words.any(|word| is_around(word.place))
}

/// Whether the value stands in the entry itself, and is not put in there by a variable.
fn is_inline(case: &Case<'_>, subject: &Subject<'_>, held: &Holding, is_unit: bool) -> bool {
    let is_entry = |how: How| matches!(how, How::Environment | How::Argument);
    // `SetCredential=`
    let is_said = |said: &Said| said.how == How::Secret && said.place.line == held.place.line;
    if is_unit && way(&held.said).all(is_said) {
        return way(&held.said).any(|said| said.place.source == held.place.source);
    }
    let mut ways = way(&held.said);
    let stands_there = way(&held.said).any(|said| is_entry(said.how) && said.place == held.place);
    if !stands_there || !ways.all(|said| is_entry(said.how) || said.how == How::Interpolation) {
        return false;
    }
    let path = case.tree.path(held.place.source);
    if kind_of(case, &path) == Some(FileKind::Dockerfile) {
        return false;
    }
    let Some(text) = written(case, held.place) else {
        return true;
    };
    secrets_of(subject, held)
        .iter()
        .any(|secret| text.expose().contains(secret.expose()))
}

/// The parts of a value that are secret.
fn secrets_of(subject: &Subject<'_>, held: &Holding) -> Vec<Secret> {
    let secret = |text: &str| Secret::new(text.to_owned());
    if let Some(variable) = subject.process.variable(&held.subject) {
        let Value::Known(text) = &variable.value else {
            return Vec::new();
        };
        return match held.artifact {
            Held::Artifact(Artifact::BrokerPassword) => {
                let password = url::redis_password(text.expose());
                vec![password.unwrap_or_else(|| text.clone())]
            }
            _ => key_list::entries(text.expose())
                .filter_map(|entry| Some(secret(entry.text.split_once(':')?.1.trim())))
                .filter(|part| !part.expose().is_empty())
                .collect(),
        };
    }
    let told = subject
        .redis
        .as_ref()
        .and_then(|redis| redis.last(&held.subject));
    let first = told.and_then(|told| told.arguments.first());
    first.cloned().into_iter().collect()
}

/// Secrets that command lines set or name by themselves: `STEM_SIGNING_KEYS=… dart run`, a URL
/// with its password.
fn in_arguments(case: &Case<'_>, subject: &Subject<'_>) -> Vec<(Place, Held)> {
    let mut found = Vec::new();
    for argument in &subject.process.arguments {
        let stands_there = way(&argument.said)
            .any(|said| said.how == How::Argument && said.place == argument.place);
        let Some(text) = written(case, argument.place).filter(|_| stands_there) else {
            continue;
        };
        if let Some((artifact, place)) = in_text(case, &text, argument.place)
            && !found.contains(&(place, artifact))
        {
            found.push((place, artifact));
        }
    }
    found
}

fn in_text(case: &Case<'_>, text: &Secret, place: Place) -> Option<(Held, Place)> {
    if text.expose().contains("STEM_") {
        let contents = case.library.of_text(text, place);
        let secret = contents.pieces.iter().find_map(|piece| match piece {
            Piece::Statement {
                artifact, place, ..
            } if artifact.is_secret() => Some((Held::Artifact(*artifact), *place)),
            _ => None,
        });
        return secret;
    }
    let at = ["rediss://", "redis://"]
        .iter()
        .find_map(|scheme| text.expose().find(scheme))?;
    let rest = &text.expose()[at..];
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let password = url::redis_password(&rest[..end.unwrap_or(rest.len())])?;
    let is_written_out = !password.expose().contains(['$', '{', '(', '%', '<']);
    is_written_out.then_some((Held::Artifact(Artifact::BrokerPassword), place))
}
