//! What it costs to start a Rust program.

fn main() {}
