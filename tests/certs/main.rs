//! `stem-sec certs` from the outside: what it makes, what it refuses and leaves as it was,
//! and CAs that OpenSSL made.

#[path = "../common/mod.rs"]
mod common;
mod elsewhere;
mod lifecycle;
mod refusals;
mod workshop;
