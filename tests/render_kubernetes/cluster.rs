//! What Kubernetes would give a pod of these objects: its variables and its files, by the
//! rules of the kubelet. Shares no code with what wrote them.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Objects that were applied.
pub(crate) struct Cluster(pub(crate) Vec<Value>);

/// What one container gets.
#[derive(Debug, Default)]
pub(crate) struct Pod {
    /// Its variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// Its files, by path.
    pub(crate) files: BTreeMap<String, String>,
    /// Which of both came from a Secret.
    pub(crate) secret: BTreeSet<String>,
    /// `object/key` of all that was referred to.
    pub(crate) used: BTreeSet<String>,
}

impl Cluster {
    /// The object; it must be there once.
    #[track_caller]
    pub(crate) fn object(&self, kind: &str, name: &str) -> &Value {
        let found: Vec<&Value> = self
            .0
            .iter()
            .filter(|object| object["kind"] == kind && object["metadata"]["name"] == name)
            .collect();
        assert_eq!(found.len(), 1, "{kind} {name}");
        found[0]
    }

    /// The workload with this name, of whatever kind.
    #[track_caller]
    pub(crate) fn workload(&self, name: &str) -> &Value {
        let is_workload = |object: &&Value| {
            object["spec"]["template"].is_object() && object["metadata"]["name"] == name
        };
        let found: Vec<&Value> = self.0.iter().filter(is_workload).collect();
        assert_eq!(found.len(), 1, "workload {name}");
        found[0]
    }

    /// What the pods of the workload get.
    #[track_caller]
    pub(crate) fn pod(&self, workload: &str) -> Pod {
        let spec = &self.workload(workload)["spec"]["template"]["spec"];
        let containers = list(&spec["containers"]);
        assert_eq!(containers.len(), 1, "{workload}: {containers:#?}");
        let container = &containers[0];
        let mut pod = Pod::default();
        for source in list(&container["envFrom"]) {
            let name = text(&source["secretRef"]["name"]);
            for (key, value) in self.data("Secret", name) {
                pod.secret.insert(key.clone());
                pod.variables.insert(key, value);
            }
        }
        for variable in list(&container["env"]) {
            self.variable(variable, &mut pod);
        }
        for mount in list(&container["volumeMounts"]) {
            self.mount(spec, mount, &mut pod);
        }
        // Stem takes an empty variable for none
        pod.variables.retain(|_, value| !value.is_empty());
        pod.secret
            .retain(|name| name.starts_with('/') || pod.variables.contains_key(name));
        pod
    }

    fn variable(&self, variable: &Value, pod: &mut Pod) {
        let name = text(&variable["name"]).to_owned();
        let sources: Vec<(&String, &Value)> = variable["valueFrom"]
            .as_object()
            .map(|sources| {
                sources
                    .iter()
                    .filter(|(_, source)| !source.is_null())
                    .collect()
            })
            .unwrap_or_default();
        pod.secret.remove(&name);
        let (reference, source) = match (&variable["value"], sources.as_slice()) {
            (Value::String(value), []) => {
                assert!(!value.contains('$'), "{name} would be expanded");
                pod.variables.insert(name, value.clone());
                return;
            }
            (Value::Null, [source]) => *source,
            _ => panic!("the API server refuses this: {variable:#}"),
        };
        assert!(
            source["optional"] != true,
            "{name} may be missing: {source}"
        );
        let kind = match reference.as_str() {
            "secretKeyRef" => "Secret",
            "configMapKeyRef" => "ConfigMap",
            other => panic!("{name}: {other}"),
        };
        let (object, key) = (text(&source["name"]), text(&source["key"]));
        if kind == "Secret" {
            pod.secret.insert(name.clone());
        }
        pod.used.insert(format!("{kind}/{object}/{key}"));
        pod.variables
            .insert(name, self.data(kind, object)[key].clone());
    }

    fn mount(&self, spec: &Value, mount: &Value, pod: &mut Pod) {
        let volumes = list(&spec["volumes"]);
        let volume = volumes
            .iter()
            .find(|volume| volume["name"] == mount["name"]);
        let Some(projected) = volume.and_then(|volume| volume.get("projected")) else {
            return;
        };
        assert_eq!(mount["readOnly"], true, "{mount}");
        assert_eq!(projected["defaultMode"], 0o440, "{projected}");
        assert!(spec["securityContext"]["fsGroup"].is_number(), "{spec:#}");
        for source in list(&projected["sources"]) {
            let (kind, source) = match (source.get("secret"), source.get("configMap")) {
                (Some(secret), None) => ("Secret", secret),
                (None, Some(map)) => ("ConfigMap", map),
                _ => panic!("{source:#}"),
            };
            let object = text(&source["name"]);
            let items = list(&source["items"]);
            assert!(!items.is_empty(), "every key would be mounted: {source:#}");
            for item in items {
                let key = text(&item["key"]);
                let path = format!("{}/{}", text(&mount["mountPath"]), text(&item["path"]));
                if kind == "Secret" {
                    pod.secret.insert(path.clone());
                }
                pod.used.insert(format!("{kind}/{object}/{key}"));
                pod.files.insert(path, self.data(kind, object)[key].clone());
            }
        }
    }

    /// What stands in a Secret or ConfigMap.
    #[track_caller]
    pub(crate) fn data(&self, kind: &str, name: &str) -> BTreeMap<String, String> {
        let object = self.object(kind, name);
        assert!(object.get("stringData").is_none(), "{name}");
        let entries = object["data"].as_object().expect("data").iter();
        let value = |value: &Value| match kind {
            "Secret" => {
                let bytes = STANDARD.decode(text(value)).expect("base64");
                String::from_utf8(bytes).expect("text")
            }
            _ => text(value).to_owned(),
        };
        entries
            .map(|(key, found)| (key.clone(), value(found)))
            .collect()
    }
}

/// The items, where there are any.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The text that must be there.
#[track_caller]
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
