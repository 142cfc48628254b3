//! Findings for a terminal, in the manner of a compiler: the line in question, masked, where
//! it comes to each process, and what to change.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet,
};

use super::View;
use super::mask::masked;
use crate::audit::finding::Finding;
use crate::formats::place::Place;
use crate::model::manifest::Severity;
use crate::term::{self, clean};

/// More places than these are counted, not shown.
const MOST_PLACES: usize = 6;

/// Narrower terminals get lines that wrap.
const NARROWEST: usize = 60;

pub(super) fn text(view: &View<'_>, width: u16, colour: bool) -> String {
    let renderer = match colour {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    let renderer = renderer.term_width(usize::from(width).max(NARROWEST));
    let mut text = String::new();
    for finding in view.counting() {
        text.push_str(&renderer.render(&[group(view, finding)]));
        text.push_str("\n\n");
    }
    let unread = &view.verdict.inventory.skipped;
    for skipped in unread {
        let _ = writeln!(
            text,
            "not read: {}: {}",
            clean(&skipped.path),
            clean(&skipped.why.to_string())
        );
    }
    for (deployment, what) in view.assumed() {
        let _ = writeln!(text, "assumed: {}: {}", clean(deployment), clean(&what));
    }
    if !unread.is_empty() || !view.verdict.inventory.deployments.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{}", view.summary());
    text
}

fn group<'v>(view: &View<'_>, finding: &Finding) -> Group<'v> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(owned(&view.sentence(finding)))
        .id(finding.rule.id);
    let label = match (&finding.key_id, finding.subject.as_str()) {
        (Some(id), "") => format!("key `{id}`"),
        (Some(id), subject) => format!("{subject}, key `{id}`"),
        // the arrow says it already
        (None, subject) if subject == view.path(finding.place.source) => String::new(),
        (None, subject) => subject.to_owned(),
    };
    let mut group = match view.path(finding.place.source).as_str() {
        "" => Group::with_title(title),
        _ => title.element(place(view, finding.place, AnnotationKind::Primary, &label)),
    };
    let places = finding.places();
    for related in places.iter().take(MOST_PLACES) {
        let element = place(
            view,
            related.place,
            AnnotationKind::Context,
            &related.message,
        );
        group = group.element(element);
    }
    let more = places.len().saturating_sub(MOST_PLACES);
    if more > 0 {
        let message = format!("and {more} more places");
        group = group.element(Level::NOTE.message(message));
    }
    group
        .element(Level::HELP.with_name("fix").message(owned(&finding.fix)))
        .element(
            Level::HELP
                .with_name("explain")
                .message(format!("stem-sec explain {}", finding.rule.id)),
        )
}

/// The line of a place, else only where it is.
fn place<'v>(view: &View<'_>, at: Place, kind: AnnotationKind, label: &str) -> Element<'v> {
    let path = owned(&view.path(at.source));
    // the top of a file stands for all of it: its first line says nothing
    let line = view.lines.of(at).filter(|_| at != Place::top(at.source));
    let Some(line) = line else {
        let line = usize::try_from(at.line).unwrap_or(usize::MAX);
        return Origin::path(path).line(line).into();
    };
    // every character that could move the cursor is one that cannot, so that columns stay
    let shown: String = masked(&line.text).chars().map(visible).collect();
    let span = bytes(&shown, &line.part);
    let annotation: Annotation<'_> = match label {
        "" => kind.span(span),
        label => kind.span(span).label(owned(label)),
    };
    Snippet::source(shown)
        .line_start(usize::try_from(line.number).unwrap_or(usize::MAX))
        .path(path)
        .annotation(annotation)
        .into()
}

/// What stands for a character at the same width.
fn visible(character: char) -> char {
    let mut bytes = [0; 4];
    match character {
        '\t' => ' ',
        other if matches!(clean(other.encode_utf8(&mut bytes)), Cow::Owned(_)) => '\u{fffd}',
        other => other,
    }
}

/// From characters to bytes.
fn bytes(text: &str, part: &Range<usize>) -> Range<usize> {
    let at = |number: usize| {
        let mut all = text.char_indices().map(|(at, _)| at);
        all.nth(number).unwrap_or(text.len())
    };
    at(part.start)..at(part.end)
}

fn owned(text: &str) -> Cow<'static, str> {
    Cow::Owned(term::clean(text).into_owned())
}
