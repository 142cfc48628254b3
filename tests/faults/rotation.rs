//! Rotations: after any fault the keyring is at the old step or at the new one, `status` says
//! at which, and from there `render` writes what belongs to it.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::inject::{self, Ended, Fault};
use super::{copy, run, said, state};

/// Commands that make what it starts from, and the one that is attacked.
struct Trial<'t> {
    init: &'t [&'t str],
    before: &'t [&'t [&'t str]],
    command: &'t [&'t str],
}

const HMAC: [&str; 6] = [
    "init",
    "--yes",
    "--signing",
    "hmac-sha256",
    "--transport",
    "plaintext",
];

const RENDER: &[&str] = &["render"];

#[test]
fn the_start_of_a_rotation_of_keys_survives_every_fault() {
    survives(&Trial {
        init: &HMAC,
        before: &[],
        command: &["rotate", "start", "signing"],
    });
}

#[test]
fn the_start_of_a_rotation_of_the_ca_survives_every_fault() {
    survives(&Trial {
        init: &["init", "--yes"],
        before: &[],
        command: &["rotate", "start", "ca"],
    });
}

#[test]
fn a_step_survives_every_fault() {
    survives(&Trial {
        init: &HMAC,
        before: &[&["rotate", "start", "signing"], RENDER],
        command: &["rotate", "advance", "--confirmed", "worker"],
    });
}

#[test]
fn a_way_back_survives_every_fault() {
    survives(&Trial {
        init: &HMAC,
        before: &[
            &["rotate", "start", "signing"],
            RENDER,
            &["rotate", "advance", "--confirmed", "worker"],
        ],
        command: &["rotate", "abort", "--reason", "a fault"],
    });
}

#[test]
fn the_end_of_a_rotation_of_the_ca_survives_every_fault() {
    let step: &[&str] = &["rotate", "advance", "--force", "--reason", "a test"];
    survives(&Trial {
        init: &["init", "--yes"],
        before: &[
            &["rotate", "start", "ca"],
            RENDER,
            step,
            RENDER,
            step,
            RENDER,
        ],
        // elsewhere, where other paths stand in the files, those that lie there do not count
        command: &[
            "rotate", "advance", "--step", "3", "--force", "--reason", "a test",
        ],
    });
}

#[test]
fn the_end_of_a_change_of_posture_survives_every_fault() {
    let step: &[&str] = &["rotate", "advance", "--force", "--reason", "a test"];
    survives(&Trial {
        init: &HMAC,
        before: &[
            &["rotate", "start", "posture", "--to", "tls"],
            RENDER,
            step,
            RENDER,
            step,
            RENDER,
        ],
        // elsewhere, where other paths stand in the files, those that lie there do not count
        command: &[
            "rotate", "advance", "--step", "3", "--force", "--reason", "a test",
        ],
    });
}

fn survives(trial: &Trial<'_>) {
    let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let place = place.expect("a temporary folder");
    let start = place.path().join("start");
    std::fs::create_dir(&start).expect("a folder");
    for command in std::iter::once(&trial.init).chain(trial.before) {
        let output = run(&start, command);
        assert!(output.status.success(), "{command:?}: {}", said(&output));
    }
    let faults = inject::survey(&copy(&start, "survey"), trial.command);
    let reference = copy(&start, "reference");
    let output = run(&reference, trial.command);
    assert!(output.status.success(), "{}", said(&output));
    let (old, new) = (status(&start), status(&reference));
    let (old, new) = (old.expect("a status"), new.expect("a status"));
    assert_ne!(old, new, "the command changes something");
    let trying = Trying {
        command: trial.command,
        start: &start,
        old,
        new,
    };
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = trying.one(fault) {
                        let mut wrong = wrong.lock().expect("no thread panicked");
                        wrong.push(format!("{fault}: {error}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panicked");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

struct Trying<'t> {
    command: &'t [&'t str],
    start: &'t Path,
    old: Value,
    new: Value,
}

impl Trying<'_> {
    fn one(&self, fault: &Fault) -> Result<(), String> {
        let dir = copy(self.start, &fault.to_string());
        let (ended, output) = inject::run(&dir, self.command, fault)?;
        state::must_be_whole(&dir)?;
        let is = status(&dir)?;
        let said = said(&output);
        if is != self.old && is != self.new {
            return Err(format!("neither the old nor the new: {is}\n{said}"));
        }
        match ended {
            Ended::Exit(0) if is != self.new => return Err(format!("said done: {is}\n{said}")),
            Ended::Exit(4) if is == self.new && !said.contains("interrupted") => {
                // the next folder's turn comes after the store's
                let is_over = is["rotation"].is_null();
                if !is_over {
                    return Err(format!("failed, and did it: {said}"));
                }
            }
            Ended::Killed | Ended::Exit(0 | 4) => {}
            Ended::Exit(code) => return Err(format!("exit {code}: {said}")),
        }
        state::must_have_no_leftovers(&dir.join(".stem-sec"))?;
        let rendered = run(&dir, RENDER);
        if !rendered.status.success() {
            return Err(format!("does not render: {}", super::said(&rendered)));
        }
        if is == self.old {
            let again = run(&dir, self.command);
            if !again.status.success() || status(&dir)? != self.new {
                return Err(format!("a second time it fails: {}", super::said(&again)));
            }
        }
        state::must_have_no_leftovers(&dir)?;
        std::fs::remove_dir_all(&dir).map_err(|error| error.to_string())
    }
}

/// What `rotate status` says, without what is drawn at random and the time. The manifest's
/// posture is its own: it is changed first.
fn status(dir: &Path) -> Result<Value, String> {
    let output = run(dir, &["rotate", "status", "--format", "json"]);
    let text = String::from_utf8_lossy(&output.stdout);
    let code = output.status.code();
    let said = said(&output);
    let status: Value = serde_json::from_str(&text).map_err(|_| format!("{code:?}: {said}"))?;
    let rotation = &status["rotation"];
    let keys = status["keys"].as_array().cloned().unwrap_or_default();
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| json!([key["id"], key["state"]]))
        .collect();
    let next = std::fs::read_dir(dir.join(".stem-sec/next"));
    let next = next.is_ok_and(|mut entries| entries.next().is_some());
    Ok(json!({
        "rotation": if rotation.is_null() {
            Value::Null
        } else {
            json!([rotation["aim"], rotation["step"], rotation["back_from"]])
        },
        "keys": keys,
        "waiting": next,
    }))
}
