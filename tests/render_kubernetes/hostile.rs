//! Any deployment, and any text: what is written is read back unchanged, and everybody has
//! what the tables allow.

use std::fs;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use stem_sec::formats::kubernetes::{Document, render};
use stem_sec::model::posture::{Posture, Signing, Transport};
use stem_sec::render::{Deployment, OutputFile};

use super::cluster::{Cluster, list};
use super::common::folder;
use super::deployment::{manifest, material};
use super::readers::{by_kubectl, by_node, by_python};
use super::tables;

/// Texts that readers of YAML take for something else, and any other.
fn any_text() -> BoxedStrategy<String> {
    let special = [
        "",
        " ",
        "~",
        "null",
        "Null",
        "y",
        "N",
        "yes",
        "off",
        "true",
        "0",
        "007",
        "0o7",
        "1_000",
        "1e3",
        "-1",
        "0x1F",
        ".5",
        "+1",
        "1:20",
        "12:30:45",
        "2026-11-23",
        "2026-11-23T10:00:00Z",
        ".inf",
        "-.INF",
        ".nan",
        "=",
        "<<",
        "-",
        "- a",
        "?",
        "? a",
        ":",
        "a:",
        "a: b",
        ": a",
        "#",
        "a #b",
        "a#b",
        "*a",
        "&a",
        "!a",
        "!!int 1",
        "%a",
        "@a",
        "`a",
        "|",
        ">",
        "|-\n a",
        "[",
        "]",
        "[a",
        "{}",
        "{a: b}",
        ",",
        "'",
        "\"",
        "''",
        "it's",
        "\\",
        "\\n",
        "$(A)",
        "$$(A)",
        "${A}",
        "{{ a }}",
        "{% a %}",
        "---",
        "...",
        "--- a",
        "a\n",
        "\na",
        "a\nb\n",
        "a\n---\nb: c\n",
        "a\n b\n",
        "a\n\n",
        " a\nb\n",
        "\ta\nb\n",
        "a\nSTEM_SIGNING_KEYS: b\n",
        "\0",
        "\r\n",
        "\u{1}",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{feff}",
        "\u{d7ff}",
        "\u{fffe}",
        "é",
        "😀",
        " a",
        "a ",
        "a\t",
        "binary",
        "-----BEGIN X-----\nYQ==\n-----END X-----\n",
    ];
    prop_oneof![
        select(special.to_vec()).prop_map(str::to_owned),
        vec(select(special.to_vec()), 2..4).prop_map(|parts| parts.concat()),
        any::<String>(),
        "[ -~\n]{0,30}",
    ]
    .boxed()
}

#[test]
fn every_reader_reads_any_text_back() {
    let mut runner = TestRunner::deterministic();
    let texts = vec(any_text(), 1_500).new_tree(&mut runner);
    let mut texts: Vec<String> = texts.expect("texts").current();
    texts.push("very long ".repeat(100_000));
    let place = folder();
    let entries: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| json!({"key": format!("k{number}"), "value": text}))
        .collect();
    let head = json!({
        "component": "a: b\n#", "object": "1e3", "workload": "yes", "namespace": "007",
        "role": "null", "entries": entries, "resources": texts, "patches": texts,
    });
    let config_map = place.path().join("configmap.yaml");
    fs::write(&config_map, render(Document::ConfigMap, &head).expose()).expect("written");
    let list_file = place.path().join("kustomization.yaml");
    fs::write(&list_file, render(Document::Kustomization, &head).expose()).expect("written");
    let files = [config_map.clone(), list_file.clone()];
    for (reader, read) in [("python", by_python(&files)), ("node", by_node(&files))] {
        assert_eq!(read[&config_map].len(), 1, "{reader}");
        check(reader, &read[&config_map][0], &texts);
        let read: Vec<&Value> = list(&read[&list_file][0]["resources"]).iter().collect();
        assert_eq!(
            read,
            texts
                .iter()
                .map(|text| json!(text))
                .collect::<Vec<_>>()
                .iter()
                .collect::<Vec<_>>(),
            "{reader}"
        );
    }
    let read = by_kubectl(&config_map);
    assert_eq!(read.len(), 1);
    check("kubectl", &read[0], &texts);
}

