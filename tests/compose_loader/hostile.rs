//! Projects that nobody wrote in good faith: they end, soon, and it is told.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use stem_sec::audit::assemble::{Assembly, compose};
use stem_sec::audit::tree::Tree;

/// How many gaps there are.
#[track_caller]
fn gaps(files: &[(&str, String)]) -> usize {
    let texts = files.iter();
    let texts = texts.map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes()));
    let tree = Tree::of_texts(texts.collect());
    let mut out = Assembly::default();
    let before = Instant::now();
    compose::assemble(&tree, tree.found(), &mut out);
    // a guard against hanging, not a measure: other tests run at the same time
    assert!(
        before.elapsed() < Duration::from_secs(300),
        "{:?}",
        before.elapsed()
    );
    let processes = out.deployments.iter().flat_map(|found| &found.processes);
    out.gaps.len() + processes.map(|process| process.gaps.len()).sum::<usize>()
}

fn alone(text: String) -> usize {
    gaps(&[("compose.yaml", text)])
}

#[test]
fn circles_of_files_end() {
    let include = |to: &str| format!("include: [ {to} ]\nservices: {{ s: {{ image: x }} }}\n");
    assert!(gaps(&[("compose.yaml", include("compose.yaml"))]) > 0);
    assert!(
        gaps(&[
            ("compose.yaml", include("a.yaml")),
            ("a.yaml", include("compose.yaml"))
        ]) > 0
    );
    let extends =
        |to: &str| format!("services: {{ s: {{ extends: {{ file: {to}, service: s }} }} }}\n");
    assert!(
        gaps(&[
            ("compose.yaml", extends("a.yaml")),
            ("a.yaml", extends("compose.yaml"))
        ]) > 0
    );
    assert!(
        gaps(&[
            ("compose.yaml", extends("gone.yaml")),
            ("sub/x", String::new())
        ]) > 0
    );
    assert!(gaps(&[("compose.yaml", extends("sub")), ("sub/x", String::new())]) > 0);
    assert!(gaps(&[("compose.yaml", include("sub")), ("sub/x", String::new())]) > 0);
}

#[test]
fn files_that_include_each_other_twice_over_end() {
    let names: Vec<String> = (0..30).map(|number| format!("f{number}.yaml")).collect();
    let mut files: Vec<(&str, String)> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let next = number + 1;
        files.push((name, format!("include: [ f{next}.yaml, ./f{next}.yaml ]\nservices: {{ s{number}: {{ image: x }} }}\n")));
    }
    files.push((
        "compose.yaml",
        "include: [ f0.yaml ]\nservices: { s: { image: x } }\n".to_owned(),
    ));
    assert!(gaps(&files) > 0);
}

#[test]
fn long_chains_of_services_end() {
    let mut text = "services:\n".to_owned();
    for number in 0..3_000 {
        let _ = writeln!(
            text,
            "  s{number}: {{ extends: s{}, environment: {{ V{number}: x }} }}",
            number + 1
        );
    }
    assert!(alone(text) > 0);
}

#[test]
fn what_many_services_take_over_is_bounded() {
    let mut text = "services:\n  s0: { image: x, environment: [".to_owned();
    for number in 0..20_000 {
        let _ = write!(text, "V{number}=x,");
    }
    text += "] }\n";
    for number in 1..1_000 {
        let _ = writeln!(
            text,
            "  s{number}: {{ extends: s0, environment: {{ V1: y }} }}"
        );
    }
    assert!(alone(text) > 0);
}

#[test]
fn bombs_and_depths_end() {
    let mut text = "x0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n".to_owned();
    for number in 1..12 {
        let from = number - 1;
        let items = vec![format!("*a{from}"); 10].join(", ");
        let _ = writeln!(text, "x{number}: &a{number} [ {items} ]");
    }
    assert!(alone(text + "services: { s: { image: x } }\n") > 0);
    assert!(
        alone(format!(
            "services: {}{}\n",
            "[".repeat(10_000),
            "]".repeat(10_000)
        )) > 0
    );
    assert!(
        alone(format!(
            "services: {{ s: {{ image: x, environment: {{ A: \"{}\" }} }} }}\n",
            "${A:-".repeat(100_000)
        )) > 0
    );
}

#[test]
fn values_that_grow_end() {
    let mut dotenv = format!("A0={}\n", "x".repeat(1_000));
    for number in 1..60 {
        let from = number - 1;
        let _ = writeln!(dotenv, "A{number}=${{A{from}}}${{A{from}}}");
    }
    let mut text = "services:\n  s:\n    image: x\n    environment:\n".to_owned();
    for number in 0..5_000 {
        let _ = writeln!(text, "      V{number}: ${{A9}}${{A9}}");
    }
    assert!(gaps(&[("compose.yaml", text), (".env", dotenv)]) > 0);
}

#[test]
fn wide_services_take_no_quadratic_time() {
    let many =
        |what: &dyn Fn(usize) -> String| (0..20_000).map(what).collect::<Vec<_>>().join(", ");
    let env = many(&|number| format!("V{number}=x"));
    let volumes = many(&|number| format!("./d:/v{number}"));
    let base = format!(
        "services: {{ s: {{ image: x, environment: [ {env} ], volumes: [ {volumes} ] }} }}\n"
    );
    let over = base.replace("=x", "=y");
    let _ = gaps(&[("compose.yaml", base), ("compose.override.yaml", over)]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_end(text in "[ \n\\[\\]{}:,&*!$|<>'\"a-e-]{0,120}", over in "services: [ \n\\[\\]{}:,&*!$'\"a-e-]{0,80}", env in "[A-C=$ {}\n'\"#]{0,60}") {
        let main = format!("services:\n  a: {{ image: x, env_file: e.env }}\n{text}");
        gaps(&[("compose.yaml", main), ("compose.override.yaml", over), (".env", env.clone()), ("e.env", env)]);
    }

    #[test]
    fn a_project_with_one_place_changed_ends(at in 0_usize..600, with in "[ \n\\[\\]{}:,&*!$'\"a-]{1,3}") {
        let mut text = include_str!("corpus.txt").split("=== ").find(|part| part.starts_with("include long")).expect("it").to_owned();
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert_str(at, &with);
        let files: Vec<(&str, String)> = text
            .split("--- ")
            .filter_map(|file| file.split_once('\n'))
            .filter(|(path, _)| path.starts_with("app/"))
            .map(|(path, text)| (path, text.to_owned()))
            .collect();
        gaps(&files);
    }
}
