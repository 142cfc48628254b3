//! An override for a project that is there: what it gave is taken away, what the component
//! may hold is put in its place, and everything else of the user's stays.

use std::collections::BTreeSet;

use super::check;
use super::error::{ComposeRenderError, Reach, Unsafe};
use super::existing::Existing;
use super::fresh::{component_files, ensure_distinct};
use super::notes;
use super::secrets::{OldSecrets, Statement, Verdict, is_secret, is_stems, statements};
use super::service::{self, Fields, Grants, Kept};
use crate::formats::compose::encode;
use crate::formats::compose::paths::relative;
use crate::formats::compose::project::{Content, EnvFile, Project, Service};
use crate::formats::dotenv::Dialect;
use crate::model::manifest::Component;
use crate::model::role::Role;
use crate::model::secret::Secret;
use crate::render::{Deployment, Held, OutputFile, RenderError, Rendered};

/// Beside the components' folders.
pub(super) const FILE: &str = crate::model::manifest::COMPOSE_OVERRIDE;

/// A component's variables that are not Stem's, where they stood among those that are.
const APP_ENV: &str = "app";

/// Whether a file of a component is a copy of the user's own variables, none of which is
/// anybody else's business.
#[must_use]
pub(crate) fn is_users_own(path: &str) -> bool {
    let name = path.rsplit_once('/').map(|(_, name)| name);
    name.is_some_and(|name| name.starts_with(APP_ENV) && name.ends_with(".env"))
}

const HEAD: &str = "\
# Goes on top of the project's own compose file: takes from each component what it must not
# hold, and gives it its own folder's files. Paths count from the project's folder.
# Written by stem-sec from stem-sec.yaml, which is the place to change it.
#
# Needs Docker Compose 2.24.4 or newer, for `!override` (2.18 for `!reset`): older ones
# ignore the word in silence, and the old secrets stay. See: docker compose version
";

/// What became of the project besides its files.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Mounts that were taken away: service, path as the user knows it.
    pub(super) dropped: Vec<(String, String)>,
}

/// The override and every component's folder; what is rendered has been read again.
pub(super) fn render(
    deployment: &Deployment<'_>,
    existing: &Existing,
) -> Result<Rendered, RenderError> {
    ensure_distinct(deployment)?;
    let project = existing.project(&[])?;
    let stems: BTreeSet<&str> = deployment
        .held
        .iter()
        .filter(|held| is_stem(held.component))
        .map(|held| held.component.service_name())
        .collect();
    let old = OldSecrets::of(existing, &project, |service| {
        stems.contains(service.name.as_str())
    })?;
    let mut overlay = Overlay {
        deployment,
        existing,
        project: &project,
        old: &old,
        out: relative(&existing.folder, &existing.out),
        rendered: Rendered::default(),
        outcome: Outcome::default(),
        volumes: String::new(),
        says_users_values: false,
    };
    let mut services = String::new();
    for held in &deployment.held {
        services.push_str(&overlay.component(held)?);
    }
    let mut text = format!("{HEAD}services:{services}\n");
    if !overlay.volumes.is_empty() {
        text.push_str(&format!("\nvolumes:{}\n", overlay.volumes));
    }
    check::merged(deployment, existing, &old, &overlay.rendered.files, &text)?;
    let mut rendered = overlay.rendered;
    rendered.notes = notes::overlay(
        deployment,
        existing,
        &project,
        &old,
        &overlay.outcome,
        &rendered.files,
    );
    rendered.files.push(OutputFile {
        path: FILE.to_owned(),
        content: Secret::new(text),
        private: overlay.says_users_values,
    });
    Ok(rendered)
}

fn is_stem(component: &Component) -> bool {
    let roles = &component.roles;
    roles
        .iter()
        .any(|role| role.is_stem() || *role == Role::Broker)
}

