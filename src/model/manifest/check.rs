//! From the file's words to a [`Manifest`] that makes sense, or to the one place that does
//! not.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_saphyr::Spanned;
use time::Date;
use time::macros::format_description;

use crate::model::artifact::Artifact;
use crate::model::ownership::{self, Holding};
use crate::model::posture::{Posture, Transport};
use crate::model::role::Role;

use super::component::{Component, ComponentName};
use super::duration;
use super::error::{ManifestError, Problem};
use super::file::{
    AuditFile, BrokerFile, ComponentFile, ComponentsFile, IgnoreFile, ManifestFile, RenderFile,
    RotationFile, StoresFile,
};
use super::read::position;
use super::url::{Url, is_host};
use super::{Audit, Broker, Ignore, Manifest, PasswordSource, Render, Rotation, Stores};

type Checked<T> = Result<T, ManifestError>;

pub(super) fn manifest(file: ManifestFile) -> Checked<Manifest> {
    let posture = file.posture;
    let broker = broker(&file.broker, posture.transport)?;
    let password = broker.password.is_some();
    Ok(Manifest {
        posture,
        broker,
        stores: stores(&file.stores, posture.transport)?,
        components: components(&file.components, posture, password)?,
        render: render(&file.render)?,
        rotation: rotation(&file.rotation)?,
        audit: audit(&file.audit)?,
    })
}

fn at<T, U>(place: &Spanned<T>, result: Result<U, Problem>) -> Checked<U> {
    result.map_err(|problem| ManifestError {
        position: position(place.referenced),
        problem,
    })
}

fn optional<T, U>(
    value: Option<&Spanned<T>>,
    check: impl Fn(&T) -> Result<U, Problem>,
) -> Checked<Option<U>> {
    value
        .map(|value| at(value, check(&value.value)))
        .transpose()
}

fn refuse_if(wrong: bool, problem: Problem) -> Result<(), Problem> {
    if wrong { Err(problem) } else { Ok(()) }
}

fn broker(file: &BrokerFile, transport: Transport) -> Checked<Broker> {
    let url = at(
        &file.url,
        Url::parse(&file.url.value).and_then(|url| url.check_broker(transport).map(|()| url)),
    )?;
    let names = match &file.names {
        None => vec![url.host().to_owned()],
        Some(names) => {
            for name in &names.value {
                at(name, host_name(&name.value))?;
            }
            let values: Vec<String> = names.value.iter().map(|n| n.value.clone()).collect();
            if transport.encrypts() {
                at(names, refuse_if(values.is_empty(), Problem::NoNames))?;
                let covered = values.iter().any(|name| covers(name, url.host()));
                at(names, refuse_if(!covered, Problem::HostNotCovered))?;
            }
            values
        }
    };
    let password_file = optional(file.password_file.as_ref(), |value| path(value))?;
    let password_env = optional(file.password_env.as_ref(), |value| variable(value))?;
    let password = match (password_file, password_env, &file.password_env) {
        (Some(_), Some(_), Some(second)) => at(second, Err(Problem::TwoPasswords))?,
        (Some(path), ..) => Some(PasswordSource::File(path)),
        (None, variable, _) => variable.map(PasswordSource::Environment),
    };
    Ok(Broker {
        url,
        names,
        password,
    })
}

/// Only what can be no host at all; what a certificate can carry is judged where it is minted.
fn host_name(name: &str) -> Result<(), Problem> {
    let host = name.strip_prefix("*.").unwrap_or(name);
    let valid = is_host(host) || name.parse::<std::net::IpAddr>().is_ok();
    refuse_if(!valid, Problem::HostName)
}

/// Whether a certificate's name covers a host. Names that are not ASCII are let through:
/// their two spellings are compared where certificates are minted.
fn covers(name: &str, host: &str) -> bool {
    let (name, host) = (name.trim_end_matches('.'), host.trim_end_matches('.'));
    if !name.is_ascii() || !host.is_ascii() {
        return true;
    }
    if let (Ok(one), Ok(other)) = (
        name.parse::<std::net::IpAddr>(),
        host.parse::<std::net::IpAddr>(),
    ) {
        return one == other;
    }
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(domain), Some((_, parent))) => domain.eq_ignore_ascii_case(parent),
        (Some(_), None) => false,
        (None, _) => name.eq_ignore_ascii_case(host),
    }
}

