//! The target `systemd`: a drop-in for each component's unit. systemd reads a component's
//! folder as root and hands over what lies in it, so nobody but root can, and none of it may
//! belong to the unit's user: who could replace a file there by a link could have any file
//! of the host read to him. The `stem` command is no unit; it gets its folder as it is.

mod notes;

use std::collections::BTreeMap;

use serde::Serialize;

use super::dotenv::{self, ENV_FILE, held_files};
use super::{Deployment, Held, OutputFile, RenderError, Rendered};
use crate::formats::systemd::{self, SystemdError};
use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::manifest::Component;
use crate::model::role::Role;
use crate::model::secret::Secret;

/// The drop-in's name: before those of most people, which so may change what it says.
pub const DROPIN: &str = "50-stem-sec.conf";

/// Where systemd lays a unit's credentials.
const CREDENTIALS: &str = "/run/credentials";

/// Whether systemd starts the component: it starts everything but the `stem` command, which
/// is a unit only where the manifest names one.
#[must_use]
pub fn is_unit(component: &Component) -> bool {
    component.service.is_some() || component.roles != [Role::Cli]
}

/// Whether a unit's group reads this file or folder of the component itself: all but what
/// systemd reads for it.
#[must_use]
pub fn is_read_by_group(component: &Component, path: &str) -> bool {
    is_unit(component) && component.gid.is_some() && !path.ends_with(ENV_FILE)
}

/// Where the component finds its files: the credentials of its unit, or its own folder where
/// its group reads that.
///
/// # Errors
/// When it is no unit's name.
pub fn folder(component: &Component, install: &str) -> Result<String, RenderError> {
    let folder = format!("{install}/{}", component.name);
    if !is_unit(component) || component.gid.is_some() {
        return Ok(folder);
    }
    Ok(format!("{CREDENTIALS}/{}", unit_of(component)?))
}

/// The files of every component that is given something.
///
/// # Errors
/// When a unit, path or value is none that systemd takes.
pub fn render(deployment: &Deployment<'_>) -> Result<Rendered, RenderError> {
    let mut rendered = Rendered::default();
    let mut units = Vec::new();
    let mut taken = BTreeMap::new();
    let given =
        |held: &&Held<'_>| !held.holdings.variables.is_empty() || !held.holdings.files.is_empty();
    for held in deployment.held.iter().filter(given) {
        rendered.files.extend(held_files(held));
        if !is_unit(held.component) {
            rendered.files.extend(dotenv::env_file(held)?);
            continue;
        }
        let unit = Unit::of(deployment, held)?;
        let component = held.component.name.to_string();
        if let Some(first) = taken.insert(unit.name.clone(), component.clone()) {
            return Err(SystemdError::SameUnit {
                first,
                second: component,
                unit: unit.name,
            }
            .into());
        }
        rendered.files.extend(unit.env_file()?);
        rendered.files.push(unit.dropin());
        units.push(unit);
    }
    rendered.notes = notes::of(deployment, &units);
    Ok(rendered)
}

fn unit_of(component: &Component) -> Result<String, SystemdError> {
    let name = component.service_name();
    systemd::service_unit(name).ok_or_else(|| SystemdError::Unit {
        component: component.name.to_string(),
        unit: name.to_owned(),
    })
}

/// A component that systemd starts.
struct Unit<'h> {
    held: &'h Held<'h>,
    /// With `.service`.
    name: String,
    /// The component's folder, as systemd takes it.
    folder: String,
}

