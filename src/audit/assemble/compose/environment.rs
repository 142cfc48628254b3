//! The environment that a service really gets: env files in their order, `environment` on top.

use std::collections::{BTreeSet, HashMap};

use super::supply;
use crate::audit::process::{Gap, GapKind, How, Said, Value, Variable};
use crate::audit::tree::{self, Source, Tree, Unread};
use crate::audit::variables::Variables;
use crate::formats::compose::only_reference;
use crate::formats::compose::project::{self, EnvFile, Project, Service};
use crate::formats::dotenv::{self, Assignment, Trouble};
use crate::formats::place::Place;
use crate::model::secret::Secret;

/// What a variable that the project's files do not set has its value from.
const COMPOSES_OWN: &str = "from the environment of docker compose";

/// What the env files before say: values, and where they are written.
type Earlier = HashMap<String, (Secret, Place)>;

/// A service whose environment is put together.
pub(super) struct Environment<'e> {
    pub(super) tree: &'e Tree,
    pub(super) project: &'e Project,
    pub(super) service: &'e Service,
    /// The compose file that absolute paths are said in.
    pub(super) from: &'e str,
    pub(super) gaps: &'e mut Vec<Gap>,
    pub(super) used: &'e mut BTreeSet<u32>,
}

impl Environment<'_> {
    pub(super) fn read(mut self) -> Vec<Variable> {
        let mut found = Variables::default();
        let mut earlier = Earlier::new();
        for file in &self.service.env_files {
            for variable in self.env_file(file, &earlier) {
                if let Value::Known(value) = &variable.value {
                    let known = (value.clone(), variable.place);
                    earlier.insert(variable.name.clone(), known);
                }
                found.set(variable);
            }
        }
        for variable in &self.service.environment {
            found.set(of_entry(variable, How::Environment));
        }
        found.into_all()
    }

    fn env_file(&mut self, file: &EnvFile, earlier: &Earlier) -> Vec<Variable> {
        let source = match supply::read(self.tree, self.from, &file.path) {
            Ok(source) => source,
            Err(why) => {
                if let Some(gap) = absent(file, &why) {
                    self.gaps.push(gap);
                }
                return Vec::new();
            }
        };
        self.used.insert(source.number);
        if !self.tree.gives(lines_of(&source)) {
            self.gaps.push(Gap {
                place: file.place,
                kind: GapKind::NotFollowed,
                text: tree::TOO_MUCH.to_owned(),
            });
            return Vec::new();
        }
        let file_read = self.lines(&source, file, earlier);
        self.troubles(&file_read);
        let mut read = Variables::default();
        for assignment in file_read.assignments {
            let here = |name: &str| {
                let own = read.get(name).map(|variable| variable.place);
                own.or_else(|| earlier.get(name).map(|(_, place)| *place))
            };
            let variable = self.of_line(file, assignment, &source.bytes, &here);
            read.replace(variable);
        }
        read.into_all()
    }

    /// Within env files, what the project knows wins over what the service is given, that over
    /// the file's own lines, those over the files before.
    fn lines(&self, source: &Source, file: &EnvFile, earlier: &Earlier) -> dotenv::EnvFile {
        let entries = self.service.environment.iter();
        let given: HashMap<&str, &Secret> = entries
            .filter_map(|variable| Some((variable.name.as_str(), variable.value.as_ref()?)))
            .collect();
        let outside = |name: &str| {
            let known = self.project.lookup(name);
            known.or_else(|| given.get(name).map(|value| value.expose().to_owned()))
        };
        let read = |lookup: &dyn Fn(&str) -> Option<String>| {
            dotenv::read(&source.bytes, source.number, file.format, lookup)
        };
        let first = read(&outside);
        if earlier.is_empty() {
            return first;
        }
        let own = first.assignments.into_iter().map(|found| found.name);
        let own: BTreeSet<String> = own.collect();
        read(&|name: &str| {
            let before = || earlier.get(name).filter(|_| !own.contains(name));
            let before = || before().map(|(value, _)| value.expose().to_owned());
            outside(name).or_else(before)
        })
    }

    fn troubles(&mut self, read: &dotenv::EnvFile) {
        for (place, trouble) in &read.troubles {
            let kind = match (read.refused, trouble) {
                (true, _) => GapKind::Unreadable,
                (false, Trouble::Required) => GapKind::Outside,
                (false, _) => GapKind::Skipped,
            };
            self.gaps.push(Gap {
                place: *place,
                kind,
                text: format!("the line {trouble}"),
            });
        }
    }

    fn of_line(
        &self,
        file: &EnvFile,
        assignment: Assignment,
        bytes: &[u8],
        here: &dyn Fn(&str) -> Option<Place>,
    ) -> Variable {
        let line = assignment.value_place;
        let mut said = vec![at(file.place, How::EnvFile), at(line, How::EnvFileLine)];
        let mut place = line;
        let is_only = only_reference(&assignment, bytes).is_some();
        let mut via = Vec::new();
        for name in &assignment.references {
            let known = self.written(name);
            let known = known.or_else(|| Some((here(name)?, Vec::new())));
            let Some((written, statements)) = known else {
                continue;
            };
            via.extend(statements);
            via.push(written);
            if is_only {
                place = written;
            }
        }
        let via = via.into_iter().map(|place| at(place, How::Interpolation));
        match is_only {
            true => said.extend(via),
            false => drop(said.splice(..0, via)),
        }
        let value = match assignment.value {
            Some(_) if is_only && place == line => {
                let name = &assignment.references[0];
                Value::Unknown(format!("`{name}` is {COMPOSES_OWN}"))
            }
            Some(value) => Value::Known(value),
            None if !assignment.exact => {
                Value::Unknown("a value that could not be read".to_owned())
            }
            None => match self.project.lookup(&assignment.name) {
                Some(value) => {
                    if let Some((written, _)) = self.project.written(&assignment.name) {
                        said.push(at(written, How::PassedOn));
                        place = written;
                    }
                    Value::Known(Secret::new(value))
                }
                None => Value::Unknown(COMPOSES_OWN.to_owned()),
            },
        };
        Variable {
            name: assignment.name,
            value,
            place,
            said,
        }
    }

    /// Where the value of a variable that an env file names is written.
    fn written(&self, name: &str) -> Option<(Place, Vec<Place>)> {
        self.project.written(name).or_else(|| {
            let entries = &self.service.environment;
            let entry = entries.iter().find(|entry| entry.name == name)?;
            Some((entry.text.as_ref()?.place, Vec::new()))
        })
    }
}

