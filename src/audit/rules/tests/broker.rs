//! Brokers: what is open and to whom, by their configuration and by how others reach them.

use super::raised;

const WORKER: (&str, &str) = (
    "worker.env",
    "\
STEM_BROKER_URL=rediss://redis.example.com:6379/0
STEM_SIGNING_KEYS=primary:<secret a>
STEM_SIGNING_ACTIVE_KEY=primary
",
);

fn of_family(files: &[(&str, &str)]) -> Vec<String> {
    let family = [
        "broker-open",
        "broker-tls-incomplete",
        "client-certificate-optional",
        "plaintext-port-open",
    ];
    let mut all = raised(files);
    all.retain(|one| family.iter().any(|rule| one.starts_with(rule)));
    all
}

/// What is said of a compose service `redis` with these lines.
fn of_service(lines: &str) -> Vec<String> {
    let compose = format!(
        "services:\n  worker:\n    image: example/worker\n    env_file: [worker.env]\n  redis:\n{lines}"
    );
    of_family(&[WORKER, ("compose.yaml", &compose)])
}

#[test]
fn a_broker_without_a_password_is_open_where_others_reach_it() {
    let open = ["broker-open requirepass"];
    for lines in [
        "    image: redis:7\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    ports: ['6379']\n",
        "    image: redis:7\n    ports: [6379]\n",
        "    image: redis:7\n    ports: ['0.0.0.0:16379:6379']\n",
        "    image: redis:7\n    ports: ['[::]:16379:6379/tcp']\n",
        "    image: redis:7\n    ports: ['6370-6380:6370-6380']\n",
        "    image: redis:7\n    ports: ['${PORT:-6379}:6379']\n",
        "    image: redis:7\n    ports: ['${PORT}:6379']\n",
        "    image: redis:7\n    ports: [{ target: 6379, published: '6379' }]\n",
        "    image: redis:7\n    network_mode: host\n",
        "    image: docker.io/library/redis:7\n    ports: ['6379:6379']\n",
        "    image: valkey/valkey:8\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server --appendonly yes\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: --port 7000\n    ports: ['7000:7000']\n",
        "    image: redis:7\n    command: redis-server --requirepass ''\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server --user default on nopass ~* +@all\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server --bind 0.0.0.0\n    ports: ['6379:6379']\n",
    ] {
        assert_eq!(of_service(lines), open, "{lines}");
    }
}

#[test]
fn a_broker_that_nobody_reaches_or_that_asks_is_not_open() {
    for lines in [
        "    image: redis:7\n",
        "    image: redis:7\n    expose: ['6379']\n",
        "    image: redis:7\n    ports: ['127.0.0.1:6379:6379']\n",
        "    image: redis:7\n    ports: ['[::1]:6379:6379']\n",
        "    image: redis:7\n    ports: ['localhost:6379:6379']\n",
        "    image: redis:7\n    ports: [{ target: 6379, published: 6379, host_ip: 127.0.0.1 }]\n",
        "    image: redis:7\n    ports: ['${BIND_ADDRESS}:6379:6379']\n",
        "    image: redis:7\n    ports: ['8001:8001']\n",
        "    image: redis:7\n    ports: ['6379:6379/udp']\n",
        "    image: redis:7\n    command: redis-server --requirepass <password a>\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server --requirepass ${PASSWORD:?}\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server --aclfile /etc/users.acl\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server --protected-mode yes\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server --bind 127.0.0.1 -::1\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server /etc/redis.conf\n    ports: ['6379:6379']\n",
        "    image: redis:7\n    command: redis-server --port 0 --unixsocket /run/redis.sock\n    ports: ['6379:6379']\n",
        "    image: bitnami/redis:7\n    environment: { REDIS_PASSWORD: <password a> }\n    ports: ['6379:6379']\n",
        "    image: oliver006/redis_exporter\n    ports: ['6379:6379']\n",
        "    image: redis/redisinsight\n    ports: ['6379:6379']\n",
    ] {
        assert_eq!(of_service(lines), [""; 0], "{lines}");
    }
}

#[test]
fn pods_are_open_to_each_other_and_services_to_everybody() {
    let pod = |arguments: &str, rest: &str| {
        format!(
            "\
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: redis }}
spec:
  template:
    metadata: {{ labels: {{ app: redis, tier: data }} }}
    spec:
      containers:
        - name: redis
          image: redis:7
          args: [{arguments}]
          ports: [{{ containerPort: 6379, name: redis }}]
---
apiVersion: v1
kind: Secret
metadata: {{ name: stem }}
stringData: {{ STEM_BROKER_URL: rediss://redis.example.com:6379/0 }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: worker }}
spec:
  template:
    metadata: {{ labels: {{ app: worker }} }}
    spec:
      containers:
        - {{ name: app, image: example/worker, envFrom: [{{ secretRef: {{ name: stem }} }}] }}
{rest}"
        )
    };
    let service = |kind: &str, selector: &str, target: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{ name: redis }}\nspec:\n  type: {kind}\n  selector: {selector}\n  ports: [{{ port: 6379, targetPort: {target} }}]\n"
        )
    };
    let of = |arguments: &str, rest: &str| {
        let found = super::raised_at(&[("all.yaml", &pod(arguments, rest))]);
        let of_rule = found.into_iter().filter(|one| one.contains("broker-open"));
        of_rule.collect::<Vec<_>>()
    };
    let inside = ["warning broker-open all.yaml:9 requirepass"];
    let outside = ["error broker-open all.yaml:33 requirepass"];
    assert_eq!(of("", ""), inside);
    assert_eq!(
        of("", &service("ClusterIP", "{ app: redis }", "6379")),
        inside
    );
    assert_eq!(
        of("", &service("NodePort", "{ app: other }", "6379")),
        inside
    );
    assert_eq!(
        of("", &service("NodePort", "{ app: redis, x: y }", "6379")),
        inside
    );
    assert_eq!(
        of("", &service("NodePort", "{ app: redis }", "9121")),
        inside
    );
    for kind in ["NodePort", "LoadBalancer"] {
        for target in ["6379", "redis", "'6379'"] {
            let service = service(kind, "{ tier: data, app: redis }", target);
            assert_eq!(of("", &service), outside, "{kind} {target}");
        }
    }
    let asks = "--requirepass, <password a>";
    assert_eq!(
        of(asks, &service("NodePort", "{ app: redis }", "6379")),
        [""; 0]
    );
}

