//! A plan as an itinerary: for a terminal, for programs, as a plan file, or as a runbook that
//! can be pasted into a change ticket.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::check::{TroubleObject, escaped};
use super::{Format, listed};
use crate::model::manifest::duration_text;
use crate::rotate::devise::Devised;
use crate::rotate::drain::Bound;
use crate::rotate::itinerary::{Gate, Itinerary, Stage, Verb, WATCH};
use crate::rotate::{ASSUMPTIONS, LOSSES, story};
use crate::term;

/// A plan, and what is said around it.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'a> {
    /// What it is for.
    pub title: &'a str,
    /// The plan and what it costs.
    pub devised: &'a Devised,
    /// How long its waits are at most.
    pub bound: &'a Bound,
    /// What is to be said besides: what was found, what is not known.
    pub notes: &'a [String],
}

/// The plan as text.
#[must_use]
pub fn plan(planned: Planned<'_>, format: Format) -> String {
    match format {
        Format::Human => human(planned),
        Format::Json => json(planned),
        Format::Yaml => yaml(planned),
        Format::Markdown => markdown(planned),
    }
}

/// The document, as programs read it and terminals may show it.
pub(super) fn pretty(document: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(document).expect("text and numbers always serialise");
    format!("{}\n", term::clean_json(&text))
}

fn heading(planned: &Planned<'_>) -> String {
    let steps = planned.devised.plan.steps.len();
    let plural = if steps == 1 { "step" } else { "steps" };
    let proven = if planned.devised.lost.is_empty() {
        "proven: no message and no connection is refused"
    } else {
        "proven, but for what it gives up"
    };
    format!("{}: {steps} {plural}, {proven}", planned.title)
}

/// When the wait of a step is over at the earliest.
fn wait(bound: &Bound) -> String {
    let known = duration_text(bound.known);
    match bound.whole() {
        Some(_) => format!(
            "{known} after the last process that could sign with the old key has exited \
             (max-delay + max-backlog + max-run-time + max-backoff + clock-skew)"
        ),
        None => format!(
            "not known before stem-sec.yaml says {} (rotation); what is known comes to {known}",
            bound.unknown.join(" and ")
        ),
    }
}

fn action(stage: &Stage) -> String {
    let names = listed(&stage.members);
    match stage.verb {
        Verb::Roll => format!("roll {names}"),
        Verb::Stop => format!("stop {names}"),
        Verb::Start => format!("start {names}"),
        Verb::Wait => "wait".to_owned(),
    }
}

fn lost(planned: &Planned<'_>) -> Vec<String> {
    let plan = &planned.devised.plan;
    let lost = planned.devised.lost.iter();
    lost.map(|trouble| story::headline(plan, trouble)).collect()
}

const LOST: &str = "every message that the old key signed and that was not done by then, whoever sent it: \
    queued, delayed, pending, or to be retried. Whoever enqueued it must enqueue it again";

fn human(planned: Planned<'_>) -> String {
    let mut text = format!("{}\n", term::clean(&heading(&planned)));
    for stage in &Itinerary::of(&planned.devised.plan).stages {
        text.push('\n');
        human_stage(&mut text, stage, planned.bound);
    }
    if !planned.devised.lost.is_empty() {
        let _ = writeln!(text, "\nthis loses {LOST}:");
        for line in lost(&planned) {
            let _ = writeln!(text, "  {}", term::clean(&line));
        }
    }
    text.push('\n');
    for line in WATCH {
        let _ = writeln!(text, "watch: {line}");
    }
    for note in planned.notes {
        let _ = writeln!(text, "note: {}", term::clean(note));
    }
    for line in ASSUMPTIONS {
        let _ = writeln!(text, "assumed: {line}");
    }
    for line in LOSSES {
        let _ = writeln!(text, "lost under any plan: {line}");
    }
    text
}

pub(super) fn human_stage(text: &mut String, stage: &Stage, bound: &Bound) {
    let mut line = |indent: usize, written: &str| {
        let _ = writeln!(text, "{:indent$}{}", "", term::clean(written));
    };
    line(0, &format!("{}. {}", stage.number, action(stage)));
    if let Some(say) = &stage.say {
        line(3, say);
    }
    for group in &stage.changes {
        line(3, &format!("{}:", listed(&group.members)));
        for (name, value) in &group.settings {
            line(5, &format!("{name}  {value}"));
        }
    }
    for reload in &stage.reload {
        line(3, &format!("reload: {reload}"));
    }
    line(3, &format!("gate: {}", stage.gate.text()));
    if stage.gate == Gate::Drained {
        line(3, &format!("earliest: {}", wait(bound)));
    }
    match &stage.back {
        None => line(3, "back from here: no safe way"),
        Some(steps) if steps.is_empty() => line(3, "back from here: nothing to do"),
        Some(steps) => {
            line(3, "back from here:");
            for (number, step) in steps.iter().enumerate() {
                line(5, &format!("{}) {step}", number + 1));
            }
        }
    }
}

