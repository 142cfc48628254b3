//! `variable-unknown`: a name that Stem does not read, and that is nearly one that it does.

use super::{Example, Family, Rule, file, lists};
use crate::audit::case::{Case, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::Held;
use crate::audit::process::{How, Variable};
use crate::model::env;
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "variable-unknown",
    family: Family::Signing,
    severity: Severity::Error,
    says: "Stem does not read a variable of this name",
    why: "Stem reads its variables by their exact names, capitals included, and says nothing of others. There \
        is no `_FILE` form of any of them, and neither STEM_SIGNING_PRIVATE_KEY nor STEM_REDIS_URL exists, \
        though its documentation names them. A misspelt STEM_SIGNING_KEYS turns signing off.",
    fix: "write the variable by the name that Stem reads",
    bad: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEY=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
    )]),
    good: Example(&[file(
        "worker.env",
        "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
STEM_WORKER_CONCURRENCY=4
",
    )]),
    check,
};

/// Other variables that Stem, its command line, its samples and their scripts read.
const OTHERS: [&str; 19] = [
    "STEM_CLOUD_ACCESS_TOKEN",
    "STEM_CLOUD_API_KEY",
    "STEM_DEFAULT_MAX_RETRIES",
    "STEM_DEFAULT_QUEUE",
    "STEM_HEARTBEAT_INTERVAL",
    "STEM_METRIC_EXPORTERS",
    "STEM_OTLP_ENDPOINT",
    "STEM_PREFETCH_MULTIPLIER",
    "STEM_ROUTING_CONFIG",
    "STEM_SCHEDULE_FILE",
    "STEM_SCHEDULER_COMMAND",
    "STEM_TEST_POSTGRES_TLS_CA_CERT",
    "STEM_TEST_POSTGRES_TLS_URL",
    "STEM_TEST_POSTGRES_URL",
    "STEM_TEST_REDIS_URL",
    "STEM_WORKER_BROADCASTS",
    "STEM_WORKER_COMMAND",
    "STEM_WORKER_NAMESPACE",
    "STEM_WORKER_QUEUES",
];

/// Names by which people call what Stem calls otherwise.
const ALIASES: [(&str, &str); 28] = [
    ("STEM_BACKEND_URL", env::RESULT_BACKEND_URL),
    ("STEM_BROKER", env::BROKER_URL),
    ("STEM_CA_CERT", env::TLS_CA_CERT),
    ("STEM_CLIENT_CERT", env::TLS_CLIENT_CERT),
    ("STEM_CLIENT_KEY", env::TLS_CLIENT_KEY),
    ("STEM_ED25519_PRIVATE_KEY", env::SIGNING_PRIVATE_KEYS),
    ("STEM_ED25519_PRIVATE_KEYS", env::SIGNING_PRIVATE_KEYS),
    ("STEM_ED25519_PUBLIC_KEY", env::SIGNING_PUBLIC_KEYS),
    ("STEM_ED25519_PUBLIC_KEYS", env::SIGNING_PUBLIC_KEYS),
    ("STEM_HMAC_KEY", env::SIGNING_KEYS),
    ("STEM_HMAC_KEYS", env::SIGNING_KEYS),
    ("STEM_HMAC_SECRET", env::SIGNING_KEYS),
    ("STEM_HMAC_SECRETS", env::SIGNING_KEYS),
    ("STEM_HMAC_SIGNING_KEYS", env::SIGNING_KEYS),
    ("STEM_REDIS_URL", env::BROKER_URL),
    ("STEM_SIGNING_ALG", env::SIGNING_ALGORITHM),
    ("STEM_SIGNING_ALGO", env::SIGNING_ALGORITHM),
    ("STEM_SIGNING_HMAC_KEYS", env::SIGNING_KEYS),
    ("STEM_SIGNING_ID", env::SIGNING_ACTIVE_KEY),
    ("STEM_SIGNING_KEY_ID", env::SIGNING_ACTIVE_KEY),
    ("STEM_SIGNING_SECRET", env::SIGNING_KEYS),
    ("STEM_SIGNING_SECRETS", env::SIGNING_KEYS),
    ("STEM_TLS_CA", env::TLS_CA_CERT),
    ("STEM_TLS_CA_CERTIFICATE", env::TLS_CA_CERT),
    ("STEM_TLS_CLIENT_CERTIFICATE", env::TLS_CLIENT_CERT),
    ("STEM_TLS_INSECURE", env::TLS_ALLOW_INSECURE),
    ("STEM_ACTIVE_KEY", env::SIGNING_ACTIVE_KEY),
    ("STEM_PRIVATE_KEYS", env::SIGNING_PRIVATE_KEYS),
];

