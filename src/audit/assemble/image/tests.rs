//! What images bake in, by stages, copies and arguments.

use super::*;

fn assembled(files: &[(&str, &str)]) -> (Tree, Assembly) {
    let texts = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let tree = Tree::of_texts(texts);
    let mut out = Assembly::default();
    assemble(&tree, tree.found(), &mut out);
    (tree, out)
}

fn shown(tree: &Tree, process: &Process) -> Vec<String> {
    let said = |said: &[Said]| {
        let each = said
            .iter()
            .map(|said| format!("{:?}:{}", said.how, said.place.line));
        each.collect::<Vec<_>>().join(" ")
    };
    let mut lines = Vec::new();
    for variable in process.built_with.iter().chain(&process.environment) {
        let value = variable.value.known().unwrap_or("?");
        let (line, said) = (variable.place.line, said(&variable.said));
        lines.push(format!("{}={value}@{line} {said}", variable.name));
    }
    for file in &process.files {
        let content = match &file.content {
            Content::File(number) => tree.source(*number).unwrap().path.clone(),
            Content::Text(text, _) => text.expose().to_owned(),
            Content::Unknown(_) => "?".to_owned(),
        };
        lines.push(format!("{} {content} {}", file.path, said(&file.said)));
    }
    lines
}

const KEY: &str = "STEM_TLS_CLIENT_KEY=/x\n";

#[test]
fn what_reaches_the_last_stage_is_in_the_image() {
    let dockerfile = "ARG BASE=debian\nFROM ${BASE}:12 AS build\nCOPY . /src\nENV STEM_A=no\n\
        FROM build AS kept\nFROM redis\nARG KEY=primary:x\nARG STEM_SIGNING_PRIVATE_KEYS=p:y\n\
        ENV STEM_SIGNING_KEYS=${KEY} STEM_B=\"a ${KEY}\"\nENV STEM_C=1\nENV STEM_C $STEM_SIGNING_KEYS\n\
        WORKDIR /app\nCOPY --from=kept /src/a/one.env keys/\nCOPY b two.env /etc/\nCOPY t*.env .\n\
        COPY <<in.env ./\nSTEM_X=1\nin.env\nLABEL stem.role=worker\nENTRYPOINT [\"/a\"]\nCMD [\"b\"]\n";
    let (tree, out) = assembled(&[
        ("app/Dockerfile", dockerfile),
        ("app/.dockerignore", "# no\n**/*.md\n!b/keep.md\nc\n"),
        ("app/a/one.env", KEY),
        ("app/b/x/three.env", KEY),
        ("app/b/no.md", KEY),
        ("app/b/keep.md", KEY),
        ("app/c/four.env", KEY),
        ("app/two.env", KEY),
        ("other/two.env", KEY),
    ]);
    assert_eq!(out.deployments.len(), 1);
    let process = &out.deployments[0].processes[0];
    assert_eq!(
        shown(&tree, process),
        [
            "STEM_SIGNING_PRIVATE_KEYS=p:y@8 BuildArgument:8",
            "STEM_B=a primary:x@9 Environment:9 BuildArgument:7",
            "STEM_C=primary:x@7 Environment:11 Interpolation:7",
            "STEM_SIGNING_KEYS=primary:x@7 Environment:9 BuildArgument:7",
            "/app/keys/one.env app/a/one.env Copy:13 Copy:3",
            "/etc/keep.md app/b/keep.md Copy:14",
            "/etc/x/three.env app/b/x/three.env Copy:14",
            "/etc/two.env app/two.env Copy:14",
            "/app/two.env app/two.env Copy:15",
            "/app/in.env STEM_X=1\n Copy:16",
        ]
    );
    let words: Vec<&str> = process
        .arguments
        .iter()
        .map(|word| word.text.expose())
        .collect();
    assert_eq!(words, ["/a", "b"]);
    assert_eq!(process.image.as_deref(), Some("redis"));
    assert_eq!(
        process.label.as_ref().map(|(role, _)| role.as_str()),
        Some("worker")
    );
}

#[test]
fn a_build_names_its_stage_and_gives_its_arguments() {
    let (tree, _) = assembled(&[(
        "Dockerfile",
        "FROM a AS one\nARG STEM_K=d\nENV STEM_V=$STEM_K\nFROM b\nENV STEM_W=1\n",
    )]);
    let given = Variable {
        name: "STEM_K".to_owned(),
        value: Value::Known(Secret::new("given".to_owned())),
        place: Place::line(9, 9),
        said: Vec::new(),
    };
    let build = Build {
        dockerfile: "Dockerfile",
        context: "",
        arguments: &[given],
        target: Some("ONE"),
    };
    let process = image_of(&tree, tree.found(), &build, &mut BTreeSet::new()).unwrap();
    assert_eq!(
        shown(&tree, &process),
        [
            "STEM_K=given@9 BuildArgument:9",
            "STEM_V=given@9 Environment:3 BuildArgument:9"
        ]
    );
    let none = Build {
        target: Some("x"),
        ..build
    };
    assert!(image_of(&tree, tree.found(), &none, &mut BTreeSet::new()).is_none());
}

#[test]
fn an_image_with_nothing_that_matters_is_none() {
    let (_, out) = assembled(&[
        ("Dockerfile", "FROM a\nENV PATH=/b\n"),
        ("x/Dockerfile", ""),
    ]);
    assert!(out.deployments.is_empty());
}

#[test]
fn variables_in_variables_and_stages_on_stages_end_soon() {
    let doubled = |from: &str, to: &str| format!("ENV {to}={}\n", format!("${from}").repeat(8));
    let mut doubling = "FROM redis\nENV STEM_A0=aaaaaaaa\n".to_owned();
    for number in 1..40 {
        let (from, to) = (format!("STEM_A{}", number - 1), format!("STEM_A{number}"));
        doubling.push_str(&doubled(&from, &to));
    }
    let mut stages = format!("FROM redis AS s0\nENV STEM_B={}\n", "b".repeat(100_000));
    for number in 0..300 {
        stages.push_str(&format!("ENV STEM_B{number}=$STEM_B\n"));
    }
    for number in 1..150 {
        stages.push_str(&format!("FROM s{} AS s{number}\n", number - 1));
    }
    for text in [doubling, stages] {
        let (_, out) = assembled(&[("Dockerfile", &text), ("x.env", KEY)]);
        let process = out.deployments.iter().flat_map(|one| &one.processes).next();
        let known = process.iter().flat_map(|process| &process.environment);
        let known = known.filter_map(|variable| variable.value.known());
        let known: usize = known.map(str::len).sum();
        assert!(known < 80 << 20, "{known}");
    }
}
