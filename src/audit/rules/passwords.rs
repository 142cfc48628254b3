//! The passwords of brokers and stores in a deployment: each value once, with everyone who is
//! told it.

use crate::audit::case::{Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::process::Value;
use crate::formats::key_list::trim;
use crate::formats::place::Place;
use crate::formats::url;
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::secret::Secret;

use super::Rule;

/// A password as one process is told it.
struct Told<'s, 'c> {
    value: Secret,
    subject: &'s Subject<'c>,
    name: String,
    place: Place,
    way: Place,
    of: Of,
}

/// What asks for a password, and who says it: those that say it first come before those that
/// repeat it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Of {
    /// A Redis, by its own setting.
    Server,
    /// A Redis, by a variable.
    Broker,
    /// A Redis, by a URL.
    Url,
    /// A Postgres, by a URL.
    Store,
}

/// Variables that hold URLs.
const URLS: [&str; 5] = [
    env::BROKER_URL,
    env::RESULT_BACKEND_URL,
    env::SCHEDULE_STORE_URL,
    env::REVOKE_STORE_URL,
    env::WORKFLOW_STORE_URL,
];

/// One finding for each password of a deployment that the question is answered with a message
/// for, at the place that the others repeat.
pub(super) fn judge(
    site: &Site<'_>,
    rule: &'static Rule,
    message: impl Fn(&str, Of) -> Option<&'static str>,
) -> Vec<Finding> {
    let mut told: Vec<Told<'_, '_>> = site.subjects.iter().flat_map(of).collect();
    told.sort_by_key(|one| one.of);
    let mut done: Vec<&str> = Vec::new();
    let mut out = Vec::new();
    for first in &told {
        let value = first.value.expose();
        if done.contains(&value) {
            continue;
        }
        done.push(value);
        let Some(message) = message(value, first.of) else {
            continue;
        };
        let mut finding = Finding::new(rule, first.place, message)
            .hitting(site, first.subject, first.way)
            .subject(&first.name);
        if first.of != Of::Store {
            finding = finding.artifact(Held::Artifact(Artifact::BrokerPassword));
        }
        let same = told.iter().filter(|one| one.value == first.value);
        for other in same.filter(|one| !std::ptr::eq(*one, first)) {
            let known = |process: &str| finding.hits.iter().any(|hit| hit.process == process);
            if !known(&other.subject.process.name) {
                finding = finding.hitting(site, other.subject, other.way);
            }
            if other.place != first.place {
                finding = finding.related(other.place, "the same password");
            }
        }
        out.push(finding);
    }
    out
}

/// Those that one process is told.
fn of<'s, 'c>(subject: &'s Subject<'c>) -> Vec<Told<'s, 'c>> {
    let mut told = Vec::new();
    let mut add = |value: Secret, name: &str, place: Place, way: Place, of: Of| {
        told.push(Told {
            value,
            subject,
            name: name.to_owned(),
            place,
            way,
            of,
        });
    };
    if let Some(last) = subject
        .redis
        .as_ref()
        .and_then(|redis| redis.last("requirepass"))
        && let Some(value) = last.arguments.first()
        && !last.is_open
        && !value.expose().is_empty()
    {
        let way = last.said.first().map_or(last.place, |said| said.place);
        add(value.clone(), "requirepass", last.place, way, Of::Server);
    }
    for variable in &subject.process.environment {
        let Value::Known(text) = &variable.value else {
            continue;
        };
        let found = match variable.name.as_str() {
            name if env::BROKER_PASSWORDS.contains(&name) => {
                plain(text).map(|text| (text, Of::Broker))
            }
            name if URLS.contains(&name) => of_url(text),
            _ => continue,
        };
        if let Some((password, of)) = found {
            let way = subject.gets(variable);
            add(password, &variable.name, variable.place, way, of);
        }
    }
    told
}

fn plain(text: &Secret) -> Option<Secret> {
    let is_there = !trim(text.expose()).is_empty();
    is_there.then(|| text.clone())
}

fn of_url(text: &Secret) -> Option<(Secret, Of)> {
    let text = text.expose();
    let redis = url::redis_password(text).map(|password| (password, Of::Url));
    redis.or_else(|| postgres_password(text).map(|password| (password, Of::Store)))
}

/// What stands between the user's name and the host.
fn postgres_password(text: &str) -> Option<Secret> {
    let (scheme, rest) = text.trim().split_once("://")?;
    if !scheme.to_ascii_lowercase().starts_with("postgres") {
        return None;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (information, _) = rest[..end].rsplit_once('@')?;
    let (_, password) = information.split_once(':')?;
    (!password.is_empty()).then(|| Secret::new(password.to_owned()))
}