/// Endings that other programs give to names, and Stem to none.
const ENDINGS: [&str; 5] = ["_FILE", "_PATH", "_B64", "_BASE64", "_ID"];

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for (site, subject) in case.each() {
        if !lists::runs_stem(subject) {
            continue;
        }
        for variable in &subject.process.environment {
            let Some(real) = meant(&variable.name) else {
                continue;
            };
            if is_used(subject, variable) {
                continue;
            }
            let is_there = subject.is_set(real) || runs_script(subject);
            let severity = if is_there {
                Severity::Warning
            } else {
                Severity::Error
            };
            let name = &variable.name;
            let message = match name.to_ascii_uppercase() == real {
                true => format!("Stem does not read `{name}`: names are case-sensitive"),
                false if name.ends_with("_FILE") => {
                    format!("Stem does not read `{name}`: no variable of it has a `_FILE` form")
                }
                false => format!("Stem does not read `{name}`: it reads `{real}`"),
            };
            let mut finding = Finding::new(&RULE, variable.place, message)
                .hitting(site, subject, subject.gets(variable))
                .severity(severity)
                .subject(name)
                .explaining([real])
                .fix(format!("set {real} instead"));
            if let Some(artifact) = env::artifact_of(real) {
                finding = finding.artifact(Held::Artifact(artifact));
            }
            out.push(finding);
        }
    }
}

/// Whether something in the process reads it after all: its command line, or another variable
/// that is made from it.
fn is_used(subject: &Subject<'_>, variable: &Variable) -> bool {
    let process = subject.process;
    let in_command = process.arguments.iter().any(|argument| {
        let text = argument.text.expose();
        let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        text.split(|c| !part(c)).any(|word| word == variable.name)
    });
    let written = variable.place;
    let made_from_it = process
        .environment
        .iter()
        .filter(|other| other.name != variable.name)
        .flat_map(|other| &other.said)
        .any(|said| {
            said.how == How::Interpolation
                && (said.place.source, said.place.line) == (written.source, written.line)
        });
    in_command || made_from_it
}

/// Whether it is started by a script, which may read more than Stem does.
fn runs_script(subject: &Subject<'_>) -> bool {
    let first = subject.process.arguments.first();
    first.is_some_and(|word| {
        let word = word.text.expose();
        word.ends_with(".sh") || word.ends_with("entrypoint")
    })
}

/// The variable that a name is meant for; `None` for what Stem reads, and for what is far from
/// everything that it reads.
fn meant(name: &str) -> Option<&'static str> {
    if env::artifact_of(name).is_some() || OTHERS.contains(&name) {
        return None;
    }
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let rest = upper.strip_prefix("STEM_")?;
    if rest.starts_with("STEM_") {
        return exact(rest);
    }
    let called = |name: &str| exact(name).or_else(|| alias(name)).or_else(|| near(name));
    let without_ending = || {
        let mut cut = ENDINGS.iter().filter_map(|end| upper.strip_suffix(end));
        cut.find_map(called)
    };
    exact(&upper)
        .or_else(|| alias(&upper))
        .or_else(without_ending)
        .or_else(|| near(&upper))
}

fn exact(name: &str) -> Option<&'static str> {
    let mut names = env::VARIABLES.iter().map(|(known, _)| *known);
    names.find(|known| *known == name)
}

fn alias(name: &str) -> Option<&'static str> {
    let found = ALIASES.iter().find(|(known, _)| *known == name);
    found.map(|(_, real)| *real)
}

