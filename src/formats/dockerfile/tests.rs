//! Instructions as Docker documents them.

use super::*;

fn pairs(pairs: &[Pair], lookup: &dyn Fn(&str) -> Option<Option<Secret>>) -> Vec<String> {
    let shown = |pair: &Pair| match &pair.value {
        None => pair.name.clone(),
        Some(value) => {
            let text = expand(value.text().expose(), '\\', lookup).text;
            let text = text.as_ref().map_or("?", Secret::expose);
            format!("{}={text}", pair.name)
        }
    };
    pairs.iter().map(shown).collect()
}

fn env(text: &str) -> Vec<String> {
    let file = read(format!("FROM x\n{text}").as_bytes(), 0);
    let lookup = |name: &str| match name {
        "foo" => Some(Some(Secret::new("/bar".to_owned()))),
        "host" => Some(None),
        _ => None,
    };
    let instructions = &file.stages[0].instructions;
    let each = instructions
        .iter()
        .flat_map(|instruction| match instruction {
            Instruction::Env(found) => pairs(found, &lookup),
            _ => Vec::new(),
        });
    each.collect()
}

/// The examples of Docker's own reference of ENV and of environment replacement.
#[test]
fn the_examples_of_the_reference_hold() {
    assert_eq!(
        env("ENV MY_NAME=\"John Doe\"\nENV MY_DOG=Rex\\ The\\ Dog\nENV MY_CAT=fluffy"),
        ["MY_NAME=John Doe", "MY_DOG=Rex The Dog", "MY_CAT=fluffy"]
    );
    assert_eq!(
        env("ENV MY_NAME=\"John Doe\" MY_DOG=Rex\\ The\\ Dog \\\n    MY_CAT=fluffy"),
        ["MY_NAME=John Doe", "MY_DOG=Rex The Dog", "MY_CAT=fluffy"]
    );
    assert_eq!(env("ENV ONE TWO= THREE=world"), ["ONE=TWO= THREE=world"]);
    assert_eq!(
        env("ENV a=${foo} b=\\$foo c=\\${foo} d='$foo' e=\"$foo\" f=${none:-x} g=${foo:+y}"),
        [
            "a=/bar", "b=$foo", "c=${foo}", "d=$foo", "e=/bar", "f=x", "g=y"
        ]
    );
    assert_eq!(env("ENV a=$none b=$host c=${foo%r}"), ["a=", "b=?", "c=?"]);
    assert_eq!(env("env a=1 \\\n# comment\n\n  b=2 # c"), ["a=1", "b=2"]);
    assert_eq!(env("\nENV a=1 \\ \n b=2"), ["a=1", "b=2"]);
}

#[test]
fn stages_copies_and_commands() {
    let text = "# syntax=docker/dockerfile:1\n# escape=`\nARG V=1\nFROM --platform=x dart:${V} AS Build\n\
                COPY --from=build --chown=1:1 a b `\n  /c/\nADD [\"x y\", \"z\"]\n\
                COPY <<EOF <<-\"two\" /d/\nENV A=1\nEOF\n\ttext\n\ttwo\nONBUILD ENV B=1\n\
                RUN <<E\nENV C=1\nE\nENTRYPOINT [\"/a\", \"b\\\"c\"]\nCMD exec d\nLABEL stem.role=worker\n";
    let file = read(text.as_bytes(), 0);
    assert_eq!(file.escape, '`');
    assert_eq!(file.arguments.len(), 1);
    let stage = &file.stages[0];
    assert_eq!(stage.name.as_deref(), Some("build"));
    assert_eq!(stage.base.text().expose(), "dart:${V}");
    let mut seen = Vec::new();
    for instruction in &stage.instructions {
        seen.push(match instruction {
            Instruction::Copy(copy) => {
                let sources: Vec<&str> = copy.sources.iter().map(|s| s.text().expose()).collect();
                let heredocs: Vec<String> = copy
                    .heredocs
                    .iter()
                    .map(|h| format!("{}:{}", h.name, h.text.expose()))
                    .collect();
                format!(
                    "{:?} {sources:?} {heredocs:?} {}",
                    copy.from,
                    copy.target.text().expose()
                )
            }
            Instruction::Entrypoint(Form::Exec(words)) => words
                .iter()
                .map(|(text, place)| format!("{}@{} ", text.expose(), place.column))
                .collect(),
            Instruction::Cmd(Form::Shell(text)) => text.text().expose().to_owned(),
            Instruction::Label(found) => pairs(found, &|_| None).concat(),
            other => format!("{other:?}"),
        });
    }
    assert_eq!(
        seen,
        [
            "Some(\"build\") [\"a\", \"b\"] [] /c/",
            "None [\"x y\"] [] z",
            "None [] [\"EOF:ENV A=1\\n\", \"two:text\\n\"] /d/",
            "/a@14 b\"c@20 ",
            "exec d",
            "stem.role=worker",
        ]
    );
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(
        text in "(?s).{0,60}",
        lines in proptest::collection::vec("(ENV|COPY|ARG|FROM|CMD|ADD|# escape=) [a-z$'\"{}\\[\\],:\\-+=\\\\ `<\\n]{0,30}", 0..8),
    ) {
        let lines = format!("FROM a\n{}\n{text}", lines.join("\n"));
        for text in [&text, &lines] {
            let file = read(text.as_bytes(), 0);
            for stage in &file.stages {
                let _ = expand(stage.base.text().expose(), file.escape, &|_| Some(None));
                for instruction in &stage.instructions {
                    if let Instruction::Env(pairs) | Instruction::Arg(pairs) = instruction {
                        for value in pairs.iter().filter_map(|pair| pair.value.as_ref()) {
                            let place = value.place();
                            proptest::prop_assert!(place.end as usize <= text.len());
                            let _ = expand(value.text().expose(), file.escape, &|_| None);
                        }
                    }
                }
            }
        }
    }
}
