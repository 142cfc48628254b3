//! What is generated from the argument definitions and the tables, and committed, has not
//! drifted from them. `UPDATE=1 cargo test --test generated` writes it anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const GENERATED: [(&str, &[&str]); 5] = [
    ("completions/stem-sec.bash", &["completions", "bash"]),
    ("completions/_stem-sec", &["completions", "zsh"]),
    ("completions/stem-sec.fish", &["completions", "fish"]),
    ("completions/stem-sec.elv", &["completions", "elvish"]),
    ("completions/stem-sec.1", &["man"]),
];

/// In a document, what a command prints stands between `<!-- stem-sec ARGUMENTS -->` and
/// [`END`].
const BEGIN: &str = "<!-- stem-sec ";
const END: &str = "<!-- end -->";

#[test]
fn committed_completions_and_manual_are_the_ones_that_the_binary_prints() {
    for (path, arguments) in GENERATED {
        ensure(path, &printed(arguments));
    }
}

#[test]
fn the_tables_of_the_readme_are_the_ones_that_the_binary_prints() {
    let text = std::fs::read_to_string(committed("README.md")).unwrap();
    let mut fresh = String::new();
    let mut rest = text.as_str();
    let mut tables = 0;
    while let Some(at) = rest.find(BEGIN) {
        let head = at + rest[at..].find(" -->\n").expect("a marker ends") + " -->\n".len();
        let arguments: Vec<&str> = rest[at + BEGIN.len()..head - " -->\n".len()]
            .split(' ')
            .collect();
        let end = head + rest[head..].find(END).expect("a table ends");
        let _ = write!(fresh, "{}\n{}\n", &rest[..head], printed(&arguments));
        rest = &rest[end..];
        tables += 1;
    }
    assert!(tables > 0, "README.md has no marker `{BEGIN}… -->`");
    ensure("README.md", &format!("{fresh}{rest}"));
}

#[test]
fn the_manual_has_the_exit_codes_and_the_examples() {
    let manual = std::fs::read_to_string(committed("completions/stem-sec.1")).expect("the manual");
    for heading in [
        "\n.SH \"EXIT CODES\"\n",
        "\n.SH EXAMPLES\n",
        "\n.SS EXAMPLES\n",
    ] {
        assert!(manual.contains(heading), "{heading}");
    }
    for code in 0..=4 {
        assert!(manual.contains(&format!("\n  {code}  ")), "{code}");
    }
}

fn committed(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// In an empty folder, so that no manifest is found.
fn printed(arguments: &[&str]) -> String {
    let empty = tempfile::tempdir().expect("an empty folder");
    let output = Command::new(env!("CARGO_BIN_EXE_stem-sec"))
        .args(arguments)
        .current_dir(empty.path())
        .output()
        .expect("stem-sec runs");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[track_caller]
fn ensure(path: &str, fresh: &str) {
    let place = committed(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&place, fresh).expect("written");
    }
    let found = std::fs::read_to_string(&place).unwrap_or_default();
    assert!(
        found == fresh,
        "{path} is not what the binary prints: UPDATE=1 cargo test --test generated"
    );
}
