//! The units of hosts: one process a service, or an instance of one, with what systemd gives it.

mod environment;
mod files;
mod hosts;
mod redis;

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::Assembly;
use crate::audit::process::{
    Argument, Deployment, Gap, GapKind, How, Kind, Process, Value, Variable,
};
use crate::audit::tree::{Found, Tree, Unread};
use crate::formats::place::Place;
use crate::formats::systemd::exec::{CommandWord, substitute};
use crate::formats::systemd::service::Service;
use crate::formats::systemd::specifiers::{Scope, UnitName};
use crate::formats::systemd::unit::{self, Trouble, UnitFile};
use hosts::{Host, hosts};

/// The most instances that are made of one host's templates.
const MAX_INSTANCES: usize = 10_000;

/// Adds the units among what was found, one deployment a host.
pub fn assemble(tree: &Tree, found: &[Found], out: &mut Assembly) {
    let paths: BTreeSet<&str> = found.iter().map(|found| found.path.as_str()).collect();
    let mut units = Units::default();
    let mut deployments = Vec::new();
    for (host, scope) in hosts(found) {
        let mut reading = Reading {
            tree,
            found: &paths,
            host: &host,
            scope,
            units: &mut units,
            used: &mut out.used,
            assumptions: host.assumptions.iter().cloned().collect(),
        };
        let processes = reading.processes();
        let assumptions = reading.assumptions.into_iter().collect();
        if !processes.is_empty() {
            deployments.push(deployment(tree, &host.folder, processes, assumptions));
        }
    }
    out.deployments.append(&mut deployments);
}

fn deployment(
    tree: &Tree,
    folder: &str,
    processes: Vec<Process>,
    assumptions: Vec<String>,
) -> Deployment {
    Deployment {
        name: tree.folder_name(folder),
        kind: Kind::Systemd,
        folder: if folder.is_empty() { "." } else { folder }.to_owned(),
        processes,
        assumptions,
    }
}

/// The files that were read, by their numbers.
type Units = HashMap<u32, Rc<UnitFile>>;

/// One host as it is read.
struct Reading<'r> {
    tree: &'r Tree,
    found: &'r BTreeSet<&'r str>,
    host: &'r Host,
    scope: Scope,
    units: &'r mut Units,
    used: &'r mut BTreeSet<u32>,
    assumptions: BTreeSet<String>,
}

/// The files of one unit, its own first, and what is wrong with them.
#[derive(Default)]
struct Fragments {
    files: Vec<Rc<UnitFile>>,
    place: Place,
    /// Whether one of them is the unit's own.
    has_unit: bool,
    gaps: Vec<Gap>,
}