fn variable(name: &str) -> Result<String, Problem> {
    let valid = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    refuse_if(!valid, Problem::VariableName).map(|()| name.to_owned())
}

fn path(text: &str) -> Result<String, Problem> {
    let valid = !text.trim().is_empty() && !text.chars().any(char::is_control);
    refuse_if(!valid, Problem::Path).map(|()| text.to_owned())
}

/// What is written there may be given to other users: nothing outside the project, and not
/// the store.
fn out_folder(text: &str) -> Result<String, Problem> {
    let parts: Vec<&str> = text.split('/').filter(|part| *part != ".").collect();
    let leaves = text.starts_with('/') || parts.contains(&"..");
    let in_store = parts.iter().any(|part| part.starts_with(".stem-sec"));
    refuse_if(leaves || in_store, Problem::OutNotInside)?;
    path(text)
}

fn stores(file: &StoresFile, transport: Transport) -> Checked<Stores> {
    let store = |value: &Option<Spanned<String>>| {
        optional(value.as_ref(), |text| {
            Url::parse(text).and_then(|url| url.check_store(transport).map(|()| url))
        })
    };
    Ok(Stores {
        backend: store(&file.backend)?,
        schedule: store(&file.schedule)?,
        revoke: store(&file.revoke)?,
        workflow: store(&file.workflow)?,
    })
}

fn components(
    file: &Spanned<ComponentsFile>,
    posture: Posture,
    password: bool,
) -> Checked<Vec<Component>> {
    let entries = &file.value.0;
    at(file, refuse_if(entries.is_empty(), Problem::NoComponents))?;
    let mut seen = BTreeSet::new();
    let mut components = Vec::with_capacity(entries.len());
    for (key, entry) in entries {
        let name = at(key, ComponentName::parse(&key.value))?;
        let twice = !seen.insert(name.clone());
        at(key, refuse_if(twice, Problem::DuplicateKey))?;
        components.push(component(key, name, entry, posture, password)?);
    }
    Ok(components)
}

fn component(
    key: &Spanned<String>,
    name: ComponentName,
    file: &ComponentFile,
    posture: Posture,
    password: bool,
) -> Checked<Component> {
    let component = Component {
        roles: roles(key, &name, file)?,
        name,
        service: optional(file.service.as_ref(), |text| word(text))?,
        image: optional(file.image.as_ref(), |text| word(text))?,
        command: words(file.command.as_deref().unwrap_or_default())?,
        uid: file.uid,
        gid: file.gid,
        retries_lost: file.retries.is_some(),
        enqueues: file.enqueues.as_ref().is_some_and(|value| value.value),
        serves_https: file.serves.is_some(),
        holds: distinct(file.holds.as_deref().unwrap_or_default(), Artifact::name)?,
        system_ca: file.ca.is_some(),
    };
    options_fit_roles(&component, file, posture)?;
    for artifact in file.holds.iter().flatten() {
        let holding = ownership::holding(artifact.value, &component.holder(password), posture);
        at(
            artifact,
            refuse_if(
                holding == Holding::Forbidden,
                Problem::MustNotHold {
                    component: component.name.to_string(),
                    artifact: artifact.value,
                    posture,
                },
            ),
        )?;
    }
    Ok(component)
}

fn roles(key: &Spanned<String>, name: &ComponentName, file: &ComponentFile) -> Checked<Vec<Role>> {
    match (file.role, &file.roles) {
        (Some(_), Some(_)) => at(key, Err(Problem::RoleAndRoles(name.to_string()))),
        (Some(role), None) => Ok(vec![role]),
        (None, Some(roles)) if !roles.is_empty() => distinct(roles, Role::name),
        (None, _) => at(key, Err(Problem::NoRole(name.to_string()))),
    }
}

fn distinct<T: Copy + PartialEq>(
    list: &[Spanned<T>],
    word: impl Fn(T) -> &'static str,
) -> Checked<Vec<T>> {
    let mut values = Vec::with_capacity(list.len());
    for item in list {
        let twice = values.contains(&item.value);
        at(
            item,
            refuse_if(twice, Problem::ListedTwice(word(item.value))),
        )?;
        values.push(item.value);
    }
    Ok(values)
}

