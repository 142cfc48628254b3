//! What is fuzzed: one function a reader. The fuzz targets call them with anything,
//! `tests/fuzz_corpus.rs` with what lies in `fuzz/corpus/`. A reader may not panic, hang, or
//! name a place that is not in its file.

use stem_sec::audit::assemble::{Assembly, compose, image, kubernetes, systemd};
use stem_sec::audit::inventory::{self, Request};
use stem_sec::audit::judge;
use stem_sec::audit::tree::{Found, Tree};
use stem_sec::formats::command_line::{program, split};
use stem_sec::formats::dotenv::{self, Dialect};
use stem_sec::formats::place::Place;
use stem_sec::formats::redis_conf::{self, Included, Word};
use stem_sec::formats::{git_index, glob, key_list, pem, postgres, url, yaml};
use stem_sec::report::audit::{self as report, Format};
use stem_sec::report::rotate as rotation;
use stem_sec::rotate::{Plan, prove};
use time::OffsetDateTime;

/// A reader, and the name of its target and of its corpus.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// Every one.
pub(crate) const ALL: [Target; 15] = [
    ("audit", audit),
    ("command_line", command_line),
    ("compose", compose_project),
    ("dockerfile", images),
    ("dotenv", env_file),
    ("git_index", index),
    ("inventory", whole),
    ("kubernetes", manifests),
    ("pem", pem_blocks),
    ("plan", plan),
    ("postgres", database),
    ("redis_conf", redis),
    ("systemd", units),
    ("tree", classify),
    ("yaml", yaml_documents),
];

type Assembler = fn(&Tree, &[Found], &mut Assembly);

const DIALECTS: [Dialect; 8] = [
    Dialect::Compose,
    Dialect::ComposeRaw,
    Dialect::Docker,
    Dialect::Systemd,
    Dialect::Shell,
    Dialect::Kubectl,
    Dialect::Kustomize,
    Dialect::StemCli,
];

/// A value that names itself, so that expansion is tried.
fn lookup(name: &str) -> Option<String> {
    (!name.starts_with('U')).then(|| format!("${name}"))
}

/// A plan of rotation: read, proven, told, and written so that it is read back.
pub(crate) fn plan(bytes: &[u8]) {
    match Plan::parse(bytes) {
        Ok(plan) => {
            let verdict = prove(&plan);
            let checked = rotation::Checked {
                plan: &plan,
                verdict: &verdict,
            };
            for format in [rotation::Format::Human, rotation::Format::Json] {
                let _ = rotation::check(checked, format);
            }
            assert_eq!(Plan::parse(plan.text().as_bytes()).as_ref(), Ok(&plan));
        }
        Err(error) => check(error.place, bytes),
    }
}

/// An env file, by every loader.
pub(crate) fn env_file(bytes: &[u8]) {
    for dialect in DIALECTS {
        let read = dotenv::read(bytes, 0, dialect, &lookup);
        for assignment in &read.assignments {
            check(assignment.place, bytes);
            check(assignment.value_place, bytes);
        }
        read.troubles
            .iter()
            .for_each(|(place, _)| check(*place, bytes));
        assert!(!read.refused || read.assignments.is_empty());
    }
}

/// PEM blocks and DER.
pub(crate) fn pem_blocks(bytes: &[u8]) {
    let read = pem::read(bytes, 0);
    read.pieces
        .iter()
        .for_each(|(place, _)| check(*place, bytes));
    read.troubles
        .iter()
        .for_each(|(place, _)| check(*place, bytes));
    for (_, piece) in &read.pieces {
        if let pem::Piece::PrivateKey(key) = piece {
            let _ = key.fingerprint();
        }
    }
}

/// YAML of any kind.
pub(crate) fn yaml_documents(bytes: &[u8]) {
    if let Ok(documents) = yaml::read(bytes, 0) {
        documents
            .iter()
            .for_each(|document| check(document.place, bytes));
    }
}

/// A configuration of Redis that includes itself.
pub(crate) fn redis(bytes: &[u8]) {
    let mut left = 3;
    let mut include = |_: &str, _: Place| {
        left -= 1;
        match left {
            0.. => Included::Files(vec![(left as u32, bytes.to_vec())]),
            _ => Included::Unread("enough".to_owned()),
        }
    };
    let none = redis_conf::read(b"", 9);
    let read = redis_conf::effective(Some((8, bytes)), &none, &mut include);
    read.troubles
        .iter()
        .for_each(|(place, _)| check(*place, bytes));
}

