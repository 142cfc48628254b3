//! Variables and files of a component, where its target keeps them: in an env file, a service,
//! a unit, a Secret or a ConfigMap.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::case::Target;
use crate::mint::base64;
use crate::project::{Project, STEM, Spot, position};

/// The file of the compose project.
pub(crate) const COMPOSE: &str = "deploy/compose.yaml";

/// The file that joins the manifests.
const KUSTOMIZATION: &str = "deploy/kustomization.yaml";

impl Project {
    pub(crate) fn is(&self, target: Target) -> bool {
        self.case.target == target
    }

    /// The component's env file.
    pub(crate) fn env_file(&self, component: &str) -> String {
        format!("deploy/{component}/stem.env")
    }

    /// The component's drop-in; for what has none, a unit of its own.
    pub(crate) fn unit(&self, component: &str) -> String {
        let drop_in = format!("deploy/{component}/{component}.service.d/50-stem-sec.conf");
        if self.exists(&drop_in) {
            return drop_in;
        }
        let unit = format!("deploy/{component}/{component}.service");
        if !self.exists(&unit) {
            self.write(
                &unit,
                &format!("[Service]\nExecStart=/usr/bin/{component}\n"),
            );
            self.chmod(&unit, 0o644);
        }
        unit
    }

    /// The component's workload; for what has none, one of its own.
    pub(crate) fn workload(&self, component: &str) -> String {
        let patch = format!("deploy/{component}/patch.yaml");
        if self.exists(&patch) {
            return patch;
        }
        let path = format!("deploy/{component}/deployment.yaml");
        if !self.exists(&path) {
            let role = if component == "db" { "store" } else { "other" };
            let labels = format!("labels:\n        stem.role: {role}\n");
            self.write(
                &path,
                &format!(
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {component}\nspec:\n  \
                     template:\n    metadata:\n      {labels}    spec:\n      containers:\n        \
                     - name: {component}\n          image: acme/{component}:1\n          env:\n            \
                     - name: PORT\n              value: \"9100\"\n          volumeMounts:\n            \
                     - name: stem-files\n              mountPath: /etc/stem\n      volumes:\n        \
                     - name: stem-files\n          projected:\n            sources: \n"
                ),
            );
            self.chmod(&path, 0o644);
            self.add_resource(&format!("{component}/deployment.yaml"));
        }
        path
    }

    fn add_resource(&self, path: &str) {
        self.insert_after(KUSTOMIZATION, "resources:", &format!("  - {path}"));
    }

    /// The value of a variable, if the component has it.
    pub(crate) fn value(&self, component: &str, variable: &str) -> Option<String> {
        let line = |path: String, marker: String| {
            let text = self.exists(&path).then(|| self.read(&path))?;
            let mut lines = text.lines().map(str::trim_start);
            let found = lines.find_map(|line| line.strip_prefix(marker.as_str()))?;
            Some(found.trim().to_owned())
        };
        if self.is(Target::Kubernetes) {
            let of = |kind: &str| {
                line(
                    format!("deploy/{component}/{kind}.yaml"),
                    format!("{variable}:"),
                )
            };
            let secret = of("secret").map(|text| STANDARD.decode(text).expect("base64"));
            return secret
                .map(|bytes| String::from_utf8(bytes).expect("text"))
                .or_else(|| of("configmap"));
        }
        line(self.env_file(component), format!("{variable}=")).or_else(|| {
            let drop_in = format!("deploy/{component}/{component}.service.d/50-stem-sec.conf");
            line(drop_in, format!("Environment={variable}="))
        })
    }

    /// The value of a variable that the component has.
    #[track_caller]
    pub(crate) fn known(&self, component: &str, variable: &str) -> String {
        self.value(component, variable)
            .unwrap_or_else(|| panic!("{component} has no {variable}"))
    }

    /// Sets a variable where the component's others are.
    pub(crate) fn set(&self, component: &str, variable: &str, value: &str) -> Spot {
        match self.case.target {
            Target::Kubernetes => self.set_in_secret(component, variable, value),
            Target::Compose if !STEM.contains(&component) => {
                self.set_in_service(component, variable, value)
            }
            Target::Systemd if component == "cli" => {
                self.set_in_env_file(component, variable, value)
            }
            Target::Systemd => {
                self.let_through(component, variable);
                let unit = self.unit(component);
                let marker = format!("Environment={variable}=");
                let in_unit = self.read(&unit).contains(&format!("\n{marker}"));
                if in_unit || !STEM.contains(&component) {
                    return self.set_in_unit(component, variable, value);
                }
                self.set_in_env_file(component, variable, value)
            }
            Target::Dotenv | Target::Compose => self.set_in_env_file(component, variable, value),
        }
    }

