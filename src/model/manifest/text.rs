//! A manifest as people write it: one line a component, short mappings in braces, and a
//! comment where a choice was made that they should know of.

use std::fmt::Write;
use std::time::Duration;

use crate::model::role::Role;

use super::duration;
use super::{
    Audit, Component, Ignore, LOST_RETRIES, Manifest, PasswordSource, Rotation, Stores, VERSION,
};

/// Comments stand in this column where the line leaves room.
const COMMENT_COLUMN: usize = 44;
const WIDTH: usize = 100;

pub(super) fn of(manifest: &Manifest) -> String {
    let mut text = format!("version: {VERSION}\n");
    let posture = manifest.posture;
    let _ = writeln!(
        text,
        "posture: {{ signing: {}, transport: {} }}",
        posture.signing, posture.transport
    );
    broker(&mut text, manifest);
    stores(&mut text, &manifest.stores);
    components(&mut text, manifest);
    render(&mut text, manifest);
    rotation(&mut text, &manifest.rotation);
    audit(&mut text, &manifest.audit);
    text
}

fn broker(text: &mut String, manifest: &Manifest) {
    let broker = &manifest.broker;
    text.push_str("broker:\n");
    commented(
        text,
        &format!("  url: {}", scalar(broker.url.as_str())),
        "user info is refused here: password-file or password-env",
    );
    let names: Vec<String> = broker.names.iter().map(|name| scalar(name)).collect();
    commented(
        text,
        &format!("  names: [{}]", names.join(", ")),
        "what the server certificate must cover",
    );
    match &broker.password {
        Some(PasswordSource::File(path)) => {
            let _ = writeln!(text, "  password-file: {}", scalar(path));
        }
        Some(PasswordSource::Environment(name)) => {
            let _ = writeln!(text, "  password-env: {}", scalar(name));
        }
        None => {}
    }
}

fn stores(text: &mut String, stores: &Stores) {
    let entries = [
        ("backend", &stores.backend),
        ("schedule", &stores.schedule),
        ("revoke", &stores.revoke),
        ("workflow", &stores.workflow),
    ];
    let entries: Vec<String> = entries
        .into_iter()
        .filter_map(|(key, url)| url.as_ref().map(|url| pair(key, scalar(url.as_str()))))
        .collect();
    if !entries.is_empty() {
        mapping(text, "stores", &entries);
    }
}

fn components(text: &mut String, manifest: &Manifest) {
    text.push_str("components:\n");
    let mut explained = false;
    for component in &manifest.components {
        let line = format!(
            "  {}: {{ {} }}",
            scalar(component.name.as_str()),
            component_entries(component).join(", ")
        );
        if !manifest.loses_retries(component) {
            text.push_str(&line);
            text.push('\n');
            continue;
        }
        if !explained {
            wrapped_comment(text, LOST_RETRIES);
            explained = true;
        }
        commented(text, &line, "or roles: [worker, producer]");
    }
}

fn component_entries(component: &Component) -> Vec<String> {
    let mut entries = Vec::new();
    match component.roles.as_slice() {
        [role] => entries.push(pair("role", role.name().to_owned())),
        roles => entries.push(pair(
            "roles",
            list(roles.iter().map(|role: &Role| role.name())),
        )),
    }
    if let Some(service) = &component.service {
        entries.push(pair("service", scalar(service)));
    }
    if let Some(image) = &component.image {
        entries.push(pair("image", scalar(image)));
    }
    if !component.command.is_empty() {
        let words: Vec<String> = component.command.iter().map(|word| quoted(word)).collect();
        entries.push(pair("command", format!("[{}]", words.join(", "))));
    }
    if let Some(uid) = component.uid {
        entries.push(pair("uid", uid.to_string()));
    }
    if let Some(gid) = component.gid {
        entries.push(pair("gid", gid.to_string()));
    }
    if component.retries_lost {
        entries.push(pair("retries", "lost".to_owned()));
    }
    if component.enqueues {
        entries.push(pair("enqueues", "true".to_owned()));
    }
    if component.serves_https {
        entries.push(pair("serves", "https".to_owned()));
    }
    if !component.holds.is_empty() {
        entries.push(pair(
            "holds",
            list(component.holds.iter().map(|a| a.name())),
        ));
    }
    if component.system_ca {
        entries.push(pair("ca", "system".to_owned()));
    }
    entries
}

