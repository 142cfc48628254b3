//! A real Redis on a rendered `redis.conf`, that takes new files by `CONFIG SET` or by a
//! restart.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::common::{Server, free_port, server, tool};

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Redis {
    process: Option<Server>,
    pub(crate) port: u16,
    folder: PathBuf,
    data: PathBuf,
}

impl Redis {
    /// Runs on the files of a folder.
    #[track_caller]
    pub(crate) fn start(folder: &Path, data: &Path) -> Redis {
        std::fs::create_dir_all(data).expect("a folder");
        let mut redis = Redis {
            process: None,
            port: free_port(),
            folder: folder.to_owned(),
            data: data.to_owned(),
        };
        redis.restart();
        redis
    }

    /// Ends, and begins anew with the files as they are now.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        self.process = None;
        let text = std::fs::read_to_string(self.folder.join("redis.conf")).expect("a redis.conf");
        let encrypted = text.lines().any(|line| line.starts_with("tls-port "));
        let mut command = server("redis-server");
        command.arg(self.folder.join("redis.conf"));
        command.arg(if encrypted { "--tls-port" } else { "--port" });
        command.args([&self.port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        command.args(["--appendonly", "yes", "--enable-debug-command", "no"]);
        let mut process = Server::start(command.current_dir(&self.data));
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE && !process.has_ended() {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                self.process = Some(process);
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("redis-server does not start");
    }

    /// Takes new certificates while it runs, all in one command. The command goes over a
    /// connection that shows the broker's own certificate.
    #[track_caller]
    pub(crate) fn reload(&self, with: &Path) {
        let file = |name: &str| self.folder.join(name).display().to_string();
        let mut command = tool("redis-cli");
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "--tls"]);
        for (option, name) in [
            ("--cacert", "ca.crt"),
            ("--cert", "server.crt"),
            ("--key", "server.key"),
        ] {
            command.arg(option).arg(with.join(name));
        }
        command.args(["CONFIG", "SET", "tls-ca-cert-file", &file("ca.crt")]);
        command.args(["tls-cert-file", &file("server.crt")]);
        command.args(["tls-key-file", &file("server.key")]);
        let done = super::common::run(&mut command).ok();
        assert_eq!(done.stdout.trim(), "OK", "{}", done.said());
    }
}