    fn set_in_env_file(&self, component: &str, variable: &str, value: &str) -> Spot {
        let path = self.env_file(component);
        let plain = |c: char| c.is_ascii_alphanumeric() || ":/+=._,@-".contains(c);
        let line = match value.chars().all(plain) {
            true => format!("{variable}={value}"),
            false => format!("{variable}='{value}'"),
        };
        match self.value(component, variable) {
            Some(_) => self.replace_line(&path, &format!("{variable}="), &line),
            None => self.append(&path, &format!("{line}\n")),
        }
        Spot::line(&path, &format!("{variable}="))
    }

    /// An entry of a service's `environment`.
    pub(crate) fn set_in_service(&self, service: &str, variable: &str, value: &str) -> Spot {
        let value = value.replace('$', "$$");
        let value = serde_json::to_string(&value).expect("a string");
        self.add_to_service(
            service,
            "environment:",
            &format!("      {variable}: {value}"),
        );
        Spot::line_after(COMPOSE, &format!("  {service}:"), &format!("{variable}:"))
    }

    /// Adds lines under a key of a service, which is made where it is missing.
    pub(crate) fn add_to_service(&self, service: &str, key: &str, text: &str) {
        self.edit(COMPOSE, |lines| {
            let start = lines
                .iter()
                .position(|line| *line == format!("  {service}:"))
                .unwrap_or_else(|| panic!("no service {service}"));
            let end = lines[start + 1..]
                .iter()
                .position(|line| !line.starts_with("   ") && !line.is_empty())
                .map_or(lines.len(), |length| start + 1 + length);
            let key = format!("    {key}");
            let has = lines[start..end].iter().position(|line| *line == key);
            let mut new: Vec<String> = text.lines().map(str::to_owned).collect();
            let at = match has {
                Some(at) => start + at + 1,
                None => {
                    new.insert(0, key);
                    start + 1
                }
            };
            lines.splice(at..at, new);
        });
    }

    /// `Environment=` in the component's unit.
    pub(crate) fn set_in_unit(&self, component: &str, variable: &str, value: &str) -> Spot {
        let unit = self.unit(component);
        self.let_through(component, variable);
        let (variable, value) = (variable, value.replace('%', "%%").replace("%%d/", "%d/"));
        let quote = value.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        let line = match quote {
            true => format!("Environment=\"{variable}={escaped}\""),
            false => format!("Environment={variable}={value}"),
        };
        let marker = format!("Environment={variable}=");
        match self.read(&unit).contains(&format!("\n{marker}")) {
            true => self.replace_line(&unit, &marker, &line),
            false => self.append(&unit, &format!("{line}\n")),
        }
        let marker = if quote {
            line.split('=').take(2).collect::<Vec<_>>().join("=")
        } else {
            marker
        };
        Spot::line(&unit, &marker)
    }

    /// Takes a variable out of `UnsetEnvironment=`.
    pub(crate) fn let_through(&self, component: &str, variable: &str) {
        let path = format!("deploy/{component}/{component}.service.d/50-stem-sec.conf");
        if !self.exists(&path) {
            return;
        }
        let text = self.read(&path);
        let Some(line) = text
            .lines()
            .find(|line| line.starts_with("UnsetEnvironment="))
        else {
            return;
        };
        let words = line["UnsetEnvironment=".len()..].split(' ');
        let kept: Vec<&str> = words.clone().filter(|word| *word != variable).collect();
        if kept.len() < words.count() {
            let line = format!("UnsetEnvironment={}", kept.join(" "));
            let line = if kept.is_empty() { String::new() } else { line };
            self.replace_line(&path, "UnsetEnvironment=", &line);
        }
    }