#[test]
fn a_redis_of_a_host_is_open_only_without_its_protected_mode() {
    let of = |conf: &str| {
        of_family(&[
            ("etc/stem/worker.env", WORKER.1),
            (
                "etc/systemd/system/stem-worker.service",
                "[Service]\nExecStart=/opt/app/worker\nEnvironmentFile=/etc/stem/worker.env\n",
            ),
            (
                "etc/systemd/system/redis.service",
                "[Service]\nExecStart=/usr/bin/redis-server /etc/redis/redis.conf\n",
            ),
            ("etc/redis/redis.conf", conf),
        ])
    };
    assert_eq!(
        of("bind * -::*\nprotected-mode no\n"),
        ["broker-open requirepass"]
    );
    for closed in [
        "bind 127.0.0.1 -::1\nprotected-mode no\n",
        "bind 0.0.0.0\nprotected-mode yes\n",
        "port 6379\n",
        "protected-mode no\nrequirepass <password a>\n",
        "protected-mode no\nport 0\n",
    ] {
        assert_eq!(of(closed), [""; 0], "{closed}");
    }
}

/// A deployment whose clients show certificates, with this configuration of its broker.
fn of_mutual(conf: &str) -> Vec<String> {
    of_family(&[
        (
            "compose.yaml",
            "\
services:
  worker:
    image: example/worker
    env_file: [worker.env]
  redis:
    image: redis:7
    command: redis-server /etc/redis.conf
    volumes: ['./redis.conf:/etc/redis.conf']
",
        ),
        (
            "worker.env",
            "\
STEM_BROKER_URL=rediss://redis:6379/0
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_TLS_CLIENT_CERT=/tls/client.crt
STEM_TLS_CLIENT_KEY=/tls/client.key
",
        ),
        ("redis.conf", conf),
    ])
}

const FILES: &str = "tls-cert-file /s.crt\ntls-key-file /s.key\n";

#[test]
fn a_plaintext_port_stays_open_unless_it_is_closed() {
    let with = |more: &str| of_mutual(&format!("{FILES}tls-ca-cert-file /ca.crt\n{more}"));
    for open in [
        "tls-port 6380\n",
        "port 6379\ntls-port 6380\n",
        "port 0\ntls-port 6380\nport 7\n",
    ] {
        assert_eq!(with(open), ["plaintext-port-open port"], "{open}");
    }
    for closed in [
        "port 0\ntls-port 6379\n",
        "port 6379\ntls-port 6379\nport 0\n",
    ] {
        assert_eq!(with(closed), [""; 0], "{closed}");
    }
}

#[test]
fn certificates_of_clients_are_to_be_asked_for() {
    let with = |more: &str| {
        of_mutual(&format!(
            "port 0\ntls-port 6379\n{FILES}tls-ca-cert-file /ca.crt\n{more}"
        ))
    };
    for optional in ["tls-auth-clients no\n", "TLS-AUTH-CLIENTS Optional\n"] {
        let expected = ["client-certificate-optional tls-auth-clients"];
        assert_eq!(with(optional), expected, "{optional}");
    }
    for asked in [
        "",
        "tls-auth-clients yes\n",
        "tls-auth-clients no\ntls-auth-clients yes\n",
    ] {
        assert_eq!(with(asked), [""; 0], "{asked}");
    }
}

#[test]
fn a_broker_lacks_what_its_tls_port_needs() {
    let of = |conf: &str| of_mutual(&format!("port 0\n{conf}"));
    let lacks = |option: &str| vec![format!("broker-tls-incomplete {option}")];
    assert_eq!(of_mutual(""), lacks("tls-port"));
    assert_eq!(
        of(&format!("tls-port 6379\n{FILES}")),
        lacks("tls-ca-cert-file")
    );
    assert_eq!(
        of("tls-port 6379\ntls-cert-file /s.crt\ntls-ca-cert-file /ca.crt\n"),
        lacks("tls-key-file")
    );
    assert_eq!(
        of(&format!("tls-port 6379\n{FILES}tls-ca-cert-dir /ca\n")),
        [""; 0]
    );
    // nobody speaks TLS to a cache beside the broker
    let cache = "    image: redis:7\n";
    assert_eq!(of_service(cache), [""; 0]);
}
