//! Units in a folder for a real manager, read by us as well: what their processes get by both.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use stem_sec::formats::systemd::exec::substitute;
use stem_sec::formats::systemd::service::{Service, Text};
use stem_sec::formats::systemd::specifiers::{Scope, UnitName};
use stem_sec::formats::systemd::unit::{self, UnitFile};
use stem_sec::model::secret::Secret;

use crate::common::folder;
use crate::manager::{Manager, Seen};

/// Says its arguments and its variables.
const PROBE: &str = "#!/bin/sh\nfor word; do printf 'argument=%s\\0' \"$word\"; done\nenv -0\n\
                     printf 'ended=yes\\0'\n";

/// What a process gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Got {
    /// Its variables, of those that the test made.
    pub(crate) environment: BTreeMap<String, String>,
    /// Its arguments without the program.
    pub(crate) arguments: Vec<String>,
}

/// Units that were read and are to be started.
pub(crate) struct Exam {
    manager: Manager,
    names: Vec<(String, Vec<UnitFile>)>,
}

impl Exam {
    /// None yet.
    pub(crate) fn new() -> Exam {
        let manager = Manager::new();
        let place = manager.units().parent().expect("a folder").to_owned();
        let probe = place.join("argv");
        fs::write(&probe, PROBE).expect("written");
        fs::set_permissions(&probe, PermissionsExt::from_mode(0o755)).expect("executable");
        Exam {
            manager,
            names: Vec::new(),
        }
    }

    /// Adds a unit of these lines; `started` is its name or that of an instance.
    pub(crate) fn unit(&mut self, started: &str, head: &[u8], dropins: &[(&str, Vec<u8>)]) {
        let text = [
            b"[Service]\nType=oneshot\nStandardOutput=append:/mnt/exam/out/%n\n".as_slice(),
            head,
        ]
        .concat();
        let name = UnitName::of(started).expect("a service");
        let file = name.template().unwrap_or_else(|| started.to_owned());
        self.manager.unit(&file, started, "");
        let units = self.manager.units();
        fs::write(units.join(&file), &text).expect("written");
        let mut files = vec![unit::read(&text, 0)];
        let mut sorted: Vec<_> = dropins.iter().collect();
        sorted.sort_by_key(|(path, _)| path.rsplit('/').next());
        for (path, bytes) in dropins {
            let path = units.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, bytes).expect("written");
        }
        files.extend(sorted.iter().map(|(_, bytes)| unit::read(bytes, 1)));
        self.names.push((started.to_owned(), files));
    }

    /// Starts all of them, and says for each what it got by systemd and by us.
    pub(crate) fn run(self) -> Vec<(String, Option<Got>, Option<Got>)> {
        let place = folder();
        self.manager.run(place.path());
        let each = |(started, files): &(String, Vec<UnitFile>)| {
            let real = self.manager.seen(started).map(|seen| real(&seen));
            (started.clone(), real, ours(started, files))
        };
        self.names.iter().map(each).collect()
    }
}

/// The variables of tests begin so.
fn is_ours(name: &str) -> bool {
    name.starts_with("T_")
}

fn real(seen: &Seen) -> Got {
    let environment = seen
        .iter()
        .filter(|(name, _)| is_ours(name))
        .map(|(name, values)| (name.clone(), values.concat()))
        .collect();
    Got {
        environment,
        arguments: seen.get("argument").cloned().unwrap_or_default(),
    }
}

fn ours(started: &str, files: &[UnitFile]) -> Option<Got> {
    if files[0].refused {
        return None;
    }
    let name = UnitName::of(started).expect("a service");
    let service = Service::of(files, &name, Scope::System);
    let mut environment = BTreeMap::new();
    for assignment in &service.environment {
        let Text::Known(value) = &assignment.value else {
            panic!("{started}: only the host knows it");
        };
        environment.insert(assignment.name.clone(), value.expose().to_owned());
    }
    for unset in &service.unset {
        let same = |value: &String| match &unset.value {
            Some(unset) => unset.expose() == value,
            None => true,
        };
        if environment.get(&unset.name).is_some_and(same) {
            environment.remove(&unset.name);
        }
    }
    let command = match service.start.as_slice() {
        [command] => command,
        [] => return None,
        _ => panic!("{started}: several commands"),
    };
    let lookup = |name: &str| {
        let value = environment.get(name)?;
        Some(Some(Secret::new(value.clone())))
    };
    let words = substitute(command, &lookup);
    let arguments = words.iter().skip(1);
    Some(Got {
        arguments: arguments
            .map(|word| word.text.expose().to_owned())
            .collect(),
        environment: environment
            .into_iter()
            .filter(|(name, _)| is_ours(name))
            .collect(),
    })
}
