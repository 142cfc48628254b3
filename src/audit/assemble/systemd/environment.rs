//! The environment of a unit's process: what is passed on, `Environment=`, the env files over
//! it, and what is taken away in the end.

use std::collections::BTreeMap;

use super::{Reading, why};
use crate::audit::process::{Gap, GapKind, How, Process, Said, Value, Variable};
use crate::audit::reach::Optional;
use crate::audit::tree::{self, Source, Unread};
use crate::formats::dotenv::{self, Dialect};
use crate::formats::place::Place;
use crate::formats::systemd::service::{Named, Service, Text, Unset};
use crate::formats::systemd::specifiers::{Scope, UnitName};
use crate::model::secret::Secret;

/// Variables by name, as they come together.
#[derive(Default)]
pub(super) struct Environment(BTreeMap<String, Variable>);

impl Environment {
    /// Sets one; an earlier one of that name gives way.
    pub(super) fn set(&mut self, name: &str, value: Value, place: Place, said: &[Said]) {
        let newer = Variable {
            name: name.to_owned(),
            value,
            place,
            said: said.to_vec(),
        };
        match self.0.get_mut(name) {
            Some(variable) => variable.give_way(newer),
            None => {
                self.0.insert(name.to_owned(), newer);
            }
        }
    }

    fn remove(&mut self, unset: &Unset) {
        let is_same = |variable: &Variable| match (&unset.value, &variable.value) {
            (None, _) => true,
            (Some(unset), Value::Known(value)) => unset == value,
            (Some(_), Value::WithoutLogin(_) | Value::Unknown(_)) => false,
        };
        if self.0.get(&unset.name).is_some_and(is_same) {
            self.0.remove(&unset.name);
        }
    }

    /// All of them, by name.
    pub(super) fn done(self) -> Vec<Variable> {
        self.0.into_values().collect()
    }
}

/// Whether systemd itself, or the login of the user, sets it.
pub(super) fn is_set_by_systemd(name: &str) -> bool {
    matches!(
        name,
        "PATH"
            | "HOME"
            | "USER"
            | "LOGNAME"
            | "SHELL"
            | "LANG"
            | "INVOCATION_ID"
            | "MAINPID"
            | "RUNTIME_DIRECTORY"
            | "STATE_DIRECTORY"
            | "CACHE_DIRECTORY"
            | "LOGS_DIRECTORY"
            | "CONFIGURATION_DIRECTORY"
            | "JOURNAL_STREAM"
            | "NOTIFY_SOCKET"
            | "SYSTEMD_EXEC_PID"
            | "CREDENTIALS_DIRECTORY"
            | "LISTEN_FDS"
            | "LISTEN_PID"
            | "TERM"
    )
}

impl Reading<'_> {
    pub(super) fn set_environment(
        &mut self,
        service: &Service,
        unit: &UnitName,
        process: &mut Process,
    ) {
        let mut environment = Environment::default();
        let said = |place, how| Said { place, how };
        for (name, place) in &service.passed_on {
            let value = Value::Unknown("from the environment of systemd".to_owned());
            environment.set(name, value, *place, &[said(*place, How::PassedOn)]);
        }
        if let Some(first) = service.credentials.first()
            && let Some(folder) = credentials_folder(unit, self.scope)
        {
            let value = Value::Known(Secret::new(folder));
            let place = first.place;
            let said = [said(place, How::Secret)];
            environment.set("CREDENTIALS_DIRECTORY", value, place, &said);
        }
        for assignment in &service.environment {
            let value = match &assignment.value {
                Text::Known(text) => Value::Known(text.clone()),
                Text::HostOnly(letter) => Value::Unknown(host_only(*letter)),
            };
            let place = assignment.place;
            let said = [said(place, How::Environment)];
            environment.set(&assignment.name, value, place, &said);
        }
        for named in &service.environment_files {
            if named.is_optional {
                process.optional.push(Optional {
                    name: named.path.clone(),
                    variable: None,
                    place: named.place,
                });
            }
            self.add_files(named, &mut environment, process);
        }
        for unset in &service.unset {
            environment.remove(unset);
        }
        process.environment = environment.done();
    }

    /// The files of one `EnvironmentFile=`.
    fn add_files(&mut self, named: &Named, environment: &mut Environment, process: &mut Process) {
        if let Some(letter) = named.unknown {
            process.gaps.push(Gap {
                place: named.place,
                kind: GapKind::NotFollowed,
                text: host_only(letter),
            });
            return;
        }
        for source in self.sources(named, process) {
            let entry = Said {
                place: named.place,
                how: How::EnvFile,
            };
            self.used.insert(source.number);
            let lines = memchr::memchr_iter(b'\n', &source.bytes).count();
            if !self.tree.gives(lines + 1) {
                process.gaps.push(Gap {
                    place: named.place,
                    kind: GapKind::NotFollowed,
                    text: tree::TOO_MUCH.to_owned(),
                });
                continue;
            }
            let is_taken = add_lines(&source, Dialect::Systemd, &[entry], environment, process);
            if !is_taken && !named.is_optional {
                process.gaps.push(Gap {
                    place: named.place,
                    kind: GapKind::Unreadable,
                    text: format!(
                        "systemd does not read `{}`: the unit does not start",
                        source.path
                    ),
                });
            }
        }
    }
}

/// Sets what an env file says, and says what its loader passes over. Whether it takes the file.
pub(super) fn add_lines(
    source: &Source,
    dialect: Dialect,
    entry: &[Said],
    environment: &mut Environment,
    process: &mut Process,
) -> bool {
    let file = dotenv::read(&source.bytes, source.number, dialect, &|_| None);
    for assignment in file.assignments {
        let mut said = entry.to_vec();
        said.push(Said {
            place: assignment.place,
            how: How::EnvFileLine,
        });
        let value = match assignment.value {
            Some(value) => Value::Known(value),
            None => Value::Unknown("what the shell makes of it".to_owned()),
        };
        environment.set(&assignment.name, value, assignment.value_place, &said);
    }
    for (place, trouble) in file.troubles {
        let kind = match file.refused {
            true => GapKind::Unreadable,
            false => GapKind::Skipped,
        };
        process.gaps.push(Gap {
            place,
            kind,
            text: format!("this line of `{}` {trouble}", source.path),
        });
    }
    !file.refused
}

/// Where systemd lays a unit's credentials; a template's instances each have their own.
pub(super) fn credentials_folder(unit: &UnitName, scope: Scope) -> Option<String> {
    let is_known = scope == Scope::System && !unit.is_template();
    is_known.then(|| format!("/run/credentials/{}", unit.full))
}

pub(super) fn host_only(letter: char) -> String {
    format!("`%{letter}` is known on the host, or to the instance, only")
}

/// What to say of a path that is not read.
pub(super) fn unread_gap(place: Place, path: &str, unread: &Unread, is_optional: bool) -> Gap {
    let kind = match unread {
        Unread::Missing if is_optional => GapKind::OptionalMissing,
        Unread::Missing => GapKind::Missing,
        Unread::Outside => GapKind::Outside,
        _ => GapKind::Unreadable,
    };
    Gap {
        place,
        kind,
        text: format!("`{path}` {}", why(unread)),
    }
}
