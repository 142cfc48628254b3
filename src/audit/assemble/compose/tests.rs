//! Tests of which projects there are, and of what their services get; the rules of Compose
//! themselves are held against Compose in `tests/compose_loader`.

use super::*;
use crate::audit::process::{Content, How, Value};

fn assembled(files: &[(&str, &str)]) -> (Tree, Assembly) {
    let texts = files.iter();
    let texts = texts.map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    let tree = Tree::of_texts(texts.collect());
    let mut out = Assembly::default();
    assemble(&tree, tree.found(), &mut out);
    (tree, out)
}

fn names(out: &Assembly) -> Vec<&str> {
    out.deployments
        .iter()
        .map(|found| found.name.as_str())
        .collect()
}

fn where_it_is(tree: &Tree, place: crate::formats::place::Place) -> String {
    let source = tree.source(place.source).expect("a source");
    format!("{}:{}", source.path, place.line)
}

#[test]
fn a_value_is_where_it_is_written_and_every_place_on_its_way_is_told() {
    let (tree, out) = assembled(&[
        (
            "app/compose.yaml",
            "services:\n  api:\n    image: x\n    env_file: a.env\n    environment:\n      KEYS: ${STEM_SIGNING_KEYS}\n      URL: redis://:${PW}@h\n",
        ),
        ("app/.env", "STEM_SIGNING_KEYS=k:v\nPW=p\n"),
        ("app/a.env", "\nKEYS=old\nFROM=$PW\n"),
    ]);
    let process = &out.deployments[0].processes[0];
    let get = |name: &str| {
        let variable = process.environment.iter().find(|found| found.name == name);
        let variable = variable.expect("a variable");
        let said: Vec<String> = variable
            .said
            .iter()
            .map(|said| format!("{} {:?}", where_it_is(&tree, said.place), said.how))
            .collect();
        (where_it_is(&tree, variable.place), said.join(", "))
    };
    assert_eq!(
        get("KEYS"),
        (
            "app/.env:1".to_owned(),
            "app/a.env:2 Overridden, app/compose.yaml:6 Environment, app/.env:1 Interpolation"
                .to_owned()
        )
    );
    assert_eq!(
        get("URL"),
        (
            "app/compose.yaml:7".to_owned(),
            "app/.env:2 Interpolation, app/compose.yaml:7 Environment".to_owned()
        )
    );
    assert_eq!(
        get("FROM"),
        (
            "app/.env:2".to_owned(),
            "app/compose.yaml:4 EnvFile, app/a.env:3 EnvFileLine, app/.env:2 Interpolation"
                .to_owned()
        )
    );
    assert_eq!(out.used.len(), 3);
}

#[test]
fn projects_are_those_that_somebody_would_start() {
    let own = "services: { a: { image: x } }";
    let over = "services: { a: { environment: { A: '1' } } }";
    let (_, out) = assembled(&[
        ("app/compose.yaml", own),
        ("app/compose.override.yaml", over),
        ("app/compose.prod.yaml", over),
        ("app/compose.tools.yaml", "services: { t: { image: y } }"),
        ("lib/base.yaml", own),
        (
            "lib/docker-compose.yml",
            "name: named\nservices: { a: { extends: { file: base.yaml, service: a } } }",
        ),
        ("My.App/docker-compose.yaml", own),
        (
            "set/.env",
            "COMPOSE_FILE=one.yaml:two.yaml\nCOMPOSE_PROJECT_NAME=said\n",
        ),
        ("set/one.yaml", own),
        ("set/two.yaml", over),
    ]);
    assert_eq!(
        names(&out),
        ["myapp", "app", "app+prod", "app+tools", "named", "said"]
    );
    let prod = &out.deployments[2].processes[0];
    assert_eq!(prod.image.as_deref(), Some("x"));
    assert_eq!(prod.environment.len(), 1);
}

