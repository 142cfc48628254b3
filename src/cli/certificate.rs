//! Which certificate a component of the manifest is to have.

use time::OffsetDateTime;

use crate::mint::name::{Name, NameError};
use crate::mint::x509::{LEAF_LIFETIME, Purpose, Request, Subject};
use crate::model::artifact::Artifact;
use crate::model::manifest::{Component, Manifest};
use crate::model::ownership;
use crate::model::role::Role;

/// What a component shows a certificate for. A broker is a client of itself too.
pub(crate) fn purpose(manifest: &Manifest, component: &Component) -> Option<Purpose> {
    let holder = manifest.holder(component);
    let given = |artifact| ownership::is_handed_to(artifact, &holder, manifest.posture);
    match (
        given(Artifact::ServerCertificate),
        given(Artifact::ClientCertificate),
    ) {
        (true, _) if component.roles.contains(&Role::Broker) => Some(Purpose::Peer),
        (true, true) => Some(Purpose::Peer),
        (true, false) => Some(Purpose::Server),
        (false, true) => Some(Purpose::Client),
        (false, false) => None,
    }
}

/// Asks for the certificate of a component.
///
/// # Errors
/// When the manifest calls the broker by a name that no certificate can have.
pub(crate) fn certificate_for(
    manifest: &Manifest,
    component: &Component,
    purpose: Purpose,
    now: OffsetDateTime,
) -> Result<Request, NameError> {
    let names = if purpose.serves() {
        let names = manifest.broker.names.iter();
        names
            .map(|name| Name::new(name))
            .collect::<Result<_, _>>()?
    } else {
        Vec::new()
    };
    Ok(Request {
        purpose,
        subject: Subject::Common(component.name.to_string()),
        names,
        not_after: now + LEAF_LIFETIME,
    })
}
