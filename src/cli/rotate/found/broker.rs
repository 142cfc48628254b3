//! What a Redis is configured with, as its configuration and command line say it.

use super::site::Reading;
use crate::audit::case::Subject;
use crate::audit::server::Redis;
use crate::model::posture::Signing;
use crate::model::secret::Secret;
use crate::rotate::plan::{ClientAuth, Config, Leaf, Ports};

/// A broker, and the numbers of its ports: in clear, and with TLS; 0 for none.
pub(super) type Broker = (Config, (u16, u16));

/// Reads a Redis.
///
/// # Errors
/// What of it is not known, in words.
pub(super) fn read(
    reading: &mut Reading<'_, '_>,
    subject: &Subject<'_>,
    redis: &Redis,
) -> Result<Broker, String> {
    if !redis.is_complete {
        return Err("not all of its configuration could be read".to_owned());
    }
    let ports = match (redis.plain_port(), redis.tls_port()) {
        (Some(plain), Some(tls)) => (plain, tls),
        _ => return Err("its ports are not known".to_owned()),
    };
    let mut config = Config::new(Signing::None);
    config.ports = Ports {
        plain: ports.0 != 0,
        tls: ports.1 != 0,
    };
    config.password = password(reading, redis)?;
    if config.ports.tls {
        config.clients = clients(redis)?;
        config.trust = trust(reading, subject, redis)?;
        config.leaf = leaf(reading, subject, redis)?;
    }
    Ok((config, ports))
}

/// The value of a directive; an empty one is none.
fn value<'r>(redis: &'r Redis, name: &str) -> Result<Option<&'r str>, String> {
    match redis.last(name) {
        Some(told) if told.is_open => Err(format!("{name} is not known")),
        Some(_) => Ok(redis.value(name).filter(|text| !text.is_empty())),
        None => Ok(None),
    }
}

fn password(reading: &mut Reading<'_, '_>, redis: &Redis) -> Result<Option<String>, String> {
    for name in ["aclfile", "user"] {
        if redis.last(name).is_some() {
            return Err(format!(
                "it has users of its own (`{name}`), which are not followed"
            ));
        }
    }
    let text = value(redis, "requirepass")?;
    Ok(text.map(|text| reading.names.password(&Secret::new(text.to_owned()))))
}

fn clients(redis: &Redis) -> Result<ClientAuth, String> {
    let text = value(redis, "tls-auth-clients")?;
    match text.map(str::to_ascii_lowercase).as_deref() {
        None | Some("yes") => Ok(ClientAuth::Required),
        Some("optional") => Ok(ClientAuth::Optional),
        Some("no") => Ok(ClientAuth::Ignored),
        Some(_) => Err("tls-auth-clients is none of yes, optional, no".to_owned()),
    }
}

fn trust(
    reading: &mut Reading<'_, '_>,
    subject: &Subject<'_>,
    redis: &Redis,
) -> Result<Vec<String>, String> {
    if value(redis, "tls-ca-cert-dir")?.is_some() {
        return Err("tls-ca-cert-dir is not followed".to_owned());
    }
    let Some(path) = value(redis, "tls-ca-cert-file")? else {
        return Ok(Vec::new());
    };
    reading
        .trust(subject, path)
        .ok_or_else(|| "the file of tls-ca-cert-file is not among these".to_owned())
}

fn leaf(
    reading: &mut Reading<'_, '_>,
    subject: &Subject<'_>,
    redis: &Redis,
) -> Result<Option<Leaf>, String> {
    let (Some(path), Some(_)) = (
        value(redis, "tls-cert-file")?,
        value(redis, "tls-key-file")?,
    ) else {
        return Ok(None);
    };
    let Some(material) = reading.case.materials.at(subject.process, path) else {
        return Err("the file of tls-cert-file is not among these".to_owned());
    };
    let all: Vec<_> = material.certificates().map(|(_, one)| one).collect();
    let Some(first) = all.first() else {
        return Err("there is no certificate in the file of tls-cert-file".to_owned());
    };
    let leaf = reading.names.leaf(first, &all);
    match leaf {
        Some(leaf) => Ok(Some(leaf)),
        None => Err("who issued its certificate cannot be told".to_owned()),
    }
}
