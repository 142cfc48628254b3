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
        for (place, comment) in comments(&source) {
            match read(&source, place, comment) {
                Ok(suppression) => suppressions.push(suppression),
                Err(trouble) if own.contains(&source.number) => {
                    troubles.push(Finding::new(&suppression_unused::RULE, place, trouble));
                }
                Err(_) => {}
            }
        }
    }
    suppressions.retain(|one| own.contains(&one.place.source) || hits(one, tree, findings));
    (suppressions, troubles)
}

fn hits(suppression: &Suppression, tree: &Tree, findings: &[Finding]) -> bool {
    let mut all = findings.iter();
    all.any(|finding| suppression.speaks_of(finding, &tree.path(finding.place.source)))
}

/// What follows the mark in each comment of a file.
fn comments(source: &Source) -> Vec<(Place, &str)> {
    let mut found = Vec::new();
    if memmem::find(&source.bytes, MARK.as_bytes()).is_none() {
        return found;
    }
    let Ok(text) = std::str::from_utf8(&source.bytes) else {
        return found;
    };
    for (number, line) in (1..).zip(text.lines()) {
        let Some((before, after)) = line.split_once(MARK) else {
            continue;
        };
        let Some(before) = before.trim_end().strip_suffix(['#', ';']) else {
            continue;
        };
        let place = Place {
            line: number,
            column: u32::try_from(before.chars().count() + 1).unwrap_or(1),
            ..Place::top(source.number)
        };
        found.push((place, after));
    }
    found
}

fn read(source: &Source, place: Place, comment: &str) -> Result<Suppression, String> {
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
    let (first, last) = lines(source, place);
    Ok(Suppression {
        by: SuppressedBy::Inline,
        rule: rule.to_owned(),
        reason: reason.to_owned(),
        until,
        place,
        subject: String::new(),
        scope: Scope::Lines(first, last),
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

/// The lines that a comment speaks of: its own, where something stands before it; else the
/// next one that is no comment.
fn lines(source: &Source, place: Place) -> (u32, u32) {
    let text = String::from_utf8_lossy(&source.bytes);
    let at = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let is_comment = |line: &&str| line.trim_start().starts_with(['#', ';']);
    let mut below = text.lines().skip(at);
    if !below.next().as_ref().is_some_and(is_comment) {
        return (place.line, place.line);
    }
    let skipped = below.take_while(is_comment).count();
    let skipped = u32::try_from(skipped).unwrap_or(0);
    (
        place.line,
        place.line.saturating_add(skipped).saturating_add(1),
    )
}
