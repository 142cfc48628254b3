//! The ways in which a secret can come to a component that must not have it: all that each
//! format has.

use crate::case::Target;
use crate::mint::base64;
use crate::project::{INSTALL, Project, STEM, Spot};
use crate::set::{COMPOSE, secret_ref};

/// A secret in a variable: whose, which and what.
pub(crate) struct Value {
    pub(crate) owner: &'static str,
    pub(crate) variable: &'static str,
    pub(crate) value: String,
}

/// A secret in a file: whose, what it is called and what is in it. The CA's is nobody's.
pub(crate) struct Key {
    pub(crate) owner: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

/// Where a finding must be.
pub(crate) enum At {
    /// Its own place is one of these.
    Exactly(Vec<Spot>),
    /// One of these is its place, or a related one.
    Named(Vec<Spot>),
}

fn exactly(spot: Spot) -> At {
    At::Exactly(vec![spot])
}

fn named(spot: Spot) -> At {
    At::Named(vec![spot])
}

/// How many ways there are for a value.
pub(crate) fn ways_of_values(target: Target) -> usize {
    match target {
        Target::Dotenv => 1,
        Target::Compose => 7,
        Target::Systemd => 4,
        Target::Kubernetes => 6,
    }
}

/// Gives a component a value, in one of the ways.
pub(crate) fn hand_value(project: &Project, to: &str, secret: &Value, way: usize) -> At {
    let (owner, variable) = (secret.owner, secret.variable);
    let way = way % ways_of_values(project.case.target);
    match (project.case.target, way) {
        (_, 0) => exactly(project.set(to, variable, &secret.value)),
        (Target::Compose, 1) => exactly(project.set_in_service(to, variable, &secret.value)),
        (Target::Compose, 2) => {
            let entry = format!("      - \"./{owner}/stem.env\"");
            project.add_to_service(to, "env_file:", &entry);
            // what comes last wins: the component's own says nothing of this variable
            named(Spot::line_after(COMPOSE, &format!("  {to}:"), entry.trim()))
        }
        (Target::Compose, 3) => mount(project, to, &format!("./{owner}/stem.env")),
        (Target::Compose, 4) => mount(project, to, &format!("./{owner}")),
        (Target::Compose, 5) => {
            compose_file(project, to, "secrets", &format!("./{owner}/stem.env"))
        }
        (Target::Compose, _) => {
            let line = format!("{variable}={}", secret.value);
            project.append(
                COMPOSE,
                &format!("configs:\n  harm:\n    content: |\n      {line}\n"),
            );
            project.add_to_service(to, "configs:", "      - harm");
            At::Named(vec![
                Spot::line_after(COMPOSE, "configs:", &line),
                Spot::line_after(COMPOSE, &format!("  {to}:"), "- harm"),
            ])
        }
        (Target::Systemd, 1) => exactly(in_unit(project, to, secret)),
        (Target::Systemd, 2) => {
            project.let_through(to, variable);
            let line = format!("EnvironmentFile={INSTALL}/{owner}/stem.env");
            add_to_unit(project, to, &line)
        }
        (Target::Systemd, _) => {
            let line = format!("LoadCredential=other.env:{INSTALL}/{owner}/stem.env");
            add_to_unit(project, to, &line)
        }
        (Target::Kubernetes, 1) => exactly(project.set_in_pod(to, variable, &secret.value)),
        (Target::Kubernetes, 2) => {
            let body = secret_ref(&format!("stem-{owner}"), variable);
            project.set_entry(to, variable, &body);
            let marker = format!("- name: {variable}");
            named(Spot::line(&project.workload(to), &marker).within(5))
        }
        (Target::Kubernetes, 3) => {
            project.set_entry(to, variable, "");
            let text = format!(
                "          envFrom:\n            - secretRef:\n                name: stem-{owner}"
            );
            let path = project.workload(to);
            let marker = format!("- name: {to}");
            project.insert_after(&path, &marker, &text);
            named(Spot::line(&path, "envFrom:").within(3))
        }
        (Target::Kubernetes, 4) => volume(project, to, &format!("stem-{owner}"), None),
        (Target::Kubernetes | Target::Dotenv, _) => config_map(project, to, secret),
    }
}

fn in_unit(project: &Project, to: &str, secret: &Value) -> Spot {
    match to {
        // it has no unit: it is started by hand, with its env file
        "cli" => project.set(to, secret.variable, &secret.value),
        _ => project.set_in_unit(to, secret.variable, &secret.value),
    }
}

fn add_to_unit(project: &Project, to: &str, line: &str) -> At {
    let unit = match to {
        "cli" => "deploy/cli/cli.service".to_owned(),
        _ => project.unit(to),
    };
    if to == "cli" {
        let start =
            format!("[Service]\nEnvironmentFile={INSTALL}/cli/stem.env\nExecStart=/usr/bin/stem\n");
        project.write(&unit, &start);
        project.chmod(&unit, 0o644);
    }
    project.append(&unit, &format!("{line}\n"));
    named(Spot::line(&unit, line))
}

fn config_map(project: &Project, to: &str, secret: &Value) -> At {
    let variable = secret.variable;
    let value = serde_json::to_string(&secret.value).expect("a string");
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: harm\ndata:\n  {variable}: {value}\n"
    );
    let path = project.add_manifest(to, "harm.yaml", &text);
    let body = secret_ref("harm", variable).replace("secretKeyRef", "configMapKeyRef");
    project.set_entry(to, variable, &body);
    exactly(Spot::line(&path, &format!("{variable}:")))
}

