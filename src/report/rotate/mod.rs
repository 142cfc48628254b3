//! Verdicts on plans, and plans themselves, as `stem-sec rotate` prints them. Pure: plans in,
//! text out; a plan holds ids and names, no secret.

mod brief;
mod check;
mod plan;
mod rollout;

pub use check::{Checked, check};
pub use plan::{Planned, plan};
pub use rollout::{Compared, Failing, LeftOut, Unknown, Way, rollouts};

/// How a verdict or a plan is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Human,
    /// One object with a schema's name.
    Json,
    /// A plan file, which `rotate check` reads.
    Yaml,
    /// A runbook for a change ticket.
    Markdown,
}

/// Names in prose.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}
