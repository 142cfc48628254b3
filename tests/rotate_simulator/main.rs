//! The tool's prover against a simulator that shares no line with it (`tests/simulator`), and the
//! simulator against what is known and against every interleaving.

mod agreement;
mod deployments;
mod known;
mod produced;
mod reduction;
