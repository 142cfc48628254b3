//! What command lines make of an environment, held against `env` and the shells of this system.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::*;

const GIVEN: [(&str, &str); 3] = [("STEM_A", "a"), ("STEM_B", "b c"), ("STEM_E", "")];
const NAMES: [&str; 5] = ["STEM_A", "STEM_B", "STEM_C", "STEM_D", "STEM_E"];

/// What the command line is taken to make of a variable: `?` where it is not known.
fn taken(words: &[&str]) -> Vec<String> {
    let words: Vec<Word> = words
        .iter()
        .map(|text| Word {
            text: Secret::new((*text).to_owned()),
            place: Place::default(),
            is_known: true,
        })
        .collect();
    let given = |name: &str| match GIVEN.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => Given::Known((*text).to_owned()),
        None => Given::Absent,
    };
    let mut all: BTreeMap<String, String> = GIVEN
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    for change in changes(&words, &given) {
        match change {
            Change::Set(name, word) if word.is_known => {
                all.insert(name, word.text.expose().to_owned());
            }
            Change::Set(name, _) | Change::Perhaps(name, _) => {
                all.insert(name, "?".to_owned());
            }
            Change::Unset(name, _) => drop(all.remove(&name)),
            Change::Clear(_) => all.clear(),
            Change::Open(_) => NAMES.iter().for_each(|name| {
                all.insert((*name).to_owned(), "?".to_owned());
            }),
        }
    }
    let known = all
        .iter()
        .filter(|(name, _)| NAMES.contains(&name.as_str()));
    known.map(|(name, text)| format!("{name}={text}")).collect()
}

/// What the program really gets; `None` where it is not started.
fn real(words: &[&str], shell: &str) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("stem");
    let text =
        "#!/bin/sh\n/usr/bin/env -0 | /usr/bin/tr '\\0' '\\n' | /usr/bin/grep ^STEM_\necho ran\n";
    std::fs::write(&program, text).expect("is written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("is set");
    std::fs::write(
        folder.path().join("w.env"),
        "STEM_A=file\nexport STEM_C=file\n",
    )
    .expect("is written");
    let stem = program.display().to_string();
    let words: Vec<String> = words
        .iter()
        .map(|word| match *word {
            "sh" => shell.to_owned(),
            "stem" => stem.clone(),
            text => text.replace("stem w", &format!("{stem} w")),
        })
        .collect();
    let done = Command::new(&words[0])
        .args(&words[1..])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(GIVEN)
        .current_dir(folder.path())
        .output()
        .expect("it starts");
    let text = String::from_utf8(done.stdout).expect("text");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let ran = lines.iter().position(|line| line == "ran")?;
    lines.remove(ran);
    lines.sort();
    Some(lines)
}

