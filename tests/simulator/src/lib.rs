//! Runs rotation plans as a deployment of Stem would, in a hundred thousand orders each, and says
//! what harm was seen. Written from what Stem's source does and from the format of plan files: it
//! shares no line with the prover of the tool, which is held against it in
//! `tests/rotate_simulator`.
//!
//! [`outcome::simulate`] is the way in. [`exhaustive`] and [`pairs`] answer the same question in
//! two more ways, on plans that are small enough; [`random_plans`] writes plans.

mod draft;
pub mod exhaustive;
pub mod outcome;
pub mod pairs;
mod plan;
mod processes;
mod queue;
mod random;
pub mod random_plans;
pub mod read;
mod rollout;
mod schedule;
mod stem;
mod story;
pub mod table;
