//! What is to be done now, in sentences on standard error.

use time::OffsetDateTime;

use super::walk::{Gate, Walk};
use crate::mint::x509::moment;
use crate::model::manifest::Manifest;
use crate::rotate::itinerary::{Itinerary, Stage, Verb};
use crate::term;

/// What is left to do where files lie that no component needs any more.
pub(super) const PRUNE: &str =
    "files lie there that no component needs any more: stem-sec render --prune removes them";

/// `step 2 of 4`.
pub(crate) fn number(walk: &Walk) -> String {
    let back = if walk.rotation.back_from.is_some() {
        ", on the way back"
    } else {
        ""
    };
    let (step, all) = (walk.rotation.step, walk.plan.steps.len());
    format!("step {step} of {all}{back}")
}

/// The present step of the plan.
pub(super) fn stage(walk: &Walk) -> Option<Stage> {
    let mut stages = Itinerary::of(&walk.plan).stages;
    let at = walk.rotation.step.checked_sub(1)?;
    (at < stages.len()).then(|| stages.swap_remove(at))
}

/// Says what the present step is and what to do for it.
pub(super) fn say_step(walk: &Walk, manifest: &Manifest, now: OffsetDateTime) {
    let Some(stage) = stage(walk) else { return };
    let say = stage.say.as_deref().unwrap_or_default();
    term::say(&term::clean(&format!("{}: {say}", number(walk))));
    if let Some(unproven) = unproven(walk) {
        term::warn(&unproven);
    }
    for line in to_do(walk, &stage, manifest, now) {
        term::say(&term::clean(&line));
    }
}

/// What to do now, a sentence a line.
pub(super) fn to_do(
    walk: &Walk,
    stage: &Stage,
    manifest: &Manifest,
    now: OffsetDateTime,
) -> Vec<String> {
    let names = stage.members.join(", ");
    let confirm = format!(
        "then: stem-sec rotate advance --confirmed {}",
        walk.unconfirmed().join(",")
    );
    let gate = stage.gate.text();
    let mut lines = Vec::new();
    match stage.verb {
        Verb::Roll => lines.push(format!(
            "stem-sec render, hand the files out, and restart {names}; wait until {gate}"
        )),
        Verb::Start => lines.push(format!(
            "stem-sec render, hand the files out, and start {names}; wait until {gate}"
        )),
        Verb::Stop => lines.push(format!("stop {names}; wait until {gate}")),
        Verb::Wait => lines.push(format!("wait until {gate}")),
    }
    lines.extend(stage.reload.iter().map(|line| (*line).to_owned()));
    lines.push(match walk.gate(manifest, now) {
        Gate::Open => "then: stem-sec rotate advance".to_owned(),
        Gate::Unconfirmed(_) => confirm,
        Gate::Until(end) => format!(
            "at the latest that is at {}; then: stem-sec rotate advance",
            moment(end)
        ),
        Gate::Unknown(settings) => unknown(&settings),
    });
    lines
}

/// Why there is no date.
pub(super) fn unknown(settings: &[&str]) -> String {
    let missing: Vec<String> = settings
        .iter()
        .map(|name| format!("`rotation.{name}`"))
        .collect();
    format!(
        "when that is cannot be said: set {} in stem-sec.yaml",
        missing.join(" and ")
    )
}

/// The clock went back, and what that means for waits.
pub(super) fn clock(walk: &Walk) -> String {
    let since = walk.rotation.since();
    format!(
        "the clock has gone back: a step of this rotation was begun at {}, which is still to come; waits count from then",
        moment(since)
    )
}

/// What is no longer proven, if anything.
pub(super) fn unproven(walk: &Walk) -> Option<String> {
    let steps: Vec<String> = walk.unproven().iter().map(usize::to_string).collect();
    match steps.as_slice() {
        [] => None,
        [one] => Some(format!("no longer proven: step {one} was left unconfirmed")),
        many => Some(format!(
            "no longer proven: steps {} were left unconfirmed",
            many.join(", ")
        )),
    }
}
