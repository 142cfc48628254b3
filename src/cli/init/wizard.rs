//! `init` by questions: looks at the folder, proposes, asks, and ends with the very
//! [`Shape`] that flags give. Writes nothing.

use std::path::Path;

use super::ask::{Asker, Reason};
use super::declare;
use super::line;
use super::look::{self, COMPOSE_FILES};
use super::questions::{Found, Questions};
use super::shape::Shape;
use crate::cli::place::MANIFEST;
use crate::disk::{is_folder, read_optional};
use crate::model::manifest::{Manifest, Render};
use crate::term;

/// How the questions ended.
pub(super) enum Outcome {
    /// There is no terminal to ask on.
    NobodyToAsk,
    /// The last answer was no. With the command line that would go ahead.
    Declined(String),
    /// Everything is answered. With the command line that says the same.
    Settled(Box<Shape>, String),
}

/// Asks for what the flags leave open.
pub(super) fn ask(folder: &Path, given: &Shape) -> anyhow::Result<Outcome> {
    let Some(asker) = Asker::new()? else {
        return Ok(Outcome::NobodyToAsk);
    };
    if declare::existing(folder, given)?.is_some() {
        return confirm_declared(&asker, folder, given);
    }
    if let Some(broker) = &given.broker {
        declare::url(broker)?;
    }
    declare::ensure_free(&folder.join(Render::default().out))?;
    let found = compose(folder, given)?;
    term::tell(
        "Enter takes what is proposed; Ctrl-C stops, and nothing is written before the end.",
    );
    let shape = Questions {
        asker: &asker,
        found,
        shape: given.clone(),
    }
    .all()?;
    let manifest = declare::from_flags(&shape)?;
    let command = line::of(folder, &shape);
    term::tell(&summary(folder, &manifest));
    let reason = Reason {
        why: "keys and certificates are minted, and every component's files are written",
        flag: "--yes",
    };
    Ok(if asker.whether(reason, "Go ahead?", true)? {
        Outcome::Settled(Box::new(shape), command)
    } else {
        Outcome::Declined(command)
    })
}

/// A manifest that is there answers everything but whether to go on.
fn confirm_declared(asker: &Asker, folder: &Path, given: &Shape) -> anyhow::Result<Outcome> {
    let command = line::of(folder, given);
    let path = folder.join(MANIFEST).display().to_string();
    let prompt = format!("Mint what {path} lacks, and write its files?");
    let reason = Reason {
        why: "the manifest is there, and answers the rest; what was minted is kept",
        flag: "--yes",
    };
    Ok(if asker.whether(reason, &prompt, true)? {
        Outcome::Settled(Box::new(given.clone()), command)
    } else {
        Outcome::Declined(command)
    })
}

fn compose(folder: &Path, given: &Shape) -> anyhow::Result<Option<Found>> {
    if !is_folder(folder)? {
        return Ok(None);
    }
    let files = match &given.project {
        Some(file) => vec![file.as_str()],
        None => COMPOSE_FILES.to_vec(),
    };
    for file in files {
        let Some(bytes) = read_optional(&folder.join(file))? else {
            continue;
        };
        let Some(services) = look::services(&bytes) else {
            term::tell(&format!(
                "{file} names no services that can be read: it is passed over"
            ));
            continue;
        };
        let names: Vec<&str> = services.iter().map(|one| one.name.as_str()).collect();
        let names = term::clean(&names.join(", ")).into_owned();
        term::tell(&format!("{file} has the services {names}"));
        return Ok(Some(Found {
            file: file.to_owned(),
            services,
        }));
    }
    Ok(None)
}

fn summary(folder: &Path, manifest: &Manifest) -> String {
    let components: Vec<String> = manifest
        .components
        .iter()
        .map(|component| {
            let roles: Vec<&str> = component.roles.iter().map(|role| role.name()).collect();
            match roles.as_slice() {
                [role] if *role == component.name.as_str() => (*role).to_owned(),
                roles => format!("{} ({})", component.name, roles.join(" + ")),
            }
        })
        .collect();
    let out = folder.join(&manifest.render.out);
    format!(
        "\n  posture     {}\n  components  {}\n  broker      {}\n  files       {} for {}, one folder a component",
        manifest.posture,
        components.join(", "),
        manifest.broker.url,
        out.display(),
        manifest.render.target.name(),
    )
}
