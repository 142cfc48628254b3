//! `secretGenerator` and `configMapGenerator`: objects from literals, files and env files.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::build::{Build, Kustomization};
use super::resource::{Id, Resource};
use super::{join, texts};
use crate::audit::process::{GapKind, How, Said};
use crate::formats::dotenv::{self, Dialect};
use crate::formats::kubernetes::edit;
use crate::formats::kubernetes::object::Object;
use crate::formats::kubernetes::scalar::is_true;
use crate::formats::place::Place;
use crate::formats::yaml::{Node, Value};

/// What one entry will hold.
struct Made {
    bytes: Vec<u8>,
    place: Place,
}

type Entries = BTreeMap<String, Made>;

/// Adds what the generators make.
pub(super) fn generate(
    build: &mut Build<'_>,
    kustomization: &Kustomization,
    resources: &mut Vec<Resource>,
) {
    for (list, is_secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
        let generators = kustomization.root.get(list).and_then(|list| list.items());
        for generator in generators.unwrap_or_default() {
            let made = make(build, kustomization, generator, is_secret);
            if let Some(made) = made {
                absorb(build, generator, made, resources);
            }
        }
    }
}

fn text<'n>(node: &'n Node, key: &str) -> Option<&'n Arc<Node>> {
    let text = node.get(key)?;
    text.as_text().filter(|text| !text.is_empty())?;
    Some(text)
}

fn make(
    build: &mut Build<'_>,
    kustomization: &Kustomization,
    generator: &Arc<Node>,
    is_secret: bool,
) -> Option<Resource> {
    let name = text(generator, "name")?;
    let entries = entries(build, kustomization, generator);
    let place = name.place;
    let mut metadata = vec![("name", Arc::clone(name))];
    metadata.extend(text(generator, "namespace").map(|found| ("namespace", Arc::clone(found))));
    let options = [
        kustomization.root.get("generatorOptions"),
        generator.get("options"),
    ];
    for of in ["labels", "annotations"] {
        metadata.extend(marks(&options, of, place).map(|marks| (of, marks)));
    }
    let (texts, binaries): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|(_, made)| is_secret || std::str::from_utf8(&made.bytes).is_ok());
    let scalar = |encoded: bool| {
        move |(key, made): (String, Made)| {
            let text = if encoded {
                in_lines(&STANDARD.encode(&made.bytes))
            } else {
                String::from_utf8_lossy(&made.bytes).into_owned()
            };
            (
                Arc::new(Node::text(&key, made.place)),
                Arc::new(Node::text(&text, made.place)),
            )
        }
    };
    let whole = |entries: Vec<_>| Arc::new(Node::new(Value::Mapping(entries), None, place));
    let kind = if is_secret { "Secret" } else { "ConfigMap" };
    let mut fields = vec![
        ("apiVersion", Arc::new(Node::text("v1", place))),
        ("kind", Arc::new(Node::text(kind, place))),
        ("metadata", edit::mapping(place, metadata)),
    ];
    if is_secret {
        let opaque = || Arc::new(Node::text("Opaque", place));
        fields.push((
            "type",
            text(generator, "type").map_or_else(opaque, Arc::clone),
        ));
    }
    if !texts.is_empty() {
        let entries = texts.into_iter().map(scalar(is_secret)).collect();
        fields.push(("data", whole(entries)));
    }
    if !binaries.is_empty() {
        let entries = binaries.into_iter().map(scalar(true)).collect();
        fields.push(("binaryData", whole(entries)));
    }
    let mut resource = Resource::new(Object::of(&edit::mapping(place, fields))?);
    resource.takes_hash = !options.iter().flatten().any(|options| {
        options
            .get("disableNameSuffixHash")
            .is_some_and(|flag| is_true(flag))
    });
    Some(resource)
}

/// kustomize breaks long base64 into lines, and has the breaks in its hash.
fn in_lines(base64: &str) -> String {
    const LENGTH: usize = 70;
    if base64.len() < LENGTH {
        return base64.to_owned();
    }
    let mut lines = String::with_capacity(base64.len() + base64.len() / LENGTH + 1);
    let mut rest = base64;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(LENGTH.min(rest.len()));
        lines.push_str(line);
        lines.push('\n');
        rest = after;
    }
    lines
}

fn marks(options: &[Option<&Arc<Node>>], of: &str, place: Place) -> Option<Arc<Node>> {
    let all = options
        .iter()
        .flatten()
        .filter_map(|options| options.get(of));
    let mut marks = edit::empty(place);
    for (key, value) in all.filter_map(|marks| marks.entries()).flatten() {
        marks = edit::with(&marks, key.as_text()?, Arc::clone(value));
    }
    marks
        .entries()
        .is_some_and(|all| !all.is_empty())
        .then_some(marks)
}

fn entries(build: &mut Build<'_>, kustomization: &Kustomization, generator: &Arc<Node>) -> Entries {
    let mut entries = Entries::new();
    let single = generator
        .get("env")
        .and_then(|env| Some((env.as_text()?, env)));
    for (name, node) in texts(generator, "envs").chain(single) {
        add_env_file(build, &kustomization.folder, name, node, &mut entries);
    }
    for (literal, node) in texts(generator, "literals") {
        match literal.split_once('=').filter(|(key, _)| !key.is_empty()) {
            Some((key, value)) => {
                let value = value.trim_matches(['"', '\'']);
                add(
                    build,
                    &mut entries,
                    key,
                    value.as_bytes().to_vec(),
                    node.place,
                    node.place,
                );
            }
            None => build.gap(
                node.place,
                GapKind::Unreadable,
                "a literal is not `key=value`",
            ),
        }
    }
    for (entry, node) in texts(generator, "files") {
        add_file(build, &kustomization.folder, entry, node, &mut entries);
    }
    entries
}

