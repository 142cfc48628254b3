//! The traps of URLs and certificates, each with its near misses, which must stay silent.

use super::super::{Family, find};
use super::raised_at;

/// What the rules of this family say of files: `SEVERITY RULE PATH:LINE SUBJECT`.
fn said(files: &[(&str, &str)]) -> Vec<String> {
    let of_family = |line: &String| {
        let id = line.split(' ').nth(1).unwrap_or_default();
        find(id).is_some_and(|rule| rule.family == Family::Transport)
    };
    raised_at(files).into_iter().filter(of_family).collect()
}

const KEYS: &str = "STEM_SIGNING_KEYS=p:<secret a>\nSTEM_SIGNING_ACTIVE_KEY=p\n";

/// What they say of one variable of one process, beside a broker that speaks TLS: `SEVERITY RULE`.
fn of_variable(file: &str, line: &str) -> Vec<String> {
    let broker = match line.starts_with("STEM_BROKER_URL") {
        true => String::new(),
        false => "STEM_BROKER_URL=rediss://redis.example.com:6379/0\n".to_owned(),
    };
    let text = format!("{line}\n{broker}{KEYS}");
    let found = said(&[(file, &text)]);
    let short = |line: &String| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    found.iter().map(short).collect()
}

fn table(rows: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (file, line, expected) in rows {
        let found = of_variable(file, line).join(", ");
        if found != *expected {
            wrong.push(format!("{file}: {line}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_broker_is_reached_in_clear_by_everything_but_rediss() {
    let clear = "warning plaintext-url";
    table(&[
        (
            "worker.env",
            "STEM_BROKER_URL=redis://redis.example.com:6379/0",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=REDIS://redis.example.com:6379/0",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis+tls://redis.example.com:6379/0",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=tls://redis.example.com:6379/0",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=valkeys://redis.example.com:6379/0",
            clear,
        ),
        ("worker.env", "STEM_BROKER_URL=redis:6379", clear),
        (
            "worker.env",
            "STEM_BROKER_URL=redis.example.com:6379",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis://redis.example.com:6379/0\n",
            clear,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis://localhost:6379/0",
            "note plaintext-url",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis://127.0.0.1:6379/0",
            "note plaintext-url",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=redis://[::1]:6379/0",
            "note plaintext-url",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=ReDiSs://redis.example.com:6379/0",
            "",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://redis.example.com",
            "",
        ),
        ("worker.env", "STEM_BROKER_URL=memory://", ""),
        (
            "worker.env",
            "STEM_BROKER_URL=https://queue.example.com",
            "",
        ),
    ]);
}

#[test]
fn each_url_is_judged_alone_where_it_is_used() {
    let clear = "error plaintext-url";
    table(&[
        (
            "worker.env",
            "STEM_RESULT_BACKEND_URL=redis://redis.example.com:6379/1",
            clear,
        ),
        (
            "worker.env",
            "STEM_RESULT_BACKEND_URL='  redis://redis.example.com:6379/1'",
            clear,
        ),
        (
            "worker.env",
            "STEM_REVOKE_STORE_URL=redis://redis.example.com:6379/1",
            clear,
        ),
        (
            "beat.env",
            "STEM_SCHEDULE_STORE_URL=redis://redis.example.com:6379/1",
            clear,
        ),
        (
            "dashboard.env",
            "STEM_WORKFLOW_STORE_URL=redis://redis.example.com:6379/1",
            clear,
        ),
        // set, but nothing reads it there
        (
            "worker.env",
            "STEM_SCHEDULE_STORE_URL=redis://redis.example.com:6379/1",
            "",
        ),
        (
            "producer.env",
            "STEM_REVOKE_STORE_URL=redis://redis.example.com:6379/1",
            "",
        ),
        (
            "worker.env",
            "STEM_WORKFLOW_STORE_URL=redis://redis.example.com:6379/1",
            "",
        ),
        // nothing that goes over a network
        (
            "worker.env",
            "STEM_REVOKE_STORE_URL=/var/lib/stem/revoked.json",
            "",
        ),
        (
            "worker.env",
            "STEM_REVOKE_STORE_URL=file:///var/lib/stem/revoked.json",
            "",
        ),
        (
            "worker.env",
            "STEM_RESULT_BACKEND_URL=sqlite:///var/lib/stem/results.db",
            "",
        ),
        ("dashboard.env", "STEM_WORKFLOW_STORE_URL=memory", ""),
        ("worker.env", "STEM_RESULT_BACKEND_URL=", ""),
    ]);
}

#[test]
fn urls_that_stem_cannot_use_are_said() {
    let malformed = "error url-malformed";
    table(&[
        (
            "worker.env",
            "STEM_BROKER_URL=' rediss://redis.example.com:6379/0'",
            malformed,
        ),
        ("worker.env", "STEM_BROKER_URL=''", malformed),
        ("worker.env", "STEM_BROKER_URL='  '", malformed),
        (
            "worker.env",
            "STEM_BROKER_URL='rediss://redis.example.com:6379\n'",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL='rediss://redis.example.com\r'",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://redis.example.com:65536/0",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://:pa/ss@redis.example.com:6379/0",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL='rediss://:pa#ss@redis.example.com:6379/0'",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://:pa@ss@redis.example.com:6379/0",
            malformed,
        ),
        ("worker.env", "STEM_BROKER_URL=10.0.0.5:6379", malformed),
        ("worker.env", "STEM_BROKER_URL=rediss://:6379/0", malformed),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://:<password a>@/0",
            malformed,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=amqp://mq.example.com:5672",
            malformed,
        ),
        (
            "beat.env",
            "STEM_SCHEDULE_STORE_URL=mysql://db.example.com/stem",
            malformed,
        ),
        // a line end behind the path is harmless, and the others are trimmed
        (
            "worker.env",
            "STEM_BROKER_URL='rediss://redis.example.com:6379/0\n'",
            "",
        ),
        (
            "worker.env",
            "STEM_RESULT_BACKEND_URL='\n rediss://redis.example.com:6379\n'",
            "",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://[fd00::5]:6379/0",
            "",
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=rediss://redis.example.com:/0",
            "",
        ),
        ("worker.env", "STEM_BROKER_URL=rediss:///0", ""),
    ]);
}

#[test]
fn postgres_is_verified_by_verify_full_alone() {
    let (error, warning) = ("error store-not-verified", "warning store-not-verified");
    let url = |rest: &str| format!("STEM_RESULT_BACKEND_URL='postgres{rest}'");
    for (rest, expected) in [
        ("://stem@db.example.com/stem", error),
        ("ql+ssl://stem@db.example.com/stem", error),
        ("://stem@db.example.com/stem?sslmode=disable", error),
        ("://stem@db.example.com/stem?sslmode=require", error),
        (
            "://stem@db.example.com/stem?sslmode=verify-ca&sslrootcert=/ca.crt",
            error,
        ),
        (
            "://stem@db.example.com/stem?sslmode=verify-full&sslmode=prefer",
            error,
        ),
        ("://stem@db.example.com/stem?sslmode=verify-full", ""),
        (
            "://stem@db.example.com/stem?application_name=x&sslmode=verifyfull",
            "",
        ),
    ] {
        table(&[("worker.env", &url(rest), expected)]);
    }
    table(&[
        (
            "worker.env",
            "STEM_BROKER_URL=postgres://stem@db.example.com/stem",
            warning,
        ),
        (
            "worker.env",
            "STEM_BROKER_URL=postgres://stem@localhost/stem",
            "note store-not-verified",
        ),
    ]);
}

#[test]
fn of_credentials_only_a_plain_password_arrives() {
    let ignored = "warning credential-ignored";
    let url = |text: &str| format!("STEM_BROKER_URL=rediss://{text}@redis.example.com:6379/0");
    for (text, expected) in [
        ("app:<password a>", ignored),
        (":p%40<password a>", ignored),
        ("app:x:<password a>", ignored),
        (":<password a>^", ignored),
        (":<password a>", ""),
        ("<password a>", ""),
        ("default:<password a>", ""),
        (":<password a>-._~!", ""),
    ] {
        table(&[("worker.env", &url(text), expected)]);
    }
}

#[test]
fn what_turns_verification_off_is_what_stem_takes_for_true() {
    let off = "error verification-disabled";
    for (value, expected) in [
        ("true", off),
        ("TRUE", off),
        ("1", off),
        ("'untrue'", off),
        ("'false # was true'", off),
        ("false", ""),
        ("yes", ""),
        ("on", ""),
        ("' 1'", ""),
        ("0", ""),
        ("false # was true", ""),
    ] {
        let line = format!("STEM_TLS_ALLOW_INSECURE={value}");
        table(&[("worker.env", &line, expected)]);
    }
    // nothing of Stem reads it there
    table(&[("redis.env", "STEM_TLS_ALLOW_INSECURE=true", "")]);
}

#[test]
fn half_a_pair_and_a_pair_without_a_ca_are_said() {
    let (half, no_ca) = ("error client-pair-incomplete", "error ca-missing");
    let (ca, cert, key) = (
        "STEM_TLS_CA_CERT=/tls/ca.crt\n",
        "STEM_TLS_CLIENT_CERT=/tls/a.crt\n",
        "STEM_TLS_CLIENT_KEY=/tls/a.key\n",
    );
    for (lines, expected) in [
        (format!("{ca}{cert}"), half),
        (format!("{ca}{key}"), half),
        (format!("{cert}STEM_TLS_CLIENT_KEY=\n{ca}"), half),
        (format!("{cert}{key}"), no_ca),
        (format!("{cert}{key}STEM_TLS_CA_CERT=\n"), no_ca),
        (format!("{ca}{cert}{key}"), ""),
        (ca.to_owned(), ""),
        (String::new(), ""),
    ] {
        table(&[("worker.env", &lines, expected)]);
    }
}

#[test]
fn half_a_pair_may_come_from_where_nothing_is_known() {
    let compose = "\
services:
  worker:
    image: example/worker
    labels: { stem.role: worker }
    env_file: [worker.env]
    environment: [STEM_TLS_CLIENT_KEY, STEM_TLS_CA_CERT]
";
    let env = format!(
        "STEM_BROKER_URL=rediss://redis.example.com:6379/0\nSTEM_TLS_CLIENT_CERT=/tls/a.crt\n{KEYS}"
    );
    assert_eq!(
        said(&[("compose.yaml", compose), ("worker.env", &env)]),
        [""; 0]
    );
}

/// A worker and a broker with their certificates; what each has under `/tls`.
fn deployment(url: &str, options: &str, files: &[(&str, &str)]) -> Vec<String> {
    let compose = format!(
        "\
services:
  worker:
    image: example/worker
    labels: {{ stem.role: worker }}
    env_file: [worker.env]
    volumes: [./tls/worker:/tls:ro]
  redis:
    image: redis:7.4
    command: >-
      redis-server --port 0 --tls-port 6379 --tls-cert-file /tls/server.crt
      --tls-key-file /tls/server.key --tls-ca-cert-file /tls/ca.crt {options}
    volumes: [./tls/redis:/tls:ro]
"
    );
    let env = format!(
        "\
STEM_BROKER_URL={url}
STEM_TLS_CA_CERT=/tls/ca.crt
STEM_TLS_CLIENT_CERT=/tls/client.crt
STEM_TLS_CLIENT_KEY=/tls/client.key
{KEYS}"
    );
    let mut all = vec![
        ("compose.yaml", compose.as_str()),
        ("worker.env", env.as_str()),
    ];
    let usual = [
        ("tls/worker/ca.crt", "<ca.crt>\n"),
        ("tls/worker/client.crt", "<client.crt>\n"),
        ("tls/worker/client.key", "<client.key>\n"),
        ("tls/redis/ca.crt", "<ca.crt>\n"),
        ("tls/redis/server.crt", "<server.crt>\n"),
        ("tls/redis/server.key", "<server.key>\n"),
    ];
    let is_other = |path: &str| files.iter().any(|(other, _)| *other == path);
    all.extend(usual.iter().filter(|(path, _)| !is_other(path)));
    all.extend(files);
    said(&all)
}

fn with(files: &[(&str, &str)]) -> Vec<String> {
    deployment("rediss://redis:6379/0", "", files)
}

const SILENCE: [&str; 0] = [];

#[test]
fn certificates_that_fit_together_are_no_matter() {
    assert_eq!(with(&[]), SILENCE);
    // two CAs side by side, as while one takes the place of the other
    let both = "<other-ca.crt>\n<ca.crt>\n";
    assert_eq!(
        with(&[("tls/worker/ca.crt", both), ("tls/redis/ca.crt", both)]),
        SILENCE
    );
    // a chain with its root behind
    assert_eq!(
        with(&[("tls/redis/server.crt", "<server.crt>\n<ca.crt>\n")]),
        SILENCE
    );
    // nobody uses it
    assert_eq!(
        with(&[("tls/redis/old.crt", "<expired-server.crt>\n")]),
        SILENCE
    );
    // a CA file that is something else entirely
    assert_eq!(with(&[("tls/worker/notes.txt", "nothing\n")]), SILENCE);
}

#[test]
fn certificates_past_their_time_are_said_where_they_lie() {
    assert_eq!(
        with(&[
            ("tls/worker/client.crt", "<expired-client.crt>\n"),
            ("tls/worker/client.key", "<expired-client.key>\n"),
        ]),
        ["error certificate-expired tls/worker/client.crt:1 /tls/client.crt"]
    );
    assert_eq!(
        with(&[("tls/redis/ca.crt", "<ca.crt>\n<expired-ca.crt>\n")]).len(),
        1
    );
    let beside = with(&[("tls/worker/ca.crt", "<ca.crt>\n<expired-ca.crt>\n")]);
    assert!(
        beside.len() == 1
            && beside[0].starts_with("warning certificate-expired tls/worker/ca.crt:"),
        "{beside:?}"
    );
    let alone = with(&[("tls/worker/ca.crt", "<expired-ca.crt>\n")]);
    assert!(
        alone.contains(&"error certificate-expired tls/worker/ca.crt:1 /tls/ca.crt".to_owned()),
        "{alone:?}"
    );
}

#[test]
fn a_chain_is_broken_on_the_side_that_differs() {
    assert_eq!(
        with(&[("tls/worker/ca.crt", "<other-ca.crt>\n")]),
        ["error chain-broken tls/worker/ca.crt:1 STEM_TLS_CA_CERT"]
    );
    assert_eq!(
        with(&[
            ("tls/worker/client.crt", "<foreign-client.crt>\n"),
            ("tls/worker/client.key", "<foreign-client.key>\n"),
        ]),
        ["error chain-broken tls/worker/client.crt:1 STEM_TLS_CLIENT_CERT"]
    );
    // the broker does not ask for it
    assert_eq!(
        deployment(
            "rediss://redis:6379/0",
            "--tls-auth-clients no",
            &[
                ("tls/worker/client.crt", "<foreign-client.crt>\n"),
                ("tls/worker/client.key", "<foreign-client.key>\n"),
            ]
        ),
        SILENCE
    );
    // more CAs may lie in a folder that is not at hand
    assert_eq!(
        deployment(
            "rediss://redis:6379/0",
            "--tls-ca-cert-dir /etc/ssl/certs",
            &[
                ("tls/worker/client.crt", "<foreign-client.crt>\n"),
                ("tls/worker/client.key", "<foreign-client.key>\n"),
            ]
        ),
        SILENCE
    );
}

#[test]
fn a_url_that_leads_elsewhere_is_not_held_against_the_broker_here() {
    let elsewhere = [
        ("tls/worker/ca.crt", "<other-ca.crt>\n"),
        ("tls/worker/client.crt", "<foreign-client.crt>\n"),
        ("tls/worker/client.key", "<foreign-client.key>\n"),
    ];
    for url in [
        "rediss://redis.example.com:6379/0",
        "rediss://redis.prod.internal:6379/0",
        "rediss://redis:6390/0",
        "rediss://localhost:6379/0",
    ] {
        assert_eq!(deployment(url, "", &elsewhere), SILENCE, "{url}");
    }
}

#[test]
fn a_host_is_held_against_the_certificate_of_the_broker_that_is_meant() {
    let uncovered = ["error host-not-covered worker.env:1 STEM_BROKER_URL"];
    let elsewhere = [
        ("tls/redis/server.crt", "<elsewhere-server.crt>\n"),
        ("tls/redis/server.key", "<elsewhere-server.key>\n"),
    ];
    assert_eq!(with(&elsewhere), uncovered);
    // it trusts the CA that issued it, and there is no other
    let by_ca = |url| deployment(url, "", &[]);
    assert_eq!(by_ca("rediss://broker.internal:6379/0"), uncovered);
    assert_eq!(by_ca("rediss://10.0.0.5:6379/0"), uncovered);
    assert_eq!(by_ca("rediss://localhost:6379/0"), SILENCE);
    assert_eq!(by_ca("rediss://REDIS:6379/0"), SILENCE);
    assert_eq!(by_ca("rediss://redis:6390/0"), SILENCE);
}

#[test]
fn a_pair_is_held_together_by_its_first_certificate() {
    assert_eq!(
        with(&[("tls/redis/server.key", "<b-server.key>\n")]),
        ["error certificate-key-mismatch tls/redis/server.key:1 tls-key-file"]
    );
    let found = with(&[("tls/redis/server.crt", "<ca.crt>\n<server.crt>\n")]);
    assert_eq!(
        found,
        ["error certificate-key-mismatch tls/redis/server.key:1 tls-key-file"]
    );
}

#[test]
fn what_is_no_ca_is_no_ca_on_either_side() {
    assert_eq!(
        with(&[("tls/redis/ca.crt", "<server.crt>\n")]),
        ["error ca-is-leaf compose.yaml:10 tls-ca-cert-file"]
    );
    assert_eq!(
        with(&[("tls/worker/ca.crt", "<client.crt>\n<ca.crt>\n")]),
        SILENCE
    );
    assert_eq!(
        with(&[("tls/worker/ca.crt", "# to be filled\n")]),
        ["error ca-missing tls/worker/ca.crt:1 STEM_TLS_CA_CERT"]
    );
}

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
