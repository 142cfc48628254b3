//! One line a finding, for `grep` and editors: `path:line:column: severity[rule] message`.

use std::fmt::Write as _;

use super::View;
use crate::term::clean;

pub(super) fn text(view: &View<'_>) -> String {
    let mut text = String::new();
    for finding in view.counting() {
        let _ = writeln!(
            text,
            "{}: {}[{}] {}",
            clean(&view.place(finding.place)),
            finding.severity.name(),
            finding.rule.id,
            clean(&view.sentence(finding)),
        );
    }
    text
}
