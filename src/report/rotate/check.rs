//! The answer to somebody's plan: safe, or the shortest way in which something goes wrong.

use std::fmt::Write as _;

use serde::Serialize;

use super::Format;
use crate::rotate::{ASSUMPTIONS, Kind, LOSSES, Plan, Trouble, Verdict, half, story};
use crate::term;

/// A plan and what the proof says of it.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The proof's answer.
    pub verdict: &'a Verdict,
}

impl Checked<'_> {
    /// Whether nothing goes wrong, and nothing that matters is outside the plan.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.word() == "safe"
    }

    /// One word for the answer.
    fn word(&self) -> &'static str {
        let mut troubles = self.verdict.troubles.iter();
        if !troubles.all(|one| one.kind() == Kind::Incomplete) {
            "unsafe"
        } else if !half::missing(self.plan).is_empty() {
            "unknown"
        } else if !self.verdict.is_safe() {
            "incomplete"
        } else {
            "safe"
        }
    }
}

/// The words of a rollout of which not all is known.
const UNKNOWN: &str = "cannot be proven: not all is known";

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
    let unknown = checked.word() == "unknown";
    if unknown {
        let _ = writeln!(text, "{UNKNOWN}");
        for half in half::missing(plan) {
            let _ = writeln!(text, "  unknown: {}", term::clean(&half.why));
            let _ = writeln!(text, "    to know it: {}", half.remedy);
        }
    }
    let Some(first) = verdict.shortest() else {
        let otherwise = if unknown { "otherwise safe" } else { "safe" };
        let _ = writeln!(text, "{otherwise}, {}", proven(plan));
        ends(&mut text);
        return text;
    };
    if !unknown {
        let _ = write!(text, "{}: ", checked.word());
    }
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
    let unknown = checked.word() == "unknown";
    if unknown {
        let _ = writeln!(text, "**Unknown**: {UNKNOWN}\n");
        for half in half::missing(plan) {
            let _ = writeln!(text, "- unknown: {}", escaped(&half.why));
            let _ = writeln!(text, "  - to know it: {}", half.remedy);
        }
        text.push('\n');
    }
    match verdict.shortest() {
        None => {
            let otherwise = if unknown {
                "Otherwise safe"
            } else {
                "**Safe**"
            };
            let _ = writeln!(text, "{otherwise}, {}.", proven(plan));
        }
        Some(first) => {
            let _ = writeln!(
                text,
                "**{}**: {}\n",
                checked.word(),
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
    unknown: Vec<UnknownObject>,
    assumptions: [&'static str; ASSUMPTIONS.len()],
    losses: [&'static str; LOSSES.len()],
}

/// What a half that is not in the plan would have to be asked.
#[derive(Serialize)]
struct UnknownObject {
    why: String,
    remedy: &'static str,
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
        verdict: checked.word(),
        steps: plan.steps.len(),
        troubles: troubles
            .into_iter()
            .map(|trouble| TroubleObject::new(plan, trouble))
            .collect(),
        unknown: half::missing(plan)
            .into_iter()
            .map(|half| UnknownObject {
                why: half.why,
                remedy: half.remedy,
            })
            .collect(),
        assumptions: ASSUMPTIONS,
        losses: LOSSES,
    };
    super::plan::pretty(&document)
}
