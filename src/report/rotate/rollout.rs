//! The answer to one rollout between two deployments: safe in any order, not safe and how else,
//! or not to be proven and what is missing for it.

use std::fmt::Write as _;

use serde::Serialize;

use super::Format;
use super::brief::{folded, overall};
use super::check::{TroubleObject, ends, escaped, headline, human_trouble, others};
use super::plan::{StageObject, human_stage, pretty, stage_object};
use crate::rotate::drain::Bound;
use crate::rotate::itinerary::Itinerary;
use crate::rotate::{ASSUMPTIONS, LOSSES, Plan, Verdict};
use crate::term;

/// Something that the files do not say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// In which of the two: before or after.
    pub deployment: &'static str,
    /// Of which process.
    pub process: String,
    /// The variable, or what else.
    pub what: String,
    /// Why it is not known.
    pub why: String,
    /// Where that is written, if it is.
    pub location: Option<String>,
    /// What would make it known.
    pub remedy: String,
}

/// A process that does not start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failing {
    /// In which of the two: before or after.
    pub deployment: &'static str,
    /// Which.
    pub process: String,
    /// Why, in Stem's words where it has any.
    pub why: String,
    /// Where that is written.
    pub location: Option<String>,
}

/// A process that was not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// In which of the two: before or after.
    pub deployment: &'static str,
    /// Which.
    pub process: String,
    /// Why.
    pub why: String,
}

/// What leads from one to the other where one rollout is not safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is safe, or nobody can say.
    NotAsked,
    /// These steps.
    Steps(Box<Plan>),
    /// It is not sound as it is: the first trouble.
    StartUnsound(String),
    /// It would not be sound in the end.
    GoalUnsound(String),
    /// No order that is known is safe.
    NoOrder,
}

/// One deployment, before and after.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Its folder, below the one that was named.
    pub folder: String,
    /// What starts its processes.
    pub kind: &'static str,
    /// The one rollout.
    pub rollout: Plan,
    /// What the proof says of it.
    pub verdict: Verdict,
    /// What is not known.
    pub unknown: Vec<Unknown>,
    /// What does not start.
    pub failing: Vec<Failing>,
    /// What is wrong in the end, though it starts: a sentence each.
    pub harms: Vec<String>,
    /// What was not judged.
    pub left_out: Vec<LeftOut>,
    /// What was taken for granted to read it so.
    pub assumptions: Vec<String>,
    /// What leads there safely.
    pub way: Way,
    /// What would make it easier.
    pub advice: Vec<String>,
    /// How long a wait is at most.
    pub bound: Bound,
}

impl Compared {
    /// Whether one rollout is proven to be safe.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.word() == "safe"
    }

    /// Whether there is anything in it to judge.
    #[must_use]
    pub fn says_something(&self) -> bool {
        let is_empty = self.rollout.components.is_empty();
        !is_empty || !self.unknown.is_empty() || !self.failing.is_empty()
    }

    /// That there is nothing in it to judge.
    #[must_use]
    pub fn says_nothing(&self) -> String {
        format!("{}: no process of Stem is in it", self.title())
    }

    /// One word for the answer. What is known to go wrong does so whatever is not known.
    pub(super) fn word(&self) -> &'static str {
        if !self.verdict.is_safe() || !self.failing.is_empty() || !self.harms.is_empty() {
            "unsafe"
        } else if !self.unknown.is_empty() {
            "unknown"
        } else {
            "safe"
        }
    }

    fn title(&self) -> String {
        format!("`{}` ({})", self.name, self.kind)
    }

    fn answer(&self) -> String {
        match self.word() {
            "safe" if self.rollout.steps.is_empty() => {
                "safe: nothing changes that a message or a connection depends on".to_owned()
            }
            "safe" => {
                let count = self.rollout.components.len();
                let plural = if count == 1 {
                    "component"
                } else {
                    "components"
                };
                format!("safe: one rollout of {count} {plural}, in any order")
            }
            "unknown" => "cannot be proven: not all is known".to_owned(),
            _ if self.verdict.is_safe() && self.failing.is_empty() => {
                "unsafe: it is not sound afterwards".to_owned()
            }
            _ => "unsafe: one rollout is not safe in every order".to_owned(),
        }
    }

    fn way_text(&self) -> Option<String> {
        Some(match &self.way {
            Way::NotAsked => return None,
            Way::Steps(plan) => match plan.steps.len() {
                1 => "1 step that is safe".to_owned(),
                many => format!("{many} steps that are safe"),
            },
            Way::StartUnsound(why) => {
                format!("no steps: it is not sound as it is now ({why}); put that right first")
            }
            Way::GoalUnsound(why) => {
                format!("no steps: it would not be sound in the end either ({why})")
            }
            Way::NoOrder => "no steps: none of the orders that are known is safe".to_owned(),
        })
    }
}

/// The answers as text. `left_out` are deployments that were not judged.
#[must_use]
pub fn rollouts(all: &[Compared], left_out: &[String], format: Format) -> String {
    match format {
        Format::Json => json(all, left_out),
        Format::Markdown => markdown(all, left_out),
        Format::Human | Format::Yaml => human(all, left_out),
    }
}

fn human(all: &[Compared], left_out: &[String]) -> String {
    let mut text = String::new();
    if let Some(line) = overall(all) {
        let _ = writeln!(text, "{}\n", term::clean(&line));
    }
    for (number, one) in all.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        human_one(&mut text, one);
    }
    for line in left_out {
        let _ = writeln!(text, "not judged: {}", term::clean(line));
    }
    ends(&mut text);
    text
}

