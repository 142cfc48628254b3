//! The end of a rotation: what it brought becomes what the store and the manifest say, what
//! it replaced goes out of use. The manifest comes first: as long as the rotation is still in
//! the keyring, its last step says what is rendered, and the end can be done again.

use super::declared;
use super::record;
use super::session::Session;
use super::walk::Walk;
use crate::cli::place::MANIFEST;
use crate::cli::{Failure, say_kept};
use crate::disk::{Access, Existing, Folder};
use crate::model::manifest::Url;
use crate::model::posture::Transport;
use crate::pki::{self, Label, Pki};
use crate::term;

/// Ends the rotation at its last step, there or back.
pub(super) fn finish(mut session: Session, walk: &Walk, why: Option<&str>) -> anyhow::Result<()> {
    let ends = walk.state(walk.plan.steps.len()).configs;
    let is_back = walk.rotation.back_from.is_some();
    let adds = &walk.rotation.adds;
    let mut transport = session.manifest.posture.transport;
    if let Some(posture) = adds.posture.filter(|_| !is_back) {
        let url = adds
            .broker_url
            .as_deref()
            .and_then(|url| Url::parse(url).ok());
        let wanted = declared::wanted(&session.manifest, posture, url.as_ref());
        write_manifest(&session, &wanted)?;
        transport = posture.transport;
    }
    walk.settle_keys(&mut session.keyring, true);
    let has_password = ends.iter().any(|config| config.password.is_some());
    let is_declared = session.manifest.broker.password.is_some();
    session.keyring.keeps_password = transport == Transport::Mtls && has_password && !is_declared;
    let mut pki = Pki::on(&mut session.store);
    if let Some(serial) = &adds.authority {
        let is_trusted = |serial: &str| {
            let mut trusts = ends.iter().flat_map(|config| &config.trust);
            trusts.any(|name| serial.starts_with(name.as_str()))
        };
        if is_trusted(serial) {
            pki.succeed(serial, |other| !is_trusted(other))?;
        } else {
            pki.give_up(serial)?;
        }
    }
    if let Some(called) = &adds.certificates {
        for (component, config) in walk.plan.components.iter().zip(&ends) {
            let leaf = config.leaf.as_ref();
            if leaf.is_some_and(|leaf| leaf.cert.as_ref() == Some(called)) {
                pki.adopt_next(&Label::new(&component.name)?)?;
            }
        }
    }
    let what = match is_back {
        true => format!("ended where it began: {}", walk.rotation.title),
        false => format!("ended: {}", walk.rotation.title),
    };
    record::add(&mut session.keyring, session.now, what, why);
    session.keyring.rotation = None;
    session.keyring.stage(&mut session.store)?;
    let path = session.store.path().to_owned();
    say_kept(&session.store.commit()?);
    pki::clear_next(&Folder::open(&path)?)?;
    Ok(())
}

fn write_manifest(
    session: &Session,
    wanted: &crate::model::manifest::Manifest,
) -> anyhow::Result<()> {
    let edited = declared::edited(&session.text, wanted).map_err(|lines| Failure {
        message: format!("`{MANIFEST}` cannot be changed to the new posture, as it is written"),
        hint: format!(
            "write this into it, and run the same again: {}",
            lines.join(", ")
        ),
    })?;
    if edited == session.text {
        return Ok(());
    }
    let mut folder = Folder::open(&session.project)?;
    let access = folder.access_of(MANIFEST)?.unwrap_or(Access::PUBLIC);
    folder.stage(MANIFEST, &edited, access, Existing::Replace)?;
    folder.commit()?;
    term::say(&format!(
        "`{MANIFEST}` says the posture {} now",
        wanted.posture
    ));
    Ok(())
}
