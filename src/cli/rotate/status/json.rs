//! The status as one JSON object.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Status, human};
use crate::cli::rotate::walk::{Gate, Walk};

/// The whole status.
pub(super) fn text(status: &Status, history: bool) -> anyhow::Result<String> {
    let keys: Vec<Value> = status
        .keys
        .iter()
        .map(|key| {
            json!({
                "id": key.id.as_str(),
                "algorithm": key.material.signing().name(),
                "state": human::state(key.state),
                "created": when(key.created),
                "age_seconds": (status.now - key.created).whole_seconds().max(0),
            })
        })
        .collect();
    let mut document = json!({
        "schema": "stem-sec/rotate-status/v1",
        "at": when(status.now),
        "rotation": status.walk.as_ref().map(|walk| rotation(status, walk)),
        "keys": keys,
        "due": status.due,
    });
    if history {
        let events = status.history.iter().map(|event| {
            json!({
                "when": when(event.when),
                "who": event.who,
                "what": event.what,
                "why": event.why,
            })
        });
        document["history"] = events.collect();
    }
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn rotation(status: &Status, walk: &Walk) -> Value {
    let rotation = &walk.rotation;
    let steps: Vec<Value> = status
        .stages
        .iter()
        .map(|stage| {
            let entered = rotation.entered.get(stage.number - 1).copied();
            json!({
                "number": stage.number,
                "action": stage.verb.name(),
                "components": stage.members,
                "say": stage.say,
                "entered": entered.map(when),
            })
        })
        .collect();
    let confirmed: Vec<Value> = rotation
        .confirmed
        .iter()
        .map(|one| json!({ "component": one.component, "when": when(one.when), "by": one.by }))
        .collect();
    let forced: Vec<Value> = rotation
        .forced
        .iter()
        .map(|one| {
            json!({ "step": one.step, "when": when(one.when), "who": one.who, "reason": one.reason })
        })
        .collect();
    json!({
        "aim": rotation.aim,
        "title": rotation.title,
        "step": rotation.step,
        "steps": steps,
        "confirmed": confirmed,
        "forced": forced,
        "unproven_steps": walk.unproven(),
        "back_from": rotation.back_from,
        "gate": status.gate.as_ref().map(gate),
        "rendered": status.is_rendered,
        "to_do": status.to_do,
    })
}

fn gate(gate: &Gate) -> Value {
    match gate {
        Gate::Open => json!({ "state": "open" }),
        Gate::Unconfirmed(names) => json!({ "state": "unconfirmed", "components": names }),
        Gate::Until(end) => json!({ "state": "waiting", "until": when(*end) }),
        Gate::Unknown(settings) => json!({ "state": "unknown", "settings": settings }),
    }
}

/// To the second, as the keyring has it.
fn when(moment: OffsetDateTime) -> String {
    let whole = moment.replace_nanosecond(0).unwrap_or(moment);
    whole.format(&Rfc3339).unwrap_or_default()
}