fn human_one(text: &mut String, one: &Compared) {
    let mut line = |indent: usize, written: &str| {
        let _ = writeln!(text, "{:indent$}{}", "", term::clean(written));
    };
    line(0, &format!("{}: {}", one.title(), one.answer()));
    for failing in &one.failing {
        line(2, &failing.text());
    }
    for harm in &one.harms {
        line(2, harm);
    }
    for unknown in &one.unknown {
        line(2, &format!("unknown: {}", unknown.text()));
        line(4, &format!("to know it: {}", unknown.remedy));
    }
    for left in &one.left_out {
        line(2, &format!("not judged: `{}`: {}", left.process, left.why));
    }
    for assumption in folded(&one.assumptions) {
        line(2, &format!("taken for granted: {assumption}"));
    }
    if let Some(first) = one.verdict.shortest() {
        text.push('\n');
        human_trouble(text, &one.rollout, first);
        let count = others(&one.verdict, first).count();
        if count > 0 {
            let _ = writeln!(text, "and {count} more of the kind");
        }
    }
    if let Some(way) = one.way_text() {
        let _ = writeln!(text, "\n{}:", term::clean(&way));
    }
    if let Way::Steps(plan) = &one.way {
        for stage in &Itinerary::of(plan).stages {
            human_stage(text, stage, &one.bound);
        }
    }
    for advice in &one.advice {
        let _ = writeln!(text, "\nhint: {}", term::clean(advice));
    }
}

fn markdown(all: &[Compared], left_out: &[String]) -> String {
    let mut text = String::new();
    if let Some(line) = overall(all) {
        let _ = writeln!(text, "{}\n", escaped(&line));
    }
    for one in all {
        let _ = writeln!(text, "## {}\n\n{}\n", escaped(&one.title()), one.answer());
        for failing in &one.failing {
            let _ = writeln!(text, "- {}", escaped(&failing.text()));
        }
        for harm in &one.harms {
            let _ = writeln!(text, "- {}", escaped(harm));
        }
        for unknown in &one.unknown {
            let _ = writeln!(text, "- unknown: {}", escaped(&unknown.text()));
            let _ = writeln!(text, "  - to know it: {}", escaped(&unknown.remedy));
        }
        for left in &one.left_out {
            let line = format!("not judged: `{}`: {}", left.process, left.why);
            let _ = writeln!(text, "- {}", escaped(&line));
        }
        for assumption in folded(&one.assumptions) {
            let _ = writeln!(text, "- taken for granted: {}", escaped(&assumption));
        }
        if let Some(first) = one.verdict.shortest() {
            let _ = writeln!(text, "\n{}\n", escaped(&headline(&one.rollout, first)));
            for told in crate::rotate::story::of(&one.rollout, first) {
                let _ = writeln!(text, "1. {}", escaped(&told));
            }
        }
        if let Some(way) = one.way_text() {
            let _ = writeln!(text, "\n### {}\n", escaped(&way));
        }
        if let Way::Steps(plan) = &one.way {
            let _ = writeln!(text, "```yaml\n{}```", plan.text().replace('`', "'"));
        }
        for advice in &one.advice {
            let _ = writeln!(text, "\n{}", escaped(advice));
        }
        text.push('\n');
    }
    for line in left_out {
        let _ = writeln!(text, "- not judged: {}", escaped(line));
    }
    text.push_str("Assumed:\n\n");
    for assumption in ASSUMPTIONS {
        let _ = writeln!(text, "- {}", escaped(assumption));
    }
    text
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'static str,
    deployments: Vec<ComparedObject<'a>>,
    left_out: &'a [String],
    assumptions: [&'static str; ASSUMPTIONS.len()],
    losses: [&'static str; LOSSES.len()],
}

#[derive(Serialize)]
struct ComparedObject<'a> {
    name: &'a str,
    folder: &'a str,
    kind: &'static str,
    verdict: &'static str,
    troubles: Vec<TroubleObject<'a>>,
    unknown: &'a [Unknown],
    failing: &'a [Failing],
    harms: &'a [String],
    left_out: &'a [LeftOut],
    taken_for_granted: &'a [String],
    /// Why there are no steps, where there should be some.
    no_steps: Option<String>,
    steps: Vec<StageObject>,
    advice: &'a [String],
    /// The steps as a plan file.
    plan: Option<String>,
}

fn json(all: &[Compared], left_out: &[String]) -> String {
    let has = |word: &str| all.iter().any(|one| one.word() == word);
    let verdict = match () {
        () if has("unsafe") => "unsafe",
        () if has("unknown") => "unknown",
        () => "safe",
    };
    pretty(&Document {
        schema: "stem-sec/rotate-rollout/v1",
        verdict,
        deployments: all.iter().map(object).collect(),
        left_out,
        assumptions: ASSUMPTIONS,
        losses: LOSSES,
    })
}

fn object(one: &Compared) -> ComparedObject<'_> {
    let plan = match &one.way {
        Way::Steps(plan) => Some(plan),
        _ => None,
    };
    let mut troubles: Vec<_> = one.verdict.troubles.iter().collect();
    if let Some(first) = one.verdict.shortest() {
        // the one that is told comes first
        troubles.sort_by_key(|trouble| *trouble != first);
    }
    let stages = plan.map(|plan| Itinerary::of(plan).stages);
    ComparedObject {
        name: &one.name,
        folder: &one.folder,
        kind: one.kind,
        verdict: one.word(),
        troubles: troubles
            .into_iter()
            .map(|trouble| TroubleObject::new(&one.rollout, trouble))
            .collect(),
        unknown: &one.unknown,
        failing: &one.failing,
        harms: &one.harms,
        left_out: &one.left_out,
        taken_for_granted: &one.assumptions,
        no_steps: one.way_text().filter(|_| plan.is_none()),
        steps: stages.into_iter().flatten().map(stage_object).collect(),
        advice: &one.advice,
        plan: plan.map(|plan| plan.text()),
    }
}
