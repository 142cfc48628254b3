//! `roles`: what it prints is what the table says, what `init` writes, and what the
//! manifest asks for.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{environment, folder, run, stem_sec};
use serde_json::Value;
use stem_sec::model::ownership;
use stem_sec::model::posture::Posture;
use stem_sec::model::role::Role;

fn roles(folder: &Path, arguments: &[&str]) -> common::Done {
    run(stem_sec().arg("roles").args(arguments).current_dir(folder))
}

fn json(folder: &Path, posture: Posture, more: &[&str]) -> Value {
    let mut arguments = vec!["--format", "json"];
    arguments.extend(["--signing", posture.signing.name()]);
    arguments.extend(["--transport", posture.transport.name()]);
    arguments.extend(more);
    let done = roles(folder, &arguments).ok();
    serde_json::from_str(&done.stdout).expect("JSON")
}

fn words(list: &Value) -> impl Iterator<Item = String> + '_ {
    let list = list.as_array().expect("a list").iter();
    list.map(|word| word.as_str().expect("a word").to_owned())
}

/// The variables and files that a component of this role gets, as `roles` says it. Beside
/// those of artifacts, Redis has its configuration.
fn said(document: &Value, role: Role, password: bool) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut variables, mut files) = (BTreeSet::new(), BTreeSet::new());
    for line in document["artifacts"].as_array().expect("a list") {
        let entry = &line["holdings"][role.name()];
        let mut conditions = words(&entry["conditions"]);
        let met = conditions.all(|one| one == "its-own" || one == "broker-password" && password);
        let holding = if met {
            &entry["holding"]
        } else {
            &entry["otherwise"]
        };
        if matches!(holding.as_str(), Some("required" | "written")) {
            variables.extend(words(&entry["variables"]));
            files.extend(entry["file"].as_str().map(str::to_owned));
        }
    }
    if role == Role::Broker {
        files.insert("redis.conf".to_owned());
    }
    (variables, files)
}

/// The same, as `init` writes it.
fn written(component: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(component).into_iter().flatten() {
        let name = entry.expect("an entry").file_name();
        files.insert(name.into_string().expect("UTF-8"));
    }
    let variables = if files.remove("stem.env") {
        environment(&component.join("stem.env"))
            .into_keys()
            .collect()
    } else {
        BTreeSet::new()
    };
    (variables, files)
}

#[test]
fn what_it_says_a_role_gets_is_what_init_writes_for_it() {
    for posture in Posture::all() {
        let place = folder();
        let components = Role::ALL.map(|role| format!("--component={role}={role}"));
        let mut command = stem_sec();
        command.arg("init").arg(place.path()).arg("--yes");
        command.args(["--signing", posture.signing.name()]);
        command.args(["--transport", posture.transport.name()]);
        run(command.args(components)).ok();
        let manifest = place.path().join("stem-sec.yaml");
        let text = fs::read_to_string(&manifest).expect("a manifest");
        let url = text
            .lines()
            .find_map(|line| line.strip_prefix("stores: { backend: "))
            .and_then(|rest| rest.split(',').next())
            .expect("a backend")
            .to_owned();
        let all = format!("stores: {{ revoke: {url}, workflow: {url}, backend: ");
        fs::write(&manifest, text.replace("stores: { backend: ", &all)).expect("written");
        run(stem_sec().arg("init").arg(place.path()).arg("--yes")).ok();

        let conf = fs::read_to_string(place.path().join("deploy/broker/redis.conf"));
        let password = conf.expect("a configuration").contains("\nrequirepass ");
        for role in Role::ALL {
            let document = json(place.path(), posture, &[role.name()]);
            assert_eq!(
                said(&document, role, password),
                written(&place.path().join("deploy").join(role.name())),
                "{role} under {posture}"
            );
        }
    }
}

#[test]
fn json_says_every_cell_of_the_table_with_its_reason() {
    let place = folder();
    for posture in Posture::all() {
        let document = json(place.path(), posture, &[]);
        assert_eq!(document["schema"], "stem-sec/roles/v1");
        let lines = document["artifacts"].as_array().expect("a list");
        assert_eq!(lines.len(), 15);
        for line in lines {
            let name = line["artifact"].as_str().expect("a name");
            let artifact = stem_sec::model::artifact::Artifact::ALL
                .into_iter()
                .find(|artifact| artifact.name() == name)
                .expect("an artifact");
            let row = ownership::row_of(artifact, posture);
            assert_eq!(line["why"], row.why);
            assert_eq!(line["source"], row.source);
            for role in Role::ALL {
                let cell = ownership::cell(artifact, role, posture);
                let entry = &line["holdings"][role.name()];
                assert_eq!(entry["holding"], cell.holding.name(), "{name}, {role}");
                assert_eq!(
                    words(&entry["conditions"]).count(),
                    cell.conditions.len(),
                    "{name}, {role}"
                );
                assert!(
                    document["legend"][cell.holding.name()]["meaning"].is_string(),
                    "{name}, {role}"
                );
            }
        }
    }
}

