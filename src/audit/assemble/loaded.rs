//! What a command line loads into an environment by itself: `stem worker multi --env-file`, and
//! the container that a unit starts with `docker run`.

use std::path::Path;

use super::Assembly;
use crate::audit::process::{
    Argument, Content, Deployment, Gap, GapKind, How, Kind, Process, Said, Value, Variable,
};
use crate::audit::tree::Tree;
use crate::audit::variables::Variables;
use crate::formats::dotenv::{self, Dialect};
use crate::formats::place::Place;
use crate::model::secret::Secret;

/// Programs that run containers.
const ENGINES: [&str; 3] = ["docker", "podman", "nerdctl"];

/// One option that gives variables.
enum Given {
    /// A file of them.
    File(String, Place),
    /// One with its value.
    Set(String, Secret, Place),
    /// One that is taken over from the environment of the command line.
    PassedOn(String, Place),
}

/// Adds what the command lines of all processes load.
pub(super) fn variables(tree: &Tree, out: &mut Assembly) {
    for deployment in &mut out.deployments {
        let Deployment {
            kind, processes, ..
        } = deployment;
        for process in processes {
            if *kind == Kind::Systemd && runs_container(process) {
                container(tree, process);
            } else if runs_workers(process) {
                workers(tree, process);
            }
        }
    }
}

fn texts(process: &Process) -> impl Iterator<Item = &str> {
    let arguments = process.arguments.iter();
    arguments.map(|argument| argument.text.expose())
}

fn name_of(word: &str) -> &str {
    let name = Path::new(word).file_name().and_then(|name| name.to_str());
    name.unwrap_or(word)
}

/// `docker run …`, `podman --log-level=error run …`.
fn runs_container(process: &Process) -> bool {
    let mut words = texts(process);
    let is_engine = words
        .next()
        .is_some_and(|word| ENGINES.contains(&name_of(word)));
    let mut tasks = words.skip_while(|word| word.starts_with('-'));
    let task = tasks.next();
    is_engine && (task == Some("run") || (task == Some("container") && tasks.next() == Some("run")))
}

/// `stem worker multi …`, however the program is started.
fn runs_workers(process: &Process) -> bool {
    let words: Vec<&str> = texts(process).collect();
    words.windows(3).any(|three| {
        let program = name_of(three[0]);
        let is_stem = program == "stem" || program.ends_with(":stem");
        is_stem && three[1] == "worker" && three[2] == "multi"
    })
}

/// The files go before the environment, and the last of them before the others.
fn workers(tree: &Tree, process: &mut Process) {
    let (given, _) = options(&process.arguments, &[("--env-file", true)]);
    for given in given {
        if let Given::File(path, place) = given {
            let found = lines(tree, process, &path, place, Dialect::StemCli);
            set_all(process, found);
        }
    }
}

/// A container starts with what its command line says, and nothing of the unit's.
fn container(tree: &Tree, process: &mut Process) {
    const OPTIONS: [(&str, bool); 3] = [("--env-file", true), ("--env", false), ("-e", false)];
    let (given, rest) = options(&process.arguments, &OPTIONS);
    let outside = std::mem::take(&mut process.environment);
    let mut set = Vec::new();
    for given in given {
        match given {
            Given::File(path, place) => {
                let found = lines(tree, process, &path, place, Dialect::Docker);
                set_all(process, found);
            }
            Given::Set(name, value, place) => set.push(of(name, Value::Known(value), place)),
            Given::PassedOn(name, place) => {
                let known = outside.iter().find(|one| one.name == name);
                let unknown = || Value::Unknown("from the environment of systemd".to_owned());
                set.push(match known {
                    Some(variable) => variable.clone(),
                    None => of(name, unknown(), place),
                });
            }
        }
    }
    // wherever they stand, before the files
    set_all(process, set);
    process.arguments = rest;
}

/// Gives a process these variables over those that it has.
fn set_all(process: &mut Process, found: impl IntoIterator<Item = Variable>) {
    let mut variables = Variables::of(std::mem::take(&mut process.environment));
    found
        .into_iter()
        .for_each(|variable| variables.set(variable));
    process.environment = variables.into_all();
}

fn of(name: String, value: Value, place: Place) -> Variable {
    Variable {
        name,
        value,
        place,
        said: vec![Said {
            place,
            how: How::Argument,
        }],
    }
}

