//! Findings for programs: `stem-sec/audit/v1`, a promise to those who read it.

use serde_json::{Value, json};

use super::View;
use crate::audit::finding::{Finding, Suppressed};
use crate::formats::place::Place;
use crate::model::manifest::Severity;
use crate::model::role::Role;

pub(super) fn text(view: &View<'_>) -> String {
    let verdict = view.verdict;
    let mut deployments = Vec::new();
    let mut processes = Vec::new();
    let listed = verdict.inventory.deployments.iter();
    for (listed, (posture, from)) in listed.zip(&verdict.postures) {
        let deployment = &listed.deployment;
        deployments.push(json!({
            "name": deployment.name,
            "posture": { "signing": posture.signing.name(), "transport": posture.transport.name() },
            "posture_from": from.name(),
            "assumptions": deployment.assumptions,
        }));
        for (process, entry) in listed.shown() {
            processes.push(json!({
                "name": process.name,
                "deployment": deployment.name,
                "roles": roles(&entry.assigned.roles),
                "roles_from": entry.assigned.from.name(),
                "location": place(view, process.place),
            }));
        }
    }
    let suppressed = verdict
        .findings
        .iter()
        .filter(|one| one.suppressed.is_some());
    let document = json!({
        "schema": "stem-sec/audit/v1",
        "summary": {
            "errors": view.count(Severity::Error),
            "warnings": view.count(Severity::Warning),
            "notes": view.count(Severity::Note),
            "suppressed": suppressed.count(),
            "deployments": deployments.len(),
            "processes": processes.len(),
        },
        "deployments": deployments,
        "processes": processes,
        "findings": verdict.findings.iter().map(|one| finding(view, one)).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn roles(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.name()).collect()
}

fn place(view: &View<'_>, place: Place) -> Value {
    json!({ "path": view.path(place.source), "line": place.line, "column": place.column })
}

fn finding(view: &View<'_>, finding: &Finding) -> Value {
    let related = finding.places().into_iter().map(|related| {
        let mut at = place(view, related.place);
        at["message"] = related.message.into();
        at
    });
    json!({
        "rule": finding.rule.id,
        "severity": finding.severity.name(),
        "message": finding.message,
        "deployment": finding.deployment,
        "component": finding.component(),
        "components": finding.hits.iter().map(|hit| hit.process.as_str()).collect::<Vec<_>>(),
        "roles": roles(&finding.roles()),
        "artifact": finding.artifact.map(|artifact| artifact.name()),
        "subject": finding.subject,
        "key": finding.key_id,
        "location": place(view, finding.place),
        "related": related.collect::<Vec<_>>(),
        "fix": finding.fix,
        "fingerprint": finding.fingerprint(view.tree),
        "suppressed": finding.suppressed.as_ref().map(suppressed),
    })
}

fn suppressed(suppressed: &Suppressed) -> Value {
    json!({ "by": suppressed.by.name(), "reason": suppressed.reason })
}