fn yaml(planned: Planned<'_>) -> String {
    let mut text = String::new();
    let heading = heading(&planned);
    let mut comment = |line: &str| {
        let _ = writeln!(text, "# {}", term::clean(line));
    };
    comment(&heading);
    comment("stem-sec rotate check FILE proves it again, also after an edit");
    for line in lost(&planned) {
        comment(&format!("loses: {line}"));
    }
    for note in planned.notes {
        comment(note);
    }
    text.push_str(&planned.devised.plan.text());
    text
}

fn markdown(planned: Planned<'_>) -> String {
    let mut text = format!("## {}\n", escaped(&heading(&planned)));
    for stage in &Itinerary::of(&planned.devised.plan).stages {
        let _ = writeln!(
            text,
            "\n### {}. {}\n",
            stage.number,
            escaped(&action(stage))
        );
        if let Some(say) = &stage.say {
            let _ = writeln!(text, "{}.\n", escaped(say));
        }
        for group in &stage.changes {
            let _ = writeln!(text, "- {}:", escaped(&listed(&group.members)));
            for (name, value) in &group.settings {
                let _ = writeln!(text, "  - {}: {}", escaped(name), escaped(value));
            }
        }
        for reload in &stage.reload {
            let _ = writeln!(text, "- Reload: {}", escaped(reload));
        }
        let _ = writeln!(text, "- [ ] Gate: {}", escaped(stage.gate.text()));
        if stage.gate == Gate::Drained {
            let _ = writeln!(text, "- Earliest: {}", escaped(&wait(planned.bound)));
        }
        match &stage.back {
            None => text.push_str("- Back from here: no safe way\n"),
            Some(steps) => {
                text.push_str("- Back from here:\n");
                for step in steps {
                    let _ = writeln!(text, "  1. {}", escaped(step));
                }
            }
        }
    }
    if !planned.devised.lost.is_empty() {
        let _ = writeln!(text, "\n### What this loses\n\n{LOST}:\n");
        for line in lost(&planned) {
            let _ = writeln!(text, "- {}", escaped(&line));
        }
    }
    for (title, lines) in [
        ("Watch", WATCH.as_slice()),
        ("Assumed", &ASSUMPTIONS),
        ("Lost under any plan", &LOSSES),
    ] {
        let _ = writeln!(text, "\n### {title}\n");
        for line in lines {
            let _ = writeln!(text, "- {}", escaped(line));
        }
    }
    if !planned.notes.is_empty() {
        text.push_str("\n### Notes\n\n");
    }
    for note in planned.notes {
        let _ = writeln!(text, "- {}", escaped(note));
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    title: &'a str,
    proven: bool,
    steps: Vec<StageObject>,
    lost: Vec<TroubleObject<'a>>,
    drain: Drain,
    watch: [&'static str; WATCH.len()],
    notes: &'a [String],
    assumptions: [&'static str; ASSUMPTIONS.len()],
    losses: [&'static str; LOSSES.len()],
    /// The plan file.
    plan: String,
}

#[derive(Serialize)]
struct Drain {
    #[serde(rename = "known-seconds")]
    known: u64,
    unknown: Vec<&'static str>,
    #[serde(rename = "whole-seconds")]
    whole: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct StageObject {
    number: usize,
    verb: &'static str,
    components: Vec<String>,
    say: Option<String>,
    changes: Vec<GroupObject>,
    gate: &'static str,
    reload: Vec<&'static str>,
    back: Option<Vec<String>>,
}

#[derive(Serialize)]
struct GroupObject {
    components: Vec<String>,
    settings: Vec<SettingObject>,
}

#[derive(Serialize)]
struct SettingObject {
    name: String,
    value: String,
}

fn json(planned: Planned<'_>) -> String {
    let plan = &planned.devised.plan;
    let stages = Itinerary::of(plan).stages;
    let document = Document {
        schema: "stem-sec/rotate-plan/v1",
        title: planned.title,
        proven: planned.devised.lost.is_empty(),
        steps: stages.into_iter().map(stage_object).collect(),
        lost: planned
            .devised
            .lost
            .iter()
            .map(|trouble| TroubleObject::new(plan, trouble))
            .collect(),
        drain: Drain {
            known: planned.bound.known.as_secs(),
            unknown: planned.bound.unknown.clone(),
            whole: planned.bound.whole().as_ref().map(Duration::as_secs),
        },
        watch: WATCH,
        notes: planned.notes,
        assumptions: ASSUMPTIONS,
        losses: LOSSES,
        plan: plan.text(),
    };
    pretty(&document)
}

pub(super) fn stage_object(stage: Stage) -> StageObject {
    let groups = stage.changes.into_iter().map(|group| GroupObject {
        components: group.members,
        settings: group
            .settings
            .into_iter()
            .map(|(name, value)| SettingObject { name, value })
            .collect(),
    });
    StageObject {
        number: stage.number,
        verb: stage.verb.name(),
        components: stage.members,
        say: stage.say,
        changes: groups.collect(),
        gate: stage.gate.text(),
        reload: stage.reload,
        back: stage.back,
    }
}
