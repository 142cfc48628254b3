//! Kills the tool at, and fails, every call with which it changes files, one at a time; then
//! runs the same command again and looks at what is there. Needs `strace`.

mod inject;
mod rotation;
mod state;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use inject::{Ended, Fault};
use state::Shape;

/// One command whose every call is attacked. Paths are relative to a fresh folder.
struct Trial {
    /// Commands that make what it starts from.
    before: &'static [&'static [&'static str]],
    command: &'static [&'static str],
    /// The folders that it changes, each as one.
    folders: &'static [&'static str],
}

#[test]
fn keygen_survives_every_fault() {
    survives(&Trial {
        before: &[],
        command: &["keygen", "hmac", "--keyring", "--state", "store"],
        folders: &["store"],
    });
}

#[test]
fn keygen_that_adds_a_key_survives_every_fault() {
    survives(&Trial {
        before: &[&["keygen", "hmac", "--keyring", "--state", "store"]],
        command: &[
            "keygen",
            "ed25519",
            "--id",
            "two",
            "--keyring",
            "--state",
            "store",
        ],
        folders: &["store"],
    });
}

#[test]
fn keygen_that_replaces_a_file_survives_every_fault() {
    survives(&Trial {
        before: &[&["keygen", "hmac", "--out", "signing.env"]],
        command: &["keygen", "ed25519", "--out", "signing.env", "--force"],
        folders: &["."],
    });
}

#[test]
fn init_survives_every_fault() {
    survives(&Trial {
        before: &[],
        command: &["init", "demo", "--yes"],
        folders: &["demo", "demo/.stem-sec", "demo/deploy"],
    });
}

#[test]
fn certs_create_survives_every_fault() {
    survives(&Trial {
        before: &[],
        command: &[
            "certs", "create", "bundle", "--host", "redis", "--state", "store",
        ],
        folders: &["store", "bundle"],
    });
}

#[test]
fn certs_create_that_replaces_a_bundle_and_its_ca_survives_every_fault() {
    survives(&Trial {
        before: &[&[
            "certs", "create", "bundle", "--host", "redis", "--state", "store",
        ]],
        command: &[
            "certs", "create", "bundle", "--host", "redis", "--state", "store", "--new-ca",
            "--force",
        ],
        folders: &["store", "bundle"],
    });
}

#[test]
fn certs_issue_survives_every_fault() {
    survives(&Trial {
        before: &[],
        command: &["certs", "issue", "peer", "redis", "--state", "store"],
        folders: &["store"],
    });
}

#[test]
fn certs_renew_survives_every_fault() {
    survives(&Trial {
        before: &[
            &["certs", "issue", "server", "redis", "--state", "store"],
            &["certs", "issue", "client", "worker", "--state", "store"],
        ],
        command: &["certs", "renew", "--all", "--state", "store"],
        folders: &["store"],
    });
}

fn survives(trial: &Trial) {
    // in memory, where there is such a place: what is injected is no slower there
    let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let place = place.expect("a temporary folder");
    let start = place.path().join("start");
    std::fs::create_dir(&start).expect("a folder");
    for command in trial.before {
        let output = run(&start, command);
        assert!(output.status.success(), "{command:?}: {}", said(&output));
    }
    let faults = inject::survey(&copy(&start, "survey"), trial.command);
    let reference = copy(&start, "reference");
    let output = run(&reference, trial.command);
    assert!(output.status.success(), "{}", said(&output));
    state::must_be_sound(&reference).expect("what the command makes is sound");
    let trial = Trying {
        trial,
        old: Shape::of(&start),
        new: Shape::of(&reference),
        start,
    };
    let wrong = trial.all(&faults);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let _ = writeln!(
        std::io::stderr(),
        "{} faults injected into {}",
        faults.len(),
        trial.trial.command.join(" ")
    );
}

struct Trying<'t> {
    trial: &'t Trial,
    start: std::path::PathBuf,
    old: Shape,
    new: Shape,
}