impl<'h> Unit<'h> {
    fn of(deployment: &Deployment<'_>, held: &'h Held<'h>) -> Result<Unit<'h>, SystemdError> {
        let name = unit_of(held.component)?;
        let folder = systemd::path(&format!("{}/{}", deployment.install, held.component.name))?;
        // as long as the longest path that is made of it
        systemd::path(&format!("{folder}/{ENV_FILE}.and.more"))?;
        let unit = Unit { held, name, folder };
        if unit.has(Role::Broker) && unit.has_credentials() && systemd::is_template(&unit.name) {
            return Err(SystemdError::Template {
                component: held.component.name.to_string(),
                unit: unit.name,
            });
        }
        Ok(unit)
    }

    fn has(&self, role: Role) -> bool {
        self.held.component.roles.contains(&role)
    }

    /// Whether its files are handed to it as credentials; else its group reads them.
    fn has_credentials(&self) -> bool {
        self.held.component.gid.is_none() && !self.held.holdings.files.is_empty()
    }

    fn is_stem(&self) -> bool {
        self.held.component.roles.iter().any(|role| role.is_stem())
    }

    /// A variable that names a file, where only the drop-in can say where that lies.
    fn file_of(&self, variable: &str) -> Option<&'static str> {
        let file = env::artifact_of(variable).and_then(Artifact::file_name);
        file.filter(|_| self.has_credentials())
    }

    fn env_file(&self) -> Result<Option<OutputFile>, SystemdError> {
        let variables = self.held.holdings.variables.iter();
        let mut variables = variables
            .filter(|(variable, _)| self.file_of(variable).is_none())
            .peekable();
        if variables.peek().is_none() {
            return Ok(None);
        }
        let component = &self.held.component.name;
        let mut text = format!(
            "# {component}: written by stem-sec from stem-sec.yaml, which is the place to change it.\n\
             # Read by systemd for {}\n",
            self.name
        );
        for (variable, value) in variables {
            text.push_str(&systemd::line(variable, value.expose())?);
        }
        Ok(Some(OutputFile {
            path: format!("{component}/{ENV_FILE}"),
            content: Secret::new(text),
            private: true,
        }))
    }

    fn dropin(&self) -> OutputFile {
        let component = self.held.component;
        let holdings = &self.held.holdings;
        let paths = holdings.variables.iter().filter_map(|(variable, _)| {
            let name = self.file_of(variable)?;
            Some(Path { variable, name })
        });
        let paths: Vec<Path> = paths.collect();
        let has_env_file = holdings.variables.len() > paths.len();
        let files = holdings.files.iter().filter(|_| self.has_credentials());
        let fields = Fields {
            unit: &self.name,
            component: component.name.as_str(),
            folder: if systemd::is_template(&self.name) {
                format!("{CREDENTIALS}/{}", self.name.replace("@.", "@INSTANCE."))
            } else {
                self.held.folder.clone()
            },
            env_file: has_env_file
                .then(|| systemd::glob_literal(&format!("{}/{ENV_FILE}", self.folder))),
            unset: self.unset(),
            credentials: files
                .map(|file| Credential {
                    name: file.name,
                    path: format!("{}/{}", self.folder, file.name),
                })
                .collect(),
            paths,
            group: component.gid,
            hardened: self.is_stem(),
        };
        OutputFile {
            path: format!("{}/{}.d/{DROPIN}", component.name, self.name),
            content: systemd::dropin(&fields),
            private: false,
        }
    }

    /// Keys and switches that the component is not given. Its URLs are its own affair.
    fn unset(&self) -> Vec<&'static str> {
        let is_given = |variable| {
            let mut variables = self.held.holdings.variables.iter();
            variables.any(|(given, _)| *given == variable)
        };
        let is_url = |artifact| matches!(artifact, Artifact::BrokerUrl | Artifact::StoreUrl);
        let variables = env::VARIABLES.iter();
        variables
            .filter(|(variable, artifact)| !is_url(*artifact) && !is_given(*variable))
            .map(|(variable, _)| *variable)
            .filter(|_| self.is_stem())
            .collect()
    }
}

#[derive(Serialize)]
struct Fields<'a> {
    unit: &'a str,
    component: &'a str,
    folder: String,
    env_file: Option<String>,
    unset: Vec<&'static str>,
    credentials: Vec<Credential>,
    paths: Vec<Path>,
    group: Option<u32>,
    hardened: bool,
}

#[derive(Serialize)]
struct Credential {
    name: &'static str,
    path: String,
}

#[derive(Serialize)]
struct Path {
    variable: &'static str,
    name: &'static str,
}