fn add(
    build: &mut Build<'_>,
    entries: &mut Entries,
    key: &str,
    bytes: Vec<u8>,
    place: Place,
    said: Place,
) {
    if entries.contains_key(key) {
        let text = format!("kustomize refuses a second key `{key}`");
        return build.gap(said, GapKind::Unreadable, text);
    }
    entries.insert(key.to_owned(), Made { bytes, place });
}

fn add_file(
    build: &mut Build<'_>,
    folder: &str,
    entry: &str,
    node: &Arc<Node>,
    entries: &mut Entries,
) {
    let (key, path) = match entry.split_once('=') {
        Some((key, path)) => (key, path),
        None => (entry.rsplit('/').next().unwrap_or(entry), entry),
    };
    let Some(source) = build.read(&join(folder, path), node.place) else {
        return;
    };
    let place = Place {
        end: u32::try_from(source.bytes.len()).unwrap_or(u32::MAX),
        ..Place::top(source.number)
    };
    let said = Said {
        place: node.place,
        how: How::Entry,
    };
    build.built.origins.said.insert(place, vec![said]);
    build.built.origins.files.insert(place, source.number);
    add(build, entries, key, source.bytes.clone(), place, node.place);
}

fn add_env_file(
    build: &mut Build<'_>,
    folder: &str,
    name: &str,
    node: &Arc<Node>,
    entries: &mut Entries,
) {
    let Some(source) = build.read(&join(folder, name), node.place) else {
        return;
    };
    let read = dotenv::read(&source.bytes, source.number, Dialect::Kustomize, &|_| None);
    for (place, trouble) in &read.troubles {
        let kind = if read.refused {
            GapKind::Unreadable
        } else {
            GapKind::Skipped
        };
        build.gap(*place, kind, format!("a line {trouble}"));
    }
    for assignment in read.assignments {
        let place = assignment.value_place;
        let said = [
            (node.place, How::Entry),
            (assignment.name_place, How::EnvFileLine),
        ];
        let said = said.map(|(place, how)| Said { place, how }).to_vec();
        build.built.origins.said.insert(place, said);
        let value = assignment
            .value
            .as_ref()
            .map(|value| value.expose().as_bytes().to_vec());
        if value.is_none() {
            let why = "from the environment of kustomize".to_owned();
            build.built.origins.unknown.insert(place, why);
        }
        add(
            build,
            entries,
            &assignment.name,
            value.unwrap_or_default(),
            place,
            node.place,
        );
    }
}

/// Adds an object, or changes the one that is there, as its `behavior` says.
fn absorb(
    build: &mut Build<'_>,
    generator: &Arc<Node>,
    made: Resource,
    resources: &mut Vec<Resource>,
) {
    let place = made.object.place;
    let behavior = text(generator, "behavior").and_then(|node| node.as_text());
    let id = Id::of(&made.object);
    let mut found = (0..resources.len()).filter(|at| resources[*at].is_any(&id));
    let (at, another) = (found.next(), found.next());
    let merges = match behavior {
        Some("merge") => true,
        Some("replace") => false,
        _ if at.is_none() => return build.append(made, place, resources),
        _ => {
            let text = format!("kustomize refuses a second {} `{}`", id.kind, id.name);
            return build.gap(place, GapKind::Unreadable, text);
        }
    };
    let Some(at) = at else {
        let text = format!("there is no {} `{}` to change", id.kind, id.name);
        return build.gap(place, GapKind::Unreadable, text);
    };
    if another.is_some() {
        let text = format!("several are the {} `{}` to change", id.kind, id.name);
        return build.gap(place, GapKind::Unreadable, text);
    }
    let old = &resources[at];
    let mut node = merged(&old.object.node, &made.object.node, &["metadata", "labels"]);
    node = merged(&old.object.node, &node, &["metadata", "annotations"]);
    if merges {
        node = merged(&old.object.node, &node, &["data"]);
        node = merged(&old.object.node, &node, &["binaryData"]);
    }
    let metadata = old.object.node.get("metadata");
    for field in ["name", "namespace"] {
        if let Some(value) = metadata.and_then(|metadata| metadata.get(field)) {
            node = edit::make(&node, &["metadata", field], &mut |_| Arc::clone(value));
        }
    }
    let resource = &mut resources[at];
    resource.change(node);
    resource.takes_hash &= made.takes_hash;
}

/// The new object with the entries of the old at a path that it does not have itself.
fn merged(old: &Arc<Node>, new: &Arc<Node>, path: &[&str]) -> Arc<Node> {
    let before = path.iter().try_fold(old, |node, key| node.get(key));
    let Some(before) = before.filter(|node| node.entries().is_some_and(|all| !all.is_empty()))
    else {
        return Arc::clone(new);
    };
    edit::make(new, path, &mut |after| {
        let mut entries: BTreeMap<&str, (Arc<Node>, Arc<Node>)> = BTreeMap::new();
        for node in [before, after] {
            for (key, value) in node.entries().unwrap_or_default() {
                let text = key.as_text().unwrap_or_default();
                entries.insert(text, (Arc::clone(key), Arc::clone(value)));
            }
        }
        edit::same(after, Value::Mapping(entries.into_values().collect()))
    })
}
