//! In which forms `stem-sec audit` answers, and where to. The answer itself is the same.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::audit::judge::Verdict;
use crate::audit::rules;
use crate::audit::tree::Tree;
use crate::cli::place::real;
use crate::cli::{Exit, Usage, document};
use crate::report::{audit as report, rules as pages};
use crate::term;

#[derive(Args)]
pub(super) struct OutputArguments {
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Format,
    /// Write it to a file, too, in this or another format; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_output)]
    output: Vec<(Format, PathBuf)>,
    /// Whether to use colours
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// The lines in question, masked, and what to change
    Human,
    /// One line a finding, for grep and editors
    Line,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of a workflow on GitHub
    Github,
    /// Tables for a document
    Markdown,
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also elsewhere
    Always,
    /// Nowhere
    Never,
}

/// Columns of a report that goes to a file or a pipe.
const WITHOUT_TERMINAL: u16 = 100;

fn parse_output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').ok_or("expected FORMAT=FILE")?;
    let format = Format::from_str(format, false).map_err(|_| {
        let all = Format::value_variants().iter();
        let names: Vec<String> = all
            .filter_map(|one| Some(one.to_possible_value()?.get_name().to_owned()))
            .collect();
        format!("`{format}` is none of {}", names.join(", "))
    })?;
    Ok((format, PathBuf::from(path)))
}

impl OutputArguments {
    /// Refuses to write two things into one file, where one would be lost.
    pub(super) fn check(&self, other: Option<&PathBuf>) -> anyhow::Result<()> {
        let mut seen: Vec<PathBuf> = Vec::new();
        let named = self.output.iter().map(|(_, path)| path);
        for path in named.chain(other) {
            let plain = real(path);
            if seen.contains(&plain) {
                return Err(Usage {
                    message: format!("`{}` is to be written twice", path.display()),
                    hint: "give each report a file of its own".to_owned(),
                }
                .into());
            }
            seen.push(plain);
        }
        Ok(())
    }
}

/// Writes every report that is asked for; the one on standard output last.
pub(super) fn print(
    arguments: &OutputArguments,
    verdict: &Verdict,
    tree: &Tree,
) -> anyhow::Result<()> {
    for (format, path) in &arguments.output {
        let text = report::text(
            verdict,
            tree,
            report_format(*format, WITHOUT_TERMINAL, false),
        );
        document::write(path, &text)?;
    }
    let colour = match arguments.color {
        Color::Auto => term::result_has_colours(),
        Color::Always => true,
        Color::Never => false,
    };
    let width = term::result_width().unwrap_or(WITHOUT_TERMINAL);
    let text = report::text(
        verdict,
        tree,
        report_format(arguments.format, width, colour),
    );
    term::result(text.as_bytes()).context("cannot write to standard output")
}

fn report_format(format: Format, width: u16, colour: bool) -> report::Format {
    match format {
        Format::Human => report::Format::Human { width, colour },
        Format::Line => report::Format::Line,
        Format::Json => report::Format::Json,
        Format::Sarif => report::Format::Sarif,
        Format::Github => report::Format::Github,
        Format::Markdown => report::Format::Markdown,
    }
}

/// The rules, and nothing judged.
pub(super) fn list(format: Format) -> anyhow::Result<Exit> {
    let format = match format {
        Format::Human => pages::Format::Human {
            width: term::result_width().unwrap_or(WITHOUT_TERMINAL),
        },
        Format::Json => pages::Format::Json,
        Format::Markdown => pages::Format::Markdown,
        Format::Line | Format::Sarif | Format::Github => {
            return Err(Usage {
                message: "rules are listed as human, json or markdown".to_owned(),
                hint: "stem-sec audit --list".to_owned(),
            }
            .into());
        }
    };
    let text = pages::list(rules::all(), format);
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    Ok(Exit::Yes)
}