/// How many ways there are for a file.
pub(crate) fn ways_of_keys(target: Target) -> usize {
    match target {
        Target::Dotenv | Target::Systemd => 1,
        Target::Compose => 5,
        Target::Kubernetes => 4,
    }
}

/// Gives a component a key file, in one of the ways.
pub(crate) fn hand_key(project: &Project, to: &str, key: &Key, way: usize) -> At {
    let name = key.name;
    let way = way % ways_of_keys(project.case.target);
    let own = format!("deploy/{to}/other-{name}");
    match (project.case.target, way) {
        (Target::Dotenv, _) => {
            project.write(&own, &key.text);
            named(Spot::file(&own))
        }
        (Target::Systemd, _) if to == "cli" => {
            project.write(&own, &key.text);
            named(Spot::file(&own))
        }
        (Target::Systemd, _) => {
            let source = match key.owner {
                Some(owner) => format!("{INSTALL}/{owner}/{name}"),
                None => {
                    project.write(&own, &key.text);
                    format!("{INSTALL}/{to}/other-{name}")
                }
            };
            add_to_unit(project, to, &format!("LoadCredential=other.key:{source}"))
        }
        (Target::Compose, way) => {
            let (file, folder) = match key.owner {
                Some(owner) => (format!("./{owner}/{name}"), format!("./{owner}")),
                None => (
                    format!("../{}", project.find(&format!("/{name}"))),
                    "../.stem-sec".to_owned(),
                ),
            };
            match way {
                0 => mount(project, to, &file),
                1 => mount(project, to, &folder),
                2 => compose_file(project, to, "secrets", &file),
                3 => compose_file(project, to, "configs", &file),
                _ => {
                    let text = format!(
                        "      - type: bind\n        source: \"{folder}\"\n        target: /harm"
                    );
                    project.add_to_service(to, "volumes:", &text);
                    named(Spot::line_after(COMPOSE, &format!("  {to}:"), "- type: bind").within(3))
                }
            }
        }
        (Target::Kubernetes, 0) => match key.owner {
            Some(owner) => volume(project, to, &format!("stem-{owner}"), Some(name)),
            None => own_secret(project, to, key),
        },
        (Target::Kubernetes, 1) => match key.owner {
            Some(owner) => volume(project, to, &format!("stem-{owner}"), None),
            None => own_secret(project, to, key),
        },
        (Target::Kubernetes, 2) => own_secret(project, to, key),
        (Target::Kubernetes, _) => {
            let block: String = key
                .text
                .lines()
                .map(|line| format!("    {line}\n"))
                .collect();
            let text = format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: harm\ndata:\n  other.key: |\n{block}"
            );
            let path = project.add_manifest(to, "harm.yaml", &text);
            let source = "              - configMap:\n                  name: harm";
            project.insert_after(&project.workload(to), "sources:", source);
            named(Spot::line(&path, "other.key:").within(2))
        }
    }
}

fn own_secret(project: &Project, to: &str, key: &Key) -> At {
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: harm\ndata:\n  other.key: {}\n",
        base64(&key.text)
    );
    let path = project.add_manifest(to, "harm.yaml", &text);
    ensure_files(project, to);
    volume(project, to, "harm", None);
    named(Spot::line(&path, "other.key:"))
}

/// What has no files of Stem has no volume for them.
fn ensure_files(project: &Project, to: &str) {
    let path = project.workload(to);
    if project.read(&path).contains("sources:") {
        return;
    }
    project.append(
        &path,
        "      volumes:\n        - name: stem-files\n          projected:\n            sources:\n",
    );
    let mount = "          volumeMounts:\n            - name: stem-files\n              mountPath: /etc/stem";
    project.insert_after(&path, &format!("- name: {to}"), mount);
}

fn volume(project: &Project, to: &str, secret: &str, item: Option<&str>) -> At {
    ensure_files(project, to);
    let mut text = format!("              - secret:\n                  name: {secret}");
    if let Some(item) = item {
        text.push_str(&format!(
            "\n                  items:\n                    - key: {item}\n                      path: other.key"
        ));
    }
    let path = project.workload(to);
    project.insert_after(&path, "sources:", &text);
    // the mount, the volume or the source may be named
    At::Named(vec![
        Spot::line(&path, "sources:").within(6),
        Spot::line(&path, "volumeMounts:").within(4),
        Spot::line_after(&path, "volumes:", "- name: stem-files").within(9),
    ])
}

fn mount(project: &Project, to: &str, source: &str) -> At {
    let entry = format!("      - \"{source}:/harm:ro\"");
    project.add_to_service(to, "volumes:", &entry);
    let service = format!("  {to}:");
    named(Spot::line_after(COMPOSE, &service, entry.trim()))
}

fn compose_file(project: &Project, to: &str, kind: &str, source: &str) -> At {
    project.append(
        COMPOSE,
        &format!("{kind}:\n  harm:\n    file: \"{source}\"\n"),
    );
    project.add_to_service(to, &format!("{kind}:"), "      - harm");
    At::Named(vec![
        Spot::line_after(COMPOSE, &format!("  {to}:"), "- harm"),
        Spot::line(COMPOSE, &format!("file: \"{source}\"")),
    ])
}

/// Whether the component has variables of Stem in what is rendered.
pub(crate) fn is_stem(component: &str) -> bool {
    STEM.contains(&component)
}