/// What these options give, and the words without them. The options end with the words that
/// begin another command line.
fn options(arguments: &[Argument], known: &[(&str, bool)]) -> (Vec<Given>, Vec<Argument>) {
    let (mut given, mut rest) = (Vec::new(), Vec::new());
    let mut words = arguments.iter();
    while let Some(argument) = words.next() {
        let word = argument.text.expose();
        let option = known.iter().find_map(|(name, is_file)| {
            let after = word.strip_prefix(name)?;
            match after.strip_prefix('=') {
                Some(value) => Some((Some(value.to_owned()), *is_file)),
                None if after.is_empty() => Some((None, *is_file)),
                None => None,
            }
        });
        let Some((inline, is_file)) = option else {
            rest.push(argument.clone());
            continue;
        };
        let (value, place) = match inline {
            Some(value) => (value, argument.place),
            None => match words.next() {
                Some(next) => (next.text.expose().to_owned(), next.place),
                None => break,
            },
        };
        given.push(match (is_file, value.split_once('=')) {
            (true, _) => Given::File(value, place),
            (false, Some((name, text))) => {
                Given::Set(name.to_owned(), Secret::new(text.to_owned()), place)
            }
            (false, None) => Given::PassedOn(value, place),
        });
    }
    (given, rest)
}

/// The variables of a file that the process can read.
fn lines(
    tree: &Tree,
    process: &mut Process,
    path: &str,
    place: Place,
    dialect: Dialect,
) -> Vec<Variable> {
    let at = process.files.iter().position(|file| file.path == path);
    let content = at.map(|at| &process.files[at].content);
    let source = match content {
        Some(Content::File(number)) => tree.source(*number),
        _ => None,
    };
    let Some(source) = source else {
        let gap = Gap {
            place,
            kind: GapKind::Outside,
            text: format!("`{path}` is not among these files"),
        };
        process.gaps.insert(process.gaps_of_environment, gap);
        process.gaps_of_environment += 1;
        return Vec::new();
    };
    // its lines are variables now
    process.files.retain(|file| file.path != path);
    let read = dotenv::read(&source.bytes, source.number, dialect, &|_| None);
    let variable = |assignment: dotenv::Assignment| {
        let said = |place, how| Said { place, how };
        let unknown = || Value::Unknown("from the environment of the command".to_owned());
        Variable {
            name: assignment.name,
            value: assignment.value.map_or_else(unknown, Value::Known),
            place: assignment.value_place,
            said: vec![
                said(place, How::EnvFile),
                said(assignment.place, How::EnvFileLine),
            ],
        }
    };
    read.assignments.into_iter().map(variable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::assemble::systemd;

    /// What the only process of a unit with this command ends with, sorted.
    fn environment(command: &str) -> Vec<String> {
        let unit = format!(
            "[Service]\nEnvironment=HOST=1 STEM_A=unit\nEnvironmentFile=/etc/unit.env\nExecStart={command}\n"
        );
        let files = [
            ("etc/systemd/system/a.service", unit.as_str()),
            ("etc/unit.env", "STEM_UNIT=1\n"),
            ("etc/w.env", "STEM_A=file # x\nSTEM_B=\"b\"\nSTEM_UNIT\n"),
        ];
        let bytes = |(path, text): (&str, &str)| (path.to_owned(), text.as_bytes().to_vec());
        let tree = Tree::of_texts(files.map(bytes).to_vec());
        let mut out = Assembly::default();
        systemd::assemble(&tree, tree.found(), &mut out);
        variables(&tree, &mut out);
        let process = &out.deployments[0].processes[0];
        let variable = |variable: &Variable| match &variable.value {
            Value::Known(text) => format!("{}={}", variable.name, text.expose()),
            Value::Unknown(_) | Value::WithoutLogin(..) => format!("{}?", variable.name),
        };
        let mut all: Vec<String> = process.environment.iter().map(variable).collect();
        all.extend(process.gaps.iter().map(|gap| gap.text.clone()));
        all.sort();
        all
    }

    #[test]
    fn a_container_has_what_its_command_line_says_and_no_more() {
        let run = "/usr/bin/docker run --rm";
        let with = |options: &str| environment(&format!("{run} {options} x bin/worker"));
        assert_eq!(with(""), [""; 0]);
        assert_eq!(
            with("--env-file /etc/w.env -e STEM_C=c --env=STEM_UNIT -e STEM_D"),
            [
                "STEM_A=file # x",
                "STEM_B=\"b\"",
                "STEM_C=c",
                "STEM_D?",
                "STEM_UNIT=1"
            ]
        );
        assert_eq!(
            with("-e STEM_A=option --env-file=/etc/w.env"),
            ["STEM_A=option", "STEM_B=\"b\"", "STEM_UNIT?"]
        );
        assert_eq!(
            with("--env-file /etc/gone.env"),
            ["`/etc/gone.env` is not among these files"]
        );
        assert_eq!(
            environment("/usr/bin/docker exec x run"),
            ["HOST=1", "STEM_A=unit", "STEM_UNIT=1"]
        );
    }

    #[test]
    fn workers_have_the_file_of_their_command_line_before_their_environment() {
        assert_eq!(
            environment("/usr/bin/stem worker multi start w1 --env-file=/etc/w.env"),
            ["HOST=1", "STEM_A=file # x", "STEM_B=b", "STEM_UNIT=1"]
        );
    }
}
