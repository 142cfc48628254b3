//! The environment that a process is about to start with, judged from inside: for an
//! entrypoint, with no deployment file at hand.

use super::contents::Library;
use super::holding;
use super::inventory::{Entry, Inventory, Listed};
use super::process::{
    Assigned, Content, Deployment, Gap, GapKind, How, Kind, Process, Readable, RolesFrom, Said,
    Value, Variable,
};
use super::tree::Tree;
use super::veil;
use crate::formats::key_list::trim;
use crate::formats::pem;
use crate::formats::place::Place;
use crate::model::env;
use crate::model::role::Role;
use crate::model::secret::Secret;

/// What the environment is called in reports.
pub const NAME: &str = "environment";

/// A variable as the system hands it over; `None` where its value is no text.
pub type Given = (String, Option<Secret>);

/// A file that a variable names, and what was found there.
pub struct Named {
    /// The path as the variable says it.
    pub path: String,
    /// Its bytes, or why there are none.
    pub bytes: Result<Vec<u8>, NotRead>,
}

/// Why a named file has no bytes.
pub enum NotRead {
    /// There is none.
    Missing,
    /// It is there, and cannot be read: why, in words that name it.
    Refused(String),
}

/// The variables that can matter: those of Stem and what is taken for them.
#[must_use]
pub fn matters(name: &str) -> bool {
    name.to_ascii_uppercase().starts_with("STEM_")
        || env::BROKER_PASSWORDS.contains(&name)
        || name.ends_with("_TLS_CERT")
        || name.ends_with("_TLS_KEY")
}

/// The paths that variables name. A certificate or key itself is none, and nobody looks for it.
#[must_use]
pub fn paths(given: &[Given]) -> Vec<String> {
    let paths = given.iter().filter(|(name, _)| env::is_path(name));
    let known = paths.filter_map(|(_, value)| Some(trim(value.as_ref()?.expose()).to_owned()));
    let is_one = |path: &String| !path.is_empty() && !pem::is_inlined(path);
    known.filter(is_one).collect()
}

/// A tree in which the environment is a file of names, one a line, and the named files lie.
#[must_use]
pub fn tree(given: &[Given], named: &[Named]) -> Tree {
    let names: String = given.iter().map(|(name, _)| format!("{name}=\n")).collect();
    let mut texts = vec![(NAME.to_owned(), names.into_bytes())];
    for file in named {
        if let Ok(bytes) = &file.bytes {
            texts.push((file.path.clone(), bytes.clone()));
        }
    }
    Tree::of_texts(texts)
}

/// The inventory of the one process.
pub(super) fn inventory(
    tree: &Tree,
    given: &[Given],
    named: &[Named],
    roles: &[Role],
) -> Inventory {
    let source = tree.read(NAME).map_or(u32::MAX, |source| source.number);
    let place = |line| Place {
        line,
        ..Place::top(source)
    };
    let mut process = Process {
        name: NAME.to_owned(),
        service: NAME.to_owned(),
        place: place(1),
        ..Process::default()
    };
    for (line, (name, value)) in (1..).zip(given) {
        process.environment.push(Variable {
            name: name.clone(),
            value: match value {
                Some(text) => Value::Known(text.clone()),
                None => Value::Unknown("it is no UTF-8 text".to_owned()),
            },
            place: place(line),
            said: vec![Said {
                place: place(line),
                how: How::Environment,
            }],
        });
    }
    for file in named {
        match (&file.bytes, tree.read(&file.path)) {
            (Ok(_), Ok(found)) => process.files.push(Readable {
                path: file.path.clone(),
                content: Content::File(found.number),
                said: vec![Said {
                    place: line_of(&process, &file.path).unwrap_or(process.place),
                    how: How::Environment,
                }],
            }),
            (Err(why), _) => {
                let gap = not_read(&process, file, why);
                process.gaps.push(gap);
            }
            (Ok(_), Err(_)) => {}
        }
    }
    let deployment = Deployment {
        name: NAME.to_owned(),
        kind: Kind::Environment,
        folder: String::new(),
        processes: vec![process],
        assumptions: Vec::new(),
    };
    listed(deployment, tree, roles)
}

/// What a path is that leads to nothing. One that may be anything else, a secret above all, goes
/// by the name of its variable.
fn not_read(process: &Process, file: &Named, why: &NotRead) -> Gap {
    let variable = naming(process, &file.path);
    let is_shown = is_plain_path(&file.path);
    let name = variable.map_or("it", |variable| variable.name.as_str());
    Gap {
        place: variable.map_or(process.place, |variable| variable.place),
        kind: match why {
            NotRead::Missing => GapKind::Missing,
            NotRead::Refused(_) => GapKind::Unreadable,
        },
        text: match why {
            NotRead::Missing if is_shown => format!("`{}` is not there", file.path),
            NotRead::Missing => format!("what `{name}` names is not there"),
            NotRead::Refused(why) if is_shown => why.clone(),
            NotRead::Refused(_) => format!("cannot read what `{name}` names"),
        },
    }
}

/// Whether it is written as a path, and is as short as the system takes one.
fn is_plain_path(path: &str) -> bool {
    let is_written_so =
        path.starts_with(['/', '.', '~']) || path.contains("/") && path.contains('.');
    let is_short = path.len() < 16 || is_written_so && path.len() <= 1024;
    is_short && !path.chars().any(char::is_control)
}

fn naming<'p>(process: &'p Process, path: &str) -> Option<&'p Variable> {
    let mut variables = process.environment.iter();
    variables.find(|variable| {
        let text = variable.value.known();
        text.is_some_and(|text| trim(text) == path)
    })
}

fn line_of(process: &Process, path: &str) -> Option<Place> {
    naming(process, path).map(|variable| variable.place)
}

fn listed(deployment: Deployment, tree: &Tree, roles: &[Role]) -> Inventory {
    let deployments = [deployment];
    let library = Library::new(tree, &deployments);
    let [deployment] = deployments;
    let holdings = deployment.processes.iter();
    let holdings = holdings.map(|process| holding::of(process, &library));
    let entries = holdings
        .map(|holdings| Entry {
            assigned: Assigned {
                roles: roles.to_vec(),
                from: RolesFrom::Assign,
                reason: "--role".to_owned(),
                component: None,
            },
            holdings,
            lacks: false,
        })
        .collect();
    let mut inventory = Inventory {
        deployments: vec![Listed {
            deployment,
            entries,
        }],
        kept: Vec::new(),
        loose: Vec::new(),
        gaps: Vec::new(),
        skipped: Vec::new(),
    };
    veil::over(&mut inventory);
    inventory
}
