//! The words that arguments take for postures and roles.

use crate::model::manifest::Target;
use crate::model::posture::{Posture, Signing, Transport};
use crate::model::role::Role;
use crate::render::TARGETS;

/// What a deployment gets that says nothing else: the strongest.
pub(crate) const DEFAULT_POSTURE: Posture = Posture {
    signing: Signing::Ed25519,
    transport: Transport::Mtls,
};

/// `--signing`.
pub(crate) fn parse_signing(text: &str) -> Result<Signing, String> {
    named(text, &Signing::ALL.map(|signing| (signing.name(), signing)))
}

/// `--transport`.
pub(crate) fn parse_transport(text: &str) -> Result<Transport, String> {
    named(
        text,
        &Transport::ALL.map(|transport| (transport.name(), transport)),
    )
}

/// A role.
pub(crate) fn parse_role(text: &str) -> Result<Role, String> {
    named(text, &Role::ALL.map(|role| (role.name(), role)))
}

/// The value with this name.
pub(crate) fn named<T: Copy>(text: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        format!("one of {}", names.join(", "))
    })
}

/// A target by its name.
pub(crate) fn parse_target(text: &str) -> Result<Target, String> {
    named(text, &TARGETS.map(|target| (target.name(), target)))
}
