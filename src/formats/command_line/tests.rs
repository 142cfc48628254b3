//! Words as a shell splits them, and the program behind wrappers.

use super::*;

fn word(text: &str) -> Word {
    Word {
        text: Secret::new(text.to_owned()),
        place: Place::default(),
        is_known: true,
    }
}

fn commands(text: &str) -> Vec<Vec<String>> {
    let lookup = |name: &str| match name {
        "A" => Some("a".to_owned()),
        "TWO" => Some(" x  y ".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let split = split(text, &mut |_, _| Place::default(), &lookup);
    let texts = |words: &Vec<Word>| words.iter().map(|w| w.text.expose().to_owned()).collect();
    split.commands.iter().map(texts).collect()
}

#[test]
fn quotes_escapes_and_operators_are_a_shells() {
    let cases: [(&str, &[&[&str]]); 8] = [
        ("a 'b c' \"d\\\"e\" f\\ g", &[&["a", "b c", "d\"e", "f g"]]),
        (
            "a && b; c | d & e\n# no\nf",
            &[&["a"], &["b"], &["c"], &["d"], &["e"], &["f"]],
        ),
        ("a >/dev/null 2>&1 b <c", &[&["a", "b"]]),
        ("$A\"$A\"'$A' \"$TWO\"", &[&["aa$A", " x  y "]]),
        ("z$TWO$EMPTY end", &[&["z", "x", "y", "end"]]),
        ("${A:-b} ${EMPTY:-c}${EMPTY-d} ${A:+e}", &[&["a", "c", "e"]]),
        (
            "$NONE ${NONE:-x} $(id -u) `id` $1",
            &[&["$NONE", "${NONE:-x}", "$(id -u)", "`id`", "$1"]],
        ),
        ("a \"\" b\\\nc", &[&["a", "", "bc"]]),
    ];
    for (text, expected) in cases {
        assert_eq!(commands(text), expected, "{text}");
    }
    let unknown = split("a $B", &mut |_, _| Place::default(), &|_| None);
    let known: Vec<bool> = unknown.commands[0]
        .iter()
        .map(|word| word.is_known)
        .collect();
    assert_eq!(known, [true, false]);
    assert!(split("a 'b", &mut |_, _| Place::default(), &|_| None).is_broken);
}

fn run(words: &[&str]) -> (String, Vec<String>) {
    let words: Vec<Word> = words.iter().map(|text| word(text)).collect();
    let program = program(&words).expect("a program");
    let texts = program.words.iter().map(|word| word.text.expose());
    let set = program
        .environment
        .iter()
        .map(|(name, value)| format!("{name}={}", value.text.expose()));
    (texts.collect::<Vec<_>>().join(" "), set.collect())
}

#[test]
fn the_program_behind_wrappers_is_found() {
    let cases: [(&[&str], &str); 14] = [
        (&["redis-server", "/r.conf"], "redis-server /r.conf"),
        (
            &["sh", "-c", "exec redis-server --requirepass \"$P\""],
            "redis-server --requirepass $P",
        ),
        (
            &[
                "/bin/bash",
                "-euxc",
                "cd /app && A=1 dart run bin/worker.dart",
            ],
            "dart run bin/worker.dart",
        ),
        (&["bash", "-o", "pipefail", "-c", "x | y"], "y"),
        (
            &["env", "-i", "A=1", "B=2", "stem", "worker"],
            "stem worker",
        ),
        (
            &["tini", "-g", "--", "docker-entrypoint.sh", "redis-server"],
            "redis-server",
        ),
        (
            &["docker-entrypoint.sh", "--port", "0"],
            "docker-entrypoint.sh --port 0",
        ),
        (&["su-exec", "redis:redis", "redis-server"], "redis-server"),
        (&["timeout", "-k", "5", "10", "stem", "beat"], "stem beat"),
        (
            &["wait-for-it.sh", "redis:6379", "--", "/app/worker"],
            "/app/worker",
        ),
        (&["sh", "start.sh"], "sh start.sh"),
        (&["sh", "-c", "if true; then exec a b; fi"], "a b"),
        (&["env"], "env"),
        (&["sh", "-c", ""], "sh -c "),
    ];
    for (words, expected) in cases {
        assert_eq!(run(words).0, expected, "{words:?}");
    }
    assert_eq!(run(&["env", "A=1", "B=2", "x"]).1, ["A=1", "B=2"]);
    assert_eq!(run(&["sh", "-c", "A=1 x"]).1, ["A=1"]);
}

#[test]
fn hostile_texts_end() {
    let many = "${A:-".repeat(100_000);
    assert!(split(&many, &mut |_, _| Place::default(), &|_| None).is_broken);
    let deep = format!("sh -c '{}'", "sh -c ".repeat(50_000));
    let _ = commands(&deep);
    let _ = commands(&"\"$(".repeat(20_000));
}

proptest::proptest! {
    #[test]
    fn any_text_is_split_and_run(text in "[a-z$'\"{}()\\\\ `<>|&;#\\n=é\\-:]{0,60}", other in "(?s).{0,40}") {
        for text in [&text, &other] {
            let mut last = 0;
            let length = text.len();
            let mut place = |start: usize, end: usize| {
                assert!(start <= end && end <= length, "{start}..{end} of {length}");
                last = last.max(end);
                Place::default()
            };
            let _ = split(text, &mut place, &|_| Some("a b".to_owned()));
            let _ = super::program(&[word("sh"), word("-c"), word(text)]);
        }
    }
}