/// An option that has no meaning in a component's roles is a misunderstanding, and is said.
fn options_fit_roles(component: &Component, file: &ComponentFile, posture: Posture) -> Checked<()> {
    let name = || component.name.to_string();
    let has = |role| component.roles.contains(&role);
    if let Some(retries) = &file.retries {
        let wrong = !has(Role::Worker);
        at(
            retries,
            refuse_if(wrong, Problem::RetriesOfNoWorker(name())),
        )?;
    }
    if let Some(enqueues) = &file.enqueues {
        let wrong = !has(Role::Dashboard);
        at(
            enqueues,
            refuse_if(wrong, Problem::EnqueuesOfNoDashboard(name())),
        )?;
    }
    if let Some(serves) = &file.serves {
        let holder = component.holder(false);
        let holding = ownership::holding(Artifact::ServerKey, &holder, posture);
        at(
            serves,
            refuse_if(!holding.permits(), Problem::MayNotServe(name())),
        )?;
    }
    if let Some(ca) = &file.ca {
        let holder = component.holder(false);
        let connects = ownership::holding(Artifact::BrokerUrl, &holder, posture).permits();
        at(ca, refuse_if(!connects, Problem::CaOfNoClient(name())))?;
    }
    Ok(())
}

fn render(file: &RenderFile) -> Checked<Render> {
    let default = Render::default();
    Ok(Render {
        target: file.target.unwrap_or(default.target),
        out: optional(file.out.as_ref(), |text| out_folder(text))?.unwrap_or(default.out),
        install: optional(file.install.as_ref(), |text| {
            path(text)?;
            refuse_if(!text.starts_with('/'), Problem::InstallNotAbsolute)?;
            Ok(text.clone())
        })?,
        project: optional(file.project.as_ref(), |text| path(text))?,
        namespace: optional(file.namespace.as_ref(), |text| {
            ComponentName::parse(text).map(|name| name.to_string())
        })?,
    })
}

/// What a process manager takes as one word: a service, a unit, an image.
fn word(text: &str) -> Result<String, Problem> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte);
    let starts = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    refuse_if(
        !starts || !text.bytes().all(fits) || text.len() > 255,
        Problem::Word,
    )?;
    Ok(text.to_owned())
}

fn words(list: &[Spanned<String>]) -> Checked<Vec<String>> {
    let one = |item: &Spanned<String>| {
        let bad = item.value.chars().any(char::is_control);
        at(item, refuse_if(bad, Problem::Word))?;
        Ok(item.value.clone())
    };
    list.iter().map(one).collect()
}

fn rotation(file: &RotationFile) -> Checked<Rotation> {
    let span = |value: &Option<Spanned<String>>| -> Checked<Option<Duration>> {
        optional(value.as_ref(), |text| {
            duration::parse(text).ok_or(Problem::Duration)
        })
    };
    let default = Rotation::default();
    Ok(Rotation {
        max_delay: span(&file.max_delay)?,
        max_backlog: span(&file.max_backlog)?,
        max_run_time: span(&file.max_run_time)?.unwrap_or(default.max_run_time),
        max_backoff: span(&file.max_backoff)?.unwrap_or(default.max_backoff),
        clock_skew: span(&file.clock_skew)?.unwrap_or(default.clock_skew),
        max_age: span(&file.max_age)?,
    })
}

fn audit(file: &AuditFile) -> Checked<Audit> {
    Ok(Audit {
        fail_on: file.fail_on.unwrap_or_default(),
        ignore: file
            .ignore
            .iter()
            .flatten()
            .map(ignore)
            .collect::<Checked<_>>()?,
    })
}

fn ignore(file: &IgnoreFile) -> Checked<Ignore> {
    let is_id = |text: &str| {
        text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
    };
    at(
        &file.rule,
        refuse_if(!is_id(&file.rule.value), Problem::RuleId),
    )?;
    let reason = file.reason.value.trim();
    at(
        &file.reason,
        refuse_if(reason.is_empty(), Problem::NoReason),
    )?;
    Ok(Ignore {
        rule: file.rule.value.clone(),
        path: optional(file.path.as_ref(), |text| path(text))?,
        reason: reason.to_owned(),
        until: optional(file.until.as_ref(), |text| date(text))?,
    })
}

fn date(text: &str) -> Result<Date, Problem> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| Problem::Date)
}
