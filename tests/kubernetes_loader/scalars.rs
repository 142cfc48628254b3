//! Which plain scalars are text to Kubernetes, by kubectl's own word.

use serde_json::{Deserializer, Value as Json};
use stem_sec::formats::kubernetes::scalar::{Kind, kind};
use stem_sec::formats::yaml::Scalar;

use crate::common::{KUBECTL, folder, run, tool};

const WORDS: [&str; 52] = [
    "y",
    "Y",
    "yes",
    "Yes",
    "YES",
    "yEs",
    "n",
    "N",
    "no",
    "on",
    "On",
    "oN",
    "off",
    "OFF",
    "true",
    "True",
    "tRue",
    "false",
    "null",
    "Null",
    "NULL",
    "nUll",
    "~",
    "1",
    "-1",
    "+1",
    "0",
    "-0",
    "007",
    "0o7",
    "0x1F",
    "0xg",
    "0b1",
    "0b2",
    "1_000",
    "_1",
    "1__0",
    "1e3",
    "1E+3",
    "1e",
    "1.5e-3",
    ".5",
    "1.",
    ".",
    "1.2.3",
    "2026-01-02",
    "12:30",
    "1:20:30",
    "a",
    "1a",
    "-",
    "=",
];

/// Numbers and what looks like them, from a fixed seed.
fn generated() -> Vec<String> {
    const LETTERS: &[u8] = b"0019abx_o.+-eEf:";
    let mut seed = 0x5eed_u64;
    let mut next = |below: usize| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut word = || {
        let length = 1 + next(6);
        let letters = (0..length).map(|_| char::from(LETTERS[next(LETTERS.len())]));
        letters.collect::<String>()
    };
    let mut words: Vec<String> = (0..1_500).map(|_| word()).collect();
    // a dash before a blank and a colon at the end are no scalars
    words.retain(|word| !word.ends_with(':') && word != "-");
    words.retain(|word| !word.starts_with([':', '-']) || word.len() > 1 && !word.starts_with("-:"));
    words.retain(|word| !word.starts_with(':') && word != "---");
    words
}

#[test]
fn plain_scalars_are_what_kubectl_takes_them_for() {
    let mut words: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    words.retain(|word| word != "-");
    words.extend(generated());
    let place = folder();
    let file = place.path().join("words.yaml");
    let objects: Vec<String> = words
        .iter()
        .map(|word| {
            format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: {word}\n")
        })
        .collect();
    std::fs::write(&file, objects.join("---\n")).expect("a file");
    let mut command = tool(KUBECTL);
    command.args([
        "annotate",
        "--local",
        "--output=json",
        "read-by=kubectl",
        "--filename",
    ]);
    let said = run(command.arg(&file)).ok().stdout;
    let read: Vec<Json> = Deserializer::from_str(&said)
        .into_iter()
        .map(|object| object.expect("JSON"))
        .collect();
    let values: Vec<&Json> = match read.as_slice() {
        [list] if list["items"].is_array() => {
            let items = list["items"].as_array().expect("items");
            items.iter().map(|object| &object["data"]["a"]).collect()
        }
        objects => objects.iter().map(|object| &object["data"]["a"]).collect(),
    };
    assert_eq!(values.len(), words.len());
    let wrong: Vec<String> = words
        .iter()
        .zip(values)
        .filter_map(|(word, value)| {
            let ours = kind(&Scalar {
                text: word.clone(),
                plain: true,
            });
            let same = match (ours, value) {
                (Kind::Text, Json::String(text)) => text == word,
                (Kind::Null, Json::Null) => true,
                (Kind::Boolean(ours), Json::Bool(theirs)) => ours == *theirs,
                (Kind::Number, Json::Number(_)) => true,
                _ => false,
            };
            (!same).then(|| format!("{word}: {ours:?}, {value}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
