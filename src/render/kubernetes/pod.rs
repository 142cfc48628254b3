//! What a component's pods are: the fields of its workload, its Service or its patch.

use serde::Serialize;

use super::given::{Given, Item};
use super::{Head, checksum};
use crate::formats::kubernetes::{self, KubernetesError, MAX_ID};
use crate::formats::redis_conf::{Clients, Listens};
use crate::model::env;
use crate::model::manifest::{Component, Manifest};
use crate::model::role::Role;
use crate::render::{Deployment, Held, RenderError};

/// The user and group of the `redis` images.
const REDIS_USER: u32 = 999;

/// The group of the files where nobody named one: `nonroot` in many images. The pod's
/// processes are added to it, whoever they are.
const DEFAULT_GROUP: u32 = 65_532;

#[derive(Serialize)]
pub(super) struct Pod<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    kind: &'static str,
    image: Option<&'a str>,
    args: Vec<String>,
    checksum: String,
    user: Option<User>,
    group: u32,
    env: Vec<Variable>,
    masked: Vec<&'static str>,
    folder: &'a str,
    secret_files: Vec<&'static str>,
    public_files: Vec<&'static str>,
    broker: Option<Broker>,
    /// Whether what it keeps outlives its pods: of a broker that is there already, its owner
    /// has decided.
    lasting: bool,
}

#[derive(Serialize)]
struct User {
    uid: u32,
    is_root: bool,
}

#[derive(Serialize)]
struct Variable {
    name: &'static str,
    private: bool,
}

#[derive(Clone, Serialize)]
struct Broker {
    service: String,
    port: u16,
    /// One without TLS beside the other, while a rotation has both open.
    plain_port: Option<u16>,
    /// What `redis-cli` must be told to reach it from inside its pod.
    probe: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Service<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    pub(super) service: String,
    port: u16,
    plain_port: Option<u16>,
}

impl<'a> Pod<'a> {
    pub(super) fn of(
        deployment: &Deployment<'a>,
        held: &'a Held<'a>,
        given: &Given<'_>,
        head: Head<'a>,
    ) -> Result<Pod<'a>, RenderError> {
        let component = held.component;
        let is_broker = component.roles.contains(&Role::Broker);
        if !kubernetes::is_label(head.workload) {
            return Err(name_error(component, head.workload).into());
        }
        if !given.files.is_empty() && !kubernetes::is_mount_path(&held.folder) {
            return Err(KubernetesError::MountPath(held.folder.clone()).into());
        }
        let broker = is_broker
            .then(|| Broker::of(deployment.manifest, held))
            .transpose()?;
        let lasting = is_broker && component.image.is_some();
        let files = |private| {
            let files = given
                .files
                .iter()
                .filter(move |file| file.private == private);
            files.map(|file| file.name).collect()
        };
        let (user, group) = user_and_group(component, is_broker)?;
        Ok(Pod {
            checksum: checksum::of(deployment, head.component, given),
            head,
            kind: if lasting { "StatefulSet" } else { "Deployment" },
            image: component.image.as_deref(),
            args: args(component, &held.folder, is_broker),
            user,
            group,
            env: given.variables.iter().map(Variable::of).collect(),
            masked: masked(given),
            folder: &held.folder,
            secret_files: files(true),
            public_files: files(false),
            broker,
            lasting,
        })
    }

    /// The name of the workload's file.
    pub(super) fn file_name(&self) -> &'static str {
        if self.lasting {
            "statefulset"
        } else {
            "deployment"
        }
    }

    /// Where clients find it.
    pub(super) fn service(&self) -> Option<Service<'a>> {
        self.broker.as_ref().map(|broker| Service {
            head: self.head.clone(),
            service: broker.service.clone(),
            port: broker.port,
            plain_port: broker.plain_port,
        })
    }
}

impl Variable {
    fn of(item: &Item<'_>) -> Variable {
        Variable {
            name: item.name,
            private: item.private,
        }
    }
}

