//! What the tests share: the binary in a scrubbed environment, other people's tools, folders
//! that go away, ports, servers that stop with the test. Judges nothing.

// every test crate takes what it needs; what a test did has to be in the log of a failure
#![allow(dead_code, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use tempfile::TempDir;

/// After this many seconds a program that a test runs is killed.
const PATIENCE: &str = "240";

/// Python with the packages of `tests/verifiers/requirements.txt`; tests/run makes it.
pub(crate) const PYTHON: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/python/bin/python");

/// kubectl, of the same packages.
pub(crate) const KUBECTL: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/python/bin/kubectl");

/// The folder of the packages of `tests/verifiers/package.json`; tests/run makes it.
pub(crate) const NODE_PACKAGES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/node/");

/// The binary under test, without anything from this process's environment.
pub(crate) fn stem_sec() -> Command {
    bounded(binary())
}

/// The binary under test, to be run on a terminal: `timeout` would take that away from it.
pub(crate) fn stem_sec_on_terminal() -> Command {
    let mut command = Command::new(binary());
    scrub(&mut command);
    command.env("TERM", "xterm");
    command
}

fn binary() -> String {
    std::env::var("STANDIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_stem-sec").into())
}

/// Another program: a path, or a name to be found in `PATH`.
pub(crate) fn tool(name: &str) -> Command {
    assert!(
        is_installed(name),
        "`{name}` is missing: tests/run installs it"
    );
    bounded(name)
}

/// [`PYTHON`].
pub(crate) fn python() -> Command {
    tool(PYTHON)
}

/// A program that came with them.
pub(crate) fn python_tool(name: &str) -> Command {
    tool(&format!(
        "{}/python/bin/{name}",
        env!("CARGO_TARGET_TMPDIR")
    ))
}

/// A file of `tests/verifiers/`.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/verifiers")
        .join(name)
}

fn is_installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

fn bounded(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", PATIENCE]).arg(program);
    scrub(&mut command);
    command
}

/// Leaves a program only what it needs to start.
fn scrub(command: &mut Command) {
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null());
}

/// Adds a line to the log that is shown when the test fails.
pub(crate) fn note(line: &str) {
    eprintln!("{line}");
}

/// How a program ended and what it said.
pub(crate) struct Done {
    /// The command line, for messages.
    line: String,
    /// Did it exit with 0?
    pub(crate) success: bool,
    /// Its exit code, if it was not killed.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Done {
    /// Itself, where it succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Done {
        assert!(
            self.success,
            "failed with {:?}: {}\n{}{}",
            self.code, self.line, self.stdout, self.stderr
        );
        self
    }

    /// Both streams.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Runs a program to its end and notes in the log that it did.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> Done {
    let line = line_of(command);
    let output = command.output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.unwrap_or_else(|error| panic!("cannot start {line}: {error}"));
    eprintln!("$ {line}\n  {status}");
    Done {
        line,
        success: status.success(),
        code: status.code(),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

/// Runs a program on this standard input.
#[track_caller]
pub(crate) fn run_on(input: &[u8], command: &mut Command) -> Done {
    let mut file = tempfile::tempfile().expect("a temporary file");
    std::io::Write::write_all(&mut file, input).expect("input is written");
    std::io::Seek::rewind(&mut file).expect("input is rewound");
    run(command.stdin(file))
}

fn line_of(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(OsStr::to_string_lossy));
    if words[0] == "timeout" {
        words.drain(..3);
    }
    words.join(" ")
}

/// A folder that goes away, and that every user can enter: not below a home.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix("stem-sec-test-")
        .permissions(PermissionsExt::from_mode(0o755))
        .tempdir();
    folder.expect("a temporary folder")
}

/// A port of 127.0.0.1 on which nobody listened a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// A program that runs until this is dropped, also when the test fails.
pub(crate) struct Server(Child);

impl Server {
    /// Starts it; it dies with this process.
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Server {
        let line = line_of(command);
        let child = command.spawn();
        eprintln!("$ {line} &");
        Server(child.unwrap_or_else(|error| panic!("cannot start {line}: {error}")))
    }

    /// Starts it, with its standard output to read from.
    #[track_caller]
    pub(crate) fn start_with_output(command: &mut Command) -> (Server, ChildStdout) {
        let mut server = Server::start(command.stdout(Stdio::piped()));
        let output = server.0.stdout.take();
        (server, output.expect("a pipe"))
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Has it ended by itself?
    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program that is to be a [`Server`]: silent, without a time limit; it dies with the
/// thread that starts it.
pub(crate) fn server(name: &str) -> Command {
    assert!(
        is_installed(name),
        "`{name}` is missing: tests/run installs it"
    );
    let mut command = Command::new("setpriv");
    scrub(command.args(["--pdeathsig", "KILL"]).arg(name));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs a test that changes users: where the tests do not run as root, once more by `sudo`.
#[track_caller]
pub(crate) fn as_root(name: &str, test: impl FnOnce()) {
    if rustix::process::geteuid().is_root() {
        return test();
    }
    let mut command = tool("sudo");
    command
        .arg("-n")
        .arg(std::env::current_exe().expect("this program"));
    let done = run(command.args(["--exact", name, "--nocapture"])).ok();
    assert!(done.stdout.contains("1 passed"), "{}", done.said());
    note(&done.said());
}

/// The variables of an env file whose values need no unquoting.
pub(crate) fn environment(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).expect("an env file");
    let pair = |line: &str| {
        line.split_once('=')
            .map(|(name, value)| (name.into(), value.into()))
    };
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(pair).collect()
}
