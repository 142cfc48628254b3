//! Reads what was minted for a deployment, without minting anything.

use std::path::Path;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::Failure;
use super::rotate::walk::Walk;
use crate::disk::{Folder, read_file};
use crate::keyring::Keyring;
use crate::mint::password;
use crate::mint::x509::Certificate;
use crate::model::manifest::{Manifest, PasswordSource, Url};
use crate::model::posture::Transport;
use crate::model::secret::Secret;
use crate::pki::{self, Label, Pki};
use crate::render::holdings::{Material, Pair};
use crate::render::plan::Names;
use crate::render::present::{Named, Present};
use crate::rotate::plan::Leaf;

/// Reads the keyring, the CA and every component's certificate from a locked store, and while
/// a rotation is under way what its present step makes of them. What is missing is left out:
/// rendering says what it lacks.
pub(crate) fn load(
    store: &mut Folder,
    project: &Path,
    manifest: &Manifest,
    now: OffsetDateTime,
) -> anyhow::Result<Material> {
    let mut material = settled(store, project, manifest, now)?;
    let Some(walk) = Walk::in_keyring(&material.keyring)? else {
        return Ok(material);
    };
    if material.broker_password.is_none() {
        material.broker_password = material.keyring.broker_password().cloned();
    }
    let present = present(store, &walk)?;
    // components that no plan speaks of are to get on with everybody
    let trusted: Vec<&str> = walk
        .authorities()
        .iter()
        .filter_map(|name| present.authorities.get(name).map(String::as_str))
        .collect();
    material.trusted = (!trusted.is_empty()).then(|| trusted.concat());
    material.present = Some(present);
    Ok(material)
}

/// As [`load`], but as if no rotation were under way.
pub(crate) fn settled(
    store: &mut Folder,
    project: &Path,
    manifest: &Manifest,
    now: OffsetDateTime,
) -> anyhow::Result<Material> {
    let keyring = Keyring::load(store)?;
    let is_asked = manifest.posture.transport != Transport::Mtls || keyring.keeps_password;
    let broker_password = match &manifest.broker.password {
        Some(source) => Some(given_password(source, project)?),
        None => keyring.broker_password().filter(|_| is_asked).cloned(),
    };
    let mut material = Material {
        keyring,
        broker_password,
        ..Material::default()
    };
    let is_under_way = material.keyring.rotation.is_some();
    if !manifest.posture.transport.encrypts() && !is_under_way {
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
            let name = component.name.to_string();
            material.pairs.insert(name, as_pem(&pair));
        }
    }
    Ok(material)
}

fn as_pem(pair: &pki::Pair) -> Pair {
    Pair {
        certificate: pair.certificate.to_pem(),
        key: pair.key.to_pem(),
    }
}

/// What plans call the CAs that are trusted, the certificates and the password.
pub(crate) fn names(
    store: &mut Folder,
    manifest: &Manifest,
    material: &Material,
    now: OffsetDateTime,
) -> anyhow::Result<Names> {
    let mut names = Names {
        password: (material.broker_password.as_ref()).map(|_| PASSWORD_NAME.to_owned()),
        ..Names::default()
    };
    let pki = Pki::on(store);
    if let Some(held) = pki.current(now)? {
        let trusted = pki.trusted(&held.authority, now)?;
        names.authorities = trusted.iter().map(short_name).collect();
    }
    for component in &manifest.components {
        if let Some(pair) = pki.get(&Label::new(component.name.as_str())?)? {
            let leaf = leaf_of(&pki, &pair.certificate)?;
            names.leaves.insert(component.name.to_string(), leaf);
        }
    }
    Ok(names)
}

/// What plans call the broker's password: there is one, and nothing of it may be shown, not
/// even a fingerprint, which can be guessed at.
pub(crate) const PASSWORD_NAME: &str = "broker-password";

/// What plans call a certificate: the beginning of its serial number, as titles of CAs have it.
pub(crate) fn short_name(certificate: &Certificate) -> String {
    let serial = &certificate.serial;
    serial[..serial.len().min(8)].to_owned()
}

fn leaf_of(pki: &Pki<'_>, certificate: &Certificate) -> anyhow::Result<Leaf> {
    let authorities = pki.authorities()?;
    let mut issuers = authorities.iter().map(|(_, authority)| authority);
    let issuer = issuers.find(|authority| authority.subject_der == certificate.issuer_der);
    Ok(Leaf {
        ca: issuer.map_or_else(|| "elsewhere".to_owned(), short_name),
        cert: Some(short_name(certificate)),
    })
}

/// What components are given at the present step.
fn present(store: &mut Folder, walk: &Walk) -> anyhow::Result<Present> {
    let pki = Pki::on(store);
    let mut present = Present {
        configs: walk.configs(),
        ..Present::default()
    };
    let adds = &walk.rotation.adds;
    if let Some(text) = &adds.broker_url {
        present.other_url = Url::parse(text).ok();
    }
    for (_, authority) in pki.authorities()? {
        let (name, pem) = (short_name(&authority), authority.to_pem());
        present.authorities.insert(name, pem);
    }
    for component in &walk.plan.components {
        let label = Label::new(&component.name)?;
        let mut pairs = Vec::new();
        if let Some(pair) = pki.get(&label)? {
            pairs.push(Named {
                leaf: leaf_of(&pki, &pair.certificate)?,
                is_new: false,
                pair: as_pem(&pair),
            });
        }
        if let (Some(called), Some(pair)) = (&adds.certificates, pki.next(&label)?) {
            let mut leaf = leaf_of(&pki, &pair.certificate)?;
            leaf.cert = Some(called.clone());
            pairs.push(Named {
                leaf,
                is_new: true,
                pair: as_pem(&pair),
            });
        }
        present.pairs.insert(component.name.clone(), pairs);
    }
    Ok(present)
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
