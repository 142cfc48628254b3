//! The target `kubernetes`, held against kubectl, kustomize, Kubernetes' schemas and the
//! YAML readers of Go, Python, Ruby and Node.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/manifests.rs"]
mod manifests;

mod broker;
mod cluster;
mod deployment;
mod hostile;
mod readers;
mod refusals;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cluster::{Cluster, Pod, list};
use common::{KUBECTL, environment, folder, run, stem_sec, tool};
use readers::{by_kubectl, by_node, by_python, by_strict_python};
use tempfile::TempDir;

const SIGNING: [&str; 3] = ["none", "hmac-sha256", "ed25519"];
const TRANSPORT: [&str; 3] = ["plaintext", "tls", "mtls"];

/// Component, roles, what its workload is called.
const COMPONENTS: [(&str, &[&str], &str); 6] = [
    ("producer", &["producer"], "producer"),
    ("worker", &["worker"], "jobs"),
    ("both", &["worker", "beat"], "both"),
    ("beat", &["beat"], "beat"),
    ("cli", &["cli"], "cli"),
    ("redis", &["broker"], "redis"),
];

/// Workloads as they were before: everybody has everything.
const BEFORE: &str = include_str!("before.yaml");

/// A deployment that was rendered and built.
struct Built {
    folder: TempDir,
    signing: &'static str,
    transport: &'static str,
    images: bool,
}

impl Built {
    #[track_caller]
    fn new(signing: &'static str, transport: &'static str, images: bool) -> Built {
        let built = Built {
            folder: folder(),
            signing,
            transport,
            images,
        };
        built.declare("kubernetes", "deploy");
        built.init();
        let kustomization = if images {
            "resources: [deploy]\n".to_owned()
        } else {
            fs::write(built.path("before.yaml"), before()).expect("a base");
            "resources: [before.yaml]\ncomponents: [deploy]\n".to_owned()
        };
        fs::write(built.path("kustomization.yaml"), kustomization).expect("a kustomization");
        let mut command = tool(KUBECTL);
        let merged = run(command.arg("kustomize").arg(built.path("")))
            .ok()
            .stdout;
        fs::write(built.path("built.yaml"), merged).expect("what was built");
        built
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn init(&self) {
        run(stem_sec().arg("init").arg(self.path("")).arg("--yes")).ok();
    }

    fn declare(&self, target: &str, out: &str) {
        let scheme = if self.transport == "plaintext" {
            "redis"
        } else {
            "rediss"
        };
        let url = |database: u8| format!("{scheme}://redis:6379/{database}");
        let mut text = format!(
            "version: 1\nposture: {{ signing: {}, transport: {} }}\nbroker: {{ url: \"{}\" }}\n\
             stores: {{ backend: \"{}\", schedule: \"{}\" }}\n\
             render: {{ target: {target}, out: {out}, install: /etc/stem }}\ncomponents:\n",
            self.signing,
            self.transport,
            url(0),
            url(1),
            url(2)
        );
        for (name, roles, service) in COMPONENTS {
            let image = if self.images {
                ", image: \"example/app:1\""
            } else {
                ""
            };
            // the worker may only verify, and that is meant
            let retries = match name {
                "worker" => ", retries: lost",
                _ => "",
            };
            let roles = roles.join(", ");
            text +=
                &format!("  {name}: {{ roles: [{roles}], service: {service}{image}{retries} }}\n");
        }
        fs::write(self.path("stem-sec.yaml"), text).expect("a manifest");
    }

    /// Every object that was rendered, as files.
    fn objects(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for (name, ..) in COMPONENTS {
            let files = fs::read_dir(self.path("deploy").join(name)).expect("a folder");
            found.extend(files.map(|file| file.expect("a file").path()));
        }
        found.retain(|file| !file.ends_with("patch.yaml"));
        found.sort();
        found
    }

    /// The same component's variables as the target `dotenv` writes them.
    fn as_dotenv(&self) -> BTreeMap<&'static str, BTreeMap<String, String>> {
        self.declare("dotenv", "dotenv");
        self.init();
        let mut all = BTreeMap::new();
        for (name, ..) in COMPONENTS {
            let file = self.path("dotenv").join(name).join("stem.env");
            let mut variables = if file.exists() {
                environment(&file)
            } else {
                BTreeMap::new()
            };
            for value in variables.values_mut() {
                // there each component has a folder of its own, here each pod has
                *value = value.replace(&format!("/etc/stem/{name}/"), "/etc/stem/");
            }
            all.insert(name, variables);
        }
        all
    }
}

