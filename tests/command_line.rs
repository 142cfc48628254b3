//! The splitter of command lines, held against bash: generated words with quotes, escapes and
//! variables, from a fixed seed. No expectation is written down: bash's answer is it.

#[path = "common/mod.rs"]
mod common;

use stem_sec::formats::command_line::split;
use stem_sec::formats::place::Place;

const VARIABLES: [(&str, &str); 3] = [("A", "a"), ("TWO", " x  y "), ("EMPTY", "")];

// no lone `$`: bash then leaves the values beside it unsplit, which no other shell does; no comma:
// it has braces mean something
const PARTS: &[&str] = &[
    "a",
    "b",
    " ",
    " ",
    "\t",
    "'",
    "'",
    "\"",
    "\"",
    "\\",
    "\\\\",
    "$A",
    "$TWO",
    "$EMPTY",
    "${A}",
    "${A:-b}",
    "${TWO:-b}",
    "${EMPTY:-b c}",
    "${EMPTY-d}",
    "${A:+e}",
    "${EMPTY:+f}",
    "#",
    "é",
    "=",
    "{",
    "}",
    "\\n",
    ".",
    "-",
    "%",
    "/",
    ":",
    "\\\"",
];

#[test]
fn words_are_those_of_bash() {
    let mut dice = Dice(0x5eed);
    let mut compared = 0;
    let mut wrong = Vec::new();
    for _ in 0..400 {
        let text: String = (0..dice.below(14))
            .map(|_| PARTS[dice.below(PARTS.len())])
            .collect();
        let text = format!("program {text}");
        if text.contains("$$") || text.contains("$-") || text.contains("$#") {
            continue;
        }
        let ours = ours(&text);
        let real = bash(&text);
        compared += usize::from(real.is_some());
        if real != ours {
            wrong.push(format!("{text:?}\nbash {real:?}\nours {ours:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of 400\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(compared > 150, "only {compared} of 400 were words");
}

/// `None` where the text is no command.
fn bash(text: &str) -> Option<Vec<String>> {
    let mut command = common::tool("bash");
    command.args(["--norc", "-f", "-c"]);
    command.arg(format!(
        "program() {{ printf '%s\\0' program \"$@\"; }}\n{text}"
    ));
    command.envs(VARIABLES);
    let done = common::run(&mut command);
    let is_taken = done.success;
    let texts = done.stdout.split_terminator('\0');
    is_taken.then(|| texts.map(str::to_owned).collect())
}

fn ours(text: &str) -> Option<Vec<String>> {
    let lookup = |name: &str| {
        let found = VARIABLES.iter().find(|(known, _)| *known == name);
        Some(found.map_or_else(String::new, |(_, value)| (*value).to_owned()))
    };
    let split = split(text, &mut |_, _| Place::default(), &lookup);
    let words = split.commands.concat();
    let texts = words.iter().map(|word| word.text.expose().to_owned());
    (!split.is_broken).then(|| texts.collect())
}

/// Knuth's linear congruential generator: the same words every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, number: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("it fits") % number
    }
}
