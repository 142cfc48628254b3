//! `stem-sec explain`: why a rule is one, and what to change. Reads and writes nothing.

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::{Exit, Usage, exit};
use crate::audit::rules;
use crate::report::rules as report;
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec explain signing-disabled
  stem-sec explain key-in-git --format markdown
  stem-sec audit --list                                all rules";

/// Say why a rule is one, what to change, and show it on an example
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(crate) struct ExplainArguments {
    /// The rule, as findings name it
    #[arg(value_name = "RULE")]
    rule: String,
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// One JSON object
    Json,
    /// For a document
    Markdown,
}

/// Runs `explain`.
pub(crate) fn run(arguments: &ExplainArguments) -> anyhow::Result<Exit> {
    let name = arguments.rule.as_str();
    let rule = rules::find(name).ok_or_else(|| Usage {
        message: format!("there is no rule `{name}`"),
        hint: match rules::nearest(name) {
            Some(near) => format!("did you mean it so: stem-sec explain {near}"),
            None => "see all of them: stem-sec audit --list".to_owned(),
        },
    })?;
    let format = match arguments.format {
        Format::Human => report::Format::Human {
            width: term::result_width().map_or(WITHOUT_TERMINAL, |width| width.min(WIDEST)),
        },
        Format::Json => report::Format::Json,
        Format::Markdown => report::Format::Markdown,
    };
    let text = report::explain(rule, format);
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    Ok(Exit::Yes)
}

/// Columns of text that goes to a file or a pipe.
const WITHOUT_TERMINAL: u16 = 100;

/// Longer lines are hard to read.
const WIDEST: u16 = 100;