/// One workload a component, with what it must have no more.
fn before() -> String {
    COMPONENTS
        .map(|(_, _, service)| BEFORE.replace("WORKLOAD", service))
        .join("---\n")
}

fn every_case() -> Vec<Built> {
    let mut all = Vec::new();
    for signing in SIGNING {
        for transport in TRANSPORT {
            for images in [true, false] {
                all.push(Built::new(signing, transport, images));
            }
        }
    }
    all
}

/// Names of what a pod has, each marked `!` if it came from a Secret.
fn names(pod: &Pod) -> BTreeSet<String> {
    let has = pod.variables.keys().chain(pod.files.keys());
    let ours = has.filter(|name| {
        name.starts_with("STEM_") || name.starts_with('/') || *name == "REDISCLI_AUTH"
    });
    let marked = |name: &String| {
        let mark = if pod.secret.contains(name) { "!" } else { "" };
        let base = Path::new(name).file_name().expect("a name");
        format!("{}{mark}", base.to_string_lossy())
    };
    ours.map(marked).collect()
}

#[test]
fn every_pod_gets_what_the_tables_allow_and_nothing_else() {
    let cases = every_case();
    let files: Vec<PathBuf> = cases.iter().map(|case| case.path("built.yaml")).collect();
    let read = by_strict_python(&files);
    for case in &cases {
        let cluster = Cluster(read[&case.path("built.yaml")].clone());
        let dotenv = case.as_dotenv();
        for (name, roles, workload) in COMPONENTS {
            let what = format!("{name}, {} + {}", case.signing, case.transport);
            let pod = cluster.pod(workload);
            let expected = tables::holdings(roles, case.signing, case.transport);
            assert_eq!(names(&pod), expected, "{what}");
            for (variable, value) in &dotenv[name] {
                assert_eq!(
                    pod.variables.get(variable),
                    Some(value),
                    "{what}: {variable}"
                );
                let is_path = variable.starts_with("STEM_TLS_");
                assert!(!is_path || pod.files.contains_key(value), "{what}: {value}");
            }
            holds_what_is_used(&cluster, name, &pod);
            restarts_on_change_and_says_its_role(&cluster, roles, workload);
        }
    }
}

/// A Secret or ConfigMap has no key that its pod is not given.
#[track_caller]
fn holds_what_is_used(cluster: &Cluster, component: &str, pod: &Pod) {
    let object = format!("stem-{component}");
    let mut held = BTreeSet::new();
    for found in &cluster.0 {
        let kind = found["kind"].as_str().expect("a kind");
        if ["Secret", "ConfigMap"].contains(&kind) && found["metadata"]["name"] == object {
            let keys = cluster.data(kind, &object).into_keys();
            held.extend(keys.map(|key| format!("{kind}/{object}/{key}")));
        }
    }
    let used = pod.used.iter().filter(|used| used.contains("/stem-"));
    assert_eq!(held, used.cloned().collect(), "{object}");
}

#[track_caller]
fn restarts_on_change_and_says_its_role(cluster: &Cluster, roles: &[&str], workload: &str) {
    let template = &cluster.workload(workload)["spec"]["template"]["metadata"];
    assert_eq!(template["labels"]["stem.role"], roles.join("."));
    let checksum = template["annotations"]["checksum/stem"]
        .as_str()
        .expect("a checksum");
    assert!(checksum.len() == 32, "{checksum}");
}