impl Broker {
    fn of(manifest: &Manifest, held: &Held<'_>) -> Result<Broker, KubernetesError> {
        let service = match service_name(manifest) {
            Some(name) => name.to_owned(),
            None => held.component.service_name().to_owned(),
        };
        if held.component.image.is_some() && !kubernetes::is_service_name(&service) {
            return Err(name_error(held.component, &service));
        }
        let listens = held
            .listens
            .unwrap_or_else(|| Listens::on(manifest.posture.transport, REDIS_PORT));
        let port = listens.port().unwrap_or(REDIS_PORT);
        let file = |name: &str| kubernetes::argument(&format!("{}/{name}", held.folder));
        let mut probe = vec!["-p".to_owned(), port.to_string()];
        if listens.tls.is_some() {
            probe.extend(["--tls".to_owned(), "--cacert".to_owned(), file("ca.crt")]);
        }
        if listens.tls.is_some() && listens.clients == Clients::Required {
            // its own pair: it is issued for both sides
            let (certificate, key) = (file("server.crt"), file("server.key"));
            probe.extend(["--cert".to_owned(), certificate, "--key".to_owned(), key]);
        }
        Ok(Broker {
            service,
            port,
            plain_port: listens.plain.filter(|_| listens.tls.is_some()),
            probe,
        })
    }
}

/// Of Redis, with and without TLS.
const REDIS_PORT: u16 = 6379;

/// What a Service must be called so that the broker's URL leads to it: the URL's first label,
/// where the rest of the host is what a cluster's DNS adds.
pub(super) fn service_name(manifest: &Manifest) -> Option<&str> {
    let host = manifest.broker.url.host().trim_end_matches('.');
    let mut labels = host.split('.');
    let name = labels.next()?;
    let namespace = labels.next();
    let rest: Vec<&str> = labels.collect();
    let in_namespace = match (namespace, manifest.render.namespace.as_deref()) {
        (None, _) => true,
        // without the rest it could be any host
        (Some(_), None) => rest.first() == Some(&"svc"),
        (Some(found), Some(declared)) => found == declared,
    };
    let in_cluster = rest.is_empty() || rest[0] == "svc";
    (in_namespace && in_cluster && kubernetes::is_service_name(name)).then_some(name)
}

fn name_error(component: &Component, name: &str) -> KubernetesError {
    KubernetesError::Name {
        component: component.name.to_string(),
        name: name.to_owned(),
    }
}

/// Whom the pod runs as, where that is known, and the group of its files.
fn user_and_group(
    component: &Component,
    is_broker: bool,
) -> Result<(Option<User>, u32), KubernetesError> {
    let uid = component.uid.or(is_broker.then_some(REDIS_USER));
    let group = component.gid.or(uid).unwrap_or(DEFAULT_GROUP);
    match uid.into_iter().chain([group]).find(|id| *id > MAX_ID) {
        Some(id) => Err(KubernetesError::Id {
            component: component.name.to_string(),
            id,
        }),
        None => {
            let user = uid.map(|uid| User {
                uid,
                is_root: uid == 0,
            });
            Ok((user, group))
        }
    }
}

/// What follows the image's entry point.
fn args(component: &Component, folder: &str, is_broker: bool) -> Vec<String> {
    if is_broker && component.command.is_empty() {
        let words = ["redis-server", &format!("{folder}/redis.conf")].map(kubernetes::argument);
        let mut words = words.to_vec();
        if component.image.is_some() {
            // a restart, which a new certificate brings, must lose no message
            words.extend(["--dir", "/data", "--appendonly", "yes"].map(str::to_owned));
        }
        return words;
    }
    let words = component.command.iter();
    words.map(|word| kubernetes::argument(word)).collect()
}

/// Every variable of Stem that it is not given.
fn masked(given: &Given<'_>) -> Vec<&'static str> {
    let names = env::VARIABLES.iter().map(|(name, _)| *name);
    let is_given = |name: &&str| given.variables.iter().any(|item| item.name == *name);
    names.filter(|name| !is_given(name)).collect()
}
