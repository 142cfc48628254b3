//! A component as a service: what is the same in a whole file and in an override.

use serde::Serialize;

use super::error::ComposeRenderError;
use crate::formats::compose::encode::{self, AsWritten};
use crate::formats::redis_conf::Listens;
use crate::model::manifest::{Component, Manifest};
use crate::model::role::Role;
use crate::render::Held;
use crate::render::dotenv::ENV_FILE;

/// Where a container has its files, unless `render.install` says otherwise.
const FOLDER: &str = "/etc/stem";
const REDIS_PORT: u16 = 6379;
/// Runs where a broker's component names no image.
const REDIS_IMAGE: &str = "redis:7";

/// The fields of the template.
#[derive(Debug, Default, Serialize)]
pub(super) struct Fields {
    pub(super) name: String,
    /// Whether it is on top of a service that is there.
    pub(super) over: bool,
    pub(super) image: Option<AsWritten>,
    pub(super) command: Vec<String>,
    pub(super) user: Option<String>,
    pub(super) profile: Option<&'static str>,
    /// Whether the service below has any.
    pub(super) had_env_files: bool,
    pub(super) env_file: Vec<AsWritten>,
    /// Variables to be taken away one by one.
    pub(super) reset: Vec<String>,
    /// Variables that stay, where all have to be said again.
    pub(super) environment: Vec<Kept>,
    /// Whether none of them stays.
    pub(super) environment_is_emptied: bool,
    /// Whether the service below has any.
    pub(super) had_volumes: bool,
    pub(super) volumes: Vec<AsWritten>,
    pub(super) data: Option<String>,
    pub(super) files: Vec<Mount>,
    pub(super) grants: Vec<Grants>,
    pub(super) health: Option<String>,
    pub(super) broker: Option<String>,
    pub(super) aliases: Vec<String>,
    pub(super) role: String,
}

/// A variable of the user's own.
#[derive(Debug, Serialize)]
pub(super) struct Kept {
    pub(super) name: AsWritten,
    pub(super) value: AsWritten,
}

/// A file of the component's folder.
#[derive(Debug, Serialize)]
pub(super) struct Mount {
    pub(super) source: String,
    pub(super) target: String,
}

/// What stays of `secrets` or `configs`.
#[derive(Debug, Serialize)]
pub(super) struct Grants {
    pub(super) section: &'static str,
    pub(super) kept: Vec<AsWritten>,
}

/// Where every component's container has its files: each sees its own only.
pub(super) fn container_folder(manifest: &Manifest) -> String {
    let install = manifest.render.install.as_deref().unwrap_or(FOLDER);
    install.trim_end_matches('/').to_owned()
}

/// What a component has as a service of its own, or adds to one. `out` leads from the
/// compose file's folder to that of the components.
pub(super) fn own(
    manifest: &Manifest,
    held: &Held<'_>,
    out: &str,
) -> Result<Fields, ComposeRenderError> {
    let component = held.component;
    let name = component.name.as_str();
    ensure_valid(component, &held.folder)?;
    let roles: Vec<&str> = component.roles.iter().map(|role| role.name()).collect();
    let mut fields = Fields {
        name: component.service_name().to_owned(),
        command: component.command.clone(),
        user: user(component),
        role: roles.join(","),
        ..Fields::default()
    };
    if !held.holdings.variables.is_empty() {
        let path = format!("{out}/{name}/{ENV_FILE}");
        fields.env_file.push(encode::env_file(&path, false));
    }
    fields.files = held
        .holdings
        .files
        .iter()
        .map(|file| Mount {
            source: format!("{out}/{name}/{}", file.name),
            target: format!("{}/{}", held.folder, file.name),
        })
        .collect();
    if component.roles.contains(&Role::Broker) {
        if fields.command.is_empty() {
            let configuration = format!("{}/redis.conf", held.folder);
            fields.command = vec!["redis-server".to_owned(), configuration];
        }
        fields.health = Some(health(manifest, held));
    }
    if component.image.is_some() {
        fields.image = Some(image(component).1);
    }
    Ok(fields)
}

/// What a whole service needs besides: the image, and for the broker a place for its data.
pub(super) fn complete(manifest: &Manifest, component: &Component, fields: &mut Fields) {
    fields.image = Some(image(component).1);
    if component.roles == [Role::Cli] {
        fields.profile = Some("cli");
    }
    if component.roles.contains(&Role::Broker) {
        fields.data = Some(format!("{}-data", component.name));
        let host = manifest.broker.url.host();
        let is_name = host.parse::<std::net::IpAddr>().is_err() && host != "localhost";
        if is_name && host != fields.name {
            fields.aliases.push(host.to_owned());
        }
    } else if component.roles.iter().any(|role| role.is_stem()) {
        let broker = |other: &&Component| other.roles.contains(&Role::Broker);
        let broker = manifest.components.iter().find(broker);
        fields.broker = broker.map(|broker| broker.service_name().to_owned());
    }
}

/// The image, and the variable that has to be set where the manifest names none.
pub(super) fn image(component: &Component) -> (Option<String>, AsWritten) {
    if let Some(image) = &component.image {
        return (None, encode::interpolated(&image.replace('$', "$$")));
    }
    let name = component.name.as_str().replace('-', "_").to_uppercase();
    let digit = name.starts_with(|first: char| first.is_ascii_digit());
    let variable = format!("{}{name}_IMAGE", if digit { "_" } else { "" });
    if component.roles.contains(&Role::Broker) {
        return (
            None,
            encode::interpolated(&format!("${{{variable}:-{REDIS_IMAGE}}}")),
        );
    }
    let placeholder = encode::interpolated(&format!("${{{variable}:?set {variable}}}"));
    (Some(variable), placeholder)
}

fn user(component: &Component) -> Option<String> {
    match (component.uid, component.gid) {
        (Some(uid), Some(gid)) => Some(format!("{uid}:{gid}")),
        (Some(uid), None) => Some(uid.to_string()),
        (None, _) => None,
    }
}

/// A PING as any client sends it. An answer that asks for the password is one too.
fn health(manifest: &Manifest, held: &Held<'_>) -> String {
    let folder = &held.folder;
    let listens = held
        .listens
        .unwrap_or_else(|| Listens::on(manifest.posture.transport, REDIS_PORT));
    let port = listens.port().unwrap_or(REDIS_PORT);
    let mut words = vec!["redis-cli".to_owned(), "-p".to_owned(), port.to_string()];
    if listens.tls.is_some() {
        words.push("--tls".to_owned());
        for (option, file) in [
            ("--cacert", "ca.crt"),
            ("--cert", "server.crt"),
            ("--key", "server.key"),
        ] {
            words.extend([option.to_owned(), shell_word(&format!("{folder}/{file}"))]);
        }
    }
    format!("{} ping | grep -qE 'PONG|NOAUTH'", words.join(" "))
}

fn shell_word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    if text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn ensure_valid(component: &Component, folder: &str) -> Result<(), ComposeRenderError> {
    let service = component.service_name();
    let fits = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if service.is_empty() || !service.chars().all(fits) {
        return Err(ComposeRenderError::ServiceName {
            component: component.name.to_string(),
            service: service.to_owned(),
        });
    }
    if !folder.starts_with('/') || folder.contains("..") || folder.chars().any(char::is_control) {
        return Err(ComposeRenderError::Folder(folder.to_owned()));
    }
    let mut words = component.command.iter().chain(&component.image);
    if words.any(|word| word.contains('\0')) {
        return Err(ComposeRenderError::ZeroByte(component.name.to_string()));
    }
    Ok(())
}
