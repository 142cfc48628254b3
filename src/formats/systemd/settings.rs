//! From the settings of a unit file and its drop-ins, one after the other, to the service that
//! they make.

use std::ops::Range;

use super::super::joined::Joined;
use super::super::place::Place;
use super::exec;
use super::service::{
    Assignment, Bind, Credential, CredentialContent, Named, Service, Text, Unset, is_variable,
};
use super::specifiers::{Expanded, Scope, UnitName, expand};
use super::unit::{Setting, Trouble, UnitFile, UnitProblem};
use super::words::{Escapes, Word, Words, unescape};
use crate::model::secret::Secret;

impl Service {
    /// Puts the files together: the unit's own first, then its drop-ins in their order.
    #[must_use]
    pub fn of<'f>(
        files: impl IntoIterator<Item = &'f UnitFile>,
        unit: &UnitName,
        scope: Scope,
    ) -> Service {
        let mut reading = Reading {
            unit,
            scope,
            service: Service::default(),
        };
        for file in files {
            reading.service.troubles.extend(&file.troubles);
            for setting in &file.settings {
                reading.take(setting);
            }
        }
        reading.service
    }
}

struct Reading<'u> {
    unit: &'u UnitName,
    scope: Scope,
    service: Service,
}

impl Reading<'_> {
    fn take(&mut self, setting: &Setting) {
        match setting.section.as_str() {
            "Service" => self.take_service(setting),
            "Unit" => {
                if matches!(
                    setting.name.as_str(),
                    "Wants" | "Requires" | "Upholds" | "BindsTo" | "Requisite"
                ) {
                    self.units(setting);
                }
            }
            "Install" => match setting.name.as_str() {
                "Also" => self.units(setting),
                "DefaultInstance" => {
                    if let Some(name) = self.plain(&setting.value) {
                        self.service.default_instance = Some((name, setting.value.place()));
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn take_service(&mut self, setting: &Setting) {
        let value = &setting.value;
        let is_reset = value.text().expose().is_empty();
        let service = &mut self.service;
        match setting.name.as_str() {
            "Environment" if is_reset => service.environment.clear(),
            "Environment" => self.environment(value),
            "EnvironmentFile" if is_reset => service.environment_files.clear(),
            "EnvironmentFile" => self.environment_file(value),
            "PassEnvironment" if is_reset => service.passed_on.clear(),
            "PassEnvironment" => self.pass_environment(value),
            "UnsetEnvironment" if is_reset => service.unset.clear(),
            "UnsetEnvironment" => self.unset_environment(value),
            "LoadCredential" | "LoadCredentialEncrypted" if is_reset => service
                .credentials
                .retain(|credential| matches!(credential.content, CredentialContent::Literal(_))),
            "SetCredential" | "SetCredentialEncrypted" if is_reset => service
                .credentials
                .retain(|credential| !matches!(credential.content, CredentialContent::Literal(_))),
            "ImportCredential" if is_reset => service
                .credentials
                .retain(|credential| !matches!(credential.content, CredentialContent::Imported)),
            "LoadCredential" | "LoadCredentialEncrypted" => self.load_credential(setting),
            "SetCredential" | "SetCredentialEncrypted" => self.set_credential(setting),
            "ImportCredential" => self.credential(value, value, CredentialContent::Imported),
            "ExecStart" if is_reset => service.start.clear(),
            "ExecStartPre" if is_reset => service.before.clear(),
            "ExecStart" | "ExecStartPre" | "ExecCondition" => self.command(setting),
            "User" => {
                let user = self.plain(value).filter(|user| !user.is_empty());
                self.service.user = user.map(|user| (user, value.place()));
            }
            "RootDirectory" | "RootImage" if is_reset => service.root = None,
            "RootDirectory" | "RootImage" => {
                if let Some(named) = self.named(value) {
                    self.service.root = Some(named);
                }
            }
            "InaccessiblePaths" | "InaccessibleDirectories" if is_reset => service.hidden.clear(),
            "InaccessiblePaths" | "InaccessibleDirectories" => self.hidden(value),
            "BindPaths" | "BindReadOnlyPaths" if is_reset => service.binds.clear(),
            "BindPaths" | "BindReadOnlyPaths" => self.binds(value),
            _ => {}
        }
    }

    /// A text with its specifiers replaced; where systemd refuses them, that is said.
    fn expand(&mut self, text: &str, place: Place) -> Option<Expanded> {
        let expanded = expand(text, self.unit, self.scope);
        if expanded.is_none() {
            self.trouble(place, UnitProblem::Specifier);
        }
        expanded
    }

    fn plain(&mut self, value: &Joined) -> Option<String> {
        let expanded = self.expand(value.text().expose(), value.place())?;
        Some(expanded.text)
    }

    fn trouble(&mut self, place: Place, problem: UnitProblem) {
        self.service.troubles.push(Trouble { place, problem });
    }

    /// The words of a setting that are text, with what they are after specifiers.
    fn words(&mut self, value: &Joined, escapes: Escapes) -> Vec<(Expanded, Range<usize>)> {
        let mut found = Vec::new();
        for word in Words::new(value.text().expose(), escapes) {
            let Ok(Word { bytes, range }) = word else {
                self.trouble(value.place(), UnitProblem::Words);
                break;
            };
            let Ok(text) = String::from_utf8(bytes) else {
                self.trouble(value.place(), UnitProblem::Assignment);
                continue;
            };
            if let Some(expanded) = self.expand(&text, value.place()) {
                found.push((expanded, range));
            }
        }
        found
    }

    fn environment(&mut self, value: &Joined) {
        let mut locator = value.locator();
        for (word, range) in self.words(value, Escapes::Known) {
            let parts = word.text.split_once('=');
            let Some((name, text)) = parts.filter(|(name, _)| is_variable(name)) else {
                self.trouble(locator.place(range), UnitProblem::Assignment);
                continue;
            };
            let raw = &value.text().expose()[range.clone()];
            let inner = value_range(raw, name);
            let place = locator.place(range.start + inner.start..range.start + inner.end);
            self.service.environment.push(Assignment {
                name: name.to_owned(),
                value: match word.unknown {
                    Some(letter) => Text::HostOnly(letter),
                    None => Text::Known(Secret::new(text.to_owned())),
                },
                place,
            });
        }
    }

    fn environment_file(&mut self, value: &Joined) {
        let Some(named) = self.named(value) else {
            return;
        };
        if named.path.starts_with('/') {
            self.service.environment_files.push(named);
        } else {
            self.trouble(value.place(), UnitProblem::Path);
        }
    }

    /// A path with specifiers, and `-` where it may be missing.
    fn named(&mut self, value: &Joined) -> Option<Named> {
        let expanded = self.expand(value.text().expose(), value.place())?;
        let path = expanded.text.strip_prefix('-');
        Some(Named {
            is_optional: path.is_some(),
            path: simplified(path.unwrap_or(&expanded.text)),
            unknown: expanded.unknown,
            place: value.place(),
        })
    }

    fn pass_environment(&mut self, value: &Joined) {
        let mut locator = value.locator();
        for (word, range) in self.words(value, Escapes::None) {
            let place = locator.place(range);
            if is_variable(&word.text) {
                self.service.passed_on.push((word.text, place));
            } else {
                self.trouble(place, UnitProblem::Assignment);
            }
        }
    }

    fn unset_environment(&mut self, value: &Joined) {
        let mut locator = value.locator();
        for (word, range) in self.words(value, Escapes::Known) {
            let place = locator.place(range);
            let (name, text) = match word.text.split_once('=') {
                Some((name, text)) => (name, Some(Secret::new(text.to_owned()))),
                None => (word.text.as_str(), None),
            };
            if is_variable(name) {
                self.service.unset.push(Unset {
                    name: name.to_owned(),
                    value: text,
                    place,
                });
            } else {
                self.trouble(place, UnitProblem::Assignment);
            }
        }
    }

    fn load_credential(&mut self, setting: &Setting) {
        let value = &setting.value;
        let text = value.text().expose();
        let (id, path) = match text.find(':') {
            Some(colon) => (value.slice(0..colon), value.slice(colon + 1..text.len())),
            None => (value.clone(), value.clone()),
        };
        let path = if path.text().expose().is_empty() {
            &id
        } else {
            &path
        };
        let content = match setting.name.as_str() {
            "LoadCredential" => {
                let Some(expanded) = self.expand(path.text().expose(), path.place()) else {
                    return;
                };
                CredentialContent::File(Named {
                    path: simplified(&expanded.text),
                    is_optional: false,
                    unknown: expanded.unknown,
                    place: path.place(),
                })
            }
            _ => CredentialContent::Encrypted,
        };
        self.credential(&id, value, content);
    }

    fn set_credential(&mut self, setting: &Setting) {
        let value = &setting.value;
        let text = value.text().expose();
        let Some(colon) = text.find(':') else {
            return self.trouble(value.place(), UnitProblem::Words);
        };
        let inside = value.slice(colon + 1..text.len());
        let content = match setting.name.as_str() {
            "SetCredential" => match unescape(inside.text().expose()) {
                Some(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    CredentialContent::Literal(Secret::new(text))
                }
                None => return self.trouble(value.place(), UnitProblem::Words),
            },
            _ => CredentialContent::Encrypted,
        };
        self.credential(&value.slice(0..colon), &inside, content);
    }

    fn credential(&mut self, id: &Joined, at: &Joined, content: CredentialContent) {
        let Some(id) = self.plain(id) else {
            return;
        };
        if id.is_empty() || id.contains('/') || id == "." || id == ".." {
            return self.trouble(at.place(), UnitProblem::Path);
        }
        self.service.credentials.push(Credential {
            id,
            content,
            place: at.place(),
        });
    }

    fn command(&mut self, setting: &Setting) {
        match exec::commands(&setting.value, self.unit, self.scope) {
            Ok(commands) if setting.name == "ExecStart" => self.service.start.extend(commands),
            Ok(commands) => self.service.before.extend(commands),
            Err(problem) => self.trouble(setting.value.place(), problem),
        }
    }

    fn hidden(&mut self, value: &Joined) {
        let mut locator = value.locator();
        for (word, range) in self.words(value, Escapes::None) {
            let path = word.text.trim_start_matches(['-', '+']);
            self.service.hidden.push(Named {
                path: simplified(path),
                is_optional: word.text.starts_with('-'),
                unknown: word.unknown,
                place: locator.place(range),
            });
        }
    }

    fn binds(&mut self, value: &Joined) {
        let mut locator = value.locator();
        for (word, range) in self.words(value, Escapes::None) {
            let mut parts = word.text.split(':');
            let from = parts.next().unwrap_or_default();
            let is_optional = from.starts_with('-');
            let from = simplified(from.trim_start_matches('-'));
            let to = parts.next().filter(|to| !to.is_empty());
            let to = to.map_or_else(|| from.clone(), simplified);
            let from = Named {
                path: from,
                is_optional,
                unknown: word.unknown,
                place: locator.place(range),
            };
            self.service.binds.push(Bind { from, to });
        }
    }

    fn units(&mut self, setting: &Setting) {
        let mut locator = setting.value.locator();
        for (word, range) in self.words(&setting.value, Escapes::None) {
            self.service.wants.push((word.text, locator.place(range)));
        }
    }
}

/// A path without doubled slashes, `/.` and a slash at its end.
fn simplified(path: &str) -> String {
    let parts = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    let joined = parts.collect::<Vec<_>>().join("/");
    match path.starts_with('/') {
        true => format!("/{joined}"),
        false => joined,
    }
}

/// Where in `NAME=value`, as it was written, the value stands, without quotes around it.
fn value_range(raw: &str, name: &str) -> Range<usize> {
    let quote = |text: &str| text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let whole = quote(raw);
    let lead = usize::from(whole.is_some());
    let inside = raw[lead..].strip_prefix(name);
    if inside.is_none_or(|inside| !inside.starts_with('=')) {
        return 0..raw.len();
    }
    let start = lead + name.len() + 1;
    let own = quote(&raw[start..]);
    match (whole, own) {
        (Some(c), _) if raw.ends_with(c) && raw.len() > start => start..raw.len() - 1,
        (None, Some(c)) if raw.ends_with(c) && raw.len() > start + 1 => start + 1..raw.len() - 1,
        _ => start..raw.len(),
    }
}