/// Words of a command line, lists of keys, URLs and patterns: one a line.
pub(crate) fn command_line(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let words: Vec<Word<'_>> = text
        .lines()
        .map(|text| Word {
            text,
            place: Place::default(),
        })
        .collect();
    let _ = redis_conf::of_command(&words);
    let mut place = |start: usize, end: usize| Place {
        start: start as u32,
        end: end as u32,
        ..Place::default()
    };
    for command in split(text, &mut place, &lookup).commands {
        command.iter().for_each(|word| check(word.place, bytes));
        let _ = program(&command);
    }
    let (pattern, path) = text.split_once('\n').unwrap_or((text, text));
    let _ = glob::matches(pattern, path);
    let _ = glob::ignores(pattern, path);
    let _ = glob::literal(pattern);
    for word in text.lines() {
        let _ = url::without_password(word);
        let _ = url::redis_password(word);
        key_list::entries(word).for_each(drop);
    }
}

/// A configuration, a connection string and a command line of Postgres.
pub(crate) fn database(bytes: &[u8]) {
    let read = postgres::read_conf(bytes, 0);
    read.troubles.iter().for_each(|place| check(*place, bytes));
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = postgres::connection(text);
        let words: Vec<(&str, Place)> = text.lines().map(|word| (word, Place::top(0))).collect();
        let _ = postgres::of_command(&words);
    }
}

/// The index of a repository.
pub(crate) fn index(bytes: &[u8]) {
    if let Some(index) = git_index::read(bytes) {
        let _ = index.has(bytes);
    }
}

/// Dockerfiles.
pub(crate) fn images(bytes: &[u8]) {
    assembled(image::assemble, "Dockerfile", bytes);
}

/// Every rule over a tree, and every report of what they found.
pub(crate) fn audit(bytes: &[u8]) {
    let tree = tree("compose.yaml", bytes);
    let verdict = judge::audit(&tree, &Request::default(), OffsetDateTime::UNIX_EPOCH);
    let human = Format::Human {
        width: 80,
        colour: false,
    };
    for format in [
        human,
        Format::Line,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Markdown,
    ] {
        let _ = report::text(&verdict, &tree, format);
    }
}

/// Everything that a tree leads to.
pub(crate) fn whole(bytes: &[u8]) {
    let tree = tree("compose.yaml", bytes);
    let taken = inventory::take(&tree, &Request::default());
    taken.gaps.iter().for_each(|gap| check_in(&tree, gap.place));
    taken
        .loose
        .iter()
        .for_each(|loose| check_in(&tree, loose.place));
}

/// Compose files and what they name.
pub(crate) fn compose_project(bytes: &[u8]) {
    assembled(compose::assemble, "compose.yaml", bytes);
}

/// Manifests and kustomizations.
pub(crate) fn manifests(bytes: &[u8]) {
    assembled(kubernetes::assemble, "app.yaml", bytes);
    let tree = Tree::of_stdin(bytes.to_vec());
    if let Ok(source) = tree.read("-") {
        kubernetes::assemble_stream(&source, &mut Assembly::default());
    }
}

/// Units, drop-ins and env files of a host.
pub(crate) fn units(bytes: &[u8]) {
    assembled(systemd::assemble, "etc/systemd/system/a.service", bytes);
}

/// Files of any name.
pub(crate) fn classify(bytes: &[u8]) {
    let tree = tree("README", bytes);
    for found in tree.found() {
        assert!(tree.read(&found.path).is_ok());
        let _ = tree.host_path(&found.path, "/etc/stem/a.env");
    }
    if let Ok(path) = std::str::from_utf8(bytes) {
        let _ = tree.read(path);
        let _ = tree.below(path);
        let _ = tree.is_folder(path);
        let _ = tree.host_path(path, path);
    }
}

fn assembled(assemble: Assembler, first: &str, bytes: &[u8]) {
    let tree = tree(first, bytes);
    let mut out = Assembly::default();
    assemble(&tree, tree.found(), &mut out);
    let processes = out
        .deployments
        .iter()
        .flat_map(|deployment| &deployment.processes);
    for process in processes {
        process
            .gaps
            .iter()
            .for_each(|gap| check_in(&tree, gap.place));
        for variable in &process.environment {
            check_in(&tree, variable.place);
            variable
                .said
                .iter()
                .for_each(|said| check_in(&tree, said.place));
        }
    }
    out.gaps.iter().for_each(|gap| check_in(&tree, gap.place));
}

/// Several files in one input: a line `=== PATH` begins the next.
fn tree(first: &str, bytes: &[u8]) -> Tree {
    const MARK: &[u8] = b"=== ";
    let mut files = vec![(first.to_owned(), Vec::new())];
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(MARK) {
            Some(path) => {
                let path = String::from_utf8_lossy(path.trim_ascii()).into_owned();
                files.push((path, Vec::new()));
            }
            None => {
                if let Some((_, text)) = files.last_mut() {
                    text.extend_from_slice(line);
                }
            }
        }
    }
    Tree::of_texts(files)
}

fn check_in(tree: &Tree, place: Place) {
    if let Some(source) = tree.source(place.source) {
        check(place, &source.bytes);
    }
}

fn check(place: Place, bytes: &[u8]) {
    assert!(place.start <= place.end, "{place:?}");
    assert!(place.end as usize <= bytes.len(), "{place:?}");
}
