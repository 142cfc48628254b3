//! What can be wrong with a plan file.

use std::fmt;

use crate::formats::yaml::{Place, YamlProblem};

use super::{MAX_COMPONENTS, MAX_LIST, MAX_NAME, MAX_STEPS};
use crate::rotate::plan::VERSION;

/// Why a text is no plan, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {problem}", .place.line, .place.column)]
pub struct PlanError {
    /// Where the offending key or value begins.
    pub place: Place,
    /// What is wrong there.
    pub problem: PlanProblem,
}

/// What is wrong with a part of a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    /// No YAML.
    #[error("{0}")]
    Yaml(YamlProblem),
    /// No document, or several.
    #[error("a plan is one YAML document")]
    Documents,
    /// The version is missing, or is no number.
    #[error("`version: {VERSION}` is missing")]
    NoVersion,
    /// A later version of the tool wrote it.
    #[error("this plan is of another version; this stem-sec reads version {VERSION}")]
    OtherVersion,
    /// Another kind of value.
    #[error("this must be {0}")]
    Not(&'static str),
    /// One of a few words.
    #[error("this must be one of {}", .0.join(", "))]
    NotOneOf(Vec<&'static str>),
    /// A key that is not read here.
    #[error("unknown key{}{}", quoted(.key.as_deref()), meant(*.nearest))]
    UnknownKey {
        /// As written, where it looks like a key.
        key: Option<String>,
        /// The known key that it resembles.
        nearest: Option<&'static str>,
    },
    /// A key that stands there twice.
    #[error("`{0}` stands here twice")]
    Twice(String),
    /// A key that must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A component that the plan does not have.
    #[error("the plan has no component of this name")]
    UnknownComponent,
    /// A field of a component of another kind.
    #[error("`{field}` means nothing to `{component}`")]
    Meaningless {
        /// The field.
        field: &'static str,
        /// The component.
        component: String,
    },
    /// A step that does nothing, or two things.
    #[error("a step has one of `roll`, `drain`, `stop` and `start`")]
    NotOneAction,
    /// A step that takes no fields.
    #[error("`{0}` takes no fields")]
    NoFields(&'static str),
    /// Something that does not run is rolled or stopped.
    #[error("`{0}` does not run here")]
    DoesNotRun(String),
    /// Something that runs is started.
    #[error("`{0}` runs here already")]
    Runs(String),
    /// An id or name that cannot be one.
    #[error("this cannot be {0}")]
    BadName(&'static str),
    /// `all` as a component's name.
    #[error("`all` means every component, so none can be called so")]
    Reserved,
    /// More of something than is read.
    #[error(
        "a plan has at most {MAX_COMPONENTS} components, {MAX_STEPS} steps and {MAX_LIST} keys or CAs in a list"
    )]
    TooMany,
}

impl PlanError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match &self.problem {
            PlanProblem::OtherVersion => "install the stem-sec that wrote it",
            PlanProblem::NoVersion | PlanProblem::Documents | PlanProblem::Missing(_) => {
                "a plan has version, signing, components, start and steps: stem-sec rotate check --help shows one"
            }
            PlanProblem::Meaningless { .. } => {
                "give it to the components that read it; under `all` it goes to them alone"
            }
            PlanProblem::NotOneAction => {
                "write one step for each, such as - { roll: [api], active: k2 }"
            }
            PlanProblem::DoesNotRun(_) => "write `start` with the fields that it should start with",
            PlanProblem::Runs(_) => "write `roll`, or `stop` it in a step before",
            PlanProblem::BadName(_) => {
                return Some(format!(
                    "write a name of at most {MAX_NAME} characters without `:` and `,`; never the value of a key"
                ));
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn quoted(key: Option<&str>) -> String {
    key.map(|key| format!(" `{key}`")).unwrap_or_default()
}

fn meant(nearest: Option<&str>) -> String {
    nearest
        .map(|word| format!("; did you mean `{word}`?"))
        .unwrap_or_default()
}

/// A key as it may be shown: a word, and not a value in the wrong place.
pub(super) fn showable(key: &str) -> Option<String> {
    let is_word = key.len() <= 24
        && key
            .chars()
            .all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_'));
    is_word.then(|| key.to_owned())
}

/// The known word that a key resembles.
pub(super) fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let score = |word: &&&'static str| strsim::jaro(key, word);
    let best = known
        .iter()
        .max_by(|one, other| score(one).total_cmp(&score(other)))?;
    (score(&best) > 0.75).then_some(*best)
}

impl fmt::Display for super::super::plan::Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
