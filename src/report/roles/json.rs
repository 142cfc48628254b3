//! The table for programs: one shape for all roles and for one.

use serde_json::{Map, Value, json};

use super::{Place, lines};
use crate::model::artifact::Artifact;
use crate::model::ownership::{Cell, Holding, Row};
use crate::model::posture::Posture;
use crate::model::role::Role;

pub(super) fn document(posture: Posture, roles: &[Role]) -> String {
    let legend: Map<String, Value> = Holding::ALL
        .into_iter()
        .map(|holding| {
            let entry = json!({ "letter": holding.letter(), "meaning": holding.meaning() });
            (holding.name().to_owned(), entry)
        })
        .collect();
    let artifacts: Vec<Value> = lines(posture)
        .into_iter()
        .map(|(artifact, row)| line(artifact, row, roles))
        .collect();
    let document = json!({
        "schema": "stem-sec/roles/v1",
        "posture": { "signing": posture.signing.name(), "transport": posture.transport.name() },
        "roles": roles.iter().map(|role| role.name()).collect::<Vec<_>>(),
        "legend": legend,
        "artifacts": artifacts,
    });
    format!("{document:#}\n")
}

fn line(artifact: Artifact, row: &Row, roles: &[Role]) -> Value {
    let holdings: Map<String, Value> = roles
        .iter()
        .map(|role| {
            let cell = row.cells[*role as usize];
            (role.name().to_owned(), holding(artifact, *role, cell))
        })
        .collect();
    json!({
        "artifact": artifact.name(),
        "secret": artifact.is_secret(),
        "why": row.why,
        "source": row.source,
        "holdings": holdings,
    })
}

/// `otherwise` holds where one of the conditions does not.
fn holding(artifact: Artifact, role: Role, cell: Cell) -> Value {
    let place = Place::of(artifact, role);
    let conditions: Vec<&str> = cell.conditions.iter().map(|one| one.name()).collect();
    let otherwise = (!conditions.is_empty()).then(|| cell.otherwise.name());
    json!({
        "holding": cell.holding.name(),
        "conditions": conditions,
        "otherwise": otherwise,
        "variables": place.variables,
        "file": place.file,
    })
}
