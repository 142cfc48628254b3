//! What whoever puts the files to use must know: what to type, what stays to be done by hand.

use super::checksum;
use super::given::Given;
use super::pod::service_name;
use crate::model::role::Role;
use crate::render::Deployment;

/// What whoever puts the files to use must know.
pub(super) fn of(deployment: &Deployment<'_>, patches: bool) -> Vec<String> {
    let manifest = deployment.manifest;
    let out = &manifest.render.out;
    let mut notes = Vec::new();
    if !patches {
        notes.push(format!("Start it all: kubectl apply -k {out}"));
    } else {
        notes.push(format!(
            "Name `{out}` below `components:` in the kustomization.yaml of your workloads (kubectl 1.21 or newer), and apply that. \
             Each patch takes the Deployment and its container by the name of the component's `service:`, else by its own; a component with an `image:` gets a workload of its own instead."
        ));
        notes.push(
            "The patches outweigh Stem's older variables, and leave older volumes: take those that hold keys out of your workloads."
                .to_owned(),
        );
    }
    notes.extend(brokers_elsewhere(deployment));
    notes.extend(restarts_by_hand(deployment));
    notes
}

/// A broker whose URL leads to no Service that it could have.
fn brokers_elsewhere<'a>(deployment: &'a Deployment<'_>) -> impl Iterator<Item = String> + 'a {
    let manifest = deployment.manifest;
    let started = deployment.held.iter().filter(move |held| {
        let component = held.component;
        component.roles.contains(&Role::Broker)
            && component.image.is_some()
            && service_name(manifest).is_none()
    });
    started.map(|held| {
        format!(
            "Clients look for the broker at `{}`, which no Service can be called: point that name at the Service `{}`, or change `broker.url`.",
            manifest.broker.url.host(),
            held.component.service_name()
        )
    })
}

/// Components whose checksum cannot cover all that they are given.
fn restarts_by_hand(deployment: &Deployment<'_>) -> Option<String> {
    let unseen = deployment.held.iter().filter(|held| {
        let given = Given::of(deployment, held);
        checksum::leaves_out_password(deployment, &given)
    });
    let unseen: Vec<&str> = unseen.map(|held| held.component.name.as_str()).collect();
    (!unseen.is_empty()).then(|| {
        format!(
            "After a change of the broker's password restart by hand: {}. A checksum of a password that somebody chose could be guessed from, so their pods carry none.",
            unseen.join(", ")
        )
    })
}