#[test]
fn a_mounted_folder_shows_every_file_but_those_below_another_mount() {
    let (tree, out) = assembled(&[
        (
            "compose.yaml",
            "services:\n  a:\n    image: x\n    volumes: [ ./d:/d, ./e:/d/sub, 'v:/d/dev', ./no:/no ]\n    tmpfs: /d/tmp\n    secrets: [ s, { source: s, target: /d/s } ]\n  b: { image: x, volumes_from: [ a ] }\nsecrets: { s: { environment: PW } }\n",
        ),
        (".env", "PW=secret\n"),
        ("d/one", "1"),
        ("d/sub/two", "2"),
        ("d/tmp/three", "3"),
        ("d/s", "4"),
        ("e/five", "5"),
    ]);
    let process = &out.deployments[0].processes[0];
    let mut shown = Vec::new();
    for file in &process.files {
        let what = match &file.content {
            Content::File(number) => tree.source(*number).expect("a source").path.clone(),
            Content::Text(text, place) => {
                format!("{} at {}", text.expose(), where_it_is(&tree, *place))
            }
            Content::Unknown(_) => "?".to_owned(),
        };
        shown.push(format!("{} = {what}", file.path));
    }
    assert_eq!(
        shown,
        [
            "/d/one = d/one",
            "/d/s = secret at .env:1",
            "/d/sub/five = e/five",
            "/no = ?",
            "/run/secrets/s = secret at .env:1",
        ]
    );
    let taken: Vec<&str> = out.deployments[0].processes[1]
        .files
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    assert_eq!(taken, ["/d/one", "/d/s", "/d/sub/five", "/no"]);
}

#[test]
fn what_is_missing_is_a_gap_and_the_rest_is_read() {
    let (_, out) = assembled(&[(
        "compose.yaml",
        "include: [ gone.yaml, . ]\nservices:\n  a: { image: x, env_file: [ no.env, { path: o.env, required: false } ], environment: { A: $X, B: b, C } }\n  b: { extends: { file: gone.yaml, service: q }, secrets: [ s ], image: y }\n  c: { extends: c }\n",
    )]);
    assert_eq!(out.gaps.len(), 2, "{:?}", out.gaps);
    let processes = &out.deployments[0].processes;
    let kinds = |at: usize| -> Vec<_> { processes[at].gaps.iter().map(|gap| gap.kind).collect() };
    use crate::audit::process::GapKind::{Missing, OptionalMissing};
    assert_eq!(kinds(0), [Missing, OptionalMissing]);
    assert_eq!(kinds(1), [Missing, Missing]);
    assert_eq!(kinds(2), [Missing]);
    let known: Vec<bool> = processes[0]
        .environment
        .iter()
        .map(|variable| matches!(variable.value, Value::Known(_)))
        .collect();
    assert_eq!(known, [false, true, false]);
    assert_eq!(processes[0].environment[2].said[0].how, How::PassedOn);
}

#[test]
fn what_many_services_share_is_not_copied_for_all_of_them() {
    let mut compose = "services:\n".to_owned();
    for number in 0..100 {
        let keys = "env_file: a.env, volumes: [./data:/data]";
        compose.push_str(&format!("  s{number}: {{image: x, {keys}}}\n"));
    }
    let variables: String = (0..2_000).map(|number| format!("V{number}=1\n")).collect();
    let data: Vec<String> = (0..500).map(|number| format!("data/{number}")).collect();
    let mut files = vec![("compose.yaml", compose.as_str()), ("a.env", &variables)];
    files.extend(data.iter().map(|path| (path.as_str(), "")));
    let (_, out) = assembled(&files);
    let processes = &out.deployments[0].processes;
    let things = processes.iter();
    let things = things.map(|one| one.environment.len() + one.files.len());
    assert!(things.sum::<usize>() <= 50_000);
    assert_eq!(processes[0].environment.len(), 2_000);
    let last = processes.last().expect("a process");
    assert!(
        last.gaps
            .iter()
            .any(|gap| gap.text == crate::audit::tree::TOO_MUCH)
    );
}

#[test]
fn what_stands_on_standard_input_is_called_by_its_own_name() {
    let text = "name: shop\nservices:\n  a:\n    image: x\n";
    let tree = Tree::of_stdin(text.as_bytes().to_vec());
    let mut out = Assembly::default();
    assemble(&tree, tree.found(), &mut out);
    assert_eq!(names(&out), ["shop"]);
}
