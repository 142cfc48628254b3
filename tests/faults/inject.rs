//! One fault at a time, by `strace`'s tampering with system calls.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

/// The binary that is attacked.
pub(crate) const TOOL: &str = env!("CARGO_BIN_EXE_stem-sec");

/// Every call that changes files or makes a change durable, and how it may fail.
const CALLS: [(&str, &[&str]); 20] = [
    ("open", &["ENOSPC"]),
    ("openat", &["ENOSPC"]),
    ("mkdir", &["ENOSPC"]),
    ("mkdirat", &["ENOSPC"]),
    ("flock", &["ENOLCK"]),
    ("getdents64", &["EIO"]),
    ("write", &["ENOSPC", "EIO"]),
    ("fchown", &["EPERM"]),
    ("fchmod", &["EPERM"]),
    ("fsync", &["EIO"]),
    ("fdatasync", &["EIO"]),
    ("rename", &["EIO"]),
    ("renameat", &["EIO", "EROFS"]),
    // a file system that knows no flags
    ("renameat2", &["EIO", "EINVAL"]),
    ("link", &["EIO", "EPERM"]),
    // a file system without second names
    ("linkat", &["EIO", "EPERM"]),
    ("unlink", &["EIO"]),
    ("unlinkat", &["EIO"]),
    ("rmdir", &["EIO"]),
    ("ftruncate", &["EIO"]),
];

/// On a slow disk threads sync files, in no certain order, and `strace` counts the calls of
/// each apart. Refused threads, which the tool has to put up with, it does all in one order.
const NO_THREADS: &str = "inject=?clone,?clone3:error=EAGAIN";

/// What to do to one call.
pub(crate) struct Fault {
    call: &'static str,
    /// From 1, as the process makes them.
    number: usize,
    /// `None` kills the process before it makes the call.
    error: Option<&'static str>,
}

/// How a run with a fault ended.
pub(crate) enum Ended {
    Killed,
    Exit(i32),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error.unwrap_or("KILL");
        write!(f, "{} {} {error}", self.call, self.number)
    }
}

/// Runs the command once, unharmed, and lists every fault that it offers a place for.
pub(crate) fn survey(dir: &Path, command: &[&str]) -> Vec<Fault> {
    let trace = dir.with_extension("trace");
    let output = strace(dir, command, &trace, &[]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut faults = Vec::new();
    for (call, numbers) in numbers_of_calls(&read(&trace)) {
        let Some((call, errors)) = CALLS.iter().find(|(name, _)| *name == call) else {
            continue;
        };
        for number in numbers {
            let errors = errors.iter().copied().map(Some);
            faults.extend(errors.chain([None]).map(|error| Fault {
                call,
                number,
                error,
            }));
        }
    }
    assert!(faults.len() > 10, "the survey saw next to nothing");
    faults
}

/// The calls that would change something, the dynamic loader's and the runtime's left out,
/// but counted.
fn numbers_of_calls(trace: &str) -> BTreeMap<&str, Vec<usize>> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut own: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for line in trace.lines() {
        let Some(call) = line
            .split_once(char::is_whitespace)
            .map(|(_, rest)| rest.trim_start())
            .and_then(|rest| rest.split_once('('))
            .map(|(name, _)| name)
        else {
            continue;
        };
        let number = seen.entry(call).or_default();
        *number += 1;
        let only_opens = call.starts_with("open") && !line.contains("O_CREAT");
        if !only_opens && !line.contains("EEXIST") {
            own.entry(call).or_default().push(*number);
        }
    }
    own
}

/// Runs the command with the fault, and makes sure that it happened.
pub(crate) fn run(dir: &Path, command: &[&str], fault: &Fault) -> Result<(Ended, Output), String> {
    let trace = dir.with_extension("trace");
    let what = fault
        .error
        .map_or("signal=KILL".to_owned(), |error| format!("error={error}"));
    let inject = format!("inject={}:{what}:when={}", fault.call, fault.number);
    let output = strace(dir, command, &trace, &["-e", &inject]);
    let traced = read(&trace);
    let ended = match (output.status.code(), output.status.signal()) {
        (_, Some(9)) if fault.error.is_none() => Ended::Killed,
        (Some(code), _) if fault.error.is_some() => Ended::Exit(code),
        _ => return Err(format!("not hit: {}\n{traced}", output.status)),
    };
    let call = format!("{}(", fault.call);
    let hit = |line: &str| line.contains(&call) && line.ends_with("(INJECTED)");
    if fault.error.is_some() && !traced.lines().any(hit) {
        return Err(format!("not hit:\n{traced}"));
    }
    let _ = std::fs::remove_file(trace);
    Ok((ended, output))
}

fn strace(dir: &Path, command: &[&str], trace: &Path, options: &[&str]) -> Output {
    let calls: Vec<String> = CALLS.iter().map(|(call, _)| format!("?{call}")).collect();
    Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(trace)
        .arg("-e")
        .arg(format!("trace=?clone,?clone3,{}", calls.join(",")))
        .args(["-e", NO_THREADS])
        .args(options)
        .arg(TOOL)
        .args(command)
        .current_dir(dir)
        // cargo sets LD_LIBRARY_PATH, and the loader would look for libraries there
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .expect("strace is installed")
}

fn read(trace: &Path) -> String {
    std::fs::read_to_string(trace).expect("a trace")
}