#[test]
fn every_reader_reads_the_same_objects() {
    for case in [
        Built::new("ed25519", "mtls", true),
        Built::new("hmac-sha256", "tls", true),
        Built::new("hmac-sha256", "plaintext", false),
    ] {
        let files = case.objects();
        assert!(files.len() >= 10, "{files:?}");
        let python = by_strict_python(&files);
        assert_eq!(by_node(&files), python);
        for (file, objects) in &python {
            let mut read = by_kubectl(file);
            for object in &mut read {
                let metadata = object["metadata"].as_object_mut().expect("metadata");
                assert!(metadata.remove("annotations").is_some());
            }
            assert_eq!(&read, objects, "{}", file.display());
        }
    }
}

#[test]
fn a_patch_does_the_same_by_the_api_server_s_merge_as_by_kustomize() {
    let case = Built::new("ed25519", "tls", false);
    let built = Cluster(
        by_python(&[case.path("built.yaml")])
            .remove(&case.path("built.yaml"))
            .expect("read"),
    );
    for (name, _, workload) in COMPONENTS {
        let base = case.path("one.yaml");
        let (deployment, _) = BEFORE.split_once("---\n").expect("two objects");
        fs::write(&base, deployment.replace("WORKLOAD", workload)).expect("a base");
        let mut command = tool(KUBECTL);
        command
            .args(["patch", "--local", "--output=yaml", "--filename"])
            .arg(&base);
        command
            .arg("--patch-file")
            .arg(case.path("deploy").join(name).join("patch.yaml"));
        let merged = case.path("merged.yaml");
        fs::write(&merged, run(&mut command).ok().stdout).expect("what was merged");
        let mut cluster = Cluster(
            by_python(std::slice::from_ref(&merged))
                .remove(&merged)
                .expect("read"),
        );
        let others = built
            .0
            .iter()
            .filter(|object| object["kind"] != "Deployment");
        cluster.0.extend(others.cloned());
        let (by_server, by_kustomize) = (cluster.pod(workload), built.pod(workload));
        assert_eq!(by_server.variables, by_kustomize.variables, "{name}");
        assert_eq!(by_server.files, by_kustomize.files, "{name}");
        let kept = &by_server.variables;
        assert_eq!(kept["KEEP"], "1");
        assert_eq!(
            kept["APP_SECRET"], "of the application",
            "its own sources stay"
        );
    }
}

#[test]
fn a_patch_without_its_workload_fails_to_build() {
    let case = Built::new("none", "plaintext", false);
    fs::write(case.path("kustomization.yaml"), "components: [deploy]\n").expect("written");
    let done = run(tool(KUBECTL).arg("kustomize").arg(case.path("")));
    assert!(
        done.stderr
            .contains("no resource matches strategic merge patch"),
        "{}",
        done.said()
    );
}

#[test]
fn a_ready_pod_is_confined() {
    let case = Built::new("ed25519", "mtls", true);
    let path = case.path("built.yaml");
    let cluster = Cluster(
        by_python(std::slice::from_ref(&path))
            .remove(&path)
            .expect("read"),
    );
    for (name, _, workload) in COMPONENTS {
        let spec = &cluster.workload(workload)["spec"]["template"]["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false, "{name}");
        for container in list(&spec["containers"]) {
            assert_eq!(
                container["securityContext"]["allowPrivilegeEscalation"],
                false
            );
        }
    }
    let redis = &cluster.object("StatefulSet", "redis")["spec"]["template"]["spec"];
    assert_eq!(redis["securityContext"]["runAsUser"], 999);
    assert_eq!(redis["securityContext"]["runAsNonRoot"], true);
    assert_eq!(redis["securityContext"]["fsGroup"], 999);
}

#[test]
fn a_second_run_changes_nothing() {
    let case = Built::new("ed25519", "tls", true);
    let said = run(stem_sec().arg("init").arg(case.path("")).arg("--yes")).ok();
    assert!(
        said.stdout.contains("nothing was changed"),
        "{}",
        said.said()
    );
}