    fn set_in_secret(&self, component: &str, variable: &str, value: &str) -> Spot {
        let of = |kind: &str| format!("deploy/{component}/{kind}.yaml");
        let marker = format!("{variable}:");
        let has = |path: &str| {
            self.exists(path)
                && self
                    .read(path)
                    .lines()
                    .any(|line| line.trim_start().starts_with(&marker))
        };
        let (secret, config) = (of("secret"), of("configmap"));
        let coded = format!("  {variable}: {}", base64(value));
        if has(&secret) {
            self.replace_line(&secret, &marker, &coded);
            return Spot::line(&secret, &marker);
        }
        if has(&config) {
            let value = serde_json::to_string(value).expect("a string");
            self.replace_line(&config, &marker, &format!("  {variable}: {value}"));
            return Spot::line(&config, &marker);
        }
        if !STEM.contains(&component) {
            return self.set_in_pod(component, variable, value);
        }
        let name = format!("stem-{component}");
        self.insert_after(&secret, "data:", &coded);
        self.set_entry(component, variable, &secret_ref(&name, variable));
        Spot::line(&secret, &marker)
    }

    /// A literal in the pod's `env`.
    pub(crate) fn set_in_pod(&self, component: &str, variable: &str, value: &str) -> Spot {
        let value = serde_json::to_string(value).expect("a string");
        let entry = format!("              value: {value}");
        self.set_entry(component, variable, &entry);
        let marker = format!("- name: {variable}");
        Spot::line(&self.workload(component), &marker).within(2)
    }

    /// What stands under an entry of `env`, which is made where it is missing; removed with
    /// nothing.
    pub(crate) fn set_entry(&self, component: &str, variable: &str, body: &str) {
        let path = self.workload(component);
        self.edit(&path, |lines| {
            let name = format!("            - name: {variable}");
            let body = body.lines().map(str::to_owned);
            let mut new = vec![name.clone()];
            new.extend(body);
            if new.len() == 1 {
                new.clear();
            }
            let Some(start) = lines.iter().position(|line| *line == name) else {
                let at = position(lines, "env:", &path) + 1;
                lines.splice(at..at, new);
                return;
            };
            let end = lines[start + 1..]
                .iter()
                .position(|line| !line.starts_with("              "))
                .map_or(lines.len(), |length| start + 1 + length);
            lines.splice(start..end, new);
        });
    }

    /// Takes a variable away, with every mention of it.
    pub(crate) fn unset(&self, component: &str, variable: &str) {
        match self.case.target {
            Target::Kubernetes => {
                let kinds =
                    ["secret", "configmap"].map(|kind| format!("deploy/{component}/{kind}.yaml"));
                for path in kinds.iter().filter(|path| self.exists(path)) {
                    let marker = format!("{variable}:");
                    if self
                        .read(path)
                        .lines()
                        .any(|line| line.trim_start().starts_with(&marker))
                    {
                        self.remove_line(path, &marker);
                    }
                }
                self.set_entry(component, variable, "");
            }
            Target::Systemd if variable.starts_with("STEM_TLS_") && component != "cli" => {
                self.remove_line(&self.unit(component), &format!("Environment={variable}="));
            }
            _ => self.remove_line(&self.env_file(component), &format!("{variable}=")),
        }
    }

    /// Where what a component lacks may be said to be missing.
    pub(crate) fn homes(&self, component: &str) -> Vec<Spot> {
        let files = match self.case.target {
            Target::Dotenv => vec![self.env_file(component), "stem-sec.yaml".to_owned()],
            Target::Compose => vec![self.env_file(component), COMPOSE.to_owned()],
            Target::Systemd if component == "cli" => {
                vec![self.env_file(component), "stem-sec.yaml".to_owned()]
            }
            Target::Systemd => vec![self.env_file(component), self.unit(component)],
            Target::Kubernetes => vec![
                self.workload(component),
                format!("deploy/{component}/secret.yaml"),
                format!("deploy/{component}/configmap.yaml"),
            ],
        };
        files.iter().map(|path| Spot::file(path)).collect()
    }

    /// The names that a finding may give a component.
    pub(crate) fn names(&self, component: &str) -> Vec<String> {
        let mut names = vec![component.to_owned()];
        match self.case.target {
            Target::Systemd => names.push(format!("{component}.service")),
            Target::Kubernetes => names.push(format!("deployment/{component}:{component}")),
            Target::Dotenv | Target::Compose => {}
        }
        names
    }

    /// A manifest beside a component's others.
    pub(crate) fn add_manifest(&self, component: &str, name: &str, text: &str) -> String {
        let path = format!("deploy/{component}/{name}");
        self.write(&path, text);
        self.add_resource(&format!("{component}/{name}"));
        path
    }
}

/// A reference to an entry of a Secret, as the body of an entry of `env`.
pub(crate) fn secret_ref(name: &str, key: &str) -> String {
    format!(
        "              valueFrom:\n                secretKeyRef:\n                  name: {name}\n                  key: {key}"
    )
}
