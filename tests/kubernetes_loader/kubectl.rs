//! `kubectl kustomize` on many kustomizations at once, and what it says against what we say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use stem_sec::audit::assemble::kubernetes::kustomize;
use stem_sec::audit::process::GapKind;
use stem_sec::audit::tree::Tree;
use stem_sec::formats::kubernetes::object::Object;
use stem_sec::formats::kubernetes::scalar::{Kind, kind};
use stem_sec::formats::yaml::{Node, Value};

use crate::common::{KUBECTL, folder, python, run, tool};
use crate::corpus::Case;

/// Objects by kind, namespace and name.
pub(crate) type Objects = BTreeMap<String, Json>;

/// What kubectl makes of each case: objects, or why it refuses.
pub(crate) fn build(cases: &[Case]) -> Vec<Result<Objects, String>> {
    let place = folder();
    for (number, case) in cases.iter().enumerate() {
        case.write(&place.path().join(number.to_string()));
    }
    let script = "seq 0 $2 | xargs -P 2 -n 1 bash -c '\"$0\" kustomize \"$1/$2/root\" >\"$1/$2.yaml\" 2>\"$1/$2.err\" || rm \"$1/$2.yaml\"' \"$0\" \"$1\"";
    let mut command = tool("bash");
    command.args(["-c", script, KUBECTL]).arg(place.path());
    run(command.arg((cases.len() - 1).to_string())).ok();
    let reader = "import json,os,sys,yaml\nfor n in range(int(sys.argv[2])):\n p=f'{sys.argv[1]}/{n}.yaml'\n print(json.dumps(list(yaml.safe_load_all(open(p))) if os.path.exists(p) else None))";
    let mut command = python();
    command.args(["-c", reader]).arg(place.path());
    let read = run(command.arg(cases.len().to_string())).ok().stdout;
    let objects = |line: &str| {
        let read: Option<Vec<Json>> = serde_json::from_str(line).expect("JSON");
        read.map(|all| {
            all.into_iter()
                .filter(|object| !object.is_null())
                .map(|object| (id(&object), without_selector(numbers(object))))
                .collect()
        })
    };
    let why = |number: usize| {
        let path = place.path().join(format!("{number}.err"));
        std::fs::read_to_string(path).expect("what kubectl said")
    };
    let lines = read.lines().enumerate();
    lines
        .map(|(number, line)| objects(line).ok_or_else(|| why(number)))
        .collect()
}

fn id(object: &Json) -> String {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    let metadata = &object["metadata"];
    format!(
        "{}/{}/{}",
        text(&object["kind"]),
        text(&metadata["namespace"]),
        text(&metadata["name"])
    )
}

/// Labels in selectors are none of our business.
fn without_selector(mut object: Json) -> Json {
    if let Some(spec) = object.get_mut("spec").and_then(Json::as_object_mut) {
        spec.remove("selector");
    }
    object
}

/// All numbers in one spelling.
fn numbers(value: Json) -> Json {
    match value {
        Json::Number(number) => Json::from(number.as_f64()),
        Json::Array(items) => Json::Array(items.into_iter().map(numbers).collect()),
        Json::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| (key, numbers(value)))
            .collect(),
        other => other,
    }
}

/// A node as JSON.
pub(crate) fn json(node: &Node) -> Json {
    match &node.value {
        Value::Scalar(scalar) => match kind(scalar) {
            Kind::Text => Json::from(scalar.text.as_str()),
            Kind::Null => Json::Null,
            Kind::Boolean(value) => Json::from(value),
            Kind::Number => Json::from(scalar.text.parse::<f64>().ok()),
        },
        Value::Sequence(items) => items.iter().map(|item| json(item)).collect(),
        Value::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| (key.as_text().unwrap_or_default().to_owned(), json(value)))
            .collect(),
    }
}

/// Whether we make the same of a case; else how we differ.
pub(crate) fn agrees(case: &Case, theirs: &Result<Objects, String>) -> Result<(), String> {
    let texts = case.files.iter();
    let texts = texts.map(|(path, text)| (path.clone(), text.clone().into_bytes()));
    let tree = Tree::of_texts(texts.collect());
    let ours = kustomize::build(&tree, "root");
    let gaps: Vec<String> = ours
        .gaps
        .iter()
        .filter(|gap| !matches!(gap.kind, GapKind::Note | GapKind::Skipped))
        .map(|gap| format!("{}: {}", gap.place.line, gap.text))
        .collect();
    let theirs = match theirs {
        Ok(theirs) => theirs,
        Err(_) if !gaps.is_empty() => return Ok(()),
        Err(why) => return Err(format!("{}: kubectl refuses it: {why}", case.name)),
    };
    if !gaps.is_empty() {
        return Err(format!("{}: kubectl takes it, we say {gaps:?}", case.name));
    }
    let of = |object: &Object| {
        let object = without_selector(json(&object.node));
        (id(&object), object)
    };
    let ours: Objects = ours.objects.iter().map(of).collect();
    if ours == *theirs {
        return Ok(());
    }
    let differs = |id: &&String| ours.get(*id) != theirs.get(*id);
    let ids: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let ids = ids.into_iter().filter(differs);
    let shown = ids.map(|id| {
        let show = |objects: &Objects| objects.get(id).map(Json::to_string).unwrap_or_default();
        format!(
            "  {id}\n   ours   {}\n   theirs {}",
            show(&ours),
            show(theirs)
        )
    });
    let shown: Vec<String> = shown.collect();
    Err(format!("{}:\n{}", case.name, shown.join("\n")))
}
