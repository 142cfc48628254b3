//! A light look at a compose file: what its services are called, and what each of them
//! seems to do. Only for the proposals of the questions, so a wrong guess costs a key
//! stroke. Pure: the caller finds and reads the file.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::model::role::Role;

/// The names under which compose looks for its file, in its order.
pub(super) const COMPOSE_FILES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// A service of a compose file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    /// As the file names it.
    pub(super) name: String,
    /// What it seems to do.
    pub(super) role: Role,
    /// What told so, as in "by its image this is a broker".
    pub(super) evidence: &'static str,
}

#[derive(Deserialize)]
struct ComposeFile {
    #[serde(default)]
    services: Map<String, Value>,
}

/// The services in the file's order; `None` when this is no compose file with services.
pub(super) fn services(text: &[u8]) -> Option<Vec<Service>> {
    let text = std::str::from_utf8(text).ok()?;
    let file: ComposeFile = serde_saphyr::from_str(text).ok()?;
    let services: Vec<Service> = file.services.iter().map(service).collect();
    (!services.is_empty()).then_some(services)
}

fn service((name, value): (&String, &Value)) -> Service {
    let image = value.get("image").and_then(Value::as_str).unwrap_or("");
    let guesses = [
        (ready_made(&parts(repository(image))), "by its image"),
        (by_words(&command(value)), "by its command"),
        (by_words(&parts(repository(image))), "by its image"),
        (by_words(&parts(name)), "by its name"),
    ];
    let guess = guesses
        .into_iter()
        .find_map(|(role, evidence)| role.map(|role| (role, evidence)));
    let (role, evidence) = guess.unwrap_or((Role::Other, "for all that tells,"));
    Service {
        name: name.clone(),
        role,
        evidence,
    }
}

/// The last part of an image's name, without tag and digest.
fn repository(image: &str) -> &str {
    let name = image.split('@').next().unwrap_or("");
    let name = name.rsplit('/').next().unwrap_or("");
    name.split(':').next().unwrap_or("")
}