impl Reading<'_> {
    fn processes(&mut self) -> Vec<Process> {
        let names = self.host.names();
        let mut names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        let wanted = self.add_instances(&mut names);
        let started: Vec<UnitName> = names
            .iter()
            .filter_map(|name| UnitName::of(name))
            .filter(|unit| !unit.is_template() || !wanted.contains(&unit.full))
            .collect();
        let each = |unit: &UnitName| self.process(unit);
        started.iter().filter_map(each).collect()
    }

    /// Adds the instances that other units pull in, and those that templates have by default.
    /// The templates of which it is so known what is started.
    fn add_instances(&mut self, names: &mut BTreeSet<String>) -> BTreeSet<String> {
        let mut added = BTreeSet::new();
        for name in names.iter() {
            let Some(unit) = UnitName::of(name) else {
                continue;
            };
            let fragments = self.fragments(&unit);
            let service = self.service(&fragments, &unit);
            for (wanted, _) in &service.wants {
                let template = UnitName::of(wanted).and_then(|wanted| wanted.template());
                if template.is_some_and(|template| names.contains(&template)) {
                    added.insert(wanted.clone());
                }
            }
            if let Some((instance, _)) = service.default_instance.filter(|_| unit.is_template()) {
                let name = format!("{}@{instance}.service", unit.prefix);
                if UnitName::of(&name).is_some_and(|unit| !unit.is_template()) {
                    added.insert(name);
                }
            }
            if added.len() > MAX_INSTANCES {
                break;
            }
        }
        let started = added.iter().chain(self.host.wanted());
        let template = |name: &String| UnitName::of(name)?.template();
        let templates = started.filter_map(template).collect();
        names.extend(added);
        templates
    }

    fn fragments(&mut self, unit: &UnitName) -> Fragments {
        let mut fragments = Fragments::default();
        let own = self.host.file(unit);
        let dropins = self.host.dropins(unit);
        fragments.has_unit = own.is_some();
        for path in own.into_iter().chain(dropins) {
            match self.tree.read(path) {
                Ok(source) => {
                    let number = source.number;
                    if fragments.place == Place::default() {
                        fragments.place = Place::top(number);
                    }
                    let read = || Rc::new(unit::read(&source.bytes, number));
                    let file = self.units.entry(number).or_insert_with(read);
                    fragments.files.push(Rc::clone(file));
                    self.used.insert(number);
                }
                Err(unread) => fragments.gaps.push(Gap {
                    place: fragments.place,
                    kind: GapKind::Unreadable,
                    text: format!("`{path}` {}", why(&unread)),
                }),
            }
        }
        fragments
    }

    /// A link to `/dev/null`, or an empty file: systemd starts no such unit.
    fn is_mask(&self, path: &str) -> bool {
        path.is_empty()
            || self
                .tree
                .read(path)
                .is_ok_and(|source| source.bytes.is_empty())
    }

    fn service(&self, fragments: &Fragments, unit: &UnitName) -> Service {
        Service::of(fragments.files.iter().map(Rc::as_ref), unit, self.scope)
    }

    /// `None` for a unit of which nothing lies here, and for one that is masked.
    fn process(&mut self, unit: &UnitName) -> Option<Process> {
        if self.host.file(unit).is_some_and(|path| self.is_mask(path)) {
            return None;
        }
        let mut fragments = self.fragments(unit);
        let is_refused = fragments.files.first()?.refused && fragments.has_unit;
        let service = self.service(&fragments, unit);
        let mut process = Process {
            name: unit.full.clone(),
            service: unit.full.clone(),
            place: fragments.place,
            ..Process::default()
        };
        process.gaps.append(&mut fragments.gaps);
        if !fragments.has_unit {
            let unit = &unit.full;
            self.assumptions.insert(format!(
                "`{unit}` gets no more than its drop-ins say: the unit itself is not here"
            ));
        }
        process.gaps.extend(service.troubles.iter().map(gap));
        if is_refused {
            process.gaps.push(Gap {
                place: fragments.place,
                kind: GapKind::Unreadable,
                text: format!("systemd does not start `{}` from this file", unit.full),
            });
        }
        self.set_environment(&service, unit, &mut process);
        process.gaps_of_environment = process.gaps.len();
        set_arguments(&service, &mut process);
        self.set_files(&service, unit, &mut process);
        self.follow_redis(&service, &mut process);
        Some(process)
    }
}

fn gap(trouble: &Trouble) -> Gap {
    Gap {
        place: trouble.place,
        kind: GapKind::Skipped,
        text: trouble.problem.to_string(),
    }
}

/// The words of the first command: a service that runs several is started by each.
fn set_arguments(service: &Service, process: &mut Process) {
    let Some(command) = service.start.first() else {
        return;
    };
    let variables = process.environment.iter();
    let variables: HashMap<&str, &Variable> =
        variables.map(|one| (one.name.as_str(), one)).collect();
    // an env file that was not read may set any variable
    let mut gaps = process.gaps.iter().take(process.gaps_of_environment);
    let may_set_more = gaps.any(|gap| !matches!(gap.kind, GapKind::Skipped | GapKind::Note));
    let lookup = |name: &str| match variables.get(name).map(|variable| &variable.value) {
        Some(Value::Known(value)) => Some(Some(value.clone())),
        Some(Value::WithoutLogin(_) | Value::Unknown(_)) => Some(None),
        None if environment::is_set_by_systemd(name) || may_set_more => Some(None),
        None => None,
    };
    let argument = |word: CommandWord| {
        let mut argument = Argument::plain(word.text, word.place);
        argument.is_open = word.is_open;
        let variable = word.variable.and_then(|name| variables.get(name.as_str()));
        if let Some(variable) = variable {
            // it is written where the variable is
            argument.place = variable.place;
            let way = variable
                .said
                .iter()
                .filter(|said| said.how != How::Overridden);
            argument.said.extend(way.cloned());
        }
        argument
    };
    let words = substitute(command, &lookup);
    process.arguments = words.into_iter().map(argument).collect();
    for other in service.start.iter().skip(1) {
        process.gaps.push(Gap {
            place: other.words[0].place,
            kind: GapKind::Note,
            text: "runs after the first command, with the same environment".to_owned(),
        });
    }
}

/// Why something is not read, in words.
fn why(unread: &Unread) -> String {
    match unread {
        Unread::Missing => "is not there".to_owned(),
        Unread::Outside => "lies outside of what is looked at".to_owned(),
        Unread::NotAFile => "is no file".to_owned(),
        Unread::TooLarge(most) => format!("is larger than {most} bytes"),
        Unread::Refused(words) => format!("cannot be read: {words}"),
    }
}

#[cfg(test)]
mod tests;
