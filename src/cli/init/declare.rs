//! The manifest: read where there is one, else made of the flags and staged.

use std::path::Path;

use anyhow::Context;

use super::shape::Shape;
use crate::cli::place::MANIFEST;
use crate::cli::words::DEFAULT_POSTURE;
use crate::cli::{Failure, Usage};
use crate::disk::{Access, Existing, Folder, is_folder, read_optional};
use crate::mint::name::Name;
use crate::model::manifest::{
    Audit, Broker, Component, ComponentName, Manifest, Render, Rotation, Stores, Target, Url,
};
use crate::model::posture::{Posture, Signing, Transport};
use crate::model::role::Role;

/// The deployment as declared.
pub(super) struct Declared {
    pub(super) manifest: Manifest,
    /// Whether this run makes it.
    pub(super) is_new: bool,
    /// Where a new one is staged: it stays only if the rest can be done too.
    pub(super) staged: Option<Folder>,
}

/// Reads the manifest of the folder, or stages the one that the flags describe.
pub(super) fn manifest(folder: &Path, shape: &Shape) -> anyhow::Result<Declared> {
    match existing(folder, shape)? {
        Some(manifest) => Ok(Declared {
            manifest,
            is_new: false,
            staged: None,
        }),
        None => declare(folder, shape),
    }
}

/// The folder's manifest, where there is one; the flags must not say otherwise.
pub(super) fn existing(folder: &Path, shape: &Shape) -> anyhow::Result<Option<Manifest>> {
    let path = folder.join(MANIFEST);
    if !is_folder(folder)? {
        return Ok(None);
    }
    let Some(bytes) = read_optional(&path)? else {
        return Ok(None);
    };
    let manifest = Manifest::parse(&bytes).with_context(|| format!("`{}`", path.display()))?;
    ensure_agreement(&manifest, shape, &path)?;
    Ok(Some(manifest))
}

fn declare(folder: &Path, shape: &Shape) -> anyhow::Result<Declared> {
    let manifest = from_flags(shape)?;
    ensure_free(&folder.join(&manifest.render.out))?;
    let mut project = Folder::create(folder, Access::PUBLIC_FOLDER)?;
    project.stage(
        MANIFEST,
        manifest.text().as_bytes(),
        Access::PUBLIC,
        Existing::Refuse,
    )?;
    project.check()?;
    Ok(Declared {
        manifest,
        is_new: true,
        staged: Some(project),
    })
}

/// A fresh start must not end half-way because somebody else's files are in the way.
pub(super) fn ensure_free(out: &Path) -> Result<(), Failure> {
    match std::fs::symlink_metadata(out) {
        Ok(_) => Err(Failure {
            message: format!("`{}` is already there", out.display()),
            hint: "move it away, or name another folder: init writes all of it".to_owned(),
        }),
        Err(_) => Ok(()),
    }
}

pub(super) fn from_flags(shape: &Shape) -> anyhow::Result<Manifest> {
    let posture = Posture {
        signing: shape.signing.unwrap_or(DEFAULT_POSTURE.signing),
        transport: shape.transport.unwrap_or(DEFAULT_POSTURE.transport),
    };
    let url = match &shape.broker {
        Some(text) => url(text)?,
        None => url(usual_broker(posture.transport))?,
    };
    let stores = Stores {
        backend: database_after(&url, 1),
        schedule: database_after(&url, 2),
        ..Stores::default()
    };
    let manifest = Manifest {
        posture,
        broker: Broker {
            names: names(&url, &shape.host),
            url,
            password: None,
        },
        stores,
        components: components(shape, posture)?,
        render: Render {
            target: shape.target.unwrap_or(Render::default().target),
            install: shape.install.clone(),
            project: shape.project.clone(),
            ..Render::default()
        },
        rotation: Rotation::default(),
        audit: Audit::default(),
    };
    ensure_certifiable(&manifest)?;
    // the manifest's own rules judge the flags; where in the text is of no use here
    Manifest::parse(manifest.text()).map_err(|error| Usage {
        message: error.problem.to_string(),
        hint: error
            .problem
            .hint()
            .unwrap_or_else(|| "stem-sec init --help".to_owned()),
    })?;
    Ok(manifest)
}

/// Certificates take fewer names than resolvers do.
fn ensure_certifiable(manifest: &Manifest) -> Result<(), Usage> {
    if !manifest.posture.transport.encrypts() {
        return Ok(());
    }
    for name in &manifest.broker.names {
        Name::new(name).map_err(|error| Usage {
            message: error.to_string(),
            hint: error
                .hint()
                .unwrap_or_else(|| "name the broker as clients do: --host redis".to_owned()),
        })?;
    }
    Ok(())
}

pub(super) fn url(text: &str) -> Result<Url, Usage> {
    Url::parse(text).map_err(|problem| Usage {
        message: format!("--broker: {problem}"),
        hint: problem
            .hint()
            .unwrap_or_else(|| "write it as rediss://HOST:PORT/DATABASE".to_owned()),
    })
}

/// Where the broker is unless told.
pub(super) fn usual_broker(transport: Transport) -> &'static str {
    if transport.encrypts() {
        "rediss://redis:6379/0"
    } else {
        "redis://redis:6379/0"
    }
}