/// An entry of `environment` or of build arguments.
pub(super) fn of_entry(entry: &project::Variable, how: How) -> Variable {
    let via = entry.text.as_ref().map_or(0, |text| text.via.len());
    let mut said = Vec::with_capacity(via + 1);
    let place = match &entry.text {
        None => {
            said.push(at(entry.place, How::PassedOn));
            entry.place
        }
        Some(text) => {
            let is_passed_on = entry.node.is_null();
            let how = if is_passed_on { How::PassedOn } else { how };
            let by = |place: &Place| at(*place, How::Interpolation);
            if text.place == text.entry {
                said.extend(text.via.iter().map(by));
                said.push(at(text.entry, how));
            } else {
                said.push(at(text.entry, how));
                said.extend(text.via.iter().map(by));
                said.push(at(text.place, How::Interpolation));
            }
            text.place
        }
    };
    let value = match (&entry.value, &entry.text) {
        (Some(value), _) => Value::Known(value.clone()),
        (None, Some(text)) => match text.unset.first() {
            Some(name) => {
                let why = format!("`{name}` is {COMPOSES_OWN}");
                Value::of_parts(text.value.clone(), &text.missing, why)
            }
            None => Value::Unknown("a value that could not be completed".to_owned()),
        },
        (None, None) => Value::Unknown(COMPOSES_OWN.to_owned()),
    };
    Variable {
        name: entry.name.clone(),
        value,
        place,
        said,
    }
}

pub(super) fn at(place: Place, how: How) -> Said {
    Said { place, how }
}

fn lines_of(source: &Source) -> usize {
    memchr::memchr_iter(b'\n', &source.bytes).count() + 1
}

fn absent(file: &EnvFile, why: &Unread) -> Option<Gap> {
    let path = &file.path;
    let (kind, text) = match (why, file.required) {
        (Unread::Missing, true) => (GapKind::Missing, format!("`{path}` is not there")),
        (Unread::Missing, false) => {
            let text = format!("`{path}` is not there, and need not be");
            (GapKind::OptionalMissing, text)
        }
        (Unread::Outside, _) => {
            let text = format!("`{path}` lies outside of what is looked at");
            (GapKind::Outside, text)
        }
        _ => (GapKind::Unreadable, format!("`{path}` cannot be read")),
    };
    Some(Gap {
        place: file.place,
        kind,
        text,
    })
}
