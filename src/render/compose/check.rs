//! The project and its override, read together as Compose reads them: whether every component
//! gets its own variables and files, and no service an old secret.

use super::error::{ComposeRenderError, Reach, Unsafe};
use super::existing::Existing;
use super::overlay::FILE;
use super::secrets::{OldSecrets, Verdict, is_secret, is_stems, statements};
use crate::formats::compose::paths::is_inside;
use crate::formats::compose::project::{Content, EnvFile, Project, Service};
use crate::formats::dotenv::{self, Assignment};
use crate::formats::yaml::{Node, Place, Value};
use crate::model::secret::Secret;
use crate::render::dotenv::ENV_FILE;
use crate::render::{Deployment, Held, OutputFile};

/// Reads the override on top of the project and judges what comes of it.
pub(super) fn merged(
    deployment: &Deployment<'_>,
    existing: &Existing,
    old: &OldSecrets,
    files: &[OutputFile],
    text: &str,
) -> Result<(), ComposeRenderError> {
    let project = existing.project(&[(FILE.to_owned(), text)])?;
    for service in &project.services {
        let held = deployment
            .held
            .iter()
            .find(|held| held.component.service_name() == service.name);
        let judged = Judged {
            existing,
            old,
            files,
            project: &project,
            service,
            folder: held.map(|held| format!("{}/{}", existing.out, held.component.name)),
        };
        judged.env_files()?;
        judged.environment()?;
        judged.mounts(held)?;
        judged.grants()?;
        judged.texts(&service.node, "")?;
    }
    Ok(())
}

struct Judged<'j> {
    existing: &'j Existing,
    old: &'j OldSecrets,
    files: &'j [OutputFile],
    project: &'j Project,
    service: &'j Service,
    /// The component's folder, if the service is one.
    folder: Option<String>,
}

