//! `stem-sec certs status`: what expires when. Reads only; a certificate that lies in
//! several files is one line.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::names::listed;
use super::times::{expiry, parse_duration, parse_moment, rfc3339};
use crate::cli::place::StateArgument;
use crate::cli::{Exit, exit};
use crate::mint::x509::{Certificate, Purpose};
use crate::pki::{self, PkiError};
use crate::term;

const EXAMPLES: &str = "\
Examples:
  stem-sec certs status                                the store
  stem-sec certs status certs --expires-within 30d     exit 1 when something is due
  stem-sec certs status /etc/stem --format json
  stem-sec certs status --at 2027-06-01                as it will be then";

/// Say what expires when, CAs included
#[derive(Args)]
#[command(before_help = EXAMPLES, after_help = exit::TABLE, help_template = exit::TEMPLATE)]
pub(super) struct StatusArguments {
    /// Certificate files, or folders to look through [default: the store]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What expires within this time is due: 12h, 30d, 2w
    #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = parse_duration)]
    expires_within: Duration,
    /// Ask about another moment than now: a date or RFC 3339
    #[arg(long, value_name = "DATE", value_parser = parse_moment)]
    at: Option<OffsetDateTime>,
    /// How to print it
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    state: StateArgument,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table
    Human,
    /// One JSON object
    Json,
}

/// How a certificate stands at the moment in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    Due,
    Expired,
    Early,
}

impl State {
    fn of(certificate: &Certificate, at: OffsetDateTime, within: Duration) -> State {
        if at > certificate.not_after {
            State::Expired
        } else if at < certificate.not_before {
            State::Early
        } else if certificate.not_after - at <= within {
            State::Due
        } else {
            State::Good
        }
    }

    fn name(self) -> &'static str {
        match self {
            State::Good => "ok",
            State::Due => "due",
            State::Expired => "expired",
            State::Early => "not-yet-valid",
        }
    }
}

/// A certificate, and every file that holds it.
struct Line {
    state: State,
    certificate: Certificate,
    paths: Vec<String>,
}

/// Runs `certs status`.
pub(super) fn run(arguments: &StatusArguments) -> anyhow::Result<Exit> {
    let at = arguments.at.unwrap_or_else(OffsetDateTime::now_utc);
    let mut lines: Vec<Line> = Vec::new();
    let mut unreadable: Vec<PkiError> = Vec::new();
    for path in paths(arguments) {
        for found in pki::find(&path)? {
            let shown = found.path.display().to_string();
            match found.certificates {
                Ok(certificates) => {
                    for certificate in certificates {
                        add(
                            &mut lines,
                            certificate,
                            &shown,
                            at,
                            arguments.expires_within,
                        );
                    }
                }
                Err(error) => unreadable.push(error),
            }
        }
    }
    lines.sort_by(|one, other| {
        let key = |line: &Line| (line.certificate.not_after, line.paths.first().cloned());
        key(one).cmp(&key(other))
    });
    let text = match arguments.format {
        Format::Human if lines.is_empty() => String::new(),
        Format::Human => table(&lines, at),
        Format::Json => term::clean_json(&json(arguments, &lines, &unreadable, at)?),
    };
    term::result(text.as_bytes()).context("cannot write to standard output")?;
    Ok(conclude(&lines, &unreadable))
}

/// Without a PATH the store, if there is one.
fn paths(arguments: &StatusArguments) -> Vec<PathBuf> {
    if !arguments.paths.is_empty() {
        return arguments.paths.clone();
    }
    let store = arguments.state.folder();
    let given = arguments.state.state.is_some();
    if given || store.is_dir() {
        vec![store]
    } else {
        Vec::new()
    }
}

fn add(
    lines: &mut Vec<Line>,
    certificate: Certificate,
    path: &str,
    at: OffsetDateTime,
    within: Duration,
) {
    let same = |line: &&mut Line| line.certificate.der() == certificate.der();
    if let Some(line) = lines.iter_mut().find(same) {
        line.paths.push(path.to_owned());
        return;
    }
    lines.push(Line {
        state: State::of(&certificate, at, within),
        certificate,
        paths: vec![path.to_owned()],
    });
}

fn conclude(lines: &[Line], unreadable: &[PkiError]) -> Exit {
    for error in unreadable {
        term::say(&error.to_string());
        if let Some(hint) = error.hint() {
            term::hint(&hint);
        }
    }
    if !unreadable.is_empty() {
        return Exit::Failed;
    }
    if lines.is_empty() {
        term::say("there is no certificate to look at");
        term::hint(
            "name a file or a folder, or make some: stem-sec certs create certs --host redis",
        );
        return Exit::Nothing;
    }
    if lines.iter().all(|line| line.state == State::Good) {
        Exit::Yes
    } else {
        Exit::No
    }
}

fn kind(certificate: &Certificate) -> &'static str {
    if certificate.is_ca {
        "ca"
    } else {
        certificate.purpose.map_or("other", Purpose::name)
    }
}

fn table(lines: &[Line], at: OffsetDateTime) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header([
            "STATE", "EXPIRES", "LEFT", "KIND", "SUBJECT", "NAMES", "FILE",
        ]);
    for line in lines {
        let certificate = &line.certificate;
        let file = match line.paths.as_slice() {
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} (+{})", rest.len()),
            [] => String::new(),
        };
        let cells = [
            line.state.name().to_owned(),
            expiry(certificate),
            left(certificate.not_after - at),
            kind(certificate).to_owned(),
            certificate.title(),
            listed(certificate),
            file,
        ];
        table.add_row(cells.map(|cell| term::clean(&cell).into_owned()));
    }
    let lines = table.lines();
    lines.map(|line| format!("{}\n", line.trim())).collect()
}

/// Whole days, or hours below two days.
fn left(time: Duration) -> String {
    if time.abs() < Duration::days(2) {
        format!("{} h", time.whole_hours())
    } else {
        format!("{} d", time.whole_days())
    }
}

fn json(
    arguments: &StatusArguments,
    lines: &[Line],
    unreadable: &[PkiError],
    at: OffsetDateTime,
) -> anyhow::Result<String> {
    let certificates: Vec<_> = lines.iter().map(|line| certificate(line, at)).collect();
    let errors: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
    let document = json!({
        "schema": "stem-sec/certs-status/v1",
        "at": rfc3339(at),
        "expires_within_seconds": arguments.expires_within.whole_seconds(),
        "certificates": certificates,
        "unreadable": errors,
    });
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn certificate(line: &Line, at: OffsetDateTime) -> serde_json::Value {
    let certificate = &line.certificate;
    let names = certificate.names.iter();
    let names: Vec<String> = names
        .map(|name| format!("{}:{name}", name.kind()))
        .chain(certificate.other_names.iter().cloned())
        .collect();
    json!({
        "state": line.state.name(),
        "kind": kind(certificate),
        "subject": certificate.subject(),
        "names": names,
        "issuer": certificate.issuer(),
        "serial": certificate.serial,
        "key": certificate.public_key.kind,
        "not_before": rfc3339(certificate.not_before),
        "not_after": rfc3339(certificate.not_after),
        "seconds_left": (certificate.not_after - at).whole_seconds(),
        "paths": line.paths,
    })
}
