//! What an override cannot make safe is refused, with the file, the line and what to change;
//! nothing is written then.

use std::fs;

use crate::common::Done;
use crate::project::{COMPONENTS, COMPOSE, adopt, key, old_private, project};

#[track_caller]
fn refused(done: &Done, words: &[&str]) {
    assert_eq!(done.code, Some(4), "{}", done.said());
    for word in words {
        assert!(done.stderr.contains(word), "`{word}`: {}", done.stderr);
    }
    assert!(done.stderr.contains("\nhint: "), "{}", done.stderr);
    assert!(!done.said().contains(&old_private()), "{}", done.said());
    assert!(!done.said().contains("p$w"), "{}", done.said());
}

/// The project, with a service more.
fn with(service: &str) -> String {
    COMPOSE.replace("services:\n", &format!("services:\n{service}"))
}

#[test]
fn a_service_that_is_no_component_and_holds_an_old_secret_is_named() {
    let cases = [
        ("  flower: { image: f, env_file: .env }\n", "`.env`, line 5"),
        (
            "  flower: { image: f, environment: [ STEM_SIGNING_PRIVATE_KEYS ] }\n",
            "`compose.yaml`, line 2",
        ),
        (
            "  flower: { image: f, environment: { X: '${STEM_SIGNING_PRIVATE_KEYS}' } }\n",
            "`compose.yaml`, line 2",
        ),
        (
            "  flower:\n    image: f\n    volumes: [ './certs:/k' ]\n",
            "`compose.yaml`, line 4",
        ),
        (
            "  flower:\n    image: f\n    volumes: [ './copy:/k' ]\n",
            "`compose.yaml`, line 4",
        ),
        (
            "  flower: { image: f, volumes: [ './.env:/app/.env' ] }\n",
            "`compose.yaml`, line 2",
        ),
        (
            "  flower: { image: f, command: [ run, '--keys', '${STEM_SIGNING_PRIVATE_KEYS}' ] }\n",
            "`compose.yaml`, line 2",
        ),
        (
            "  flower: { image: f, build: { context: x, args: { K: '${STEM_SIGNING_PRIVATE_KEYS}' } } }\n",
            "`compose.yaml`, line 2",
        ),
        ("  flower: { image: f, extends: api }\n", "`.env`, line 5"),
    ];
    for (service, at) in cases {
        let place = project(&with(service));
        fs::create_dir(place.path().join("copy")).expect("a folder");
        fs::write(place.path().join("copy/renamed.pem"), key("client")).expect("a copy");
        let done = adopt(place.path(), &COMPONENTS, &[]);
        refused(
            &done,
            &[at, "service `flower` is no component", "flower=other"],
        );
        assert!(!place.path().join("deploy").exists(), "{service}");
    }
}

#[test]
fn named_as_other_it_loses_the_secret() {
    let place = project(&with(
        "  flower: { image: f, env_file: .env, volumes: [ './certs:/k' ] }\n",
    ));
    let components = [&COMPONENTS[..], &["flower=other"]].concat();
    adopt(place.path(), &components, &[]).ok();
    let services = crate::overlay::merged(place.path());
    let names: Vec<String> = services["flower"].environment().into_keys().collect();
    assert_eq!(names, ["DATABASE_URL"]);
    assert!(services["flower"].mounts().is_empty());
}

#[test]
fn what_covers_the_store_or_mixes_keys_with_other_files_is_refused() {
    let cases = [
        (
            "./certs:/certs:ro\n      - .:/app",
            &["`compose.yaml`, line 7", "mounts `.`", ".stem-sec"][..],
        ),
        (
            "./config:/certs:ro",
            &[
                "`compose.yaml`, line 6",
                "mounts `config`",
                "config/client.key",
                "config/app.yaml",
            ],
        ),
    ];
    for (mount, words) in cases {
        let place = project(&COMPOSE.replacen("./certs:/certs:ro", mount, 1));
        fs::create_dir(place.path().join("config")).expect("a folder");
        fs::write(place.path().join("config/client.key"), key("client")).expect("a key");
        fs::write(place.path().join("config/app.yaml"), "a: b").expect("a file");
        refused(
            &adopt(place.path(), &COMPONENTS, &[]),
            &[&["service `api`"], words].concat(),
        );
    }
}

