//! The passwords of brokers and stores in a deployment, wherever a process is told one.

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

/// What asks for a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A Redis.
    Broker,
    /// A Postgres.
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

/// A finding wherever a password is told for which the question is answered with a message.
pub(super) fn judge(
    site: &Site<'_>,
    rule: &'static Rule,
    message: impl Fn(&str, Of) -> Option<&'static str>,
) -> Vec<Finding> {
    let mut out = Vec::new();
    for told in site.subjects.iter().flat_map(of) {
        let Some(message) = message(told.value.expose(), told.of) else {
            continue;
        };
        let finding = Finding::new(rule, told.place, message)
            .hitting(site, told.subject, told.way)
            .subject(told.name);
        out.push(match told.of {
            Of::Store => finding,
            Of::Broker => finding.artifact(Held::Artifact(Artifact::BrokerPassword)),
        });
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
        add(value.clone(), "requirepass", last.place, way, Of::Broker);
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
    let redis = url::redis_password(text).map(|password| (password, Of::Broker));
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
