//! A whole compose file, for a deployment that has none. Paths count from its own folder, so
//! that the folder can be moved.

use std::collections::BTreeMap;

use super::error::ComposeRenderError;
use super::service::{self, Fields};
use crate::formats::compose::encode;
use crate::model::secret::Secret;
use crate::render::{Deployment, Held, OutputFile, RenderError, Rendered, dotenv};

/// Beside the components' folders.
pub(super) const FILE: &str = "compose.yaml";

const HEAD: &str = "\
# Every component as a service; each is given its own folder's files and nothing else.
# Written by stem-sec from stem-sec.yaml, which is the place to change it. No port is
# published: the services reach each other by name.
";

/// The compose file, and every component's folder.
pub(super) fn render(deployment: &Deployment<'_>) -> Result<Rendered, RenderError> {
    let mut rendered = Rendered::default();
    let mut services = String::new();
    let mut volumes = String::new();
    ensure_distinct(deployment)?;
    for held in &deployment.held {
        rendered.files.extend(component_files(held)?);
        let fields = fields(deployment, held)?;
        if let Some(data) = &fields.data {
            volumes.push_str(&format!("\n  {}: {{}}", encode::literal(data)));
        }
        services.push_str(&encode::service(&fields));
    }
    let mut text = format!("{HEAD}services:{services}\n");
    if !volumes.is_empty() {
        text.push_str(&format!("\nvolumes:{volumes}\n"));
    }
    rendered.files.push(OutputFile {
        path: FILE.to_owned(),
        content: Secret::new(text),
        private: false,
    });
    rendered.notes = notes(deployment, &rendered.files);
    Ok(rendered)
}

/// What a component's folder holds.
pub(super) fn component_files(held: &Held<'_>) -> Result<Vec<OutputFile>, RenderError> {
    let mut files: Vec<OutputFile> = dotenv::env_file(held)?.into_iter().collect();
    files.extend(dotenv::held_files(held));
    Ok(files)
}

/// Two components in one service would share what each of them holds.
pub(super) fn ensure_distinct(deployment: &Deployment<'_>) -> Result<(), ComposeRenderError> {
    let mut components = BTreeMap::new();
    for held in &deployment.held {
        let (name, service) = (held.component.name.as_str(), held.component.service_name());
        if let Some(first) = components.insert(service, name) {
            return Err(ComposeRenderError::SameService {
                first: first.to_owned(),
                second: name.to_owned(),
                service: service.to_owned(),
            });
        }
    }
    Ok(())
}

fn fields(deployment: &Deployment<'_>, held: &Held<'_>) -> Result<Fields, ComposeRenderError> {
    let mut fields = service::own(deployment.manifest, held, ".")?;
    service::complete(deployment.manifest, held.component, &mut fields);
    Ok(fields)
}

fn notes(deployment: &Deployment<'_>, files: &[OutputFile]) -> Vec<String> {
    let manifest = deployment.manifest;
    let file = format!("{}/{FILE}", manifest.render.out);
    let mut notes = vec![format!(
        "Start everything, and again after each change of the files (Compose does not see that a mounted file \
         changed): docker compose -f {file} up -d --force-recreate"
    )];
    let components = manifest.components.iter();
    let unset: Vec<String> = components
        .filter_map(|component| service::image(component).0)
        .collect();
    if !unset.is_empty() {
        notes.push(format!(
            "Say which images to run, `image:` of each component in stem-sec.yaml, or set {} in {}/.env",
            unset.join(", "),
            manifest.render.out
        ));
    }
    notes.extend(broker_note(deployment));
    notes.extend(user_notes(deployment, files));
    notes
}

/// Inside a container, localhost is the container.
pub(super) fn broker_note(deployment: &Deployment<'_>) -> Option<String> {
    let host = deployment.manifest.broker.url.host();
    let is_local = matches!(host, "localhost" | "127.0.0.1" | "::1");
    is_local.then(|| {
        format!("The broker's URL names `{host}`, which inside a container is that container: name its service instead")
    })
}

/// Private files can be read by their owner alone: some by Compose, the others in containers.
pub(super) fn user_notes(deployment: &Deployment<'_>, files: &[OutputFile]) -> Vec<String> {
    let names = |chosen: &dyn Fn(&Held<'_>) -> bool| {
        let held = deployment.held.iter().filter(|held| chosen(held));
        let names: Vec<&str> = held.map(|held| held.component.name.as_str()).collect();
        names.join(", ")
    };
    let rootless = names(&|held| {
        held.component.uid.is_none() && held.holdings.files.iter().any(|file| file.private)
    });
    let owned = names(&|held| {
        let inside = format!("{}/", held.component.name);
        let is_env_file =
            |file: &OutputFile| file.path.starts_with(&inside) && file.path.ends_with(".env");
        held.component.uid.is_some_and(|uid| uid != 0) && files.iter().any(is_env_file)
    });
    let mut notes = Vec::new();
    if !rootless.is_empty() {
        notes.push(format!(
            "Private files can be read by their owner alone: where an image runs as another user than root, \
             say `uid:` of that component in stem-sec.yaml ({rootless})"
        ));
    }
    if !owned.is_empty() {
        notes.push(format!(
            "Compose itself reads the env files of a folder, so start it as a user who can enter those that were \
             given away, as root can ({owned})"
        ));
    }
    notes
}
