//! What `init` says at the end: what is new, what to start, what to copy where.

use std::fmt::Write as _;
use std::path::Path;

use super::declare::Declared;
use super::mint::Minted;
use crate::cli::deploy::Deployed;
use crate::cli::place::{MANIFEST, STORE};
use crate::model::manifest::{LOST_RETRIES, Target};
use crate::model::role::Role;
use crate::render::dotenv::ENV_FILE;
use crate::term::clean;

/// The report of one run.
pub(super) fn text(
    project: &Path,
    declared: &Declared,
    minted: &Minted,
    deployed: &Deployed,
) -> String {
    let mut text = String::new();
    let manifest = &declared.manifest;
    let changed = declared.is_new || !minted.news.is_empty() || !deployed.written.is_empty();
    let at = |path: &Path| shown(path);
    let _ = writeln!(text, "{}: {}", at(project), manifest.posture);
    if !changed {
        text.push_str("everything is there already; nothing was changed\n");
    }
    for news in &minted.news {
        let _ = writeln!(text, "  minted  {}", clean(news));
    }
    if !deployed.written.is_empty() {
        let _ = writeln!(
            text,
            "  wrote   {} files in {}",
            deployed.written.len(),
            at(&deployed.out)
        );
    }
    for (folder, owner) in &deployed.to_give_away {
        let _ = writeln!(
            text,
            "\nGive the folder to its user:\n  sudo chown -R {owner} {}",
            at(folder)
        );
    }
    // the other targets say in their notes what to do
    if manifest.render.target == Target::Dotenv {
        text.push_str(&next_steps(declared, deployed));
    }
    let _ = writeln!(
        text,
        "\nKeep {} here: it holds the CA key and every signing key. {} holds no secret; commit it.",
        at(&project.join(STORE)),
        at(&project.join(MANIFEST))
    );
    for note in &deployed.notes {
        let lines: Vec<_> = note.lines().map(clean).collect();
        let _ = writeln!(text, "\n{}", lines.join("\n"));
    }
    let lossy = manifest
        .components
        .iter()
        .filter(|component| manifest.loses_retries(component));
    let lossy: Vec<&str> = lossy.map(|component| component.name.as_str()).collect();
    if !lossy.is_empty() {
        let _ = writeln!(text, "\nNote ({}): {LOST_RETRIES}.", lossy.join(", "));
        text.push_str("To let a worker sign, say `roles: [worker, producer]` in stem-sec.yaml instead of `retries: lost`.\n");
    }
    text
}

fn next_steps(declared: &Declared, deployed: &Deployed) -> String {
    let mut text = String::new();
    let manifest = &declared.manifest;
    let at = |path: &Path| shown(path);
    let is_broker = |name: &&String| {
        manifest
            .component(name)
            .is_some_and(|component| component.roles.contains(&Role::Broker))
    };
    let installed = manifest.render.install.as_deref();
    let (brokers, clients): (Vec<_>, Vec<_>) = deployed.components.iter().partition(is_broker);
    if let Some(install) = installed {
        text.push_str("\nCopy each folder to its component's machine:\n");
        for name in &deployed.components {
            let _ = writeln!(
                text,
                "  {} -> {install}/{name}",
                at(&deployed.out.join(name))
            );
        }
    }
    let folder = |name: &str| {
        installed.map_or_else(
            || at(&deployed.out.join(name)),
            |install| format!("{install}/{name}"),
        )
    };
    if !brokers.is_empty() {
        text.push_str("\nStart the broker, in a folder where it may keep its snapshots:\n");
        for name in brokers {
            let _ = writeln!(text, "  redis-server {}/redis.conf", folder(name));
        }
    }
    if !clients.is_empty() {
        text.push_str(
            "\nStart each component with its own variables, and give it no other folder:\n",
        );
        for name in clients {
            let _ = writeln!(text, "  {name}: {}/{ENV_FILE}", folder(name));
        }
    }
    text
}

/// A path as messages name it: safe for a terminal, and without `./`.
fn shown(path: &Path) -> String {
    let path = path
        .strip_prefix(".")
        .ok()
        .filter(|rest| *rest != Path::new(""))
        .unwrap_or(path);
    clean(&path.to_string_lossy()).into_owned()
}
