//! What a command line itself makes of the environment that its program gets: `env NAME=value`,
//! `export` in the text of a shell. It comes after everything that the format gives.

use std::collections::HashMap;

use super::Assembly;
use crate::audit::environment::matters;
use crate::audit::process::{Gap, GapKind, How, Process, Said, Value, Variable};
use crate::audit::variables::Variables;
use crate::formats::command_line::Word;
use crate::formats::command_line::environment::{Change, Given, behind_name, changes};
use crate::formats::place::Place;

/// Why a value is not known.
const UNKNOWN: &str = "only the run of its command line shows it";

/// Changes the environments of all processes by their command lines.
pub(super) fn variables(out: &mut Assembly) {
    let processes = out.deployments.iter_mut();
    for process in processes.flat_map(|deployment| &mut deployment.processes) {
        let words: Vec<Word> = process.words().collect();
        let made = changes(&words, &given(process));
        say_what_is_not_followed(process, &words, &made);
        apply(process, made);
    }
}

/// What is known of the variables that the format gives.
fn given(process: &Process) -> impl Fn(&str) -> Given {
    let is_open = |gap: &Gap| !matches!(gap.kind, GapKind::Skipped | GapKind::Note);
    let mut gaps = process.gaps.iter().take(process.gaps_of_environment);
    let others = match gaps.any(is_open) {
        true => Given::Unsure,
        false => Given::Absent,
    };
    let value = |variable: &Variable| match variable.value.known() {
        Some(text) => Given::Known(text.to_owned()),
        None => Given::Some,
    };
    let variables = process.environment.iter();
    let all: HashMap<String, Given> = variables
        .map(|variable| (variable.name.clone(), value(variable)))
        .collect();
    move |name| all.get(name).unwrap_or(&others).clone()
}

/// The last change of a name counts.
fn apply(process: &mut Process, made: Vec<Change>) {
    let mut last: HashMap<String, Option<Variable>> = HashMap::new();
    let has = |process: &Process, name: &str| process.variable(name).is_some();
    for change in made {
        match change {
            Change::Set(name, word) => {
                let (text, place) = behind_name(&name, &word);
                let value = match word.is_known {
                    true => Value::Known(text),
                    false => Value::Unknown(UNKNOWN.to_owned()),
                };
                last.insert(name.clone(), Some(of(name, value, place)));
            }
            Change::Perhaps(name, place) => {
                let value = Value::Unknown(UNKNOWN.to_owned());
                last.insert(name.clone(), Some(of(name, value, place)));
            }
            Change::Unset(name, place) => {
                if matters(&name) && (has(process, &name) || last.contains_key(&name)) {
                    note(process, place, format!("takes `{name}` away"));
                }
                last.insert(name, None);
            }
            Change::Clear(place) => {
                if process.environment.iter().any(|one| matters(&one.name)) {
                    note(process, place, "takes all variables away".to_owned());
                }
                last.clear();
                process.environment.clear();
            }
            Change::Open(_) => {}
        }
    }
    if last.is_empty() {
        return;
    }
    let is_taken = |variable: &Variable| matches!(last.get(&variable.name), Some(None));
    let mut environment = std::mem::take(&mut process.environment);
    environment.retain(|variable| !is_taken(variable));
    let mut variables = Variables::of(environment);
    let mut set: Vec<Variable> = last.into_values().flatten().collect();
    set.sort_by(|one, other| one.name.cmp(&other.name));
    set.into_iter().for_each(|variable| variables.set(variable));
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

fn note(process: &mut Process, place: Place, text: String) {
    process.gaps.push(Gap {
        place,
        kind: GapKind::Note,
        text,
    });
}

/// What may give it variables that are known of nowhere: it is not complete.
fn say_what_is_not_followed(process: &mut Process, words: &[Word], made: &[Change]) {
    let mut say = |place, text: String| {
        let gap = Gap {
            place,
            kind: GapKind::NotFollowed,
            text,
        };
        if !process.gaps[..process.gaps_of_environment].contains(&gap) {
            process.gaps.insert(process.gaps_of_environment, gap);
            process.gaps_of_environment += 1;
        }
    };
    let mut is_followed: HashMap<&str, bool> = HashMap::new();
    for change in made {
        match change {
            Change::Open(place) => {
                say(
                    *place,
                    "the command line reads variables that are not followed".to_owned(),
                );
            }
            Change::Perhaps(name, place) if matters(name) => {
                say(*place, format!("the command line may change `{name}`"));
                is_followed.insert(name, true);
            }
            Change::Set(name, _) => {
                is_followed.insert(name, true);
            }
            _ => {}
        }
    }
    for word in words {
        for name in assigned(word.text.expose()) {
            if !is_followed.contains_key(name) {
                let text = format!("the command line sets `{name}` in a way that is not followed");
                say(word.place, text);
            }
        }
    }
}

/// The variables of Stem to which a word of a command line gives a value, in whatever way.
fn assigned(word: &str) -> impl Iterator<Item = &str> {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    word.match_indices("STEM_").filter_map(move |(at, _)| {
        let rest = &word[at..];
        let name = &rest[..rest.find(|c| !in_name(c)).unwrap_or(rest.len())];
        let is_assigned = rest[name.len()..].starts_with('=') && !word[..at].ends_with(in_name);
        is_assigned.then_some(name)
    })
}
