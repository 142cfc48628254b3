//! Plan files: YAML to a [`Plan`] and back. Whatever is wrong is said with its place and
//! never with a value: somebody may have pasted a secret where an id belongs.

mod error;
mod fields;
mod read;
mod steps;
mod write;

#[cfg(test)]
mod tests;

pub use error::{PlanError, PlanProblem};
pub use write::text;

use super::plan::Plan;

/// The most components of a plan.
pub const MAX_COMPONENTS: usize = 500;
/// The most steps of a plan.
pub const MAX_STEPS: usize = 100;
/// The most keys or CAs of one list.
pub const MAX_LIST: usize = 32;
/// The longest id or name, in characters.
pub const MAX_NAME: usize = 200;

impl Plan {
    /// Reads a plan from any bytes.
    ///
    /// # Errors
    /// When it is no plan of this version, with the place and never with a value.
    pub fn parse(bytes: &[u8]) -> Result<Plan, PlanError> {
        read::plan(bytes)
    }

    /// The plan as a file that [`Plan::parse`] reads back.
    #[must_use]
    pub fn text(&self) -> String {
        write::text(self)
    }
}
