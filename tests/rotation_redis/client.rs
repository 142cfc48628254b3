//! Clients of a Redis with TLS: one that stays connected, and ones that connect anew. All by
//! `openssl`, which verifies the server like Stem's clients do: its chain and its name.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

/// The files of a client: `ca.crt`, `client.crt`, `client.key` in one folder.
#[derive(Clone, Debug)]
pub(crate) struct Files(pub(crate) PathBuf);

impl Files {
    /// A copy of what a component was given, as a process that was started with it has it.
    #[track_caller]
    pub(crate) fn of(folder: &Path, to: PathBuf) -> Files {
        std::fs::create_dir_all(&to).expect("a folder");
        for name in ["ca.crt", "client.crt", "client.key"] {
            std::fs::copy(folder.join(name), to.join(name)).expect("a file");
        }
        Files(to)
    }

    /// With another certificate.
    #[track_caller]
    pub(crate) fn with_pair(&self, stem: &Path, to: PathBuf) -> Files {
        let files = Files::of(&self.0, to);
        for (ending, name) in [("crt", "client.crt"), ("key", "client.key")] {
            std::fs::copy(stem.with_extension(ending), files.0.join(name)).expect("a file");
        }
        files
    }

    /// Connects; the connection stays until it is dropped.
    pub(crate) fn connect(&self, port: u16) -> Connection {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-quiet", "-verify_return_error", "-connect"]);
        command.arg(format!("127.0.0.1:{port}"));
        command.args(["-servername", "localhost", "-verify_hostname", "localhost"]);
        for (option, name) in [
            ("-CAfile", "ca.crt"),
            ("-cert", "client.crt"),
            ("-key", "client.key"),
        ] {
            command.arg(option).arg(self.0.join(name));
        }
        command.args(["-no-CApath", "-no-CAstore"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("openssl");
        let stdin = child.stdin.take().expect("a pipe");
        let stdout = child.stdout.take().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Connection {
            child,
            stdin,
            lines,
        }
    }

    /// Whether a new connection is served.
    pub(crate) fn is_served(&self, port: u16) -> bool {
        self.connect(port).answers("PING", "+PONG")
    }
}

/// A connection that is open.
pub(crate) struct Connection {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Connection {
    /// Sends a command; whether the reply begins so.
    pub(crate) fn answers(&mut self, command: &str, reply: &str) -> bool {
        let sent = self.stdin.write_all(format!("{command}\r\n").as_bytes());
        if sent.and_then(|()| self.stdin.flush()).is_err() {
            return false;
        }
        let line = self.lines.recv_timeout(PATIENCE);
        line.is_ok_and(|line| line.starts_with(reply))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
