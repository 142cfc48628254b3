//! From values to the text of a report, one folder a report and one file a format. Pure:
//! the caller says how wide a terminal is, and prints.

pub mod audit;
mod columns;
pub mod inventory;
mod markdown;
pub mod roles;
pub mod rotate;
pub mod rules;