/// The same server, some databases further on.
fn database_after(url: &Url, step: u32) -> Option<Url> {
    let text = url.as_str();
    let server_end = text
        .find("://")
        .and_then(|at| text[at + 3..].find('/').map(|slash| at + 3 + slash));
    let (server, database) = server_end.map_or((text, "0"), |end| (&text[..end], &text[end + 1..]));
    let number: u32 = if database.is_empty() {
        0
    } else {
        database.parse().ok()?
    };
    Url::parse(&format!("{server}/{}", number + step)).ok()
}

pub(super) fn names(url: &Url, hosts: &[String]) -> Vec<String> {
    if !hosts.is_empty() {
        return hosts.to_vec();
    }
    let mut names = vec![url.host().to_owned()];
    for local in ["localhost", "127.0.0.1", "::1"] {
        if !names.iter().any(|name| name == local) {
            names.push(local.to_owned());
        }
    }
    names
}

fn components(shape: &Shape, posture: Posture) -> Result<Vec<Component>, Usage> {
    let mut components: Vec<Component> = if shape.component.is_empty() {
        DEFAULT_COMPONENTS
            .into_iter()
            .filter_map(|(name, role)| {
                Some(Component::new(ComponentName::parse(name).ok()?, vec![role]))
            })
            .collect()
    } else {
        shape
            .component
            .iter()
            .map(|(name, roles)| Component::new(name.clone(), roles.clone()))
            .collect()
    };
    for component in &mut components {
        component.retries_lost =
            posture.signing == Signing::Ed25519 && component.roles == [Role::Worker];
    }
    for (name, service) in &shape.service {
        named(&mut components, name, "--service")?.service = Some(service.clone());
    }
    for (name, owner) in &shape.owner {
        let component = named(&mut components, name, "--owner")?;
        (component.uid, component.gid) = (owner.uid, owner.gid);
    }
    if shape.target == Some(Target::Compose) {
        let brokers = components
            .iter_mut()
            .filter(|component| component.roles.contains(&Role::Broker));
        brokers.for_each(|broker| broker.uid = broker.uid.or(Some(REDIS_UID)));
    }
    Ok(components)
}

fn named<'c>(
    components: &'c mut [Component],
    name: &ComponentName,
    flag: &str,
) -> Result<&'c mut Component, Usage> {
    let found = components
        .iter_mut()
        .find(|component| component.name == *name);
    found.ok_or_else(|| Usage {
        message: format!("{flag} names `{name}`, which is no component"),
        hint: format!("add --component {name}=ROLE, or correct the name"),
    })
}

/// Whom the official images of Redis and Valkey run as, and nobody else's files they can read.
const REDIS_UID: u32 = 999;

/// Components unless told.
pub(super) const DEFAULT_COMPONENTS: [(&str, Role); 5] = [
    ("producer", Role::Producer),
    ("worker", Role::Worker),
    ("beat", Role::Beat),
    ("cli", Role::Cli),
    ("redis", Role::Broker),
];

/// A manifest that is there is the truth: flags may repeat what it says, and say nothing else.
fn ensure_agreement(manifest: &Manifest, shape: &Shape, path: &Path) -> Result<(), Usage> {
    let said = |flag: &Option<String>, value: &str| flag.as_ref().is_none_or(|flag| flag == value);
    let owners_agree = shape.owner.iter().all(|(name, owner)| {
        manifest
            .component(name.as_str())
            .is_some_and(|found| (found.uid, found.gid) == (owner.uid, owner.gid))
    });
    let services_agree = shape.service.iter().all(|(name, service)| {
        let component = manifest.component(name.as_str());
        component.is_some_and(|found| found.service_name() == service)
    });
    let components_agree = shape.component.is_empty()
        || shape.component.len() == manifest.components.len()
            && shape.component.iter().all(|(name, roles)| {
                manifest
                    .component(name.as_str())
                    .is_some_and(|found| found.roles == *roles)
            });
    let flags = [
        (
            "--signing",
            shape
                .signing
                .is_none_or(|signing| signing == manifest.posture.signing),
        ),
        (
            "--transport",
            shape
                .transport
                .is_none_or(|transport| transport == manifest.posture.transport),
        ),
        (
            "--target",
            shape
                .target
                .is_none_or(|target| target == manifest.render.target),
        ),
        (
            "--broker",
            said(&shape.broker, manifest.broker.url.as_str()),
        ),
        (
            "--host",
            shape.host.is_empty() || shape.host == manifest.broker.names,
        ),
        ("--component", components_agree),
        ("--owner", owners_agree),
        ("--service", services_agree),
        (
            "--project",
            said(
                &shape.project,
                manifest.render.project.as_deref().unwrap_or_default(),
            ),
        ),
        (
            "--install",
            said(
                &shape.install,
                manifest.render.install.as_deref().unwrap_or_default(),
            ),
        ),
    ];
    match flags.iter().find(|(_, agrees)| !agrees) {
        None => Ok(()),
        Some((flag, _)) => Err(Usage {
            message: format!(
                "`{}` is there already and says otherwise than {flag}",
                path.display()
            ),
            hint: "edit the file, which is yours, and run init without that flag".to_owned(),
        }),
    }
}
