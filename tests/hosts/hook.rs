//! `.pre-commit-hooks.yaml`: its form by pre-commit itself, and its entry run by it in a
//! repository, on the binary under test.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::common::{Done, folder, python_tool, run, tool};
use crate::{COMPOSE, own, repaired};

/// A command in a repository, with the binary under test before all others.
fn within(repository: &Path, command: &mut Command) -> Done {
    let binary = Path::new(env!("CARGO_BIN_EXE_stem-sec"));
    let folder = binary.parent().expect("a folder").display();
    let search = std::env::var("PATH").expect("a PATH");
    command
        .current_dir(repository)
        .env("PATH", format!("{folder}:{search}"))
        .env("HOME", repository)
        .env("PRE_COMMIT_HOME", repository.join(".git/pre-commit"));
    run(command)
}

#[test]
fn its_form_is_what_pre_commit_wants() {
    let mut check = python_tool("pre-commit");
    let place = folder();
    within(
        place.path(),
        check
            .arg("validate-manifest")
            .arg(own(".pre-commit-hooks.yaml")),
    )
    .ok();
    let broken = place.path().join("hooks.yaml");
    fs::write(&broken, "- id: stem-sec-audit\n").expect("is written");
    let mut check = python_tool("pre-commit");
    let done = within(place.path(), check.arg("validate-manifest").arg(&broken));
    assert_eq!(done.code, Some(1));
}

#[test]
fn a_commit_waits_until_nothing_is_found() {
    let text = fs::read_to_string(own(".pre-commit-hooks.yaml")).expect("hooks");
    let mut hooks: Value = serde_saphyr::from_str(&text).expect("YAML");
    assert_eq!(hooks[0]["id"], "stem-sec-audit");
    // built by pre-commit elsewhere; here it is there already
    hooks[0]["language"] = "system".into();
    let config = serde_json::json!({ "repos": [ { "repo": "local", "hooks": hooks } ] });
    let place = folder();
    let at = |name: &str| place.path().join(name);
    fs::write(at(".pre-commit-config.yaml"), config.to_string()).expect("is written");
    fs::write(at("compose.yaml"), COMPOSE).expect("is written");
    let git = |arguments: &[&str]| within(place.path(), tool("git").args(arguments));
    git(&["init", "--quiet", "."]).ok();
    git(&["add", "."]).ok();
    let hook = || {
        within(
            place.path(),
            python_tool("pre-commit").args(["run", "--all-files"]),
        )
    };
    let done = hook();
    assert_eq!(done.code, Some(1), "{}", done.said());
    assert!(
        done.stdout.contains("verification-disabled"),
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("compose.yaml:9"), "{}", done.stdout);
    fs::write(at("compose.yaml"), repaired()).expect("is written");
    git(&["add", "."]).ok();
    let done = hook().ok();
    assert!(done.stdout.contains("Passed"), "{}", done.stdout);
}
