//! What an override's user has to know: versions, what to type, what is left to clean up.

use std::collections::BTreeMap;

use super::existing::Existing;
use super::fresh::{broker_note, user_notes};
use super::overlay::{FILE, Outcome};
use super::secrets::OldSecrets;
use crate::formats::compose::paths::absolute;
use crate::formats::compose::project::Project;
use crate::model::posture::Signing;
use crate::render::{Deployment, OutputFile};

/// Every sentence, the most urgent first.
pub(super) fn overlay(
    deployment: &Deployment<'_>,
    existing: &Existing,
    project: &Project,
    old: &OldSecrets,
    outcome: &Outcome,
    files: &[OutputFile],
) -> Vec<String> {
    let mut notes = vec![start(deployment, existing)];
    if !old.origins.is_empty() {
        notes.push(format!(
            "The old secrets are in no service's reach any more, once that runs. They still lie in the project's \
             files, so remove them there: {}",
            old.origins.join(", ")
        ));
        if deployment.manifest.posture.signing != Signing::None {
            notes.push(
                "Messages that were signed with an old key will be refused: let the queues run empty before the change"
                    .to_owned(),
            );
        }
    }
    notes.extend(dropped_notes(outcome));
    notes.extend(image_notes(existing, project, old));
    notes.extend(cut_notes(existing, project));
    notes.extend(host_note(deployment, project));
    notes.extend(broker_note(deployment));
    notes.extend(user_notes(deployment, files));
    notes
}

fn start(deployment: &Deployment<'_>, existing: &Existing) -> String {
    let own = format!("{}/{FILE}", deployment.manifest.render.out);
    let names = existing.compose.iter().map(|(name, _)| name.as_str());
    let files: Vec<&str> = names.chain([own.as_str()]).collect();
    let mut text = format!(
        "Start everything with Docker Compose 2.24.4 or newer (older ones leave the old secrets where they are, \
         see docker compose version), and again after each change of the files: docker compose -f {} up -d --force-recreate",
        files.join(" -f ")
    );
    // from `.env`, paths count from the folder in which Compose is started
    if !files[0].contains('/') {
        text.push_str(&format!(
            ". To leave out the -f for good, add to .env: COMPOSE_FILE={}",
            files.join(":")
        ));
    }
    text
}

fn dropped_notes(outcome: &Outcome) -> impl Iterator<Item = String> {
    let mut by_path: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (service, path) in &outcome.dropped {
        by_path.entry(path).or_default().push(service);
    }
    by_path.into_iter().map(|(path, services)| {
        format!(
            "`{path}` is not mounted any more ({}): if there is a key in it that is not for Stem, mount that file \
             in a compose file of your own, named after this one",
            services.join(", ")
        )
    })
}

/// An image that is built where old secrets lie may hold a copy.
fn image_notes(existing: &Existing, project: &Project, old: &OldSecrets) -> Vec<String> {
    let mut notes = Vec::new();
    for service in &project.services {
        let build = service.node.get("build");
        let context = build.map(|build| build.get("context").unwrap_or(build));
        let Some(context) = context.and_then(|node| node.as_text()) else {
            continue;
        };
        let context = absolute(&existing.folder, &project.expand(context).text);
        if old.lies_below(&context) {
            notes.push(format!(
                "The image of `{}` is built from `{}`, where old secrets lie: unless .dockerignore leaves them out, \
                 remove them and build it anew",
                service.name,
                existing.shown(&context)
            ));
        }
    }
    notes
}

fn cut_notes(existing: &Existing, project: &Project) -> Vec<String> {
    let cut = existing.mounts.iter().filter(|(_, mounted)| mounted.is_cut);
    cut.filter(|(path, _)| project.host_paths().any(|seen| seen == path.as_str()))
        .map(|(path, _)| {
            format!(
                "`{}` holds more files than were looked at: see to it that no old key is among them",
                existing.shown(path)
            )
        })
        .collect()
}

/// Services reach each other by their names.
fn host_note(deployment: &Deployment<'_>, project: &Project) -> Option<String> {
    let host = deployment.manifest.broker.url.host();
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let is_known = host.contains('.') || is_address || project.service(host).is_some();
    let added = deployment
        .held
        .iter()
        .any(|held| held.component.service_name() == host);
    (!is_known && !added && host != "localhost").then(|| {
        format!("The broker's URL names `{host}`, and the project has no service of that name: see that it is one for its containers")
    })
}
