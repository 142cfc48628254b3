//! Several clients of one broker, and what a manifest or a cluster says of it.

use super::{KEYS, SILENCE, said};

/// Two clients of one broker.
fn two_clients(worker_ca: &str, api_ca: &str, server: &str, more: &str) -> Vec<String> {
    let compose = format!(
        "\
services:
  worker:
    image: example/worker
    labels: {{ stem.role: worker }}
    env_file: [url.env, ca.env]
    volumes: [./tls/worker:/tls:ro]
  api:
    image: example/api
    labels: {{ stem.role: producer }}
    env_file: [url.env{more}]
    volumes: [./tls/api:/tls:ro]
  redis:
    image: redis:7.4
    command: >-
      redis-server --port 0 --tls-port 6379 --tls-cert-file /tls/server.crt
      --tls-key-file /tls/server.key --tls-auth-clients no
    volumes: [./tls/redis:/tls:ro]
"
    );
    let url = format!("STEM_BROKER_URL=rediss://redis:6379/0\n{KEYS}");
    let (certificate, key) = (format!("<{server}.crt>\n"), format!("<{server}.key>\n"));
    said(&[
        ("compose.yaml", &compose),
        ("url.env", &url),
        ("ca.env", "STEM_TLS_CA_CERT=/tls/ca.crt\n"),
        (
            "system.env",
            "STEM_TLS_CA_CERT=/etc/ssl/certs/ca-certificates.crt\n",
        ),
        ("tls/worker/ca.crt", &format!("<{worker_ca}.crt>\n")),
        ("tls/api/ca.crt", &format!("<{api_ca}.crt>\n")),
        ("tls/redis/server.crt", &certificate),
        ("tls/redis/server.key", &key),
    ])
}

#[test]
fn where_every_client_fails_the_broker_is_the_cause() {
    assert_eq!(two_clients("ca", "ca", "server", ", ca.env"), SILENCE);
    assert_eq!(
        two_clients("ca", "ca", "foreign-server", ", ca.env"),
        ["error chain-broken tls/redis/server.crt:1 tls-cert-file"]
    );
    assert_eq!(
        two_clients("ca", "other-ca", "server", ", ca.env"),
        ["error chain-broken tls/api/ca.crt:1 STEM_TLS_CA_CERT"]
    );
}

#[test]
fn copies_of_one_certificate_are_one_cause() {
    assert_eq!(
        two_clients("expired-ca", "expired-ca", "server", ", ca.env")
            .into_iter()
            .filter(|line| line.contains("certificate-expired"))
            .collect::<Vec<_>>(),
        ["error certificate-expired tls/worker/ca.crt:1 /tls/ca.crt"]
    );
}

#[test]
fn a_ca_that_others_need_for_the_same_broker_is_missed() {
    assert_eq!(
        two_clients("ca", "ca", "server", ""),
        ["error ca-missing url.env:1 STEM_TLS_CA_CERT"]
    );
    assert_eq!(two_clients("ca", "ca", "server", ", system.env"), SILENCE);
}

#[test]
fn declared_plaintext_is_one_note() {
    let manifest = "\
version: 1
posture: { signing: none, transport: plaintext }
broker: { url: redis://redis:6379/0, names: [redis] }
components:
  api: { role: producer }
  worker: { role: worker }
";
    let compose = "\
services:
  api: { image: example/api, env_file: [api.env] }
  worker: { image: example/worker, env_file: [worker.env] }
";
    let env =
        "STEM_BROKER_URL=redis://redis:6379/0\nSTEM_RESULT_BACKEND_URL=redis://redis:6379/1\n";
    let found = said(&[
        ("stem-sec.yaml", manifest),
        ("compose.yaml", compose),
        ("api.env", env),
        ("worker.env", env),
    ]);
    assert_eq!(found, ["note plaintext-url api.env:1 STEM_BROKER_URL"]);
}

#[test]
fn a_manifest_that_wants_a_ca_is_heeded() {
    let manifest = |ca: &str| {
        format!(
            "\
version: 1
posture: {{ signing: hmac-sha256, transport: tls }}
broker: {{ url: rediss://redis.example.com:6379/0, names: [redis.example.com] }}
components:
  worker: {{ role: worker{ca} }}
"
        )
    };
    let env = format!("STEM_BROKER_URL=rediss://redis.example.com:6379/0\n{KEYS}");
    let compose = "services:\n  worker: { image: example/worker, env_file: [worker.env] }\n";
    let with = |ca: &str| {
        said(&[
            ("stem-sec.yaml", &manifest(ca)),
            ("compose.yaml", compose),
            ("worker.env", &env),
        ])
    };
    assert_eq!(with(""), ["error ca-missing worker.env:1 STEM_TLS_CA_CERT"]);
    assert_eq!(with(", ca: system"), SILENCE);
}

#[test]
fn a_service_of_kubernetes_is_known_by_its_long_name() {
    let pods = |host: &str| {
        format!(
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: redis, namespace: shop }}
spec:
  template:
    spec:
      containers:
        - name: redis
          image: redis:7.4
          args: [redis-server, --port, '0', --tls-port, '6379', --tls-cert-file, /tls/server.crt, --tls-key-file, /tls/server.key, --tls-auth-clients, 'no']
          volumeMounts: [{{ name: tls, mountPath: /tls }}]
      volumes: [{{ name: tls, secret: {{ secretName: redis-tls }} }}]
---
apiVersion: v1
kind: Secret
metadata: {{ name: redis-tls, namespace: shop }}
stringData:
  server.crt: |
    <server.crt>
  server.key: |
    <server.key>
---
apiVersion: v1
kind: Secret
metadata: {{ name: worker, namespace: shop }}
stringData:
  STEM_BROKER_URL: rediss://{host}:6379/0
  STEM_SIGNING_KEYS: p:<secret a>
  STEM_SIGNING_ACTIVE_KEY: p
---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: worker, namespace: shop, labels: {{ stem.role: worker }} }}
spec:
  template:
    metadata: {{ labels: {{ stem.role: worker }} }}
    spec:
      containers:
        - name: app
          image: example/worker
          envFrom: [{{ secretRef: {{ name: worker }} }}]
"
        )
    };
    let uncovered = |host: &str| said(&[("pods.yaml", &pods(host))]);
    assert_eq!(uncovered("redis"), SILENCE);
    let long = uncovered("redis.shop.svc.cluster.local");
    let is_it = |line: &String| line.starts_with("error host-not-covered pods.yaml:");
    assert!(long.len() == 1 && long.iter().all(is_it), "{long:?}");
    // one of many that are called so
    assert_eq!(uncovered("redis.example.net"), SILENCE);
}
