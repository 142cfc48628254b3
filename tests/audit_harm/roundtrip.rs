//! What is written passes: for every posture and target the audit of it finds nothing.

use crate::audit::{Finding, audit};
use crate::case::{Case, Signing, Target, Transport};
use crate::common;
use crate::project::{COMPONENTS, INSTALL, copy, init};

/// What is wrong with one case: findings of warning and above.
pub(crate) fn complaints(case: Case) -> Vec<String> {
    let mut wrong = Vec::new();
    let usual = common::folder();
    init(case, usual.path(), &[], &[]);
    collect(
        &mut wrong,
        case,
        "usual, project",
        audit(usual.path(), "."),
        &[],
    );
    if matches!(case.target, Target::Compose | Target::Kubernetes) {
        let found = whole(case);
        collect(&mut wrong, case, "whole, project", found, &[]);
    }
    let full = common::folder();
    let components = COMPONENTS.map(|(name, role)| format!("{name}={role}"));
    init(case, full.path(), &["--install", INSTALL], &components);
    collect(
        &mut wrong,
        case,
        "full, project",
        audit(full.path(), "."),
        &[],
    );
    collect(
        &mut wrong,
        case,
        "full, folder",
        audit(full.path(), "deploy"),
        &[],
    );
    let elsewhere = common::folder();
    copy(
        &full.path().join("deploy"),
        &elsewhere.path().join("handed-out"),
    );
    let found = audit(elsewhere.path(), ".");
    collect(
        &mut wrong,
        case,
        "full, elsewhere",
        found,
        &undeclared(case),
    );
    wrong
}

/// What is found where the tool writes whole services and workloads, as it does where the
/// manifest says which image runs.
fn whole(case: Case) -> Result<Vec<Finding>, String> {
    let folder = common::folder();
    init(case, folder.path(), &[], &[]);
    let manifest = folder.path().join("stem-sec.yaml");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let with_images = text.replace(": { role: ", ": { image: \"example/app:1\", role: ");
    assert_ne!(text, with_images);
    std::fs::write(&manifest, with_images).expect("is written");
    let mut again = common::stem_sec();
    again.args(["init", "--yes"]).current_dir(folder.path());
    let done = common::run(&mut again);
    match done.success {
        true => audit(folder.path(), "."),
        false => Err(done.said()),
    }
}

/// What only the manifest can say: the operator's choices, which are warnings without it.
fn undeclared(case: Case) -> Vec<&'static str> {
    let mut rules = Vec::new();
    if case.signing == Signing::Ed25519 {
        rules.push("verify-only-worker");
    }
    if case.signing == Signing::None {
        rules.push("signing-disabled");
    }
    if case.transport == Transport::Plaintext {
        rules.push("plaintext-url");
    }
    rules
}

/// Remembers findings of warning and above, but warnings of these rules.
pub(crate) fn collect(
    wrong: &mut Vec<String>,
    case: Case,
    what: &str,
    findings: Result<Vec<Finding>, String>,
    may_warn: &[&str],
) {
    let findings = findings.unwrap_or_else(|error| {
        wrong.push(format!("{case} ({what}): {error}"));
        Vec::new()
    });
    for finding in findings {
        let is_choice = finding.severity == "warning" && may_warn.contains(&finding.rule.as_str());
        if finding.severity != "note" && !is_choice {
            wrong.push(format!(
                "{case} ({what}): {} {} {:?}: {}",
                finding.severity, finding.rule, finding.places, finding.message
            ));
        }
    }
}