/// The most letters that may be wrong.
const MAX_DISTANCE: usize = 2;

/// The variable at the least distance.
fn near(name: &str) -> Option<&'static str> {
    // the second one of something is the application's own
    if name.ends_with(|c: char| c.is_ascii_digit()) || OTHERS.contains(&name) {
        return None;
    }
    let names = env::VARIABLES.iter().map(|(known, _)| *known);
    let near = names.map(|known| (distance(name, known), known));
    let (distance, real) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= MAX_DISTANCE).then_some(real)
}

/// How many letters must be put in, taken out or changed to make one name of the other; more
/// than [`MAX_DISTANCE`] where their lengths alone say so.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len().abs_diff(other.len()) > MAX_DISTANCE {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (number, opposite) in other.iter().enumerate() {
            let change = diagonal + usize::from(letter != opposite);
            diagonal = row[number + 1];
            row[number + 1] = change.min(diagonal + 1).min(row[number] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_told_from_names_of_other_programs() {
        for (name, real) in [
            ("STEM_SIGNING_KEY", Some(env::SIGNING_KEYS)),
            ("STEM_SIGNING_KEYS_FILE", Some(env::SIGNING_KEYS)),
            ("STEM_SIGNING_KEY_FILE", Some(env::SIGNING_KEYS)),
            ("STEM_SINGING_KEYS", Some(env::SIGNING_KEYS)),
            ("STEM_HMAC_SECRET", Some(env::SIGNING_KEYS)),
            ("STEM_SIGNING_PRIVATE_KEY", Some(env::SIGNING_PRIVATE_KEYS)),
            ("STEM_SIGNING_PUBLIC_KEY", Some(env::SIGNING_PUBLIC_KEYS)),
            ("STEM_SIGNING_ACTIVE_KEY_ID", Some(env::SIGNING_ACTIVE_KEY)),
            ("STEM_SIGNING_KEY_ID", Some(env::SIGNING_ACTIVE_KEY)),
            ("STEM_SIGNING_ALGORITM", Some(env::SIGNING_ALGORITHM)),
            ("STEM_TLS_CA_CERT_FILE", Some(env::TLS_CA_CERT)),
            ("STEM_TLS_CA_FILE", Some(env::TLS_CA_CERT)),
            ("STEM_TLS_CLIENT_KEY_PATH", Some(env::TLS_CLIENT_KEY)),
            ("STEM_TLS_ALLOW_INSECUR", Some(env::TLS_ALLOW_INSECURE)),
            ("STEM_REDIS_URL", Some(env::BROKER_URL)),
            ("STEM_BROKER_URI", Some(env::BROKER_URL)),
            ("stem_broker_url", Some(env::BROKER_URL)),
            ("Stem_Broker_Url", Some(env::BROKER_URL)),
            ("STEM-BROKER-URL", Some(env::BROKER_URL)),
            ("STEM_STEM_BROKER_URL", Some(env::BROKER_URL)),
            ("STEM_RESULTS_BACKEND_URL", Some(env::RESULT_BACKEND_URL)),
            ("STEM_BROKER_URL", None),
            ("STEM_BROKER_URL2", None),
            ("STEM_BROKER_URL_2", None),
            ("STEM_WORKER_URL", None),
            ("STEM_BROKER_HOST", None),
            ("STEM_BROKER_PASSWORD", None),
            ("STEM_LOG_LEVEL", None),
            ("STEM_LOG_FILE", None),
            ("STEM_CONFIG_PATH", None),
            ("STEM_API_URL", None),
            ("STEM_TEST_REDIS_URL", None),
            ("STEM_WORKER_QUEUES", None),
            ("STEM_SIGNING_KEYS_OLD", None),
            ("STEM_TLS_SERVER_NAME", None),
            ("STEMD_COMMAND", None),
            ("SYSTEM_BROKER_URL", None),
            ("BROKER_URL", None),
            ("STEM_", None),
            ("STEM", None),
        ] {
            assert_eq!(meant(name), real, "{name}");
        }
    }
}
