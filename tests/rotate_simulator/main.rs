//! Runs rotation plans as a deployment of Stem would, in a hundred thousand orders each, and says
//! what harm was seen. Written from what Stem's source does and from the format of plan files: it
//! shares no line with the prover of the tool, which is held against it.
//!
//! `outcome::simulate` is the way in. `exhaustive` and `pairs` answer the same question in two more
//! ways, on plans that are small enough; `random_plans` writes plans.

mod agreement;
mod draft;
mod exhaustive;
mod known;
mod outcome;
mod pairs;
mod plan;
mod processes;
mod produced;
mod queue;
mod random;
mod random_plans;
mod read;
mod reduction;
mod rollout;
mod schedule;
mod stem;
mod story;
mod table;