#[test]
fn human_and_markdown_show_each_cell_its_footnote_and_the_legend() {
    let place = folder();
    for posture in Posture::all() {
        let flags = [
            "--signing",
            posture.signing.name(),
            "--transport",
            posture.transport.name(),
        ];
        for format in ["human", "markdown"] {
            let text = roles(place.path(), &[&flags[..], &["--format", format]].concat())
                .ok()
                .stdout;
            for (artifact, row) in ownership::rows()
                .iter()
                .filter(|row| row.scope.covers(posture))
                .flat_map(|row| row.artifacts.iter().map(move |artifact| (artifact, row)))
            {
                let line = text
                    .lines()
                    .find(|line| {
                        line.trim_start_matches("| ")
                            .starts_with(&format!("{artifact} "))
                    })
                    .unwrap_or_else(|| panic!("no line for {artifact}: {text}"));
                let cells: Vec<&str> = line
                    .split([' ', '|'])
                    .filter(|word| !word.is_empty())
                    .skip(1)
                    .collect();
                assert_eq!(cells.len(), 8, "{line}");
                for (shown, cell) in cells.iter().zip(row.cells) {
                    let mark = shown.strip_prefix(cell.holding.letter()).expect(line);
                    let footnote = cell.clause().map(|clause| format!("{mark} {clause}"));
                    assert_eq!(mark.is_empty(), footnote.is_none(), "{line}");
                    let footnote = footnote.unwrap_or_default();
                    assert!(
                        text.contains(&format!("{footnote}\n")),
                        "{footnote}: {text}"
                    );
                }
            }
            for holding in ownership::Holding::ALL {
                assert!(text.contains(holding.meaning()), "{text}");
            }
        }
    }
}

#[test]
fn one_role_is_told_from_where_and_why() {
    let place = folder();
    let text = roles(place.path(), &["worker", "--format", "markdown"])
        .ok()
        .stdout;
    let line = |artifact: &str| {
        let found = text
            .lines()
            .find(|line| line.contains(&format!("| {artifact} |")));
        found
            .unwrap_or_else(|| panic!("{artifact}: {text}"))
            .to_owned()
    };
    assert_eq!(
        line("signing-private-key"),
        "| X | signing-private-key | STEM_SIGNING_PRIVATE_KEYS | only who enqueues signs; a stolen \
         worker must not be able to | security examples 3 |"
    );
    assert!(line("client-key").contains("| client.key, named by STEM_TLS_CLIENT_KEY |"));
    assert!(line("broker-password").contains("| inside STEM_BROKER_URL |"));
    assert!(line("store-url").contains("| STEM_RESULT_BACKEND_URL, STEM_REVOKE_STORE_URL |"));
    let human = roles(place.path(), &["broker"]).ok().stdout;
    assert!(human.contains("requirepass in redis.conf"), "{human}");
    for line in human.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn the_posture_is_the_flags_else_the_manifests_else_the_strongest() {
    let place = folder();
    let title = |arguments: &[&str]| {
        let text = roles(place.path(), arguments).ok().stdout;
        text.lines().next().expect("a title").to_owned()
    };
    assert_eq!(title(&[]), "Who may hold what under ed25519 + mtls");
    run(stem_sec()
        .args([
            "init",
            "--yes",
            "--signing",
            "hmac-sha256",
            "--transport",
            "tls",
        ])
        .current_dir(place.path()))
    .ok();
    assert_eq!(title(&[]), "Who may hold what under hmac-sha256 + tls");
    assert_eq!(
        title(&["beat", "--signing", "none"]),
        "What a beat holds under none + tls"
    );
    fs::write(place.path().join("stem-sec.yaml"), "version: 2\n").expect("spoiled");
    let done = roles(place.path(), &[]);
    assert_eq!(done.code, Some(4), "{}", done.said());
    assert!(done.stdout.is_empty(), "{}", done.stdout);
    title(&["--signing", "none", "--transport", "tls"]);
}

#[test]
fn a_role_that_is_none_is_refused_with_those_that_are() {
    let place = folder();
    let done = roles(place.path(), &["boss"]);
    assert_eq!(done.code, Some(2), "{}", done.said());
    assert!(
        done.stderr.contains("producer, worker, beat"),
        "{}",
        done.stderr
    );
}
