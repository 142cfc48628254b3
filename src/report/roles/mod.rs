//! The ownership table as `stem-sec roles` prints it: for every role, or for one of them
//! with where each artifact comes from and why.

mod human;
mod json;
mod markdown;

use std::fmt::Write as _;

use crate::model::artifact::Artifact;
use crate::model::env;
use crate::model::ownership::{self, Cell, Holding, Row};
use crate::model::posture::Posture;
use crate::model::role::Role;

/// How a report is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal of this many columns.
    Human {
        /// At least 20.
        width: u16,
    },
    /// One object, `"schema": "stem-sec/roles/v1"`.
    Json,
    /// A table for a document.
    Markdown,
}

/// The whole table of one posture.
#[must_use]
pub fn table(posture: Posture, format: Format) -> String {
    match format {
        Format::Human { .. } => human::table(posture),
        Format::Json => json::document(posture, &Role::ALL),
        Format::Markdown => markdown::table(posture),
    }
}

/// What one role gets, from where, and why; the strongest claims first.
#[must_use]
pub fn role(role: Role, posture: Posture, format: Format) -> String {
    match format {
        Format::Human { width } => human::role(role, posture, width),
        Format::Json => json::document(posture, &[role]),
        Format::Markdown => markdown::role(role, posture),
    }
}

/// Each artifact with the row that speaks of it, in the table's order.
fn lines(posture: Posture) -> Vec<(Artifact, &'static Row)> {
    ownership::rows()
        .iter()
        .filter(|row| row.scope.covers(posture))
        .flat_map(|row| row.artifacts.iter().map(move |artifact| (*artifact, row)))
        .collect()
}

/// The lines of one role, strongest claim first.
fn lines_of(role: Role, posture: Posture) -> Vec<(Artifact, &'static Row)> {
    let mut lines = lines(posture);
    let rank = |cell: Cell| Holding::ALL.iter().position(|one| *one == cell.holding);
    lines.sort_by_key(|(_, row)| rank(row.cells[role as usize]));
    lines
}

/// Where a component of a role finds an artifact.
struct Place {
    /// The variables that carry it, or that name its file.
    variables: Vec<&'static str>,
    /// The file of the component's folder that it is, or in which it stands.
    file: Option<&'static str>,
}

const REDIS_CONF: &str = "redis.conf";

impl Place {
    fn of(artifact: Artifact, role: Role) -> Place {
        if artifact == Artifact::BrokerPassword {
            return Place {
                variables: if role.is_stem() {
                    vec![env::BROKER_URL]
                } else {
                    Vec::new()
                },
                file: (role == Role::Broker).then_some(REDIS_CONF),
            };
        }
        let file = artifact.file_name();
        let is_named = |variable: &str| {
            let used = env::is_used_by(variable, role);
            let is_store = artifact == Artifact::StoreUrl;
            if is_store || file.is_some() {
                used
            } else {
                true
            }
        };
        let carries = env::VARIABLES.iter().filter(|(_, it)| *it == artifact);
        Place {
            variables: carries
                .map(|(variable, _)| *variable)
                .filter(|variable| is_named(variable))
                .collect(),
            file,
        }
    }

    /// In words, one line a variable.
    fn text(&self, artifact: Artifact) -> String {
        let variables = self.variables.join("\n");
        match (self.file, variables.as_str()) {
            (Some(REDIS_CONF), _) => format!("requirepass in {REDIS_CONF}"),
            (Some(file), "") => file.to_owned(),
            (Some(file), variable) => format!("{file}, named by\n{variable}"),
            (None, variable) if artifact == Artifact::BrokerPassword && !variable.is_empty() => {
                format!("inside {variable}")
            }
            (None, variables) => variables.to_owned(),
        }
    }
}

/// Conditions, numbered in the order in which they are met.
#[derive(Default)]
struct Footnotes(Vec<String>);

impl Footnotes {
    /// The cell's letter, with the number of its condition.
    fn mark(&mut self, cell: Cell) -> String {
        let letter = cell.holding.letter();
        let Some(clause) = cell.clause() else {
            return letter.to_owned();
        };
        let at = self.0.iter().position(|known| *known == clause);
        let at = at.unwrap_or_else(|| {
            self.0.push(clause);
            self.0.len() - 1
        });
        format!("{letter}{}", superscript(at + 1))
    }

    /// One line a footnote, after this prefix.
    fn text(&self, prefix: &str) -> String {
        let mut text = String::new();
        for (at, clause) in self.0.iter().enumerate() {
            let _ = writeln!(text, "{prefix}{} {clause}", superscript(at + 1));
        }
        text
    }
}

fn superscript(number: usize) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = number.to_string();
    let digits = digits.bytes();
    digits
        .map(|digit| DIGITS[usize::from(digit - b'0')])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_artifact_is_one_line_in_every_posture_and_for_every_role() {
        for posture in Posture::all() {
            for role in Role::ALL {
                let mut listed: Vec<Artifact> =
                    lines_of(role, posture).iter().map(|(it, _)| *it).collect();
                listed.sort();
                let mut all = Artifact::ALL;
                all.sort();
                assert_eq!(listed, all, "{role} under {posture}");
            }
        }
    }

    #[test]
    fn equal_conditions_share_a_footnote() {
        let mut footnotes = Footnotes::default();
        let posture = Posture::all().last().unwrap();
        let cell = |artifact, role| ownership::cell(artifact, role, posture);
        let password = cell(Artifact::BrokerPassword, Role::Worker);
        assert_eq!(footnotes.mark(password), "R¹");
        let key = cell(Artifact::ServerKey, Role::Producer);
        assert_eq!(footnotes.mark(key), "A²");
        assert_eq!(footnotes.mark(password), "R¹");
        assert_eq!(
            footnotes.text("- "),
            "- ¹ if a password is set, else –\n- ² if `serves: https` and its own, else X\n"
        );
    }

    #[test]
    fn footnotes_beyond_nine_have_two_digits() {
        assert_eq!(superscript(10), "¹⁰");
    }
}
