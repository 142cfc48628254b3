//! The answer to somebody's plan: safe, or the shortest way in which something goes wrong.

use std::fmt::Write as _;

use serde::Serialize;

use super::Format;
use crate::rotate::{ASSUMPTIONS, Kind, LOSSES, Plan, Trouble, Verdict, story};
use crate::term;

/// A plan and what the proof says of it.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The proof's answer.
    pub verdict: &'a Verdict,
}

/// The most troubles that are listed after the first.
const MOST: usize = 12;

/// The answer as text.
#[must_use]
pub fn check(checked: Checked<'_>, format: Format) -> String {
    match format {
        Format::Json => json(checked),
        Format::Markdown => markdown(checked),
        Format::Human | Format::Yaml => human(checked),
    }
}

/// One word for the answer.
fn word(verdict: &Verdict) -> &'static str {
    match verdict.shortest() {
        None => "safe",
        Some(_)
            if verdict
                .troubles
                .iter()
                .all(|one| one.kind() == Kind::Incomplete) =>
        {
            "incomplete"
        }
        Some(_) => "unsafe",
    }
}

fn steps(plan: &Plan) -> String {
    match plan.steps.len() {
        0 => "no steps".to_owned(),
        1 => "1 step".to_owned(),
        many => format!("{many} steps"),
    }
}

fn proven(plan: &Plan) -> String {
    let goal = if plan.goal.is_empty() {
        "the plan names no goal"
    } else {
        "the goal is reached"
    };
    format!(
        "{}: no message and no connection is refused, every process starts, neither signing nor TLS is off in between, \
         nobody holds what its role must not, and {goal}",
        steps(plan)
    )
}

pub(super) fn others<'v>(
    verdict: &'v Verdict,
    first: &Trouble,
) -> impl Iterator<Item = &'v Trouble> {
    let first = first.clone();
    verdict
        .troubles
        .iter()
        .filter(move |trouble| **trouble != first)
}

fn human(checked: Checked<'_>) -> String {
    let Checked { plan, verdict } = checked;
    let mut text = String::new();
    let Some(first) = verdict.shortest() else {
        let _ = writeln!(text, "safe, {}", proven(plan));
        ends(&mut text);
        return text;
    };
    let _ = write!(text, "{}: ", word(verdict));
    human_trouble(&mut text, plan, first);
    let count = others(verdict, first).count();
    if count > 0 {
        text.push_str("\nalso:\n");
    }
    for trouble in others(verdict, first).take(MOST) {
        let _ = writeln!(text, "  {}", headline(plan, trouble));
    }
    if count > MOST {
        let _ = writeln!(text, "  and {} more", count - MOST);
    }
    ends(&mut text);
    text
}

/// A trouble with what leads to it.
pub(super) fn human_trouble(text: &mut String, plan: &Plan, trouble: &Trouble) {
    let _ = writeln!(text, "{}", headline(plan, trouble));
    for (number, told) in story::of(plan, trouble).iter().enumerate() {
        let _ = writeln!(text, "  {}. {}", number + 1, term::clean(told));
    }
}

/// The headline, and of which kind the trouble is.
pub(super) fn headline(plan: &Plan, trouble: &Trouble) -> String {
    let line = story::headline(plan, trouble);
    format!("{} ({})", term::clean(&line), trouble.kind().name())
}

pub(super) fn ends(text: &mut String) {
    text.push('\n');
    for assumption in ASSUMPTIONS {
        let _ = writeln!(text, "assumed: {assumption}");
    }
    for loss in LOSSES {
        let _ = writeln!(text, "lost under any plan: {loss}");
    }
}

fn markdown(checked: Checked<'_>) -> String {
    let Checked { plan, verdict } = checked;
    let mut text = String::new();
    match verdict.shortest() {
        None => {
            let _ = writeln!(text, "**Safe**, {}.", proven(plan));
        }
        Some(first) => {
            let _ = writeln!(
                text,
                "**{}**: {}\n",
                word(verdict),
                escaped(&headline(plan, first))
            );
            for told in story::of(plan, first) {
                let _ = writeln!(text, "1. {}", escaped(&told));
            }
            let mut rest = others(verdict, first).take(MOST).peekable();
            if rest.peek().is_some() {
                text.push_str("\nAlso:\n\n");
            }
            for trouble in rest {
                let _ = writeln!(text, "- {}", escaped(&headline(plan, trouble)));
            }
        }
    }
    text.push_str("\nAssumed:\n\n");
    for assumption in ASSUMPTIONS {
        let _ = writeln!(text, "- {}", escaped(assumption));
    }
    text
}

/// Names of components may hold what Markdown takes for markup.
pub(super) fn escaped(text: &str) -> String {
    crate::report::markdown::cell(text)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'static str,
    steps: usize,
    troubles: Vec<TroubleObject<'a>>,
    assumptions: [&'static str; ASSUMPTIONS.len()],
    losses: [&'static str; LOSSES.len()],
}

#[derive(Serialize)]
pub(super) struct TroubleObject<'a> {
    kind: &'static str,
    /// 0 is before the first step.
    step: usize,
    component: Option<&'a str>,
    message: String,
    story: Vec<String>,
}

impl<'a> TroubleObject<'a> {
    pub(super) fn new(plan: &'a Plan, trouble: &Trouble) -> TroubleObject<'a> {
        TroubleObject {
            kind: trouble.kind().name(),
            step: trouble.step,
            component: trouble
                .component()
                .map(|component| plan.components[component].name.as_str()),
            message: story::headline(plan, trouble),
            story: story::of(plan, trouble),
        }
    }
}

fn json(checked: Checked<'_>) -> String {
    let Checked { plan, verdict } = checked;
    let mut troubles: Vec<&Trouble> = verdict.troubles.iter().collect();
    if let Some(first) = verdict.shortest() {
        // the one that is told comes first
        troubles.sort_by_key(|trouble| *trouble != first);
    }
    let document = Document {
        schema: "stem-sec/rotate-check/v1",
        verdict: word(verdict),
        steps: plan.steps.len(),
        troubles: troubles
            .into_iter()
            .map(|trouble| TroubleObject::new(plan, trouble))
            .collect(),
        assumptions: ASSUMPTIONS,
        losses: LOSSES,
    };
    super::plan::pretty(&document)
}
