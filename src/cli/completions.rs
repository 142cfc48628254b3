//! `stem-sec completions` and `stem-sec man`: made from the argument definitions, so that
//! they cannot differ from them.

use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Arguments, Exit, exit};
use crate::term;

/// Print the completion script of a shell
#[derive(Args)]
#[command(after_help = exit::TABLE, help_template = exit::TEMPLATE, before_help = "\
Examples:
  stem-sec completions bash > /etc/bash_completion.d/stem-sec
  stem-sec completions zsh > ~/.zfunc/_stem-sec
  stem-sec completions fish > ~/.config/fish/completions/stem-sec.fish")]
pub(crate) struct CompletionsArguments {
    /// Whose
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page
#[derive(Args)]
#[command(after_help = exit::TABLE, help_template = exit::TEMPLATE, before_help = "\
Examples:
  stem-sec man | man -l -
  stem-sec man > /usr/local/share/man/man1/stem-sec.1")]
pub(crate) struct ManArguments {}

/// Runs `completions`.
pub(crate) fn run(arguments: &CompletionsArguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "stem-sec",
        &mut script,
    );
    term::result(&script).context("cannot write to standard output")?;
    Ok(Exit::Yes)
}

/// Runs `man`.
pub(crate) fn man(_: &ManArguments) -> anyhow::Result<Exit> {
    term::result(&manual()?).context("cannot write to standard output")?;
    Ok(Exit::Yes)
}

/// One page: the command, then each of its subcommands.
fn manual() -> std::io::Result<Vec<u8>> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let table = command.get_after_help().map(ToString::to_string);
    let mut section = clap_mangen::roff::Roff::new();
    section.control("SH", ["EXIT CODES"]);
    verbatim(&mut section, table.unwrap_or_default().lines().skip(1));
    examples(&mut section, "SH", &command);
    section.to_writer(&mut page)?;
    for subcommand in leaves(&command) {
        let man = clap_mangen::Man::new(subcommand.clone());
        let mut section = clap_mangen::roff::Roff::new();
        section.control("SH", [subcommand.get_bin_name().unwrap_or_default()]);
        section.to_writer(&mut page)?;
        let mut part = Vec::new();
        man.render_description_section(&mut part)?;
        man.render_synopsis_section(&mut part)?;
        man.render_options_section(&mut part)?;
        // below the subcommand's own heading
        page.extend_from_slice(
            &String::from_utf8_lossy(&part)
                .replace("\n.SH ", "\n.SS ")
                .into_bytes(),
        );
        let mut section = clap_mangen::roff::Roff::new();
        examples(&mut section, "SS", subcommand);
        section.to_writer(&mut page)?;
    }
    Ok(page)
}

/// The examples that help begins with; its first line is their heading.
fn examples(section: &mut clap_mangen::roff::Roff, heading: &str, command: &clap::Command) {
    let Some(text) = command.get_before_help().map(ToString::to_string) else {
        return;
    };
    section.control(heading, ["EXAMPLES"]);
    verbatim(section, text.lines().skip(1));
}

fn verbatim<'l>(section: &mut clap_mangen::roff::Roff, lines: impl Iterator<Item = &'l str>) {
    section.control("nf", []);
    for line in lines {
        section.text([clap_mangen::roff::roman(line)]);
    }
    section.control("fi", []);
}

fn leaves(command: &clap::Command) -> Vec<&clap::Command> {
    let nested: Vec<_> = command.get_subcommands().flat_map(leaves).collect();
    if nested.is_empty() {
        vec![command]
    } else {
        nested
    }
}
