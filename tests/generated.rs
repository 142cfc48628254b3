//! What is generated from the argument definitions and committed has not drifted from them.
//! `UPDATE=1 cargo test --test generated` writes it anew.

use std::path::Path;
use std::process::Command;

const GENERATED: [(&str, &[&str]); 5] = [
    ("completions/stem-sec.bash", &["completions", "bash"]),
    ("completions/_stem-sec", &["completions", "zsh"]),
    ("completions/stem-sec.fish", &["completions", "fish"]),
    ("completions/stem-sec.elv", &["completions", "elvish"]),
    ("completions/stem-sec.1", &["man"]),
];

#[test]
fn committed_completions_and_manual_are_the_ones_that_the_binary_prints() {
    for (path, arguments) in GENERATED {
        let output = Command::new(env!("CARGO_BIN_EXE_stem-sec"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &output.stdout).unwrap();
        }
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(
            committed == output.stdout,
            "{} is not what `stem-sec {}` prints: UPDATE=1 cargo test --test generated",
            path.display(),
            arguments.join(" ")
        );
    }
}
