//! The certificates that processes use, for the rules about them: those that a variable or an
//! option names, never those that only lie in a folder. And the deployment of their examples.

use std::collections::HashMap;

use super::{File, file};
use crate::audit::case::{Case, Site, Subject};
use crate::audit::finding::Finding;
use crate::audit::holding::{Held, Shown};
use crate::audit::materials::Material;
use crate::audit::process::Value;
use crate::audit::rules::Rule;
use crate::formats::key_list::trim;
use crate::formats::place::Place;
use crate::mint::x509::Certificate;
use crate::model::artifact::Artifact;
use crate::model::env;

/// What a process does with the certificates in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Trusts them.
    Trust,
    /// Shows them to those that connect.
    Serve,
    /// Shows them where it connects.
    Connect,
}

/// A file of certificates that a process uses.
pub(super) struct Use<'s, 'c> {
    pub(super) site: &'s Site<'c>,
    pub(super) subject: &'s Subject<'c>,
    pub(super) task: Task,
    pub(super) setting: Setting,
    /// The setting of the key that belongs to it.
    pub(super) key: Option<Setting>,
    pub(super) material: Material,
}

/// A variable or an option that names a file.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) name: String,
    /// In the view of the process.
    pub(super) path: String,
    pub(super) place: Place,
}

/// What names certificates: the variable or option, that of the key, and what is done with them.
type Named = (&'static str, Option<&'static str>, Task);

const STEM: [Named; 2] = [
    (env::TLS_CA_CERT, None, Task::Trust),
    (
        env::TLS_CLIENT_CERT,
        Some(env::TLS_CLIENT_KEY),
        Task::Connect,
    ),
];

const REDIS: [Named; 3] = [
    ("tls-ca-cert-file", None, Task::Trust),
    ("tls-cert-file", Some("tls-key-file"), Task::Serve),
    (
        "tls-client-cert-file",
        Some("tls-client-key-file"),
        Task::Connect,
    ),
];

const POSTGRES: [Named; 2] = [
    ("ssl_ca_file", None, Task::Trust),
    ("ssl_cert_file", Some("ssl_key_file"), Task::Serve),
];

/// Every use of a file that is at hand.
pub(super) fn uses<'s, 'c>(case: &'s Case<'c>) -> Vec<Use<'s, 'c>> {
    case.each()
        .flat_map(|(site, subject)| of(case, site, subject))
        .collect()
}

/// Those of one process.
pub(super) fn of<'s, 'c>(
    case: &Case<'c>,
    site: &'s Site<'c>,
    subject: &'s Subject<'c>,
) -> Vec<Use<'s, 'c>> {
    settings(subject)
        .into_iter()
        .filter_map(|(setting, key, task)| {
            let material = case.materials.at(subject.process, &setting.path)?;
            Some(Use {
                site,
                subject,
                task,
                setting,
                key,
                material,
            })
        })
        .collect()
}

fn settings(subject: &Subject<'_>) -> Vec<(Setting, Option<Setting>, Task)> {
    let mut all = Vec::new();
    let mut add = |named: &[Named], find: &dyn Fn(&str) -> Option<Setting>| {
        for (name, key, task) in named {
            if let Some(setting) = find(name) {
                all.push((setting, key.and_then(find), *task));
            }
        }
    };
    // others are given the same variables, but do not look at them
    if subject.is_stem() || subject.roles().is_empty() {
        add(&STEM, &|name| variable(subject, name));
    }
    let serves = |redis: &crate::audit::server::Redis| redis.tls_port() != Some(0);
    if subject.redis.as_ref().is_some_and(serves) {
        add(&REDIS, &|name| directive(subject, name));
    }
    add(&POSTGRES, &|name| option(subject, name));
    for one in &subject.process.environment {
        let Some(base) = one.name.strip_suffix("_TLS_CERT") else {
            continue;
        };
        if let Some(setting) = variable(subject, &one.name) {
            let key = variable(subject, &format!("{base}_TLS_KEY"));
            all.push((setting, key, Task::Serve));
        }
    }
    all
}

fn variable(subject: &Subject<'_>, name: &str) -> Option<Setting> {
    let variable = subject.process.variable(name)?;
    let Value::Known(text) = &variable.value else {
        return None;
    };
    let path = trim(text.expose());
    (!path.is_empty()).then(|| Setting {
        name: name.to_owned(),
        path: path.to_owned(),
        place: variable.place,
    })
}

