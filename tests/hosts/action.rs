//! `action.yml`: its form by the host's schema, and its scripts run by bash as a runner does, with
//! the variables that a runner sets and a `cargo` that builds nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Done, folder, python_tool, run, tool};
use crate::{COMPOSE, executable, own, repaired};

const BINARY: &str = env!("CARGO_BIN_EXE_stem-sec");

fn action() -> Value {
    let text = fs::read_to_string(own("action.yml")).expect("an action");
    serde_saphyr::from_str(&text).expect("YAML")
}

/// A workspace, a runner's own folder, and programs.
struct Runner {
    place: TempDir,
    inputs: BTreeMap<String, String>,
}

impl Runner {
    /// With the compose file of a worker, and these inputs.
    fn new(compose: &str, inputs: &[(&str, &str)]) -> Runner {
        let place = folder();
        for name in ["work", "temp", "bin"] {
            fs::create_dir(place.path().join(name)).expect("is made");
        }
        fs::write(place.path().join("work/compose.yaml"), compose).expect("is written");
        // says what it was asked for, and puts the binary where it should be
        let cargo = format!(
            "#!/bin/sh\necho \"$@\" >> {0}/cargo.log\nmkdir -p {0}/temp/stem-sec/bin\nln -sf {BINARY} {0}/temp/stem-sec/bin/stem-sec\n",
            place.path().display()
        );
        executable(&place.path().join("bin/cargo"), &cargo);
        let mut all = BTreeMap::new();
        for (name, input) in action()["inputs"].as_object().expect("inputs") {
            let default = input["default"].as_str().unwrap_or_default();
            all.insert(name.clone(), default.to_owned());
        }
        for (name, value) in inputs {
            let known = all.insert((*name).to_owned(), (*value).to_owned());
            assert!(known.is_some(), "there is no input {name}");
        }
        Runner { place, inputs: all }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.place.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Runs the steps, as far as the first that fails.
    fn run(&self) -> Done {
        let mut outputs: BTreeMap<String, String> = BTreeMap::new();
        let action = action();
        let steps = action["runs"]["steps"].as_array().expect("steps");
        let mut last = None;
        for step in steps {
            assert_eq!(step["shell"], "bash");
            let script = self.path("temp/script.sh");
            fs::write(&script, step["run"].as_str().expect("a script")).expect("is written");
            let search = std::env::var("PATH").expect("a PATH");
            let mut command = tool("bash");
            command
                .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
                .arg(&script)
                .current_dir(self.path("work"))
                .env("PATH", format!("{}:{search}", self.path("bin").display()))
                .env("GITHUB_ACTIONS", "true")
                .env("GITHUB_ACTION_PATH", own(""))
                .env("GITHUB_WORKSPACE", self.path("work"))
                .env("GITHUB_OUTPUT", self.path("temp/output"))
                .env("GITHUB_STEP_SUMMARY", self.path("temp/summary"))
                .env("RUNNER_TEMP", self.path("temp"));
            for (name, value) in step["env"].as_object().into_iter().flatten() {
                let value = value.as_str().expect("text");
                command.env(name, self.expression(value, &outputs));
            }
            fs::write(self.path("temp/output"), "").expect("is written");
            let done = run(&mut command);
            let id = step["id"].as_str().expect("an id");
            for (name, value) in self
                .text("temp/output")
                .lines()
                .filter_map(|l| l.split_once('='))
            {
                outputs.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
            let is_over = done.code != Some(0);
            last = Some(done);
            if is_over {
                break;
            }
        }
        last.expect("a step")
    }

    /// `${{ inputs.x }}` and `${{ steps.x.outputs.y }}`, nothing else.
    fn expression(&self, text: &str, outputs: &BTreeMap<String, String>) -> String {
        let inside = text
            .strip_prefix("${{ ")
            .and_then(|rest| rest.strip_suffix(" }}"));
        let name = inside.unwrap_or_else(|| panic!("`{text}` is no expression"));
        match name.strip_prefix("inputs.") {
            Some(input) => self.inputs[input].clone(),
            None => outputs[name].clone(),
        }
    }
}

#[test]
fn its_form_is_what_the_host_wants() {
    let mut check = python_tool("check-jsonschema");
    check.args(["--builtin-schema", "vendor.github-actions"]);
    run(check.arg(own("action.yml"))).ok();
    // and a broken one is none
    let place = folder();
    let text = fs::read_to_string(own("action.yml")).expect("an action");
    let broken = place.path().join("action.yml");
    fs::write(&broken, text.replace("using: composite", "using: nothing")).expect("is written");
    let mut check = python_tool("check-jsonschema");
    check.args(["--builtin-schema", "vendor.github-actions"]);
    assert_eq!(run(check.arg(&broken)).code, Some(1));
}

#[test]
fn no_input_stands_in_a_script_and_shellcheck_is_content() {
    let place = folder();
    for step in action()["runs"]["steps"].as_array().expect("steps") {
        let script = step["run"].as_str().expect("a script");
        assert!(!script.contains("${{"), "{script}");
        let path = place.path().join("script.sh");
        fs::write(&path, script).expect("is written");
        run(tool("shellcheck")
            .args(["--shell=bash", "--severity=style"])
            .arg(&path))
        .ok();
    }
}

#[test]
fn it_builds_its_own_source_and_passes_what_is_right() {
    let runner = Runner::new(&repaired(), &[]);
    runner.run().ok();
    let asked = runner.text("cargo.log");
    let source = own("").display().to_string();
    let temp = runner.path("temp/stem-sec").display().to_string();
    assert_eq!(
        asked.trim(),
        format!("install --locked --path {source} --root {temp}")
    );
    assert!(runner.text("temp/output").contains("exit-code=0\n"));
}

#[test]
fn it_annotates_reports_and_sums_up_in_one_run() {
    let runner = Runner::new(COMPOSE, &[("binary", BINARY)]);
    let done = runner.run();
    assert_eq!(done.code, Some(1), "{}", done.said());
    assert!(!runner.path("cargo.log").exists());
    assert!(
        done.stdout.contains("::error file=compose.yaml,line=9"),
        "{}",
        done.stdout
    );
    let report: Value = serde_json::from_str(&runner.text("work/stem-sec.sarif")).expect("JSON");
    assert_eq!(
        report["runs"][0]["results"][0]["ruleId"],
        "verification-disabled"
    );
    assert!(
        runner
            .text("temp/summary")
            .contains("verification-disabled")
    );
    let output = runner.text("temp/output");
    assert_eq!(output, "sarif=stem-sec.sarif\nexit-code=1\n");
}

#[test]
fn its_inputs_reach_the_audit() {
    let runner = Runner::new(COMPOSE, &[("binary", BINARY), ("baseline", "known.json")]);
    let mut command = tool(BINARY);
    command.args(["audit", "--write-baseline", "known.json"]);
    run(command.current_dir(runner.path("work"))).ok();
    runner.run().ok();
    let cases: [(&[(&str, &str)], i32); 5] = [
        (&[("paths", "\n./compose.yaml\n\n")], 1),
        (&[("paths", "gone")], 4),
        (&[("baseline", "gone.json")], 4),
        (&[("fail-on", "fatal")], 2),
        (&[("sarif", "out.sarif"), ("fail-on", "note")], 1),
    ];
    for (inputs, code) in cases {
        let mut all = vec![("binary", BINARY)];
        all.extend(inputs);
        let runner = Runner::new(COMPOSE, &all);
        let done = runner.run();
        assert_eq!(done.code, Some(code), "{inputs:?}\n{}", done.said());
        assert!(
            runner
                .text("temp/output")
                .contains(&format!("exit-code={code}\n"))
        );
    }
}

#[test]
fn what_an_input_says_is_never_run() {
    let hostile = [
        "$(touch pwned)",
        "`touch pwned`",
        "'; touch pwned; '",
        "--exit-zero",
        "-",
    ];
    for text in hostile {
        for input in ["paths", "fail-on", "baseline", "binary"] {
            let mut inputs = vec![("binary", BINARY)];
            inputs.retain(|(name, _)| *name != input);
            inputs.push((input, text));
            let runner = Runner::new(COMPOSE, &inputs);
            let done = runner.run();
            assert_ne!(done.code, Some(0), "{input} {text}\n{}", done.said());
            let pwned = |path: &str| Path::exists(&runner.path(path));
            assert!(
                !pwned("work/pwned") && !pwned("temp/pwned"),
                "{input} {text}"
            );
        }
    }
}