struct Overlay<'r> {
    deployment: &'r Deployment<'r>,
    existing: &'r Existing,
    project: &'r Project,
    old: &'r OldSecrets,
    /// From the project's folder to that of the components.
    out: String,
    rendered: Rendered,
    outcome: Outcome,
    volumes: String,
    /// Whether the override repeats values of the user's own.
    says_users_values: bool,
}

impl Overlay<'_> {
    fn component(&mut self, held: &Held<'_>) -> Result<String, RenderError> {
        self.rendered.files.extend(component_files(held)?);
        let manifest = self.deployment.manifest;
        let mut fields = service::own(manifest, held, &self.out)?;
        let component = held.component;
        match self.project.service(component.service_name()) {
            Some(service) => self.put_over(component, service, &mut fields)?,
            None if component.image.is_some() => {
                service::complete(manifest, component, &mut fields);
                if let Some(data) = &fields.data {
                    self.volumes
                        .push_str(&format!("\n  {}: {{}}", encode::literal(data)));
                }
            }
            None => {
                let services = self.project.services.iter();
                return Err(ComposeRenderError::NoService {
                    component: component.name.to_string(),
                    service: component.service_name().to_owned(),
                    file: self.project.files[0].clone(),
                    known: services.map(|service| service.name.clone()).collect(),
                }
                .into());
            }
        }
        Ok(encode::service(&fields))
    }

    fn put_over(
        &mut self,
        component: &Component,
        service: &Service,
        fields: &mut Fields,
    ) -> Result<(), ComposeRenderError> {
        fields.over = true;
        let entrypoint = service
            .node
            .get("entrypoint")
            .filter(|node| !node.is_null());
        if let Some(entrypoint) = entrypoint
            && component.roles.contains(&Role::Broker)
            && component.command.is_empty()
        {
            return Err(self.unsafe_at(entrypoint.place, service, Reach::Entrypoint));
        }
        let own = std::mem::take(&mut fields.env_file);
        self.env_files(component, service, fields)?;
        fields.env_file.extend(own);
        self.environment(service, fields)?;
        self.mounts(service, fields)?;
        self.grants(service, fields)
    }

    /// Keeps env files without Stem's variables; copies the rest of the others.
    fn env_files(
        &mut self,
        component: &Component,
        service: &Service,
        fields: &mut Fields,
    ) -> Result<(), ComposeRenderError> {
        let mut copies = 0;
        for file in &service.env_files {
            let Some(kept) = self.app_env(service, file)? else {
                fields.env_file.push(encode::kept(&file.node));
                continue;
            };
            if kept.expose().is_empty() {
                continue;
            }
            copies += 1;
            let number = if copies == 1 {
                String::new()
            } else {
                format!("-{copies}")
            };
            let name = format!("{}/{APP_ENV}{number}.env", component.name);
            let path = format!("{}/{name}", self.out);
            let is_raw = file.format == Dialect::ComposeRaw;
            fields.env_file.push(encode::env_file(&path, is_raw));
            let head = format!(
                "# {}: what {} says besides Stem's variables, copied by stem-sec\n",
                component.name,
                self.existing.shown(&file.path)
            );
            self.rendered.files.push(OutputFile {
                path: name,
                content: Secret::new(head + kept.expose()),
                private: true,
            });
        }
        Ok(())
    }

    /// What stays of an env file; `None` where all of it does.
    fn app_env(
        &self,
        service: &Service,
        file: &EnvFile,
    ) -> Result<Option<Secret>, ComposeRenderError> {
        let statements = statements(self.existing, self.project, file)?;
        let shown = self.existing.shown(&file.path);
        let refused = |line, reach| Unsafe::in_file(&shown, line, &service.name, reach);
        let mut kept = String::new();
        let of_app = || statements.iter().filter(|one| !is_stems(&one.found.name));
        for Statement { found, text } in of_app() {
            let value = found.value.as_ref().map_or("", Secret::expose);
            if let Some(what) = self.old.within(value) {
                let reach = Reach::Value {
                    what: what.to_owned(),
                    place: found.name.clone(),
                };
                return Err(refused(found.place.line, reach));
            }
            kept.push_str(text);
            kept.push('\n');
        }
        if of_app().count() == statements.len() {
            return Ok(None);
        }
        let set_here = |name: &str| statements.iter().any(|one| one.found.name == name);
        for Statement { found, .. } in of_app() {
            let mut references = found.references.iter();
            if let Some(lost) = references.find(|name| is_stems(name) && set_here(name)) {
                let reach = Reach::Refers {
                    variable: found.name.clone(),
                    lost: lost.clone(),
                };
                return Err(refused(found.place.line, reach));
            }
        }
        Ok(Some(Secret::new(kept)))
    }

    fn environment(
        &mut self,
        service: &Service,
        fields: &mut Fields,
    ) -> Result<(), ComposeRenderError> {
        let (stems, others): (Vec<_>, Vec<_>) = service
            .environment
            .iter()
            .partition(|variable| is_stems(&variable.name));
        if stems.is_empty() {
            return Ok(());
        }
        if service.environment_is_list {
            let kept = others.iter().map(|found| Kept {
                name: encode::interpolated(&found.name),
                value: encode::kept(&found.node),
            });
            fields.environment = kept.collect();
            self.says_users_values |= !others.is_empty();
            fields.environment_is_emptied = others.is_empty();
        } else {
            fields.reset = stems.iter().map(|found| found.name.clone()).collect();
        }
        Ok(())
    }

    fn mounts(&mut self, service: &Service, fields: &mut Fields) -> Result<(), ComposeRenderError> {
        let own: BTreeSet<&str> = fields
            .files
            .iter()
            .map(|file| file.target.as_str())
            .collect();
        let mut kept = Vec::new();
        for mount in &service.mounts {
            let verdict = match &mount.host {
                _ if own.contains(mount.target.as_str()) => continue,
                None => Verdict::Keep,
                Some(path) => self.old.verdict(self.existing, path),
            };
            match verdict {
                Verdict::Keep => kept.push(encode::kept(&mount.node)),
                Verdict::Drop => {
                    let shown = mount.host.as_deref().map(|path| self.existing.shown(path));
                    let dropped = (service.name.clone(), shown.unwrap_or_default());
                    self.outcome.dropped.push(dropped);
                }
                Verdict::Refuse(reach) => {
                    return Err(self.unsafe_at(mount.node.place, service, reach));
                }
            }
        }
        fields.had_volumes = !service.mounts.is_empty();
        fields.had_env_files = !service.env_files.is_empty();
        fields.volumes = kept;
        Ok(())
    }

    fn grants(&mut self, service: &Service, fields: &mut Fields) -> Result<(), ComposeRenderError> {
        for section in ["secrets", "configs"] {
            let mut kept = Vec::new();
            let mut is_changed = false;
            for grant in service
                .grants
                .iter()
                .filter(|grant| grant.section == section)
            {
                let goes = match &grant.content {
                    Content::File(path) => self.old.of_mount(self.existing, path).is_some(),
                    Content::Environment(name, value, _) => {
                        let value = value.as_ref().map_or("", Secret::expose);
                        is_secret(name) || self.old.within(value).is_some()
                    }
                    Content::Inline(text, ..) => self.old.within(text.expose()).is_some(),
                    Content::External => false,
                };
                if goes {
                    is_changed = true;
                } else {
                    kept.push(encode::kept(&grant.node));
                }
            }
            if is_changed {
                fields.grants.push(Grants { section, kept });
            }
        }
        Ok(())
    }

    fn unsafe_at(
        &self,
        place: crate::formats::yaml::Place,
        service: &Service,
        reach: Reach,
    ) -> ComposeRenderError {
        Unsafe::at(&self.project.files, place, &service.name, reach)
    }
}