/// A directive of its Redis.
pub(super) fn directive(subject: &Subject<'_>, name: &str) -> Option<Setting> {
    let told = subject.redis.as_ref()?.last(name)?;
    let path = told.arguments.first()?.expose();
    (!told.is_open && !path.is_empty()).then(|| Setting {
        name: name.to_owned(),
        path: path.to_owned(),
        place: told.place,
    })
}

/// An option of a server that is not read as a whole.
fn option(subject: &Subject<'_>, name: &str) -> Option<Setting> {
    let holdings = &subject.entry.holdings;
    let held = holdings.iter().find(|held| held.subject == name)?;
    let Shown::Text(path) = &held.shown else {
        return None;
    };
    Some(Setting {
        name: name.to_owned(),
        path: path.clone(),
        place: held.place,
    })
}

impl Use<'_, '_> {
    /// The certificate that it shows: the first one, whatever it is.
    pub(super) fn shown(&self) -> Option<(Place, &Certificate)> {
        self.material.certificates().next()
    }

    /// What it shows with those that lead to the root, or all that it trusts.
    pub(super) fn counting(&self) -> Vec<(Place, &Certificate)> {
        let all = self.material.certificates();
        match self.task {
            Task::Trust => all.collect(),
            Task::Serve | Task::Connect => all
                .enumerate()
                .filter(|(at, (_, one))| *at == 0 || (one.is_ca && !one.is_self_issued()))
                .map(|(_, one)| one)
                .collect(),
        }
    }

    /// What the ownership table calls it.
    pub(super) fn artifact(&self) -> Held {
        Held::Artifact(match self.task {
            Task::Trust => Artifact::CaCertificate,
            Task::Serve => Artifact::ServerCertificate,
            Task::Connect => Artifact::ClientCertificate,
        })
    }

    /// A finding about a certificate in it; the subject is the file.
    pub(super) fn finding(
        &self,
        rule: &'static Rule,
        place: Place,
        message: impl Into<String>,
    ) -> Finding {
        Finding::new(rule, place, message)
            .hitting(self.site, self.subject, self.setting.place)
            .artifact(self.artifact())
            .subject(&self.setting.path)
    }
}

/// The first place of each certificate in each deployment: copies in several folders are one
/// cause.
#[derive(Default)]
pub(super) struct Copies(HashMap<(String, Vec<u8>), Place>);

impl Copies {
    /// A finding about a certificate, at the first place where it was met.
    pub(super) fn finding(
        &mut self,
        used: &Use<'_, '_>,
        rule: &'static Rule,
        (place, one): (Place, &Certificate),
        message: impl Into<String>,
    ) -> Finding {
        let deployment = used.site.listed.deployment.name.clone();
        let first = self.0.entry((deployment, one.der().to_vec()));
        let first = *first.or_insert(place);
        let finding = used.finding(rule, first, message);
        match first == place {
            true => finding,
            false => finding.related(place, "the same certificate"),
        }
    }
}

/// A worker and its broker, each with a certificate. `worker` and `redis` are what lies in the
/// files of each: CA, certificate, key.
pub(super) const fn example(
    worker: [&'static str; 3],
    redis: [&'static str; 3],
    url: &'static str,
) -> [File; 9] {
    [
        file("compose.yaml", COMPOSE),
        file("url.env", url),
        file("worker.env", WORKER),
        file("tls/worker/ca.crt", worker[0]),
        file("tls/worker/client.crt", worker[1]),
        file("tls/worker/client.key", worker[2]),
        file("tls/redis/ca.crt", redis[0]),
        file("tls/redis/server.crt", redis[1]),
        file("tls/redis/server.key", redis[2]),
    ]
}

/// The files of a worker and a broker with which nothing is wrong.
pub(super) const CLIENT: [&str; 3] = ["<ca.crt>\n", "<client.crt>\n", "<client.key>\n"];
pub(super) const SERVER: [&str; 3] = ["<ca.crt>\n", "<server.crt>\n", "<server.key>\n"];
pub(super) const URL: &str = "STEM_BROKER_URL=rediss://redis:6379/0\n";

/// The deployment in which nothing is wrong.
pub(super) const GOOD: [File; 9] = example(CLIENT, SERVER, URL);

const COMPOSE: &str = "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [url.env, worker.env]
    volumes: [./tls/worker:/tls:ro]
  redis:
    image: redis:7.4
    command: >-
      redis-server --port 0 --tls-port 6379 --tls-cert-file /tls/server.crt
      --tls-key-file /tls/server.key --tls-ca-cert-file /tls/ca.crt
    volumes: [./tls/redis:/tls:ro]
";

const WORKER: &str = "\
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_TLS_CLIENT_CERT=/tls/client.crt
STEM_TLS_CLIENT_KEY=/tls/client.key
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
";
