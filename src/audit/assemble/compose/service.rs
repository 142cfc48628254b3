//! A service as a process.

use std::collections::BTreeSet;

use super::environment::Environment;
use super::files::Files;
use super::start::Started;
use crate::audit::process::{Argument, Gap, GapKind, How, Process, Said};
use crate::audit::reach::{Called, Optional, Published};
use crate::audit::tree::Tree;
use crate::formats::compose::Text;
use crate::formats::compose::project::Service;
use crate::formats::place::Place;
use crate::model::secret::Secret;

/// The label by which users say what a service is.
const LABEL: &str = "stem.role";

pub(super) fn read(
    tree: &Tree,
    started: &Started,
    service: &Service,
    used: &mut BTreeSet<u32>,
) -> Process {
    let mut gaps = notes(service);
    let environment = Environment {
        tree,
        project: &started.project,
        service,
        from: &started.from,
        gaps: &mut gaps,
        used,
    };
    let environment = environment.read();
    let gaps_of_environment = gaps.len();
    let files = Files {
        tree,
        project: &started.project,
        from: &started.from,
        gaps: &mut gaps,
        used,
    };
    let files = files.read(service);
    Process {
        name: service.name.clone(),
        place: service.place,
        service: service.name.clone(),
        built_with: Vec::new(),
        environment,
        files,
        arguments: arguments(service, &mut gaps),
        image: service
            .image
            .as_ref()
            .map(|image| image.value.expose().to_owned()),
        label: label(service),
        published: published(service),
        called: called(service),
        namespace: None,
        reaches_beyond: service.reaches_beyond,
        optional: optional(service),
        gaps,
        gaps_of_environment,
    }
}

fn published(service: &Service) -> Vec<Published> {
    let mode = service.network_mode.as_ref();
    let host = mode.filter(|mode| mode.value.expose() == "host");
    match host {
        // its ports are those of the host; `ports` is passed over
        Some(mode) => vec![Published::by_host(mode.entry)],
        None => {
            let ports = service.ports.iter();
            ports
                .map(|port| Published::from(port.host.as_deref(), port.ports, port.place))
                .collect()
        }
    }
}

fn called(service: &Service) -> Vec<Called> {
    let own = std::iter::once(&service.name);
    let names = own.chain(&service.names);
    names.map(|name| Called::itself(name)).collect()
}

fn optional(service: &Service) -> Vec<Optional> {
    let files = service.env_files.iter().filter(|file| !file.required);
    files
        .map(|file| Optional {
            name: file.path.clone(),
            variable: None,
            place: file.place,
        })
        .collect()
}

fn label(service: &Service) -> Option<(String, Place)> {
    let label = service
        .labels
        .iter()
        .rev()
        .find(|label| label.name == LABEL)?;
    let value = label.value.as_ref()?;
    let place = label.text.as_ref().map_or(label.place, |text| text.place);
    Some((value.expose().to_owned(), place))
}

fn arguments(service: &Service, gaps: &mut Vec<Gap>) -> Vec<Argument> {
    let words = service.entrypoint.iter().chain(&service.command).flatten();
    let argument = |word: &Text| {
        for name in &word.unset {
            let gap = Gap {
                place: word.entry,
                kind: GapKind::Outside,
                text: format!("`{name}` is from the environment of docker compose"),
            };
            gaps.push(gap);
        }
        argument_of(word)
    };
    words.map(argument).collect()
}

fn argument_of(word: &Text) -> Argument {
    let by = |place: &Place| Said {
        place: *place,
        how: How::Interpolation,
    };
    let mut argument = Argument::plain(word.value.clone(), word.entry);
    argument.said.extend(word.via.iter().map(by));
    if word.place != word.entry {
        argument.said.push(by(&word.place));
    }
    argument.place = word.place;
    argument.is_open = !word.unset.is_empty();
    argument
}

fn notes(service: &Service) -> Vec<Gap> {
    let first = service.profiles.first();
    let profiles: Vec<&str> = service
        .profiles
        .iter()
        .map(|text| Secret::expose(&text.value))
        .collect();
    let note = first.map(|first| Gap {
        place: first.entry,
        kind: GapKind::Note,
        text: format!("starts only with the profile `{}`", profiles.join("` or `")),
    });
    note.into_iter().collect()
}
