//! Clients of the broker, each with what some component's env file gives it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::common::{Done, environment, python, run, stem_sec, tool};
use super::redis::User;

/// What a client shows to the broker.
#[derive(Clone, Default)]
pub(crate) struct Client {
    ca: Option<PathBuf>,
    pair: Option<(PathBuf, PathBuf)>,
    password: Option<String>,
    /// The host of the broker's URL.
    pub(crate) host: String,
    user: Option<User>,
}

impl Client {
    /// A client that has read this env file as Stem does: by the URL's scheme.
    pub(crate) fn of(env_file: &Path, user: User) -> Client {
        let environment = environment(env_file);
        let url = &environment["STEM_BROKER_URL"];
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let server = rest.split('/').next().expect("a server");
        let (login, server) = server.rsplit_once('@').unwrap_or(("", server));
        let host = server.split(':').next().expect("a host");
        let path = |name: &str| environment.get(name).map(PathBuf::from);
        let encrypted = scheme == "rediss";
        Client {
            ca: path("STEM_TLS_CA_CERT").filter(|_| encrypted),
            pair: path("STEM_TLS_CLIENT_CERT").zip(path("STEM_TLS_CLIENT_KEY")),
            password: login.strip_prefix(':').map(str::to_owned),
            host: host.to_owned(),
            user: Some(user),
        }
    }

    /// With another client certificate.
    pub(crate) fn with_pair(&self, certificate: PathBuf, key: PathBuf) -> Client {
        Client {
            pair: Some((certificate, key)),
            // the files belong to whoever minted them
            user: None,
            ..self.clone()
        }
    }

    /// The worker of another deployment, with a CA of its own.
    pub(crate) fn of_another_ca(&self, folder: &Path) -> Client {
        let mut command = stem_sec();
        command.args(["init", "strangers", "--yes"]);
        run(command.current_dir(folder)).ok();
        let file = |name: &str| folder.join("strangers/deploy/worker").join(name);
        self.with_pair(file("client.crt"), file("client.key"))
    }

    pub(crate) fn without_pair(&self) -> Client {
        Client {
            pair: None,
            ..self.clone()
        }
    }

    /// With another password, or none.
    pub(crate) fn with_password(&self, password: Option<&str>) -> Client {
        Client {
            password: password.map(str::to_owned),
            ..self.clone()
        }
    }

    pub(crate) fn without_tls(&self) -> Client {
        Client {
            ca: None,
            ..self.without_pair()
        }
    }

    pub(crate) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Has `redis-cli` send a command.
    pub(crate) fn redis_cli(&self, port: u16, words: &[&str]) -> Done {
        let mut command = self.become_user("redis-cli");
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "--no-auth-warning",
        ]);
        if let Some(ca) = &self.ca {
            command.arg("--tls").arg("--cacert").arg(ca);
        }
        if let Some((certificate, key)) = &self.pair {
            command.arg("--cert").arg(certificate).arg("--key").arg(key);
        }
        if let Some(password) = &self.password {
            command.env("REDISCLI_AUTH", password);
        }
        run(command.args(words))
    }

    /// Has Python's `ssl` send PING to what has to be the server of this name.
    pub(crate) fn python(&self, port: u16, name: &str) -> Done {
        let none = (PathBuf::from("-"), PathBuf::from("-"));
        let (certificate, key) = self.pair.as_ref().unwrap_or(&none);
        let ca = self.ca.as_ref().expect("a client with TLS");
        // not as its user, who may not be able to reach this Python
        let mut command = python();
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broker/ping.py"));
        command.args([&port.to_string(), name]);
        if let Some(password) = &self.password {
            command.env("REDISCLI_AUTH", password);
        }
        run(command.arg(ca).arg(certificate).arg(key))
    }

    fn become_user(&self, program: &str) -> Command {
        match self.user {
            None => tool(program),
            Some(user) => {
                let mut command = tool("setpriv");
                command.args(user.words()).arg(program);
                command
            }
        }
    }
}
