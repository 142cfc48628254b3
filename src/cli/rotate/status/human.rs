//! The status as text for people.

use std::fmt::Write as _;

use super::{Status, at};
use crate::cli::rotate::told;
use crate::cli::rotate::walk::Walk;
use crate::keyring::KeyState;
use crate::model::posture::Signing;
use crate::term;

/// The word for a state.
pub(super) fn state(state: KeyState) -> &'static str {
    match state {
        KeyState::Staged => "staged",
        KeyState::Active => "active",
        KeyState::Retiring => "retiring",
        KeyState::Retired => "retired",
    }
}

/// The whole status.
pub(super) fn text(status: &Status, history: bool) -> String {
    let mut out = String::new();
    match &status.walk {
        Some(walk) => rotation(&mut out, status, walk),
        None => out.push_str("no rotation is under way\n"),
    }
    if !status.keys.is_empty() {
        out.push_str("\nkeys:\n");
    }
    for key in &status.keys {
        let signing: Signing = key.material.signing();
        let days = (status.now - key.created).whole_days().max(0);
        let _ = writeln!(
            out,
            "  {:<9} {signing} {}, {days} d old",
            state(key.state),
            key.id
        );
    }
    if !status.due.is_empty() {
        out.push_str("\ndue:\n");
    }
    for line in &status.due {
        let _ = writeln!(out, "  {line}");
    }
    if history {
        out.push_str("\nhistory:\n");
        for event in &status.history {
            let why = event.why.as_deref();
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            let _ = writeln!(
                out,
                "  {} {}: {}{why}",
                at(event.when),
                event.who,
                event.what
            );
        }
    }
    let lines = out.lines().map(|line| format!("{}\n", term::clean(line)));
    lines.collect()
}

fn rotation(out: &mut String, status: &Status, walk: &Walk) {
    let rotation = &walk.rotation;
    let back = match rotation.back_from {
        Some(step) => format!(", on its way back since step {step}"),
        None => String::new(),
    };
    let began = rotation
        .entered
        .first()
        .copied()
        .map(at)
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "rotation: {}, begun {began}{back}\nstep {} of {}, begun {}\n",
        rotation.title,
        rotation.step,
        walk.plan.steps.len(),
        at(rotation.since())
    );
    for stage in &status.stages {
        let mark = match stage.number {
            number if number < rotation.step => "done",
            number if number == rotation.step => "now ",
            _ => "    ",
        };
        let who = stage.members.join(", ");
        let say = stage.say.as_deref().unwrap_or_default();
        let between = if who.is_empty() { "" } else { " " };
        let _ = writeln!(
            out,
            "  {mark} {:>2}. {}{between}{who}: {say}",
            stage.number,
            stage.verb.name()
        );
    }
    for confirmed in &rotation.confirmed {
        let _ = writeln!(
            out,
            "\nconfirmed: {}, {} by {}",
            confirmed.component,
            at(confirmed.when),
            confirmed.by
        );
    }
    for forced in &rotation.forced {
        let _ = writeln!(
            out,
            "\nstep {} was left without waiting for its gate, {} by {}: {}",
            forced.step,
            at(forced.when),
            forced.who,
            forced.reason
        );
    }
    if let Some(unproven) = told::unproven(walk) {
        let _ = writeln!(out, "\n{unproven}");
    }
    out.push_str("\nto do:\n");
    if status.is_rendered == Some(false) {
        out.push_str("  the files of this step are not written yet\n");
    }
    for line in &status.to_do {
        let _ = writeln!(out, "  {line}");
    }
}
