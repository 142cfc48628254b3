//! `key-file-readable`: a file with a secret that every user of its host can read.

use super::examples::WORKER;
use super::places::{Lying, lying, stores};
use super::{Example, Family, Rule};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::tree::{FileKind, InGit};
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "key-file-readable",
    family: Family::Places,
    severity: Severity::Error,
    says: "a file with a secret is open to other users of its host",
    why: "Any program on that host, whoever runs it, can read what is in the file. Whoever may write to it, can \
        put other keys in the place of these.",
    fix: "take the others' permissions away: chmod 600, or 640 with the group of the process",
    bad: Example(&[WORKER.mode(0o644)]),
    good: Example(&[WORKER.mode(0o640)]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for record in lying(case) {
        if case.tree.in_git(&record.path) == Some(InGit::Tracked) {
            continue;
        }
        let Some(first) = record
            .secrets
            .iter()
            .find(|one| is_kept_for_it(&record, one.is_bundled))
        else {
            continue;
        };
        if let Some(message) = opens(case, &record.path) {
            let fix = format!(
                "take the others' permissions away: chmod 600 '{}', or 640 with the group of the process",
                record.path
            );
            let finding = Finding::new(&RULE, first.place, message).fix(fix);
            out.push(record.about(finding));
        }
    }
    for (store, secrets) in stores(case) {
        let is_tracked = |path: &String| case.tree.in_git(path) == Some(InGit::Tracked);
        let mode = case.tree.mode(&store).unwrap_or(0o700);
        if mode & 0o077 != 0 && !secrets.iter().any(is_tracked) {
            let message = "the store of keys is open to other users of this host";
            out.push(
                Finding::new(&RULE, case.tree.place_of(&store), message)
                    .fix(format!("close the folder: chmod 700 '{store}'"))
                    .subject(&store),
            );
        }
    }
}

/// Whether the file is there for its secrets: what is written into deployment files has other
/// rules.
fn is_kept_for_it(record: &Lying<'_, '_>, is_bundled: bool) -> bool {
    match record.kind {
        Some(FileKind::Kubernetes | FileKind::Kustomization) => is_bundled,
        Some(
            FileKind::Compose
            | FileKind::Unit
            | FileKind::DropIn
            | FileKind::Mask
            | FileKind::Dockerfile
            | FileKind::HelmSource
            | FileKind::Manifest,
        ) => false,
        Some(FileKind::EnvFile | FileKind::RedisConf | FileKind::KeyMaterial) => true,
        // pages and scripts that nobody is started with have no secrets of their own
        Some(FileKind::Other) | None => record.site.is_some(),
    }
}

/// Who else can do what with a file.
fn opens(case: &Case<'_>, path: &str) -> Option<&'static str> {
    let mode = case.tree.mode(path)?;
    if case.tree.is_behind_closed_folder(path) {
        return None;
    }
    if mode & 0o004 != 0 {
        Some("a file with secrets can be read by every user of this host")
    } else if mode & 0o002 != 0 {
        Some("a file with secrets can be written by every user of this host")
    } else if mode & 0o020 != 0 {
        Some("a file with secrets can be written by its whole group")
    } else {
        None
    }
}
