//! The readers of systemd's formats, held against systemd itself: a manager that starts units
//! and shows what their processes really get.

#[path = "../common/mod.rs"]
mod common;
#[path = "../render_systemd/manager.rs"]
#[allow(dead_code)] // the other tests need more of it
mod manager;

mod files;
mod generated;
mod units;
mod written;
