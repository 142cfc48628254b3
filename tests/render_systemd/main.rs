//! The target `systemd`, held against systemd itself: `systemd-analyze`, and a manager that
//! starts the units and shows what their processes really get.

#[path = "../common/mod.rs"]
mod common;

mod analyze;
mod broker;
mod hostile;
mod manager;
mod postures;
mod written;

use std::fs;
use std::path::Path;

use common::{Done, run, stem_sec};

/// `init` for systemd, with every role, a component of two, and a template unit.
fn init(place: &Path, flags: &[&str]) -> Done {
    let mut command = stem_sec();
    command.arg("init").arg(place);
    command.args(["--yes", "--target", "systemd"]).args(flags);
    run(&mut command)
}

/// Writes the files anew.
fn render(place: &Path, flags: &[&str]) -> Done {
    run(stem_sec().arg("render").args(flags).current_dir(place))
}

/// Changes the manifest, which must say `from`.
#[track_caller]
fn edit(place: &Path, from: &str, to: &str) {
    let path = place.join("stem-sec.yaml");
    let text = fs::read_to_string(&path).expect("a manifest");
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).expect("written");
}

/// Components that between them have every role, one of them two, and one a template.
const COMPONENTS: [&str; 16] = [
    "--component",
    "api=producer",
    "--component",
    "worker=worker",
    "--component",
    "both=worker+producer",
    "--component",
    "beat=beat",
    "--component",
    "cli=cli",
    "--component",
    "board=dashboard",
    "--component",
    "redis=broker",
    "--component",
    "proxy=other",
];
