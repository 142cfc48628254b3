//! The README's transcripts are what the binary prints today: every `console` block is run,
//! in order, in one new folder, in which every `yaml` block lies whose first line is its path. What differs from run to run (dates, serials, keys) is
//! levelled on both sides.

mod common;

use std::path::Path;

use common::{folder, stem_sec};
use regex::Regex;

/// One command of a transcript, and what it is said to print.
struct Step {
    arguments: Vec<String>,
    code: i32,
    output: String,
}

#[test]
fn the_readme_shows_what_the_commands_print() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))
        .expect("the README");
    let steps = steps(&text);
    assert!(steps.len() >= 8, "only {} commands found", steps.len());
    let place = folder();
    for (path, text) in files(&text) {
        let path = place.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("is made");
        std::fs::write(path, text).expect("is written");
    }
    for step in steps {
        let done = common::run(stem_sec().args(&step.arguments).current_dir(place.path()));
        let line = step.arguments.join(" ");
        assert_eq!(done.code, Some(step.code), "{line}\n{}", done.said());
        assert_eq!(level(done.said().trim_end()), level(&step.output), "{line}");
    }
}

#[test]
fn the_readme_names_the_two_commands_of_a_fresh_machine() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))
        .expect("the README");
    for command in ["cargo run --release -- init demo --yes", "tests/run"] {
        assert!(text.contains(command), "{command}");
    }
}

fn files(text: &str) -> Vec<(&str, &str)> {
    let blocks = text.split("```yaml\n").skip(1);
    let inside = blocks.filter_map(|block| block.split("```").next());
    let named = inside.filter_map(|block| {
        let path = block.lines().next()?.strip_prefix("# ")?;
        path.ends_with(".yaml").then_some((path, block))
    });
    named.collect()
}

fn steps(text: &str) -> Vec<Step> {
    let blocks = text.split("```console\n").skip(1);
    let inside = blocks.filter_map(|block| block.split("```").next());
    let commands = inside.flat_map(|block| block.split("$ stem-sec ").skip(1));
    commands
        .map(|command| {
            let (arguments, mut output) = command.split_once('\n').expect("a line");
            let mut code = 0;
            if let Some(rest) = output.strip_prefix("? ") {
                let (number, rest) = rest.split_once('\n').expect("a line");
                (code, output) = (number.parse().expect("an exit code"), rest);
            }
            Step {
                arguments: arguments.split(' ').map(str::to_owned).collect(),
                code,
                output: output.trim_end().to_owned(),
            }
        })
        .collect()
}

fn level(text: &str) -> String {
    let levels = [
        (r"\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?", "DATE"),
        (r"\b[0-9a-f]{40}\b", "SERIAL"),
        (r"stem-sec CA [0-9a-f]{8}", "stem-sec CA ID"),
        (r"\b\d+ d\b", "DAYS"),
        (r"[A-Za-z0-9+/]{43}=|…", "KEY"),
        (r"\b[0-9a-f]{12}\b", "PRINT"),
        (r"/\S*/demo/deploy", "/PATH/demo/deploy"),
        // columns are as wide as what stands in them
        (r" {2,}", "  "),
    ];
    let mut text = text.to_owned();
    for (pattern, name) in levels {
        text = Regex::new(pattern)
            .expect("a pattern")
            .replace_all(&text, name)
            .into_owned();
    }
    text
}
