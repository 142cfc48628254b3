//! A real Redis that runs on what `init` wrote, as a user of its own.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::common::{Server, free_port, note, server};

/// Who runs what: nobody's numbers, and not the caller's.
#[derive(Clone, Copy)]
pub(crate) struct User(pub(crate) u32);

impl User {
    /// The words that make `setpriv` change to this user.
    pub(crate) fn words(self) -> [String; 3] {
        let Self(id) = self;
        [
            "--clear-groups".into(),
            format!("--reuid={id}"),
            format!("--regid={id}"),
        ]
    }
}

/// A running Redis.
pub(crate) struct Redis {
    process: Server,
    /// The only port that it was told to listen on.
    pub(crate) port: u16,
    log: PathBuf,
}

/// How long Redis may take to start, or a replica to follow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

impl Redis {
    /// Starts it on this configuration; `data` is where it may write. Only the port and the
    /// address are not those of the configuration.
    #[track_caller]
    pub(crate) fn start(configuration: &Path, data: &Path, user: User, more: &[&str]) -> Redis {
        let text = std::fs::read_to_string(configuration).expect("a redis.conf");
        let encrypted = text.lines().any(|line| line.starts_with("tls-port "));
        let option = if encrypted { "--tls-port" } else { "--port" };
        std::fs::create_dir_all(data).expect("a folder for data");
        chown(data, Some(user.0), Some(user.0)).expect("it is given away");
        // another process may have taken the port in between
        for _ in 0..3 {
            let port = free_port();
            let log = data.join("redis.log");
            let mut command = server("setpriv");
            command
                .args(user.words())
                .arg("redis-server")
                .arg(configuration);
            command.args([option, &port.to_string(), "--bind", "127.0.0.1"]);
            command.args(more).current_dir(data);
            command.stdout(std::fs::File::create(&log).expect("a log"));
            let process = Server::start(&mut command);
            let mut redis = Redis { process, port, log };
            if redis.answers() {
                return redis;
            }
        }
        panic!("redis-server does not start");
    }

    fn answers(&mut self) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && !self.process.has_ended() {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        note(&self.log());
        false
    }

    /// What it printed.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The user that it runs as, by the kernel's word.
    pub(crate) fn user(&self) -> u32 {
        let status = std::fs::read_to_string(self.proc("status")).expect("a status");
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
        let id = line.and_then(|ids| ids.split_whitespace().next());
        id.and_then(|id| id.parse().ok()).expect("a user id")
    }

    /// The TCP ports on which it listens, by the kernel's word.
    pub(crate) fn ports(&self) -> BTreeSet<u16> {
        let mine = self.sockets();
        let tables = ["net/tcp", "net/tcp6"].map(|name| self.proc(name));
        let tables = tables.map(|table| std::fs::read_to_string(table).unwrap_or_default());
        let rows = tables.iter().flat_map(|table| table.lines().skip(1));
        rows.filter_map(|row| listening_port(row, &mine)).collect()
    }

    fn sockets(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.proc("fd")).expect("its descriptors");
        let target = |entry: std::fs::DirEntry| std::fs::read_link(entry.path()).ok();
        let targets = entries.flatten().filter_map(target);
        let inode = |target: PathBuf| {
            let text = target.to_string_lossy().into_owned();
            Some(text.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        };
        targets.filter_map(inode).collect()
    }

    fn proc(&self, name: &str) -> PathBuf {
        Path::new("/proc")
            .join(self.process.id().to_string())
            .join(name)
    }
}

/// The local port of a row of /proc/net/tcp, if one of these sockets listens there.
fn listening_port(row: &str, sockets: &BTreeSet<String>) -> Option<u16> {
    const LISTEN: &str = "0A";
    let fields: Vec<&str> = row.split_whitespace().collect();
    let (address, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    let (_, port) = address.rsplit_once(':')?;
    let is_ours = *state == LISTEN && sockets.contains(*inode);
    is_ours.then(|| u16::from_str_radix(port, 16).ok())?
}
