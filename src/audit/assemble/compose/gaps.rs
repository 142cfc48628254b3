//! What is wrong in a project, in the words of an inventory.

use std::collections::HashSet;

use crate::audit::process::{Gap, GapKind};
use crate::formats::compose::{Problem, Trouble};

/// Leaves each of them once.
pub(super) fn once(gaps: &mut Vec<Gap>) {
    let mut known = HashSet::new();
    gaps.retain(|gap| known.insert((gap.place, gap.kind, gap.text.clone())));
    // they stay in memory
    gaps.shrink_to_fit();
}

/// The gap that a trouble is.
pub(super) fn of(trouble: &Trouble) -> Gap {
    let kind = match &trouble.problem {
        Problem::NoFile(_) | Problem::NoEnvFile(_) | Problem::Extends | Problem::Undeclared(_) => {
            GapKind::Missing
        }
        // whoever starts the project sets it
        Problem::Outside(_) | Problem::Unset(_) | Problem::Required(_) => GapKind::Outside,
        Problem::Unfollowed(_) | Problem::TooMuch => GapKind::NotFollowed,
        Problem::Yaml(_)
        | Problem::Documents
        | Problem::Shape(_)
        | Problem::Repeated(_)
        | Problem::Interpolation
        | Problem::EnvFile
        | Problem::Unreadable(_)
        | Problem::Cycle(_)
        | Problem::Conflict(_)
        | Problem::Words => GapKind::Unreadable,
    };
    Gap {
        place: trouble.place,
        kind,
        text: trouble.problem.to_string(),
    }
}
