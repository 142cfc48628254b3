//! `# stem-sec: allow RULE [until DATE] reason`: a comment beside what is allowed, at the end of
//! its line or in the lines above.

use std::collections::BTreeSet;

use memchr::memmem;
use time::Date;
use time::macros::format_description;

use super::{Scope, Suppression, no_such_rule};
use crate::audit::finding::{Finding, SuppressedBy};
use crate::audit::rules::{self, suppression_unused};
use crate::audit::tree::{FileKind, Source, Tree};
use crate::formats::place::Place;

/// What begins it, after the sign of a comment.
const MARK: &str = "stem-sec: allow";

/// Every comment in the files that deployments are made of, and in those with findings; and
/// what is wrong with those that say nothing.
pub(super) fn all(tree: &Tree, findings: &[Finding]) -> (Vec<Suppression>, Vec<Finding>) {
    let is_of_deployments = |kind: FileKind| {
        !matches!(
            kind,
            FileKind::Other | FileKind::KeyMaterial | FileKind::HelmSource | FileKind::Mask
        )
    };
    let named = tree.found().iter();
    let named = named.filter(|found| is_of_deployments(found.kind));
    let mut sources: BTreeSet<u32> = findings.iter().map(|one| one.place.source).collect();
    let own: BTreeSet<u32> = named
        .filter_map(|found| Some(tree.read(&found.path).ok()?.number))
        .collect();
    sources.extend(&own);
    let mut suppressions = Vec::new();
    let mut troubles = Vec::new();
    for source in sources.into_iter().filter_map(|number| tree.source(number)) {
        for (place, lines, comment) in comments(&source) {
            match read(place, lines, comment) {
                Ok(suppression) => suppressions.push(suppression),
                Err(trouble) if own.contains(&source.number) => {
                    troubles.push(Finding::new(&suppression_unused::RULE, place, trouble));
                }
                Err(_) => {}
            }
        }
    }
    for one in &mut suppressions {
        // elsewhere, what looks like one may be an example
        one.is_whole = own.contains(&one.place.source);
    }
    (suppressions, troubles)
}

/// Each comment of a file: its place, the lines that it speaks of, and what follows the mark.
fn comments(source: &Source) -> Vec<(Place, [u32; 3], &str)> {
    let mut found = Vec::new();
    if memmem::find(&source.bytes, MARK.as_bytes()).is_none() {
        return found;
    }
    let Ok(text) = std::str::from_utf8(&source.bytes) else {
        return found;
    };
    // those that wait for the line below
    let mut waiting: Vec<usize> = Vec::new();
    let mut is_head = true;
    for (number, line) in (1..).zip(text.lines()) {
        let is_comment = line.trim_start().starts_with(['#', ';']);
        if !is_comment {
            for at in waiting.drain(..) {
                let (_, lines, _): &mut (Place, [u32; 3], &str) = &mut found[at];
                lines[1] = number;
            }
        }
        if let Some((column, after)) = marked(line) {
            let place = Place {
                line: number,
                column,
                ..Place::top(source.number)
            };
            // what is said of a whole file stands at its top
            let top = if is_comment && is_head { 1 } else { number };
            if is_comment {
                waiting.push(found.len());
            }
            found.push((place, [number, number, top], after));
        }
        is_head &= is_comment || line.trim().is_empty();
    }
    found
}

/// The column of a comment with the mark, and what follows it.
fn marked(line: &str) -> Option<(u32, &str)> {
    let (before, after) = line.split_once(MARK)?;
    let before = before.trim_end().strip_suffix(['#', ';'])?;
    let column = u32::try_from(before.chars().count() + 1).unwrap_or(1);
    Some((column, after))
}

fn read(place: Place, lines: [u32; 3], comment: &str) -> Result<Suppression, String> {
    let (rule, rest) = word(comment);
    if rule.is_empty() {
        return Err("`stem-sec: allow` names no rule".to_owned());
    }
    if rules::find(rule).is_none() {
        return Err(no_such_rule(rule));
    }
    let (until, reason) = dated(rest)?;
    if reason.is_empty() {
        return Err(format!(
            "the suppression of `{rule}` gives no reason, and does not count"
        ));
    }
    Ok(Suppression {
        by: SuppressedBy::Inline,
        rule: rule.to_owned(),
        reason: reason.to_owned(),
        until,
        place,
        subject: String::new(),
        scope: Scope::Lines(lines),
        is_whole: true,
        uses: 0,
    })
}

fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (text[..end].trim_end_matches([':', ',']), text[end..].trim())
}

/// `until DATE` in front of the reason.
fn dated(rest: &str) -> Result<(Option<Date>, &str), String> {
    let Some(after) = rest.strip_prefix("until ") else {
        return Ok((None, rest));
    };
    let (date, reason) = word(after);
    match Date::parse(date, format_description!("[year]-[month]-[day]")) {
        Ok(date) => Ok((Some(date), reason)),
        Err(_) => Err("after `until` stands no date such as 2027-01-31".to_owned()),
    }
}