/// The words of command and entrypoint: options left out, paths cut to their file's name.
fn command(service: &Value) -> Vec<String> {
    let mut words = Vec::new();
    for key in ["entrypoint", "command"] {
        match service.get(key) {
            Some(Value::String(line)) => words.extend(line.split_whitespace()),
            Some(Value::Array(list)) => words.extend(list.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    words
        .into_iter()
        .filter(|word| !word.starts_with('-'))
        .flat_map(|word| parts(word.rsplit('/').next().unwrap_or(word)))
        .collect()
}

fn parts(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

/// What is only ever one thing, whatever it is called. A tool for Redis is not Redis.
fn ready_made(image: &[String]) -> Option<Role> {
    let has = |known: &[&str]| image.iter().any(|part| known.contains(&part.as_str()));
    if has(&[
        "exporter",
        "commander",
        "sentinel",
        "pgadmin",
        "adminer",
        "nginx",
        "traefik",
        "caddy",
        "haproxy",
        "prometheus",
        "grafana",
        "mailhog",
    ]) {
        return Some(Role::Other);
    }
    if has(&["redis", "valkey", "keydb", "dragonfly"]) {
        return Some(Role::Broker);
    }
    has(&["postgres", "postgresql", "postgis", "timescaledb"]).then_some(Role::Store)
}

/// The more telling words first: a `worker-api` works.
const WORDS: [(Role, &[&str]); 7] = [
    (Role::Worker, &["worker", "workers", "consumer", "jobs"]),
    (
        Role::Beat,
        &["beat", "scheduler", "schedule", "cron", "clock"],
    ),
    (Role::Dashboard, &["dashboard"]),
    (Role::Broker, &["redis", "valkey", "broker"]),
    (Role::Store, &["postgres", "postgresql", "db", "database"]),
    (Role::Cli, &["cli"]),
    (
        Role::Producer,
        &[
            "producer", "enqueue", "enqueuer", "api", "web", "app", "backend",
        ],
    ),
];

fn by_words(words: &[String]) -> Option<Role> {
    if words.iter().any(|word| word == "exporter") {
        return Some(Role::Other);
    }
    let tells = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    let found = WORDS.iter().find(|(_, known)| tells(known));
    found.map(|(role, _)| *role)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn guessed(text: &str) -> Vec<(String, Role, &'static str)> {
        services(text.as_bytes())
            .expect("services")
            .into_iter()
            .map(|service| (service.name, service.role, service.evidence))
            .collect()
    }

    #[track_caller]
    fn guess(lines: &str) -> (Role, &'static str) {
        let text = format!(
            "services:\n  thing:\n    {}\n",
            lines.replace('\n', "\n    ")
        );
        let (_, role, evidence) = guessed(&text).remove(0);
        (role, evidence)
    }

    #[test]
    fn services_are_taken_for_what_they_are_called() {
        let text = "services: { api: {}, my_worker: {}, Beat: {}, redis: {}, db: {}, thing: null }";
        let roles: Vec<Role> = guessed(text).into_iter().map(|(_, role, _)| role).collect();
        assert_eq!(
            roles,
            [
                Role::Producer,
                Role::Worker,
                Role::Beat,
                Role::Broker,
                Role::Store,
                Role::Other
            ]
        );
    }

    #[test]
    fn the_order_is_the_files() {
        let text = "services: { z: {}, a: {}, m: {} }";
        let names: Vec<String> = guessed(text).into_iter().map(|(name, ..)| name).collect();
        assert_eq!(names, ["z", "a", "m"]);
    }

    #[test]
    fn images_and_commands_say_more_than_names() {
        let image = "by its image";
        let command = "by its command";
        assert_eq!(guess("image: redis:7-alpine"), (Role::Broker, image));
        assert_eq!(
            guess("image: registry:5000/bitnami/redis@sha256:00"),
            (Role::Broker, image)
        );
        assert_eq!(
            guess("image: oliver006/redis_exporter"),
            (Role::Other, image)
        );
        assert_eq!(guess("image: acme/job-worker:1.2"), (Role::Worker, image));
        assert_eq!(
            guess("command: dart run /app/bin/worker.dart"),
            (Role::Worker, command)
        );
        assert_eq!(
            guess("image: acme/app\ncommand: [stem, beat, --verbose]"),
            (Role::Beat, command)
        );
        assert_eq!(
            guess("entrypoint: [/bin/enqueuer]"),
            (Role::Producer, command)
        );
    }

    #[test]
    fn an_option_is_no_evidence() {
        assert_eq!(
            guess("command: [serve, --workers=4, --redis, x]"),
            (Role::Other, "for all that tells,")
        );
    }

    #[test]
    fn what_else_compose_files_hold_is_passed_over() {
        let text = "\
x-base: &base
  image: acme/worker
services:
  one:
    <<: *base
    env_file: !override [.env]
    ports: !reset null
    environment: { STEM_BROKER_URL: 'redis://:hunter2@redis' }
  two: { build: ., command: \"\" }
volumes: { data: {} }
";
        let roles: Vec<Role> = guessed(text).into_iter().map(|(_, role, _)| role).collect();
        assert_eq!(roles, [Role::Worker, Role::Other]);
    }

    #[test]
    fn what_is_no_compose_file_has_no_services() {
        for text in [
            "",
            "services:",
            "services: {}",
            "services: []",
            "a: [",
            "- services",
            "\u{0}",
        ] {
            assert_eq!(services(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(services(b"\xff"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_looked_at_without_panic(bytes: Vec<u8>) {
            let _ = services(&bytes);
        }

        #[test]
        fn any_service_is_taken_for_something(name in ".*", image in ".*", command in ".*") {
            let file = serde_json::json!({ "services": { name.clone(): { "image": image, "command": command } } });
            if let Some(found) = services(file.to_string().as_bytes()) {
                prop_assert_eq!(&found[0].name, &name);
            }
        }
    }
}