#[test]
fn an_old_secret_under_another_name_is_refused() {
    let place = project(&COMPOSE.replace(
        "CONCURRENCY: \"4\"",
        "BACKUP: \"${STEM_SIGNING_PRIVATE_KEYS}\"",
    ));
    refused(
        &adopt(place.path(), &COMPONENTS, &[]),
        &["`compose.yaml`, line 14", "`worker`", "`BACKUP`"],
    );
    let place = project(COMPOSE);
    let more = format!("{}BACKUP={}\n", crate::project::dotenv(), old_private());
    fs::write(place.path().join(".env"), more).expect("written");
    refused(
        &adopt(place.path(), &COMPONENTS, &[]),
        &["`.env`, line 13", "`BACKUP`"],
    );
    let place = project(&COMPOSE.replace(
        "image: example/api:1",
        &format!("image: a\n    command: [ '{}' ]", old_private()),
    ));
    refused(
        &adopt(place.path(), &COMPONENTS, &[]),
        &["`compose.yaml`, line 4", "`command`"],
    );
}

#[test]
fn a_variable_that_depends_on_one_that_goes_is_refused() {
    let place = project(COMPOSE);
    let more = format!("{}CACHE=${{STEM_BROKER_URL}}\n", crate::project::dotenv());
    fs::write(place.path().join(".env"), more).expect("written");
    refused(
        &adopt(place.path(), &COMPONENTS, &[]),
        &["`.env`, line 13", "`CACHE`", "`STEM_BROKER_URL`"],
    );
}

#[test]
fn a_broker_that_would_not_read_its_configuration_is_refused() {
    let place = project(&COMPOSE.replace(
        "image: redis:7",
        "image: redis:7\n    entrypoint: [ sh, -c, 'exec redis-server' ]",
    ));
    refused(
        &adopt(place.path(), &COMPONENTS, &[]),
        &["line 21", "`redis`", "`entrypoint`"],
    );
}

#[test]
fn what_cannot_be_followed_is_refused() {
    let cases = [
        ("include: [ other.yaml ]\n", "`include` is not followed"),
        (
            "services: { api: { extends: { file: other.yaml, service: x } } }\n",
            "`extends: file` is not followed",
        ),
        (
            "services: { api: { image: a, volumes_from: [ redis ] }, redis: { image: r } }\n",
            "`volumes_from` is not followed",
        ),
        (
            "services: { api: { extends: api } }\n",
            "`extends` leads to no service",
        ),
        (
            "services: { api: { image: a, env_file: gone.env } }\n",
            "the env file `gone.env` is not there",
        ),
        (
            "services: { api: { image: a, env_file: '${WHICH}.env' } }\n",
            "the variable `WHICH`",
        ),
        (
            "services: { api: { image: a, volumes: [ '${WHERE}:/x' ] } }\n",
            "the variable `WHERE`",
        ),
        (
            "services: { api: { image: a, image: b } }\n",
            "the key `image` stands there twice",
        ),
        (
            "services: { api: { image: a } }\n---\nservices: { api: { image: b } }\n",
            "not one YAML document",
        ),
        ("services: { api: [ a }\n", "not valid YAML"),
        (
            "services: { api: a }\n",
            "`services.api` is not what Compose takes",
        ),
        (
            "services: { web: { image: a } }\n",
            "`compose.yaml` has none of that name",
        ),
        (
            "services: { api: { image: a, environment: { A: [ b ] } } }\n",
            "`environment` is not what Compose takes",
        ),
        (
            "a: &a [ *a ]\nservices: { api: { image: a } }\n",
            "an alias refers to what it is part of",
        ),
    ];
    for (compose, words) in cases {
        let place = project(compose);
        refused(
            &adopt(place.path(), &["api=producer"], &[]),
            &["compose.yaml", words],
        );
    }
}