/// Command lines, and which of the variables are not known behind them.
const CASES: [(&[&str], &str); 46] = [
    (&["stem", "w"], ""),
    (&["env", "STEM_A=1", "stem", "w"], ""),
    (&["env", "-i", "STEM_C=1", "stem", "w"], ""),
    (&["env", "-", "STEM_C=1", "stem", "w"], ""),
    (
        &[
            "env",
            "-u",
            "STEM_A",
            "--unset=STEM_B",
            "STEM_C=x=y",
            "stem",
            "w",
        ],
        "",
    ),
    (
        &[
            "env", "STEM_A=1", "STEM_A=2", "env", "-uSTEM_B", "stem", "w",
        ],
        "",
    ),
    (
        &["env", "-u", "STEM_A", "STEM_A=1", "--", "stem", "w"],
        "not started",
    ),
    (&["env", "-S", "STEM_C=1 stem w"], "ABCDE"),
    (&["env", "--ignore-env", "stem", "w"], "ABCDE"),
    (&["sh", "-c", "STEM_A=1 exec stem w"], ""),
    (&["sh", "-c", "STEM_C=1 stem w"], ""),
    (&["sh", "-c", "export STEM_C=1 && exec stem w"], ""),
    (
        &["sh", "-ec", "export STEM_C=1 STEM_D='x y'\nexec stem w"],
        "",
    ),
    (&["sh", "-c", "unset STEM_A STEM_C; exec stem w"], ""),
    (&["sh", "-c", "STEM_A=1; STEM_C=1; exec stem w"], ""),
    (&["sh", "-c", "STEM_C=1; export STEM_C; exec stem w"], ""),
    (&["sh", "-c", "export STEM_C; STEM_C=1; exec stem w"], ""),
    (&["sh", "-c", "set -a; STEM_C=1; exec stem w"], ""),
    (&["sh", "-ac", "STEM_C=1; exec stem w"], ""),
    (
        &["sh", "-o", "allexport", "-c", "STEM_C=1; exec stem w"],
        "",
    ),
    (&["sh", "-c", "export STEM_C=$STEM_A-x; exec stem w"], ""),
    (&["sh", "-c", "export STEM_C=$STEM_B; exec stem w"], "C"),
    (&["sh", "-c", "export STEM_C=$(echo 1); exec stem w"], "C"),
    (
        &["sh", "-c", "STEM_A=2; export STEM_C=$STEM_A; exec stem w"],
        "C",
    ),
    (
        &["sh", "-c", "export STEM_C=${STEM_D:-x}; exec stem w"],
        "C",
    ),
    (
        &["sh", "-c", "if true; then export STEM_C=1; fi; exec stem w"],
        "C",
    ),
    (&["sh", "-c", "false && export STEM_C=1; exec stem w"], "C"),
    (&["sh", "-c", "true || export STEM_C=1; exec stem w"], "C"),
    (&["sh", "-c", "true || export STEM_C=1 && exec stem w"], "C"),
    (&["sh", "-c", "true && export STEM_C=1 && exec stem w"], ""),
    (&["sh", "-c", "(true; export STEM_C=1); exec stem w"], "C"),
    (&["sh", "-c", "export STEM_C=1 & exec stem w"], "C"),
    (&["sh", "-c", "sleep 0 & export STEM_C=1; exec stem w"], ""),
    (&["sh", "-c", "true | read STEM_A; exec stem w"], "A"),
    (&["sh", "-c", "STEM_C=1 true; exec stem w"], ""),
    (&["sh", "-c", "STEM_C=1 :; exec stem w"], "C"),
    (&["sh", "-c", ". ./w.env; exec stem w"], "ABCDE"),
    (&["sh", "-c", "eval export STEM_C=1; exec stem w"], "ABCDE"),
    (
        &["sh", "-c", "f() { export STEM_C=1; }; f; exec stem w"],
        "C",
    ),
    (
        &["sh", "-c", "echo export STEM_C=1 >/dev/null; exec stem w"],
        "",
    ),
    (&["sh", "-c", "export STEM_C=~/x; exec stem w"], "C"),
    (
        &["sh", "-c", "STEM_A=1 env -u STEM_B STEM_C=$STEM_A stem w"],
        "C",
    ),
    (
        &[
            "env",
            "STEM_A=1",
            "sh",
            "-c",
            "export STEM_C=$STEM_A; exec stem w",
        ],
        "C",
    ),
    (
        &["env", "STEM_C=1", "sh", "-c", "STEM_C=2; exec stem w"],
        "",
    ),
    (
        &["sh", "-c", "command export STEM_C=1; exec nice -n 1 stem w"],
        "",
    ),
    (&["sh", "-c", "true || set -a; STEM_C=1; exec stem w"], "C"),
];

#[test]
fn a_command_line_makes_of_an_environment_what_the_system_makes_of_it() {
    for (words, open) in CASES {
        let taken = taken(words);
        let unknown: String = NAMES
            .iter()
            .filter(|name| taken.contains(&format!("{name}=?")))
            .map(|name| &name[5..])
            .collect();
        if open != "not started" {
            assert_eq!(unknown, open, "{words:?}");
        }
        for shell in ["dash", "bash"] {
            let Some(real) = real(words, shell) else {
                assert!(
                    open == "not started" || open == "ABCDE",
                    "{shell} {words:?}"
                );
                continue;
            };
            let of_known =
                |line: &&String| !open.contains(line[5..].split('=').next().unwrap_or_default());
            let known: Vec<&String> = taken.iter().filter(of_known).collect();
            let really: Vec<&String> = real.iter().filter(of_known).collect();
            assert_eq!(known, really, "{shell} {words:?}");
        }
    }
}