impl Trying<'_> {
    /// Each fault in a folder of its own, on as many threads as there are processors.
    fn all(&self, faults: &[Fault]) -> Vec<String> {
        let next = AtomicUsize::new(0);
        let wrong = Mutex::new(Vec::new());
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let Err(error) = self.one(fault) {
                            wrong
                                .lock()
                                .expect("no thread panicked")
                                .push(format!("{fault}: {error}"));
                        }
                    }
                });
            }
        });
        wrong.into_inner().expect("no thread panicked")
    }

    fn one(&self, fault: &Fault) -> Result<(), String> {
        let dir = copy(&self.start, &fault.to_string());
        let (ended, output) = inject::run(&dir, self.trial.command, fault)?;
        self.judge_broken(&dir, &ended, &output)?;
        self.judge_recovered(&dir)?;
        let output = run(&dir, self.trial.command);
        let refused = output.status.code() == Some(4) && said(&output).contains("already");
        if !(output.status.success() || refused) {
            return Err(format!("the next run failed: {}", said(&output)));
        }
        state::must_have_no_leftovers(&dir)?;
        self.judge_complete(&dir)?;
        std::fs::remove_dir_all(&dir).map_err(|error| error.to_string())
    }

    /// Right after the fault: everything under a final name is whole, and the exit code is true.
    fn judge_broken(&self, dir: &Path, ended: &Ended, output: &Output) -> Result<(), String> {
        state::must_be_whole(dir)?;
        let said = said(output);
        match ended {
            Ended::Killed => Ok(()),
            Ended::Exit(0) => self.judge_complete(dir),
            // what is to be printed is printed last
            Ended::Exit(4) if said.contains("standard output") => self.judge_complete(dir),
            Ended::Exit(4) if said.contains("interrupted") => Ok(()),
            // all is written, and the audit of it could not look
            Ended::Exit(1) if said.contains("input-unreadable") => self.judge_complete(dir),
            Ended::Exit(4) if self.trial.folders.len() == 1 && Shape::of(dir) != self.old => {
                Err(format!("it failed and left something: {said}"))
            }
            Ended::Exit(4) => self.judge_each_folder(dir),
            Ended::Exit(code) => Err(format!("exit {code}: {said}")),
        }
    }

    /// After recovery alone.
    fn judge_recovered(&self, dir: &Path) -> Result<(), String> {
        for folder in self.trial.folders {
            match stem_sec::disk::Folder::open(&dir.join(folder)) {
                Err(error) if dir.join(folder).exists() => return Err(error.to_string()),
                _ => {}
            }
        }
        self.judge_each_folder(dir)?;
        state::must_have_no_leftovers(dir)
    }

    /// Each folder is the old one or the new one.
    fn judge_each_folder(&self, dir: &Path) -> Result<(), String> {
        state::must_be_sound(dir)?;
        for folder in self.trial.folders {
            let own = |shape: &Shape| shape.inside(folder, self.trial.folders);
            let is = own(&Shape::of(dir));
            if is != own(&self.old) && is != own(&self.new) {
                return Err(format!("`{folder}` is half changed: {is:?}"));
            }
        }
        Ok(())
    }

    /// Everything is there, and nothing besides but files that were kept.
    fn judge_complete(&self, dir: &Path) -> Result<(), String> {
        state::must_be_sound(dir)?;
        let is = Shape::of(dir).without_kept();
        if is == self.new.without_kept() {
            Ok(())
        } else {
            Err(format!("incomplete: {is:?}"))
        }
    }
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(inject::TOOL)
        .args(arguments)
        .current_dir(dir)
        .env_clear()
        .output()
        .expect("the tool starts")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A copy of a folder beside it.
fn copy(from: &Path, name: &str) -> std::path::PathBuf {
    let to = from.with_file_name(name.replace([' ', '/'], "-"));
    let copied = Command::new("cp").arg("-a").args([from, &to]).status();
    assert!(copied.is_ok_and(|status| status.success()), "{to:?}");
    to
}
