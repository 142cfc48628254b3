//! Reads what was minted for a deployment, without minting anything.

use std::path::Path;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::Failure;
use crate::disk::{Folder, read_file};
use crate::keyring::Keyring;
use crate::mint::password;
use crate::model::manifest::{Manifest, PasswordSource};
use crate::model::posture::Transport;
use crate::model::secret::Secret;
use crate::pki::{Label, Pki};
use crate::render::holdings::{Material, Pair};

/// Reads the keyring, the CA and every component's certificate from a locked store. What is
/// missing is left out: rendering says what it lacks.
pub(crate) fn load(
    store: &mut Folder,
    project: &Path,
    manifest: &Manifest,
    now: OffsetDateTime,
) -> anyhow::Result<Material> {
    let keyring = Keyring::load(store)?;
    let broker_password = match &manifest.broker.password {
        Some(source) => Some(given_password(source, project)?),
        None if manifest.posture.transport == Transport::Mtls => None,
        None => keyring.broker_password().cloned(),
    };
    let mut material = Material {
        keyring,
        broker_password,
        ..Material::default()
    };
    if !manifest.posture.transport.encrypts() {
        return Ok(material);
    }
    let pki = Pki::on(store);
    if let Some(held) = pki.current(now)? {
        let trusted = pki.trusted(&held.authority, now)?;
        material.trusted = Some(
            trusted
                .iter()
                .map(|certificate| certificate.to_pem())
                .collect(),
        );
    }
    for component in &manifest.components {
        if let Some(pair) = pki.get(&Label::new(component.name.as_str())?)? {
            let pair = Pair {
                certificate: pair.certificate.to_pem(),
                key: pair.key.to_pem(),
            };
            material.pairs.insert(component.name.to_string(), pair);
        }
    }
    Ok(material)
}

/// The broker's password from where the manifest says.
pub(crate) fn given_password(source: &PasswordSource, project: &Path) -> anyhow::Result<Secret> {
    let (text, origin) = match source {
        PasswordSource::File(path) => {
            let path = project.join(path);
            let bytes = Zeroizing::new(read_file(&path)?);
            let text = std::str::from_utf8(&bytes)
                .ok()
                .map(|text| Zeroizing::new(text.trim_end().to_owned()));
            (text.unwrap_or_default(), format!("`{}`", path.display()))
        }
        PasswordSource::Environment(name) => {
            let text = Zeroizing::new(std::env::var(name).unwrap_or_default());
            (text, format!("the variable `{name}`"))
        }
    };
    let unfit = password::unfit_character(&text);
    if text.is_empty() {
        return Err(Failure {
            message: format!("the broker's password should be in {origin}, and is not"),
            hint: "put it there, as text on one line".to_owned(),
        }
        .into());
    }
    if unfit.is_some() {
        return Err(Failure {
            message: format!(
                "the broker's password in {origin} has a character that Stem does not read in a URL"
            ),
            hint: "take one of letters, digits, `-`, `_`, `.` and `~`".to_owned(),
        }
        .into());
    }
    Ok(Secret::from(text))
}
