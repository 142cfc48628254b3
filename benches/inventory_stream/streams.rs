//! Streams as `kubectl get deployments,secrets -o yaml` prints them, made from a seed.

use std::fmt::Write;

const WORKLOADS: u32 = 10_000;

/// How the objects are put together.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Documents,
    List,
    Json,
}

/// A stream: of a hundred workloads so many have to do with Stem.
pub(crate) struct Stream {
    pub(crate) shape: Shape,
    pub(crate) relevant: u64,
}

/// Numbers that are the same each time.
struct Seed(u64);

impl Seed {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

impl Stream {
    pub(crate) fn name(&self) -> String {
        let shape = match self.shape {
            Shape::Documents => "documents",
            Shape::List => "one list",
            Shape::Json => "one JSON list",
        };
        format!("{shape}, {} % of it relevant", self.relevant)
    }

    pub(crate) fn text(&self) -> String {
        let mut seed = Seed(0x5eed);
        let mut text = String::new();
        if let Shape::List = self.shape {
            text.push_str("apiVersion: v1\nitems:\n");
        }
        for number in 0..WORKLOADS {
            let relevant = seed.next(100) < self.relevant;
            for object in [
                secret(number, relevant, &mut seed),
                workload(number, relevant, &mut seed),
            ] {
                self.add(&object, &mut text);
            }
        }
        match self.shape {
            Shape::Documents => {}
            Shape::List => text.push_str("kind: List\nmetadata:\n  resourceVersion: \"\"\n"),
            Shape::Json => text = json(&text),
        }
        text
    }

    fn add(&self, object: &str, text: &mut String) {
        match self.shape {
            Shape::Documents | Shape::Json => {
                text.push_str("---\n");
                text.push_str(object);
            }
            Shape::List => {
                for (at, line) in object.lines().enumerate() {
                    text.push_str(if at == 0 { "- " } else { "  " });
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
}

fn secret(number: u32, relevant: bool, seed: &mut Seed) -> String {
    let key = if relevant {
        "STEM_SIGNING_KEYS"
    } else {
        "API_TOKEN"
    };
    let mut text = format!(
        "apiVersion: v1\ndata:\n  {key}: {:016X}{:016X}\nkind: Secret\nmetadata:\n  creationTimestamp: \"2026-01-02T03:04:05Z\"\n  name: app-{number}-env\n  namespace: team-{}\n  uid: 0190b6c2-7d8e-7c1a-9f10-{number:012}\ntype: Opaque\n",
        seed.next(u64::MAX),
        seed.next(u64::MAX),
        number % 50
    );
    if seed.next(10) == 0 {
        text = text.replace("type: Opaque", "immutable: true\ntype: Opaque");
    }
    text
}

fn workload(number: u32, relevant: bool, seed: &mut Seed) -> String {
    let mut text = String::from(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  annotations:\n    deployment.kubernetes.io/revision: \"3\"\n",
    );
    let applied =
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"spec\":{\"replicas\":2}}".repeat(12);
    let _ = writeln!(
        text,
        "    kubectl.kubernetes.io/last-applied-configuration: |\n      {applied}"
    );
    let _ = write!(
        text,
        "  creationTimestamp: \"2026-01-02T03:04:05Z\"\n  generation: 3\n  labels:\n    app: app-{number}\n    team: team-{team}\n  name: app-{number}\n  namespace: team-{team}\n  resourceVersion: \"12345\"\n  uid: 0190b6c2-7d8e-7c1a-9f10-{number:012}\nspec:\n  progressDeadlineSeconds: 600\n  replicas: 2\n  selector:\n    matchLabels:\n      app: app-{number}\n  strategy:\n    rollingUpdate:\n      maxSurge: 25%\n      maxUnavailable: 25%\n    type: RollingUpdate\n  template:\n    metadata:\n      creationTimestamp: null\n      labels:\n        app: app-{number}\n    spec:\n      containers:\n",
        team = number % 50
    );
    for container in ["app", "metrics", "proxy"] {
        let _ = writeln!(
            text,
            "      - args:\n        - --verbose\n        - --port=8080\n        env:"
        );
        for variable in 0..20 + seed.next(20) {
            let _ = writeln!(
                text,
                "        - name: SETTING_{variable}\n          value: \"value {:x}\"",
                seed.next(u64::MAX)
            );
        }
        if relevant && container == "app" {
            let _ = writeln!(
                text,
                "        - name: STEM_SIGNING_ACTIVE_KEY\n          value: primary"
            );
        }
        let _ = write!(
            text,
            "        envFrom:\n        - secretRef:\n            name: app-{number}-env\n        image: registry.example.com/team/{container}:{}\n        imagePullPolicy: IfNotPresent\n        livenessProbe:\n          failureThreshold: 3\n          httpGet:\n            path: /healthz\n            port: 8080\n            scheme: HTTP\n          periodSeconds: 10\n        name: {container}\n        resources:\n          limits:\n            cpu: 500m\n            memory: 512Mi\n        terminationMessagePath: /dev/termination-log\n        terminationMessagePolicy: File\n        volumeMounts:\n        - mountPath: /tmp\n          name: tmp\n",
            seed.next(1000)
        );
    }
    text.push_str("      dnsPolicy: ClusterFirst\n      restartPolicy: Always\n      schedulerName: default-scheduler\n      securityContext: {}\n      terminationGracePeriodSeconds: 30\n      volumes:\n      - emptyDir: {}\n        name: tmp\nstatus:\n  availableReplicas: 2\n  conditions:\n");
    for kind in ["Available", "Progressing"] {
        let _ = write!(
            text,
            "  - lastTransitionTime: \"2026-01-02T03:04:05Z\"\n    lastUpdateTime: \"2026-01-02T03:04:05Z\"\n    message: ReplicaSet \"app-{number}-5d5f7\" has successfully progressed.\n    reason: NewReplicaSetAvailable\n    status: \"True\"\n    type: {kind}\n"
        );
    }
    text.push_str(
        "  observedGeneration: 3\n  readyReplicas: 2\n  replicas: 2\n  updatedReplicas: 2\n",
    );
    text
}

/// The documents as `-o json` prints them.
fn json(documents: &str) -> String {
    let mut text = String::from("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n");
    let mut first = true;
    for document in documents
        .split("---\n")
        .filter(|document| !document.is_empty())
    {
        let value: serde_json::Value = serde_saphyr::from_str(document).unwrap_or_default();
        if !first {
            text.push_str(",\n");
        }
        first = false;
        let pretty = serde_json::to_string_pretty(&value).unwrap_or_default();
        for line in pretty.lines() {
            text.push_str("        ");
            text.push_str(line);
            text.push('\n');
        }
        text.pop();
    }
    text.push_str("\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n");
    text
}
