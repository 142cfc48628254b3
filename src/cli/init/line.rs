//! The command line that says the same as a [`Shape`], without questions. What `--yes`
//! would take anyway is left out.

use std::borrow::Cow;
use std::path::Path;

use super::declare::{self, DEFAULT_COMPONENTS};
use super::shape::Shape;
use crate::cli::words::DEFAULT_POSTURE;
use crate::model::manifest::{Render, Url};

/// The whole line, as a shell takes it.
pub(super) fn of(folder: &Path, shape: &Shape) -> String {
    let mut words = vec!["stem-sec".to_owned(), "init".to_owned()];
    if folder != Path::new(".") {
        let folder = folder.display().to_string();
        // a folder's name may look like a flag
        words.push(if folder.starts_with('-') {
            format!("./{folder}")
        } else {
            folder
        });
    }
    words.push("--yes".to_owned());
    words.extend(arguments(shape));
    let words: Vec<Cow<'_, str>> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// As a shell takes it; what no shell reads anything into stays bare.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,+@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        Cow::Borrowed(word)
    } else {
        shell_words::quote(word)
    }
}

/// The flags.
fn arguments(shape: &Shape) -> Vec<String> {
    let mut words = Vec::new();
    let mut say = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
    if let Some(signing) = shape.signing.filter(|it| *it != DEFAULT_POSTURE.signing) {
        say("--signing", signing.to_string());
    }
    if let Some(transport) = shape
        .transport
        .filter(|it| *it != DEFAULT_POSTURE.transport)
    {
        say("--transport", transport.to_string());
    }
    if let Some(target) = shape.target.filter(|it| *it != Render::default().target) {
        say("--target", target.name().to_owned());
    }
    let usual = declare::usual_broker(shape.transport.unwrap_or(DEFAULT_POSTURE.transport));
    if let Some(broker) = shape.broker.as_ref().filter(|it| *it != usual) {
        say("--broker", broker.clone());
    }
    let url = Url::parse(shape.broker.as_deref().unwrap_or(usual));
    let is_usual = |hosts: &[String]| url.is_ok_and(|url| declare::names(&url, &[]) == hosts);
    if !shape.host.is_empty() && !is_usual(&shape.host) {
        say("--host", shape.host.join(","));
    }
    if !has_usual_components(shape) {
        for (name, roles) in &shape.component {
            let roles: Vec<&str> = roles.iter().map(|role| role.name()).collect();
            say("--component", format!("{name}={}", roles.join("+")));
        }
    }
    for (name, service) in &shape.service {
        say("--service", format!("{name}={service}"));
    }
    for (name, owner) in &shape.owner {
        say("--owner", format!("{name}={}", owner));
    }
    if let Some(project) = &shape.project {
        say("--project", project.clone());
    }
    if let Some(install) = &shape.install {
        say("--install", install.clone());
    }
    words
}

fn has_usual_components(shape: &Shape) -> bool {
    let given = shape.component.iter();
    given
        .map(|(name, roles)| (name.as_str(), roles.as_slice()))
        .eq(DEFAULT_COMPONENTS
            .iter()
            .map(|(name, role)| (*name, std::slice::from_ref(role))))
}