impl Judged<'_> {
    fn is_own(&self, path: &str) -> bool {
        let folder = self.folder.as_deref();
        folder.is_some_and(|folder| is_inside(path, folder))
    }

    fn own_text(&self, path: &str) -> Option<&Secret> {
        let below = path
            .strip_prefix(&self.existing.out)?
            .trim_start_matches('/');
        let file = self.files.iter().find(|file| file.path == below)?;
        Some(&file.content)
    }

    fn env_files(&self) -> Result<(), ComposeRenderError> {
        for file in &self.service.env_files {
            let shown = self.existing.shown(&file.path);
            let refused = |line, reach| Unsafe::in_file(&shown, line, &self.service.name, reach);
            if self.is_own(&file.path) && file.path.ends_with(&format!("/{ENV_FILE}")) {
                continue;
            }
            for found in self.statements(file)? {
                if let Some(reach) = self.judge(&found.name, found.value.as_ref()) {
                    return Err(refused(found.place.line, reach));
                }
            }
        }
        Ok(())
    }

    fn statements(&self, file: &EnvFile) -> Result<Vec<Assignment>, ComposeRenderError> {
        let lookup = |name: &str| self.project.lookup(name);
        let own = self.own_text(&file.path);
        if let Some(text) = own.filter(|_| self.is_own(&file.path)) {
            let bytes = text.expose().as_bytes();
            return Ok(dotenv::read(bytes, 0, file.format, &lookup).assignments);
        }
        let found = statements(self.existing, self.project, file)?;
        Ok(found.into_iter().map(|statement| statement.found).collect())
    }

    fn environment(&self) -> Result<(), ComposeRenderError> {
        for variable in &self.service.environment {
            if let Some(reach) = self.judge(&variable.name, variable.value.as_ref()) {
                return Err(self.unsafe_at(variable.node.place, reach));
            }
        }
        Ok(())
    }

    /// What is wrong with a variable that does not come from the component's own file.
    fn judge(&self, name: &str, value: Option<&Secret>) -> Option<Reach> {
        let is_empty = value.is_some_and(|value| value.expose().trim().is_empty());
        if self.folder.is_none() && is_secret(name) && !is_empty {
            return Some(Reach::Stranger(format!("`{name}`")));
        }
        if self.folder.is_some() && is_stems(name) {
            return Some(Reach::Overridden(name.to_owned()));
        }
        let what = self.old.within(value?.expose())?.to_owned();
        Some(self.given(what, name))
    }

    fn given(&self, what: String, place: &str) -> Reach {
        match self.folder {
            None => Reach::Stranger(what),
            Some(_) => Reach::Value {
                what,
                place: place.to_owned(),
            },
        }
    }

    fn mounts(&self, held: Option<&Held<'_>>) -> Result<(), ComposeRenderError> {
        for mount in &self.service.mounts {
            if let Some(path) = mount.host.as_deref().filter(|path| !self.is_own(path)) {
                self.host_path(path, mount.node.place)?;
            }
        }
        let Some(held) = held else { return Ok(()) };
        for file in &held.holdings.files {
            let target = format!("{}/{}", held.folder, file.name);
            let source = format!(
                "{}/{}/{}",
                self.existing.out, held.component.name, file.name
            );
            let found = self
                .service
                .mounts
                .iter()
                .filter(|mount| mount.target == target);
            let sources: Vec<Option<&str>> = found.map(|mount| mount.host.as_deref()).collect();
            if sources != [Some(source.as_str())] {
                let reach = Reach::Overridden(target);
                return Err(self.unsafe_at(self.service.node.place, reach));
            }
        }
        Ok(())
    }

    fn host_path(&self, path: &str, place: Place) -> Result<(), ComposeRenderError> {
        let reach = match (self.old.verdict(self.existing, path), &self.folder) {
            (Verdict::Keep, _) => return Ok(()),
            (Verdict::Refuse(reach @ Reach::Covers { .. }), _) => reach,
            (Verdict::Refuse(reach), Some(_)) => reach,
            (Verdict::Drop | Verdict::Refuse(_), _) => {
                let what = self.old.of_mount(self.existing, path);
                let what =
                    what.map_or_else(|| format!("`{}`", self.existing.shown(path)), str::to_owned);
                self.given(what, "volumes")
            }
        };
        Err(self.unsafe_at(place, reach))
    }

    fn grants(&self) -> Result<(), ComposeRenderError> {
        for grant in &self.service.grants {
            let what = match &grant.content {
                Content::File(path) => {
                    self.host_path(path, grant.node.place)?;
                    None
                }
                Content::Environment(name, ..) if is_secret(name) => Some(format!("`{name}`")),
                Content::Environment(_, Some(text), _) | Content::Inline(text, ..) => {
                    self.old.within(text.expose()).map(str::to_owned)
                }
                Content::Environment(_, None, _) | Content::External => None,
            };
            if let Some(what) = what {
                return Err(self.unsafe_at(grant.node.place, self.given(what, grant.section)));
            }
        }
        Ok(())
    }

    /// Commands, labels, build arguments: whatever else the service says.
    fn texts(&self, node: &Node, key: &str) -> Result<(), ComposeRenderError> {
        match &node.value {
            Value::Scalar(scalar) => {
                let text = self.project.expand(&scalar.text).text;
                match self.old.within(&text) {
                    Some(what) => {
                        let reach = self.given(what.to_owned(), key);
                        Err(self.unsafe_at(node.place, reach))
                    }
                    None => Ok(()),
                }
            }
            Value::Sequence(items) => items.iter().try_for_each(|item| self.texts(item, key)),
            Value::Mapping(entries) => entries
                .iter()
                .try_for_each(|(name, value)| self.texts(value, name.as_text().unwrap_or(key))),
        }
    }

    fn unsafe_at(&self, place: Place, reach: Reach) -> ComposeRenderError {
        Unsafe::at(&self.project.files, place, &self.service.name, reach)
    }
}
