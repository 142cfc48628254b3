//! `key-in-git`: a file with a secret that git has, or will have.

use super::examples::WORKER;
use super::places::{Lying, lying, stores};
use super::{Example, Family, Rule, file};
use crate::audit::case::Case;
use crate::audit::finding::Finding;
use crate::audit::tree::{FileKind, InGit};
use crate::model::manifest::Severity;

pub(super) static RULE: Rule = Rule {
    id: "key-in-git",
    family: Family::Places,
    severity: Severity::Error,
    says: "a file with a secret is under version control",
    why: "Whoever has a copy of the repository has the secret, and keeps it: what was committed once stays in \
        the history when the file is gone.",
    fix: "make new keys, and keep the file out of git",
    bad: Example(&[WORKER.tracked()]),
    good: Example(&[
        file(".gitignore", "*.env\n").tracked(),
        WORKER,
        file(
            "worker.env.example",
            "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret>
STEM_SIGNING_ACTIVE_KEY=primary
",
        )
        .tracked(),
    ]),
    check,
};

fn check(case: &Case<'_>, out: &mut Vec<Finding>) {
    for record in lying(case) {
        match case.tree.in_git(&record.path) {
            Some(InGit::Tracked) => out.push(tracked(&record)),
            Some(InGit::Open) => out.push(open(&record)),
            Some(InGit::Ignored) | None => {}
        }
    }
    for (_, secrets) in stores(case) {
        for path in secrets {
            let place = case.tree.place_of(&path);
            match case.tree.in_git(&path) {
                Some(InGit::Tracked) => out.push(
                    Finding::new(
                        &RULE,
                        place,
                        "a key of the store of keys is under version control",
                    )
                    .fix(take_out(&path))
                    .subject(&path),
                ),
                Some(InGit::Open) => out.push(
                    Finding::new(
                        &RULE,
                        place,
                        "nothing keeps this key of the store of keys out of git",
                    )
                    .severity(Severity::Warning)
                    .fix("write a .gitignore with the line `*` into the store")
                    .subject(&path),
                ),
                Some(InGit::Ignored) | None => {}
            }
        }
    }
}

fn tracked(record: &Lying<'_, '_>) -> Finding {
    let message = format!(
        "a file with secrets is under version control: {}",
        record.holds()
    );
    let fix = match record.kind {
        // the deployment itself has to stay under version control
        Some(
            FileKind::Compose
            | FileKind::Kustomization
            | FileKind::Kubernetes
            | FileKind::Unit
            | FileKind::DropIn
            | FileKind::RedisConf
            | FileKind::Dockerfile,
        ) => MOVE_OUT.to_owned(),
        _ => take_out(&record.path),
    };
    let finding = Finding::new(&RULE, record.secrets[0].place, message).fix(fix);
    explaining(record, record.about(finding))
}

fn open(record: &Lying<'_, '_>) -> Finding {
    let message = format!(
        "nothing keeps a file with secrets out of git: {}",
        record.holds()
    );
    let finding = Finding::new(&RULE, record.secrets[0].place, message)
        .severity(Severity::Warning)
        .fix("name the file in .gitignore, or move the secrets into one that is");
    explaining(record, record.about(finding))
}

fn explaining(record: &Lying<'_, '_>, finding: Finding) -> Finding {
    let subjects = record.secrets.iter().map(|one| one.subject.clone());
    finding.explaining(subjects)
}

const MOVE_OUT: &str =
    "make new keys, and move them out of this file into one that git does not have";

fn take_out(path: &str) -> String {
    format!(
        "make new keys, and take the file out of git: git rm --cached '{path}', and a line for it in .gitignore"
    )
}