fn render(text: &mut String, manifest: &Manifest) {
    let render = &manifest.render;
    let mut entries = vec![
        pair("target", render.target.name().to_owned()),
        pair("out", scalar(&render.out)),
    ];
    if let Some(install) = &render.install {
        entries.push(pair("install", scalar(install)));
    }
    if let Some(project) = &render.project {
        entries.push(pair("project", scalar(project)));
    }
    if let Some(namespace) = &render.namespace {
        entries.push(pair("namespace", scalar(namespace)));
    }
    mapping(text, "render", &entries);
}

fn rotation(text: &mut String, rotation: &Rotation) {
    let entries = [
        ("max-delay", rotation.max_delay),
        ("max-backlog", rotation.max_backlog),
        ("max-run-time", Some(rotation.max_run_time)),
        ("max-backoff", Some(rotation.max_backoff)),
        ("clock-skew", Some(rotation.clock_skew)),
        ("max-age", rotation.max_age),
    ];
    let entries: Vec<String> = entries
        .into_iter()
        .filter_map(|(key, span): (&str, Option<Duration>)| {
            span.map(|span| pair(key, duration::text(span)))
        })
        .collect();
    if rotation.max_delay.is_none() || rotation.max_backlog.is_none() {
        text.push_str(
            "# max-delay: how far ahead a message may be scheduled; max-backlog: how long it may wait in a\n\
             # queue. Only you know them; without both no date can be given for removing an old key.\n",
        );
    }
    mapping(text, "rotation", &entries);
}

fn audit(text: &mut String, audit: &Audit) {
    let mut entries = vec![pair("fail-on", audit.fail_on.name().to_owned())];
    match audit.ignore.as_slice() {
        [] => mapping(text, "audit", &entries),
        [only] => {
            entries.push(pair("ignore", format!("[ {} ]", ignore(only))));
            mapping(text, "audit", &entries);
        }
        several => {
            let _ = writeln!(text, "audit:\n  {}\n  ignore:", entries[0]);
            for one in several {
                let _ = writeln!(text, "    - {}", ignore(one));
            }
        }
    }
}

fn ignore(ignore: &Ignore) -> String {
    let mut entries = vec![pair("rule", scalar(&ignore.rule))];
    if let Some(path) = &ignore.path {
        entries.push(pair("path", scalar(path)));
    }
    entries.push(pair("reason", quoted(&ignore.reason)));
    if let Some(until) = ignore.until {
        entries.push(pair("until", until.to_string()));
    }
    format!("{{ {} }}", entries.join(", "))
}

fn pair(key: &str, value: String) -> String {
    format!("{key}: {value}")
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", words.collect::<Vec<_>>().join(", "))
}

fn mapping(text: &mut String, key: &str, entries: &[String]) {
    let _ = writeln!(text, "{key}: {{ {} }}", entries.join(", "));
}

fn commented(text: &mut String, line: &str, comment: &str) {
    let padding = COMMENT_COLUMN.saturating_sub(line.chars().count()).max(3);
    let _ = writeln!(text, "{line}{}# {comment}", " ".repeat(padding));
}

fn wrapped_comment(text: &mut String, sentence: &str) {
    let mut line = String::from("  #");
    for word in sentence.split(' ') {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("  #");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

/// A YAML scalar that any reader takes for exactly this text: plain where that is beyond
/// doubt, else in double quotes.
fn scalar(text: &str) -> String {
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_./:+*".contains(&b))
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && !text.ends_with(':')
        && !is_word_of_yaml(text);
    let address = text.parse::<std::net::Ipv4Addr>().is_ok();
    if plain || address {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// What YAML 1.1 or 1.2 readers take for null or a truth value.
fn is_word_of_yaml(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            c => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}