#[track_caller]
fn check(reader: &str, object: &Value, texts: &[String]) {
    assert_eq!(object["metadata"]["name"], "1e3", "{reader}");
    assert_eq!(object["metadata"]["namespace"], "007", "{reader}");
    assert_eq!(
        object["metadata"]["labels"]["stem.role"], "null",
        "{reader}"
    );
    let data = object["data"].as_object().expect("data");
    assert_eq!(data.len(), texts.len(), "{reader}");
    for (number, text) in texts.iter().enumerate() {
        assert_eq!(data[&format!("k{number}")], json!(text), "{reader}");
    }
}

/// Roles of a component, and whether it has an image.
type Shape = (Vec<&'static str>, bool);

fn any_shape() -> BoxedStrategy<Shape> {
    let clients = subsequence(vec!["producer", "worker", "beat", "cli"], 1..=4);
    (clients.prop_shuffle(), any::<bool>()).boxed()
}

fn any_posture() -> BoxedStrategy<Posture> {
    (
        select(Signing::ALL.to_vec()),
        select(Transport::ALL.to_vec()),
    )
        .prop_map(|(signing, transport)| Posture { signing, transport })
        .boxed()
}

/// Ids that Stem takes, and that a file could take for more than text.
fn any_id() -> BoxedStrategy<String> {
    let inside = "[!-+.-9;-~éЖ😀\u{a0}\u{2028}]{1,20}";
    inside
        .prop_filter("an id", |id| stem_sec::mint::key_id::KeyId::new(id).is_ok())
        .boxed()
}

/// The objects of the files, read by a reader that shares no code with the writer.
fn objects(files: &[OutputFile]) -> Vec<Value> {
    let yaml = files.iter().filter(|file| file.path.contains('/'));
    let read = |file: &OutputFile| serde_saphyr::from_str(file.content.expose()).expect("YAML");
    yaml.map(read).collect()
}

proptest! {
    #[test]
    fn any_component_has_what_the_tables_allow_with_its_values_unchanged(
        posture in any_posture(),
        shapes in vec(any_shape(), 1..=11),
        broker_image in any::<bool>(),
        id in any_id(),
    ) {
        let mut shapes = shapes;
        shapes.push((vec!["broker"], broker_image));
        let line = |(number, (roles, image)): (usize, &Shape)| {
            let image = if *image { ", image: a" } else { "" };
            format!("c{number}: {{ roles: [{}]{image} }}", roles.join(", "))
        };
        let lines: Vec<String> = shapes.iter().enumerate().map(line).collect();
        let manifest = manifest(posture, &lines);
        let material = material(&manifest, &id);
        let deployment = Deployment::new(&manifest, "/elsewhere", &material).expect("a deployment");
        let rendered = deployment.render().expect("files");
        let cluster = Cluster(objects(&rendered.files));
        for (held, (roles, _)) in deployment.held.iter().zip(&shapes) {
            let name = held.component.name.as_str();
            let pod = cluster.pod(name);
            let expected = tables::holdings(roles, posture.signing.name(), posture.transport.name());
            prop_assert_eq!(super::names(&pod), expected);
            for (variable, value) in &held.holdings.variables {
                prop_assert_eq!(&pod.variables[*variable], value.expose());
            }
            for file in &held.holdings.files {
                prop_assert_eq!(&pod.files[&format!("/etc/stem/{}", file.name)], file.content.expose());
            }
            super::holds_what_is_used(&cluster, name, &pod);
            for file in &rendered.files {
                let is_secret = file.path.ends_with("secret.yaml");
                prop_assert_eq!(file.private, is_secret, "{}", file.path);
            }
        }
    }

    #[test]
    fn any_manifest_is_rendered_as_yaml_or_refused_with_a_hint(
        mut manifest in super::manifests::any_manifest(),
    ) {
        manifest.render.target = stem_sec::model::manifest::Target::Kubernetes;
        match super::deployment::render(&manifest, &material(&manifest, "primary")) {
            Ok(rendered) => { objects(&rendered.files); }
            Err(error) => prop_assert!(error.hint().is_some(), "{}", error),
        }
    }
}
